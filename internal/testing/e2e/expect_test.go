// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// holding is what a server has of an app: users by address and groups by name.
type holding struct {
	Users  map[string]heldUser
	Groups map[string]heldGroup
}

type heldUser struct {
	Name   string
	Active bool
	Tokens map[string]string // the live token of each App ID
}

type heldGroup struct {
	Active  bool
	Members map[string]emulator.Permissions // by address
}

// held returns what the server has. Groups of one name are an error.
func held(b *acctest.Backend) (holding, error) {
	found := holding{Users: map[string]heldUser{}, Groups: map[string]heldGroup{}}
	for _, user := range b.Users(acctest.AppToken) {
		tokens := map[string]string{}
		for appID, token := range user.Tokens {
			tokens[appID] = token.Value
		}
		found.Users[user.Address] = heldUser{user.Name, user.Active, tokens}
	}
	for _, group := range b.Groups(acctest.AppToken) {
		if _, doubled := found.Groups[group.Name]; doubled {
			return found, fmt.Errorf("there are two groups of the name %q", group.Name)
		}
		found.Groups[group.Name] = heldGroup{group.Active, group.Members}
	}

	return found, nil
}

// wanted returns what the server is to have by a configuration; text tells what the state holds.
func wanted(config protocoltest.Config, text func(address, attribute string) string) holding {
	want := holding{Users: map[string]heldUser{}, Groups: map[string]heldGroup{}}
	names := map[string]string{} // of groups, by gid
	value := func(given any) string {
		if ref, refers := given.(protocoltest.Ref); refers {
			return text(ref.Address, ref.Attribute)
		}
		plain, _ := given.(string)

		return plain
	}
	for _, resource := range config {
		given := resource.Attributes
		switch resource.Type {
		case "mesibo_user":
			user := heldUser{value(given["name"]), given["active"] != false, map[string]string{}}
			if appID := value(given["appid"]); appID != "" {
				user.Tokens[appID] = text(resource.Address(), "token")
			}
			want.Users[value(given["address"])] = user
		case "mesibo_user_token":
			want.Users[value(given["address"])].Tokens[value(given["appid"])] = text(resource.Address(), "token")
		case "mesibo_group":
			names[text(resource.Address(), "gid")] = value(given["name"])
			want.Groups[value(given["name"])] = heldGroup{given["active"] != false, map[string]emulator.Permissions{}}
		case "mesibo_group_member":
			want.Groups[names[value(given["gid"])]].Members[value(given["address"])] = permissions(given)
		case "mesibo_group_members":
			elements, _ := given["members"].([]any)
			for _, element := range elements {
				member, _ := element.(attributes)
				want.Groups[names[value(given["gid"])]].Members[value(member["address"])] = permissions(member)
			}
		}
	}

	return want
}

func permissions(given attributes) emulator.Permissions {
	may := func(name string) bool { return given[name] != false }

	return emulator.Permissions{
		Send: may("can_send"), Receive: may("can_receive"),
		Publish: may("can_publish"), Subscribe: may("can_subscribe"), List: may("can_list"),
	}
}

// compare tells how what the server has differs from what it is to have.
func compare(b *acctest.Backend, config protocoltest.Config, text func(address, attribute string) string) error {
	found, err := held(b)
	if err != nil {
		return err
	}
	if difference := cmp.Diff(wanted(config, text), found); difference != "" {
		return fmt.Errorf("the server is not as the configuration says (-want +got):\n%s", difference)
	}

	return nil
}
