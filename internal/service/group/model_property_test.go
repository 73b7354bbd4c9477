// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"maps"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
)

// drawModel draws a group of which each attribute is null, unknown or known.
func drawModel(t *rapid.T, of string) model {
	return model{
		Name:          gen.String(t, of+" name"),
		Send:          gen.OneOf(t, of+" send", settingSend.words...),
		Receive:       gen.OneOf(t, of+" receive", settingReceive.words...),
		Publish:       gen.OneOf(t, of+" publish", settingPublish.words...),
		Subscribe:     gen.OneOf(t, of+" subscribe", settingSubscribe.words...),
		List:          gen.OneOf(t, of+" list", settingList.words...),
		StoreMessages: gen.Bool(t, of+" store"),
		Loopback:      gen.Bool(t, of+" loopback"),
		Active:        gen.Bool(t, of+" active"),
		GID:           gen.OneOf(t, of+" gid", "7", "8"),
	}
}

// wantFlags are the bits of the vendor's header for what is known of a group.
func wantFlags(m model) uint32 {
	var flags uint32
	for shift, word := range map[uint32]types.String{0: m.Send, 4: m.Receive, 8: m.Publish, 12: m.Subscribe, 16: m.List} {
		switch word.ValueString() { // of null and unknown, the empty string
		case "selected":
			flags |= 1 << shift
		case "anyone", "round_robin":
			flags |= 2 << shift
		}
	}
	if store := gen.Switch(m.StoreMessages); store != nil && !*store {
		flags |= 0x40
	}
	if loop := gen.Switch(m.Loopback); loop != nil && *loop {
		flags |= 0x80
	}

	return flags
}

// Whatever is null or unknown: requests say what is known, and states keep what is configured.
func TestGroupConversions(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		plan, state := drawModel(t, "plan"), drawModel(t, "state")

		want := mesibo.CreateGroupRequest{Flags: wantFlags(plan)}
		if name := gen.Text(plan.Name); name != nil {
			want.Name = *name
		}
		if active := gen.Switch(plan.Active); active != nil && !*active {
			want.Active = active // The server enables a new group by itself.
		}
		if diff := cmp.Diff(want, plan.addRequest()); diff != "" {
			t.Fatalf("to add (-want +got):\n%s", diff)
		}

		shown := rapid.Uint32().Draw(t, "shown flags")
		request, needed := plan.setRequest(state, shown)
		set := mesibo.UpdateGroupRequest{}
		if gid := gen.Text(state.GID); gid != nil {
			set.GID = *gid
		}
		switched := !plan.Active.Equal(state.Active)
		changed := switched || !plan.Name.Equal(state.Name) || !maps.Equal(plan.words(), state.words())
		if changed {
			set.Name, set.Active = gen.Text(plan.Name), gen.Switch(plan.Active)
			set.Flags = new(wantFlags(plan) | shown&^knownBits()) // What no word is for stays.
		}
		if !switched && set.Active != nil && *set.Active {
			set.Active = nil // The server enables a new group by itself.
		}
		if diff := cmp.Diff(set, request); diff != "" || needed != changed {
			t.Fatalf("to change, needed %t (-want +got):\n%s", needed, diff)
		}

		created := plan.created("9")
		if created.GID.ValueString() != "9" {
			t.Fatalf("created as %s", created.GID)
		}
		created.GID = plan.GID
		if diff := cmp.Diff(plan, created); diff != "" {
			t.Fatalf("created (-want +got):\n%s", diff)
		}

		// Once it is applied, a refresh that shows everything shows what was planned, with defaults for null.
		applied := plan.refreshed(mesibo.Group{GID: "7", Name: &want.Name, Flags: &want.Flags, Active: gen.Switch(plan.Active)})
		for name, word := range plan.words() {
			if applied.words()[name] != word {
				t.Fatalf("%s = %s becomes %s", name, word, applied.words()[name])
			}
		}
		if diff := cmp.Diff(plan, plan.refreshed(mesibo.Group{GID: "7"})); diff != "" {
			t.Fatalf("refreshed without anything that is shown (-want +got):\n%s", diff)
		}
		if again := applied.flags(); again != want.Flags {
			t.Fatalf("the flags %#x become %#x", want.Flags, again)
		}
	})
}

// A data source shows what the server shows, and null for what it does not.
func TestShownGroup(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		group := mesibo.Group{GID: rapid.StringN(1, 10, -1).Draw(t, "gid")}
		if rapid.Bool().Draw(t, "with a name") {
			group.Name = new(rapid.String().Draw(t, "name"))
		}
		if rapid.Bool().Draw(t, "with flags") {
			group.Flags = new(rapid.Uint32().Draw(t, "flags"))
		}
		got := shown(group)
		if got.GID.ValueString() != group.GID || got.Name.IsNull() != (group.Name == nil) || group.Name != nil && got.Name.ValueString() != *group.Name {
			t.Fatalf("%+v of %+v", got, group)
		}
		if group.Flags == nil {
			if !got.Flags.IsNull() || !got.Send.IsNull() || !got.StoreMessages.IsNull() || !got.Loopback.IsNull() {
				t.Fatalf("made up: %+v", got)
			}

			return
		}
		if got.Flags.ValueInt64() != int64(*group.Flags) || got.Loopback.ValueBool() != (*group.Flags&0x80 != 0) ||
			got.StoreMessages.ValueBool() != (*group.Flags&0x40 == 0) || got.Send.IsNull() != (*group.Flags&3 == 3) {
			t.Fatalf("%+v of %#x", got, *group.Flags)
		}
	})
}

// drawPermissions draws what a member may do, and what a request has to say of it: null stands for true, and what is
// unknown is not granted.
func drawPermissions(t *rapid.T) (permissions, mesibo.Permissions) {
	granted := func(value types.Bool) bool { return value.IsNull() || !value.IsUnknown() && value.ValueBool() }
	p := permissions{
		CanSend: gen.Bool(t, "send"), CanReceive: gen.Bool(t, "receive"), CanPublish: gen.Bool(t, "publish"),
		CanSubscribe: gen.Bool(t, "subscribe"), CanList: gen.Bool(t, "list"),
	}

	return p, mesibo.Permissions{
		Send: granted(p.CanSend), Receive: granted(p.CanReceive), Publish: granted(p.CanPublish),
		Subscribe: granted(p.CanSubscribe), List: granted(p.CanList),
	}
}

// Permissions survive the way to the server and back, in both forms in which a state holds them.
func TestPermissionsRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		given, want := drawPermissions(t)
		if diff := cmp.Diff(want, given.granted()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		back := permissionsOf(want)
		if back.granted() != want || back.withoutTrue().granted() != want {
			t.Fatalf("%+v becomes %+v", want, back)
		}
		if short := back.withoutTrue(); short.CanSend.IsNull() != want.Send || short.CanList.IsNull() != want.List {
			t.Fatalf("%+v is written as %+v", want, short)
		}
	})
}

// A set of members that is null has none; one that is unknown, or holds such a member, is an error and no panic; and
// what is known is read as it is.
func TestMembersElements(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		var want []memberElement
		var elements []attr.Value
		readable := true
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			switch rapid.SampledFrom([]string{"known", "known", "null", "unknown"}).Draw(t, "member") {
			case "null":
				elements, readable = append(elements, types.ObjectNull(memberElementType.AttrTypes)), false
			case "unknown":
				elements, readable = append(elements, types.ObjectUnknown(memberElementType.AttrTypes)), false
			default:
				p, _ := drawPermissions(t)
				element := memberElement{permissions: p, Address: gen.String(t, "address")}
				want = append(want, element)
				elements = append(elements, types.ObjectValueMust(memberElementType.AttrTypes, map[string]attr.Value{
					"address": element.Address, "can_send": p.CanSend, "can_receive": p.CanReceive, "can_publish": p.CanPublish,
					"can_subscribe": p.CanSubscribe, "can_list": p.CanList,
				}))
			}
		}
		set := types.SetValueMust(memberElementType, elements)
		switch rapid.SampledFrom([]string{"known", "null", "unknown"}).Draw(t, "set") {
		case "null":
			set, want, readable = types.SetNull(memberElementType), nil, true
		case "unknown":
			set, readable = types.SetUnknown(memberElementType), false
		}

		got, diags := membersModel{GID: types.StringValue("7"), Members: set}.elements(t.Context())
		if diags.HasError() == readable {
			t.Fatalf("%s: %v", set, diags)
		}
		if !readable {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%+v, want %+v", got[i], want[i])
			}
		}
		// A member that is not known by its address is nobody whom a request could name.
		for _, change := range plannedChanges(got, nil).set {
			for _, address := range change.addresses {
				if address != "" && !holds(want, address) {
					t.Fatalf("%q is added, and nobody asked for it", address)
				}
			}
		}
	})
}

func holds(members []memberElement, address string) bool {
	for _, member := range members {
		if known := gen.Text(member.Address); known != nil && *known == address {
			return true
		}
	}

	return false
}

// FuzzDecodeFlags: the flags in the private state are read as the number that they are, or as none.
func FuzzDecodeFlags(f *testing.F) {
	for _, seed := range []string{"", "0", "129", "4294967295", "4294967296", "99999999999999999999", "-1", "null", "1e3"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var want uint32
		if number, err := strconv.ParseInt(string(encoded), 10, 64); err == nil && encoded[0] != '+' && encoded[0] != '-' && number <= 0xFFFFFFFF {
			want = uint32(number)
		}
		if got := decodeFlags(encoded); got != want {
			t.Errorf("%q becomes %d, want %d", encoded, got, want)
		}
	})
}

// FuzzEncodeWords: words are refused, or come back from the flags that they make.
func FuzzEncodeWords(f *testing.F) {
	f.Add("send", "anyone", "loopback", "true")
	f.Add("receive", "round_robin", "receive", "anyone")
	f.Add("store_messages", "false", "color", "red")
	f.Fuzz(func(t *testing.T, first, firstWord, second, secondWord string) {
		words := map[string]string{first: firstWord, second: secondWord}
		flags, err := encode(words)
		if err != nil {
			if flags != 0 {
				t.Errorf("%v is refused, and makes %#x", words, flags)
			}

			return
		}
		said, other := decode(flags)
		if other != 0 {
			t.Errorf("%v makes bits that no word is for: %#x", words, other)
		}
		for name, word := range words {
			if said[name] != word {
				t.Errorf("%s = %s becomes %q", name, word, said[name])
			}
		}
	})
}
