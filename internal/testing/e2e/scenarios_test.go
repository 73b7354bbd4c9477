// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

// scenario is an apply that changes one configuration into another.
type scenario struct {
	name          string
	before, after protocoltest.Config
	earlier       protocoltest.Config    // applied before the first one, if any
	taint         string                 // the address of an object that is to be replaced, if any
	setUp         func(*acctest.Backend) // puts on the server what is there first, if anything
}

// prepare brings a workspace to the configuration before the change.
func (s scenario) prepare(ctx context.Context, w *protocoltest.Workspace) error {
	if s.earlier != nil {
		if err := w.Apply(ctx, s.earlier); err != nil {
			return err
		}
	}
	err := w.Apply(ctx, s.before)
	if err == nil && s.taint != "" {
		w.Taint(s.taint)
	}

	return err
}

// has reports whether a resource of the type is in the scenario.
func (s scenario) has(resourceType string) bool {
	return slices.ContainsFunc(slices.Concat(s.before, s.after), func(r protocoltest.Resource) bool { return r.Type == resourceType })
}

type attributes = map[string]any

func user(name string, given attributes) protocoltest.Resource {
	given["address"] = name + "@example.com"

	return protocoltest.Resource{Type: "mesibo_user", Name: name, Attributes: given}
}

func userToken(name string, given attributes) protocoltest.Resource {
	given["address"] = protocoltest.Ref("mesibo_user."+name, "address")

	return protocoltest.Resource{Type: "mesibo_user_token", Name: name, Attributes: given}
}

func group(name string, given attributes) protocoltest.Resource {
	given["name"] = "Group " + name

	return protocoltest.Resource{Type: "mesibo_group", Name: name, Attributes: given}
}

func member(group, user string, given attributes) protocoltest.Resource {
	given["gid"] = protocoltest.Ref("mesibo_group."+group, "gid")
	given["address"] = protocoltest.Ref("mesibo_user."+user, "address")

	return protocoltest.Resource{Type: "mesibo_group_member", Name: group + "_" + user, Attributes: given}
}

func members(group, user string) protocoltest.Resource {
	return protocoltest.Resource{Type: "mesibo_group_members", Name: group, Attributes: attributes{
		"gid":     protocoltest.Ref("mesibo_group."+group, "gid"),
		"members": []attributes{{"address": protocoltest.Ref("mesibo_user."+user, "address")}},
	}}
}

// manyUsers returns the users in names, without a name of their own where it is nil.
func manyUsers(names attributes, given attributes) protocoltest.Config {
	users := attributes{}
	for name, display := range names {
		users[name+"@example.com"] = display
	}
	given["users"] = users

	return protocoltest.Config{{Type: "mesibo_users", Name: "all", Attributes: given}}
}

const (
	android = "com.example.android"
	ios     = "com.example.ios"
	web     = "com.example.web"
)

// Scenarios in which one resource takes the place of another at an address.
const (
	createFirstUser  = "create a user before destroy"
	createFirstToken = "create a token before destroy"
	rename           = "rename without moved"
	renameInTwoSteps = "rename without moved in two steps"
	countShift       = "count shift"
	adoptingShift    = "count shift that adopts"
)

// takesPlace reports whether the scenario is one of these.
func (s scenario) takesPlace() bool {
	return slices.Contains([]string{createFirstUser, createFirstToken, rename, renameInTwoSteps, countShift, adoptingShift}, s.name)
}

func scenarios() []scenario {
	users := func() protocoltest.Config {
		return protocoltest.Config{
			user("alice", attributes{"appid": android, "name": "Alice"}),
			user("bob", attributes{"active": false}),
			userToken("alice", attributes{"appid": web}),
		}
	}
	everything := func() protocoltest.Config {
		return append(users(),
			group("one", attributes{}),
			member("one", "alice", attributes{"can_send": false}),
			group("two", attributes{}),
			members("two", "alice"),
		)
	}
	disabled := func(name, incident string) protocoltest.Config {
		return protocoltest.Config{user("bob", attributes{
			"appid": android, "name": name, "active": false, "token_keepers": attributes{"incident": incident},
		})}
	}

	alice := func(name string) protocoltest.Resource {
		return protocoltest.Resource{Type: "mesibo_user", Name: name, Attributes: attributes{
			"address": "alice@example.com", "appid": android, "adopt_existing": true,
		}}
	}
	createFirst := func() protocoltest.Config {
		first, token := alice("alice"), userToken("alice", attributes{"appid": web})
		first.CreateBeforeDestroy, token.CreateBeforeDestroy = true, true

		return protocoltest.Config{first, token, user("bob", attributes{
			"appid":         android,
			"token_keepers": attributes{"of": protocoltest.Ref("mesibo_user.alice", "token"), "and": protocoltest.Ref("mesibo_user_token.alice", "token")},
		})}
	}
	counted := func(adopt bool, names ...string) (config protocoltest.Config) {
		for i, name := range names {
			config = append(config, user(name, attributes{"appid": android, "adopt_existing": adopt}))
			config[i].Name = fmt.Sprint("n", i)
		}

		return config
	}

	five := func(given attributes) protocoltest.Config {
		return manyUsers(attributes{"alice": "Alice", "bob": "Bob", "carol": nil, "dave": "Dave", "erin": nil}, given)
	}
	adopted := func(b *acctest.Backend) {
		for _, name := range []string{"bob", "dave"} {
			b.PutUser(acctest.AppToken, emulator.User{Address: name + "@example.com", Name: "Old", Active: false})
			b.MintToken(acctest.AppToken, name+"@example.com", android)
		}
	}

	return []scenario{
		{name: "many users", after: five(attributes{"appid": android, "concurrency": 1})},
		{name: "many users without tokens", after: five(attributes{"active": false, "concurrency": 1})},
		{name: "many users adopted", setUp: adopted, after: five(attributes{"appid": android, "concurrency": 1, "adopt_existing": true})},
		{
			name: "many users changed", before: five(attributes{"appid": android, "concurrency": 1}),
			after: manyUsers(attributes{"alice": "Alicia", "bob": nil, "dave": nil, "frank": "Frank", "grace": nil},
				attributes{"appid": android, "expiry": 60, "concurrency": 1}),
		},
		{
			name: "many users disabled", before: five(attributes{"appid": android, "concurrency": 1}),
			after: five(attributes{"appid": android, "concurrency": 1, "active": false}),
		},
		{
			name: "App ID change of many users", before: five(attributes{"appid": android, "concurrency": 1}),
			after: five(attributes{"appid": ios, "concurrency": 1}),
		},
		{name: "many users destroyed", before: five(attributes{"appid": android, "concurrency": 1})},
		{name: createFirstUser, before: createFirst(), taint: "mesibo_user.alice", after: createFirst()},
		{name: createFirstToken, before: createFirst(), taint: "mesibo_user_token.alice", after: createFirst()},
		{name: rename, before: protocoltest.Config{alice("old")}, after: protocoltest.Config{alice("new")}},
		{
			name: renameInTwoSteps, earlier: protocoltest.Config{alice("old")},
			before: protocoltest.Config{alice("old"), alice("new")}, after: protocoltest.Config{alice("new")},
		},
		{name: countShift, before: counted(false, "one", "two", "three"), after: counted(false, "two", "three")},
		{name: adoptingShift, before: counted(true, "one", "two", "three"), after: counted(true, "two", "three")},
		{name: "create", after: users()},
		{name: "create everything", after: everything()},
		{name: "update with mint", before: users(), after: protocoltest.Config{
			user("alice", attributes{"appid": android, "name": "Alicia", "expiry": 60}),
			user("bob", attributes{"active": true, "appid": android}),
			userToken("alice", attributes{"appid": web, "expiry": 60}),
		}},
		{name: "App ID change", before: users(), after: protocoltest.Config{
			user("alice", attributes{"appid": ios, "name": "Al"}),
			user("bob", attributes{"active": false}),
			userToken("alice", attributes{"appid": "com.example.tv"}),
		}},
		{name: "App ID removal", before: users(), after: protocoltest.Config{
			user("alice", attributes{}),
			user("bob", attributes{"active": false}),
		}},
		{name: "token rotation", before: users(), after: protocoltest.Config{
			user("alice", attributes{"appid": android, "name": "Alice", "token_keepers": attributes{"incident": "7"}}),
			user("bob", attributes{"active": false}),
			userToken("alice", attributes{"appid": web, "token_keepers": attributes{"incident": "7"}}),
		}},
		{name: "replacement", before: users(), after: protocoltest.Config{
			{Type: "mesibo_user", Name: "alice", Attributes: attributes{"address": "carol@example.com", "appid": android}},
			user("bob", attributes{"active": false}),
			userToken("alice", attributes{"appid": web}),
		}},
		{name: "adoption", after: protocoltest.Config{
			user("alice", attributes{"appid": android, "name": "Alice", "adopt_existing": true}),
		}, setUp: func(b *acctest.Backend) {
			b.PutUser(acctest.AppToken, emulator.User{Address: "alice@example.com", Name: "Old", Active: false})
			b.MintToken(acctest.AppToken, "alice@example.com", android)
		}},
		{name: "group change", before: everything(), after: append(users(),
			group("one", attributes{"active": false}),
			member("one", "alice", attributes{"can_publish": false}),
			group("two", attributes{}),
			members("two", "bob"),
		)},
		{name: "disabled user rotated", before: disabled("Bob", "6"), after: disabled("Bob", "7")},
		{name: "disabled user renamed", before: disabled("Bob", "6"), after: disabled("Robert", "6")},
		{name: "destroy", before: everything()},
	}
}
