// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// runState is what the resources of one run share, so that none of them undoes the work of another. The server keeps one
// membership for each group and user, whoever has set it: with create_before_destroy, after a rename without moved, or
// when members move from single resources to a set, one resource removes the membership that another has just added.
type runState struct {
	names   service.KeyedLock // of groups that are being created
	created sync.Map          // gids of the groups that this run has created

	locks   service.KeyedLock // by memberKey
	managed sync.Map          // memberKeys that the configuration contains, or that this run has added
	groups  sync.Map          // gids in the configuration, and whether a set was the first to manage members there
}

// memberKey identifies a membership.
type memberKey struct{ gid, address string }

func runStateOf(data *service.ProviderData) *runState {
	return service.RunState[runState](data)
}

// configure records the members in a block of the configuration, and warns when another block manages them too. That is
// no error, because a CLI may validate one block more than once.
func (s *runState) configure(gid string, isSet bool, addresses ...string) (diags diag.Diagnostics) {
	firstIsSet, shared := s.groups.LoadOrStore(gid, isSet)
	managedTwice := shared && (isSet || firstIsSet == true)
	if managedTwice {
		diags.Append(managedTwiceWarning(gid))
	}
	for _, address := range addresses {
		if _, found := s.managed.LoadOrStore(memberKey{gid, address}, true); found && !isSet && !managedTwice {
			diags.Append(duplicateMemberWarning(gid, address))
		}
	}

	return diags
}

// manage records members that a resource of this run adds, or has found as they were planned.
func (s *runState) manage(gid string, addresses ...string) {
	for _, address := range addresses {
		s.managed.Store(memberKey{gid, address}, true)
	}
}

// isManaged reports whether the configuration contains a member, or this run has added it. Then the membership is no
// longer that of the resource that removes it. The caller has locked the member.
func (s *runState) isManaged(ctx context.Context, gid, address string) bool {
	_, found := s.managed.Load(memberKey{gid, address})
	if found {
		tflog.Info(ctx, "not removed, because another resource of this run manages the member", map[string]any{"gid": gid, "address": address})
	}

	return found
}

// lock waits for exclusive use of memberships, so that looking, changing and recording are one step. Sorting the
// addresses prevents that two callers wait for each other.
func (s *runState) lock(ctx context.Context, gid string, addresses ...string) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, release := range held {
			release()
		}
	}
	for _, address := range slices.Compact(slices.Sorted(slices.Values(addresses))) {
		release, err := s.locks.Lock(ctx, memberKey{gid, address})
		if err != nil {
			unlock()

			return nil, fmt.Errorf("waiting for another operation on the member %q ended: %w", address, err)
		}
		held = append(held, release)
	}

	return unlock, nil
}

// addMembers adds users to a group, or changes what they may do in it. The result done is how many of them, from the
// first, were added. The caller has locked the members.
func addMembers(
	ctx context.Context, data *service.ProviderData, gid string, permissions mesibo.Permissions, addresses ...string,
) (done int, err error) {
	client, err := data.Client()
	if err != nil {
		return 0, err
	}
	runStateOf(data).manage(gid, addresses...)

	return client.SetMembers(ctx, gid, permissions, addresses...)
}

// removeMembers removes members of a group, except those that another resource of this run manages. It returns whom it
// has removed, and who is left of the others.
func removeMembers(ctx context.Context, data *service.ProviderData, gid types.String, addresses ...string) (removed, left []string, err error) {
	client, err := data.Client()
	if err != nil {
		return nil, addresses, err
	}
	run := runStateOf(data)
	unlock, err := run.lock(ctx, gid.ValueString(), addresses...)
	if err != nil {
		return nil, addresses, err
	}
	defer unlock()

	ours := slices.DeleteFunc(slices.Clone(addresses), func(address string) bool { return run.isManaged(ctx, gid.ValueString(), address) })
	for left = ours; len(left) > 0; { // A server may refuse all because of one that is no member; then it is asked again.
		done, err := client.RemoveMembers(ctx, gid.ValueString(), left...)
		left = left[done:]
		asked := len(left)
		err = service.DeleteError(err, func() (service.Presence, error) {
			found, presence, lookupErr := findListed(ctx, data, gid, left...)
			if presence == service.Present {
				left = addressesOf(found)
			}

			return presence, lookupErr
		})
		if err == nil {
			break
		}
		if len(left) == asked {
			return without(ours, left), left, err
		}
	}

	return ours, nil, nil
}

// listedMember is a member that the server lists. Its address is ours, also where the list has it in another spelling.
type listedMember struct {
	mesibo.Member

	spelling string // the address in the list
}

func (m listedMember) isSpelledOtherwise() bool {
	return m.spelling != m.Address
}

// spelledAs gives listed members that differ by case alone from one of our addresses that address. On a server that
// ignores case they are the same users; removing them as strangers would remove our own. An address that is listed as we
// write it has no other spelling.
func spelledAs(addresses []string, listed []mesibo.Member) []listedMember {
	missing := map[string]string{} // our addresses that are not listed, by their lower case
	for _, address := range addresses {
		missing[strings.ToLower(address)] = address
	}
	for _, member := range listed {
		if slices.Contains(addresses, member.Address) {
			delete(missing, strings.ToLower(member.Address))
		}
	}

	var members []listedMember
	for _, member := range listed {
		found := listedMember{member, member.Address}
		if ours, isMissing := missing[strings.ToLower(member.Address)]; isMissing {
			found.Address = ours
		}
		members = append(members, found)
	}

	return members
}
