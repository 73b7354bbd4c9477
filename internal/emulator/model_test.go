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

// A modelUser is what the model knows of a user.
type modelUser struct {
	uid    string
	name   string
	active bool
	tokens map[string]string // by App ID
}

// TestModel carries out random ops and compares with a model that is simple enough to be right.
func TestModel(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		modes := profile.Default()
		updates := rapid.Bool().Draw(t, "useradd updates who exists")
		if updates {
			modes.AddExistingName, modes.AddExistingActive = profile.UpsertSet, profile.UpsertSet
		}
		modes.RowCap = rapid.SampledFrom([]int{0, 2, 20}).Draw(t, "row cap")
		e := newEmulator(emulator.WithProfile(modes))
		users := map[string]*modelUser{} // by address
		given := map[string]bool{}       // uids
		minted := 0

		anAddress := rapid.SampledFrom([]string{"a", "ab", "b", "a.b", "+49"})
		anAppID := rapid.SampledFrom([]string{firstApp, secondApp})
		aName := rapid.SampledFrom([]string{"", "A", "Ö", "\"x\""})

		// given fields of a user, as a request and applied to the model
		fields := func(t *rapid.T) (object, func(*modelUser)) {
			asked, changes := object{}, []func(*modelUser){}
			if rapid.Bool().Draw(t, "with a name") {
				name := aName.Draw(t, "name")
				asked["name"] = name
				changes = append(changes, func(u *modelUser) { u.name = name })
			}
			if rapid.Bool().Draw(t, "with a status") {
				active := rapid.Bool().Draw(t, "active")
				asked["active"] = active
				changes = append(changes, func(u *modelUser) { u.active = active })
			}

			return asked, func(u *modelUser) {
				for _, change := range changes {
					change(u)
				}
			}
		}
		// target names a user by address, or by the uid that it has or had.
		target := func(t *rapid.T, asked object) string {
			if len(given) > 0 && rapid.Bool().Draw(t, "by uid") {
				uid := rapid.SampledFrom(slices.Sorted(maps.Keys(given))).Draw(t, "uid")
				asked["uid"] = uid
				for address, user := range users {
					if user.uid == uid {
						return address
					}
				}

				return ""
			}
			address := anAddress.Draw(t, "address")
			asked["address"] = address

			return address
		}

		t.Repeat(map[string]func(*rapid.T){
			"useradd": func(t *rapid.T) {
				asked, apply := fields(t)
				address := anAddress.Draw(t, "address")
				asked["address"] = address
				appID := ""
				if rapid.Bool().Draw(t, "with a token") {
					appID = anAppID.Draw(t, "App ID")
					asked["token"] = object{"appid": appID, "expiry": rapid.IntRange(1, 1000).Draw(t, "expiry")}
				}
				got := dig(t, succeed(t, e, "useradd", asked), "user")
				uid, _ := got["uid"].(string)

				user, exists := users[address]
				if !exists {
					if given[uid] {
						t.Fatalf("uid %q was given before", uid)
					}
					given[uid] = true
					user = &modelUser{uid: uid, active: true, tokens: map[string]string{}}
					users[address] = user
				}
				if !exists || updates {
					apply(user)
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
				asked, apply := fields(t)
				address := target(t, asked)
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
				user, exists := users[address]
				expect(t, call(t, e, "userset", asked)["result"], any(exists))
				if exists {
					apply(user)
					for _, appID := range ended {
						delete(user.tokens, appID)
					}
				}
			},
			"userdel": func(t *rapid.T) {
				asked := object{}
				address := target(t, asked)
				_, exists := users[address]
				expect(t, call(t, e, "userdel", asked)["result"], any(exists))
				delete(users, address)
			},
			"usersget": func(t *rapid.T) {
				prefix := rapid.SampledFrom([]string{"", "a", "ab", "+", "x"}).Draw(t, "prefix")
				var want []string
				for address := range users {
					if strings.HasPrefix(address, prefix) {
						want = append(want, address)
					}
				}
				slices.Sort(want)
				if modes.RowCap > 0 {
					want = want[:min(len(want), modes.RowCap)]
				}
				expect(t, addresses(t, e, prefix+"*"), append([]string{}, want...))
			},
			// Whatever was done, an exact look-up and the look from inside agree with the model.
			"": func(t *rapid.T) {
				var got []string
				for _, user := range e.Users(appToken) {
					got = append(got, user.Address)
					want, exists := users[user.Address]
					if !exists {
						t.Fatalf("%q is still there", user.Address)
					}
					tokens := map[string]string{}
					for appID, token := range user.Tokens {
						tokens[appID] = token.Value
					}
					expect(t, modelUser{user.UID, user.Name, user.Active, tokens}.String(), want.String())

					found := rows(t, e, user.Address)
					if len(found) != 1 {
						t.Fatalf("%d rows for %q", len(found), user.Address)
					}
					appID, _ := found[0]["appid"].(string)
					expect(t, []any{found[0]["uid"], found[0]["token"]}, []any{want.uid, want.tokens[appID]})
				}
				expect(t, got, slices.Sorted(maps.Keys(users)))
				expect(t, len(e.MintedTokens()), minted)
			},
		})
	})
}

func (u modelUser) String() string {
	parts := []string{u.uid, strconv.Quote(u.name), strconv.FormatBool(u.active)}
	for _, appID := range slices.Sorted(maps.Keys(u.tokens)) {
		parts = append(parts, appID+"="+u.tokens[appID])
	}

	return strings.Join(parts, " ")
}
