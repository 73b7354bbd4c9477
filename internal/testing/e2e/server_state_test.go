// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

// serverState has a line for each user, live token, group and member.
type serverState []string

func (s *serverState) add(kind string, values ...any) {
	*s = append(*s, fmt.Sprintf("%s %+v", kind, values))
}

// actualState returns what the server has.
func actualState(b *acctest.Backend) serverState {
	var s serverState
	for _, user := range b.Users(acctest.AppToken) {
		s.add("user", user.Address, user.Name, user.Active)
		for appID, token := range user.Tokens {
			s.add("token", user.Address, appID, token.Value)
		}
	}
	for _, group := range b.Groups(acctest.AppToken) {
		s.add("group", group.GID, group.Name, group.Active)
		for address, may := range group.Members {
			s.add("member", group.GID, address, may)
		}
	}

	return s
}

// textFunc returns a value in the state: a string attribute, or an element of a map of strings.
type textFunc = func(address, attribute string, key ...string) string

// expectedState returns what a server should have by a configuration and the state.
func expectedState(config protocoltest.Config, text textFunc) serverState {
	var s serverState
	value := func(given any) string {
		plain, _ := given.(string)
		if address, attribute, refers := protocoltest.ParseRef(plain); refers {
			return text(address, attribute)
		}

		return plain
	}
	for _, resource := range config {
		given := resource.Attributes
		address, appID, gid := value(given["address"]), value(given["appid"]), value(given["gid"])
		switch resource.Type {
		case "mesibo_user":
			s.add("user", address, value(given["name"]), given["active"] != false)
		case "mesibo_users":
			names, _ := given["users"].(attributes)
			for address, name := range names {
				s.add("user", address, value(name), given["active"] != false)
				if appID != "" {
					s.add("token", address, appID, text(resource.Address(), "tokens", address))
				}
			}

			continue
		case "mesibo_group":
			s.add("group", text(resource.Address(), "gid"), value(given["name"]), given["active"] != false)
		case "mesibo_group_member":
			s.add("member", gid, address, permissions(given))
		case "mesibo_group_members":
			elements, _ := given["members"].([]attributes)
			for _, element := range elements {
				s.add("member", gid, value(element["address"]), permissions(element))
			}
		}
		if appID != "" {
			s.add("token", address, appID, text(resource.Address(), "token"))
		}
	}

	return s
}

func permissions(given attributes) emulator.Permissions {
	return emulator.Permissions{
		Send: given["can_send"] != false, Receive: given["can_receive"] != false, Publish: given["can_publish"] != false,
		Subscribe: given["can_subscribe"] != false, List: given["can_list"] != false,
	}
}

// checkServer returns an error unless the server has what the configuration says.
func checkServer(b *acctest.Backend, config protocoltest.Config, text textFunc) error {
	want, got := expectedState(config, text), actualState(b)
	slices.Sort(want)
	slices.Sort(got)
	if difference := cmp.Diff(want, got); difference != "" {
		return fmt.Errorf("the server is not as the configuration says (-want +got):\n%s", difference)
	}

	return nil
}
