// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
)

// A modelUser is what the model knows about a user.
type modelUser struct {
	uid    string
	name   string
	active bool
	tokens map[string]string // by App ID
}

func (u *modelUser) change(given object) {
	if name, found := given["name"].(string); found {
		u.name = name
	}
	if active, found := given["active"].(bool); found {
		u.active = active
	}
}

// TestModel carries out random ops and compares the result with a model that is simple enough to be right.
func TestModel(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		as := profile.Default()
		updates := rapid.Bool().Draw(t, "useradd updates")
		if updates {
			as.AddExistingName, as.AddExistingActive = profile.UpsertSet, profile.UpsertSet
		}
		as.RowCap = rapid.SampledFrom([]int{0, 2, 20}).Draw(t, "row cap")
		e := newEmulator(emulator.WithProfile(as))
		users := map[string]*modelUser{} // by address
		given := map[string]bool{}       // uids
		minted := 0

		anAddress := rapid.SampledFrom([]string{"a", "ab", "b", "a.b", "+49"})
		anAppID := rapid.SampledFrom([]string{firstApp, secondApp})
		fields := func(t *rapid.T) object {
			asked := object{}
			if rapid.Bool().Draw(t, "with a name") {
				asked["name"] = rapid.SampledFrom([]string{"", "A", "Ö", "\"x\""}).Draw(t, "name")
			}
			if rapid.Bool().Draw(t, "with a status") {
				asked["active"] = rapid.Bool().Draw(t, "active")
			}

			return asked
		}
		// target names a user by address, or by a uid that it has or had, and returns the address.
		target := func(t *rapid.T, asked object) string {
			if len(given) == 0 || rapid.Bool().Draw(t, "by address") {
				address := anAddress.Draw(t, "address")
				asked["address"] = address

				return address
			}
			asked["uid"] = rapid.SampledFrom(slices.Sorted(maps.Keys(given))).Draw(t, "uid")
			for address, user := range users {
				if user.uid == asked["uid"] {
					return address
				}
			}

			return ""
		}

		t.Repeat(map[string]func(*rapid.T){
			"useradd": func(t *rapid.T) {
				asked, address := fields(t), anAddress.Draw(t, "address")
				asked["address"] = address
				appID := ""
				if rapid.Bool().Draw(t, "with a token") {
					appID = anAppID.Draw(t, "App ID")
					asked["token"] = object{"appid": appID, "expiry": rapid.IntRange(1, 1000).Draw(t, "expiry")}
				}
				got, _ := succeed(t, e, "useradd", asked)["user"].(object)
				user, exists := users[address]
				if !exists {
					uid, _ := got["uid"].(string)
					if given[uid] {
						t.Fatalf("the uid %q was given before", uid)
					}
					user = &modelUser{uid: uid, active: true, tokens: map[string]string{}}
					given[uid], users[address] = true, user
				}
				if !exists || updates {
					user.change(asked)
				}
				want := object{"uid": user.uid, "address": address}
				if appID != "" {
					minted++
					user.tokens[appID] = "token-" + strconv.Itoa(minted)
					want["token"] = user.tokens[appID]
				}
				expect(t, got, want)
			},
			"userset": func(t *rapid.T) {
				asked := fields(t)
				user, exists := users[target(t, asked)]
				var ended []string
				if rapid.Bool().Draw(t, "revoking") {
					ended = []string{firstApp, secondApp}
					removal := object{"remove": true}
					if rapid.Bool().Draw(t, "one") {
						ended = []string{anAppID.Draw(t, "App ID")}
						removal["appid"] = ended[0]
					}
					asked["token"] = removal
				}
				expect(t, call(t, e, "userset", asked)["result"], any(exists))
				if exists {
					user.change(asked)
					for _, appID := range ended {
						delete(user.tokens, appID)
					}
				}
			},
			"userdel": func(t *rapid.T) {
				asked := object{}
				address := target(t, asked)
				expect(t, call(t, e, "userdel", asked)["result"], any(users[address] != nil))
				delete(users, address)
			},
			"usersget": func(t *rapid.T) {
				prefix := rapid.SampledFrom([]string{"", "a", "ab", "+", "x"}).Draw(t, "prefix")
				var want []string
				for _, address := range slices.Sorted(maps.Keys(users)) {
					if strings.HasPrefix(address, prefix) && (as.RowCap == 0 || len(want) < as.RowCap) {
						want = append(want, address)
					}
				}
				expect(t, addressesIn(succeed(t, e, "usersget", object{"address": prefix + "*"})), strings.Join(want, " "))
			},
			// After each op, lookups of single users and the emulator's own methods agree with the model.
			"": func(t *rapid.T) {
				got := e.Users(appToken)
				expect(t, []int{len(got), len(e.MintedTokens())}, []int{len(users), minted})
				for _, user := range got {
					want, exists := users[user.Address]
					if !exists {
						t.Fatalf("%q still exists", user.Address)
					}
					expect(t, []any{user.UID, user.Name, user.Active, live(e, user.Address)}, []any{want.uid, want.name, want.active, want.tokens})
					found := rows(t, e, user.Address)
					if len(found) != 1 {
						t.Fatalf("%d rows for %q", len(found), user.Address)
					}
					appID, _ := found[0]["appid"].(string)
					expect(t, []any{found[0]["uid"], found[0]["token"]}, []any{want.uid, want.tokens[appID]})
				}
			},
		})
	})
}
