// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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

	locks service.KeyedLock // by memberKey; a set also locks the key without an address
	added sync.Map          // memberKeys that this run has added, or has found as they were planned

	configured configuredMembers
	uncapped   atomic.Bool // whether the server has listed more members than the documented maximum
}

// configuredMembers is what the validated blocks of the configuration contain.
type configuredMembers struct {
	single sync.Map // memberKeys of mesibo_group_member
	inSets sync.Map // memberKeys of mesibo_group_members
	groups sync.Map // gids of mesibo_group_member
	sets   sync.Map // gids of mesibo_group_members
	warned sync.Map // gids with a warning, because one is enough for many members
}

// memberKey identifies a membership.
type memberKey struct{ gid, address string }

func runStateOf(data *service.ProviderData) *runState {
	return service.RunState[runState](data)
}

// lock waits for exclusive use of memberships, so that looking, changing and remembering are one step. Sorting the
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

			return nil, err
		}
		held = append(held, release)
	}

	return unlock, nil
}

// remember records members that this run has added, or has found as they were planned.
func (s *runState) remember(gid string, addresses ...string) {
	for _, address := range addresses {
		s.added.Store(memberKey{gid, address}, true)
	}
}

// inUse reports whether this run has added a member, or its configuration contains it. Then the membership is no longer
// that of the resource that removes it. The caller has the lock of the member.
func (s *runState) inUse(ctx context.Context, gid, address string) bool {
	key := memberKey{gid, address}
	for _, uses := range []*sync.Map{&s.added, &s.configured.single, &s.configured.inSets} {
		if _, found := uses.Load(key); found {
			tflog.Info(ctx, "not removed, because another resource of this run manages the member", map[string]any{"gid": gid, "address": address})

			return true
		}
	}

	return false
}

// documentedMembers is how many members a server lists at most (official documentation of 2018-2020).
const documentedMembers = 20

// listMembers lists the members of a group. A list of exactly 20 is complete where the server was seen to list more.
func listMembers(ctx context.Context, data *service.ProviderData, gid types.String) (mesibo.MemberList, error) {
	client, err := data.Client()
	if err != nil {
		return mesibo.MemberList{}, err
	}
	list, err := client.ListMembers(ctx, gid.ValueString())
	run := runStateOf(data)
	if len(list.Members) > documentedMembers {
		run.uncapped.Store(true)
	}
	if len(list.Members) == documentedMembers && run.uncapped.Load() {
		list.Truncated = false
	}

	return list, err
}

// spelledAs renames listed members that differ by case alone from one of our addresses to that address, and returns their
// listed names by it. On a server that ignores case they are the same users; removing them as strangers would remove our
// own. An address that is listed as we write it has no other spelling.
func spelledAs(addresses []string, listed []mesibo.Member) (members []mesibo.Member, otherwise map[string]string) {
	missing := map[string]string{} // our addresses that are not listed, by their lower case
	for _, address := range addresses {
		missing[strings.ToLower(address)] = address
	}
	for _, member := range listed {
		if slices.Contains(addresses, member.Address) {
			delete(missing, strings.ToLower(member.Address))
		}
	}

	otherwise = map[string]string{}
	for _, member := range listed {
		ours, found := missing[strings.ToLower(member.Address)]
		switch {
		case !found:
			members = append(members, member)
		case otherwise[ours] == "":
			otherwise[ours] = member.Address
			member.Address = ours
			members = append(members, member)
		}
	}

	return members, otherwise
}
