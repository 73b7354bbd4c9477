// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/sync/errgroup"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// A userChange is what an apply does to one user.
type userChange struct {
	address  string
	plan     *userModel       // nil when the user goes
	before   *managedUser     // nil when the user is new
	after    *managedUser     // what the state contains by now; nil for nothing
	presence service.Presence // of a new user, before it is created
}

// changesTo returns what leads from the users in the state to the planned ones: users that go, then new ones, then those
// that change. A user that needs no request is as planned at once.
func changesTo(plan, state map[string]managedUser) []*userChange {
	var removed, created, updated []*userChange
	for _, address := range slices.Sorted(maps.Keys(state)) {
		before := state[address]
		change := &userChange{address: address, before: &before, after: &before}
		planned, stays := plan[address]
		if !stays {
			removed = append(removed, change)

			continue
		}
		change.plan = &planned.userModel
		updated = append(updated, change)
	}
	for _, address := range slices.Sorted(maps.Keys(plan)) {
		planned := plan[address]
		if _, exists := state[address]; !exists {
			created = append(created, &userChange{address: address, plan: &planned.userModel})
		}
	}

	return slices.Concat(removed, created, updated)
}

// sends reports whether the change needs a request.
func (c *userChange) sends() bool {
	if c.plan == nil || c.before == nil {
		return true
	}
	_, updates := c.plan.updateRequest(c.before.userModel)

	return updates || c.plan.willMint() || c.plan.changesAppID(c.before.userModel)
}

func addressesOf(changes []*userChange) []string {
	addresses := make([]string, len(changes))
	for i, c := range changes {
		addresses[i] = c.address
	}

	return addresses
}

// usersAfter returns the users that the state contains by now.
func usersAfter(changes []*userChange) map[string]managedUser {
	users := map[string]managedUser{}
	for _, c := range changes {
		if c.after != nil {
			users[c.address] = *c.after
		}
	}

	return users
}

// applyChanges makes the changes of an update or a destroy. It goes on after an error of one user.
func (a *api) applyChanges(ctx context.Context, w work, changes []*userChange) *report {
	var pending []*userChange
	for _, c := range changes {
		if c.sends() {
			pending = append(pending, c)
		} else { // No diagnostics come of it.
			a.updateOne(ctx, c)
		}
	}
	lookup := sync.OnceValue(func() lookupFunc { return a.fromList(ctx) })

	return w.each(ctx, pending, func(ctx context.Context, c *userChange) diag.Diagnostics {
		switch {
		case c.plan == nil:
			return a.endOne(ctx, c, lookup())
		case c.before == nil:
			diags := a.lookUpNew(ctx, c, lookup())
			if !diags.HasError() {
				diags.Append(a.createOne(ctx, c)...)
			}

			return diags
		default:
			return a.updateOne(ctx, c)
		}
	})
}

// lookUpNew finds out whether a new user exists already, which is an error unless it may be adopted.
func (a *api) lookUpNew(ctx context.Context, c *userChange, send lookupFunc) diag.Diagnostics {
	var diags diag.Diagnostics
	_, c.presence, diags = a.lookup(ctx, send, c.address, "", "It was not created.")
	if c.presence == service.Unknown && len(diags) == 0 && !c.plan.AdoptExisting.ValueBool() {
		a.data.WarnNoLookups(&diags)
	}
	if c.presence == service.Present && !c.plan.AdoptExisting.ValueBool() {
		diags.Append(existsAlready(c.address))
	}

	return diags
}

func (a *api) createOne(ctx context.Context, c *userChange) diag.Diagnostics {
	user, record, kept, diags := a.create(ctx, *c.plan, c.presence)
	if kept {
		c.after = &managedUser{user, record}
	}

	return diags
}

func (a *api) updateOne(ctx context.Context, c *userChange) diag.Diagnostics {
	return a.update(ctx, *c.plan, c.before.userModel, c.before.record, func(user userModel, record tokenRecord) diag.Diagnostics {
		c.after = &managedUser{user, record}

		return nil
	})
}

func (a *api) endOne(ctx context.Context, c *userChange, send lookupFunc) diag.Diagnostics {
	diags := a.endUser(ctx, send, c.before.userModel, c.before.record)
	if !diags.HasError() {
		c.after = nil
	}

	return diags
}

// existsAlready reports that a user to create exists.
func existsAlready(address string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("users"), "User already exists", fmt.Sprintf(
		"The user %q exists in the app already, so it was not created.\n\n"+
			"To take over users that exist, set adopt_existing = true; with appid set, that mints new tokens for them. Or manage "+
			"them elsewhere, and remove them from users. To take over all users of this resource without a mint, import them.", address))
}

// lockAll waits for exclusive use of many users. They are locked in the order of their addresses, so that two resources
// never wait for each other. The caller calls unlock in any case.
func (a *api) lockAll(ctx context.Context, addresses []string, diags *diag.Diagnostics) (unlock func()) {
	var unlocks []func()
	for _, address := range slices.Compact(slices.Sorted(slices.Values(addresses))) {
		unlocks = append(unlocks, a.lock(ctx, address, diags))
		if diags.HasError() {
			break
		}
	}

	return func() {
		for _, unlock := range unlocks {
			unlock()
		}
	}
}

// fromList returns a lookup that answers from one list of all users, which is read now. Where the server does not show a
// complete one, the lookup is a request about the one user.
func (a *api) fromList(ctx context.Context) lookupFunc {
	client, err := a.data.Client()
	if err != nil {
		return (*mesibo.Client).GetUser // which is not called
	}
	list, err := client.ListUsers(ctx, "*")
	if err != nil || list.Truncated {
		return (*mesibo.Client).GetUser
	}
	rows, spellings := map[string][]mesibo.UserRow{}, map[string]bool{}
	for _, row := range list.Rows {
		rows[row.Address] = append(rows[row.Address], row)
		spellings[strings.ToLower(row.Address)] = true
	}

	return func(client *mesibo.Client, ctx context.Context, address string) (mesibo.Lookup, error) {
		if len(rows[address]) == 0 && spellings[strings.ToLower(address)] { // Only the server knows whether case matters.
			return client.GetUser(ctx, address)
		}

		return mesibo.Lookup{Rows: rows[address]}, nil
	}
}

// A work is something that is done to each of many users.
type work struct {
	name        string // for the log
	concurrency int64
	stopAtError bool // after an error of one user, nothing is begun for another one
}

// each does it. Nothing is begun any more once the context has ended, or after an error that every other request would
// end with too. What is under way is awaited.
func (w work) each(ctx context.Context, changes []*userChange, do func(context.Context, *userChange) diag.Diagnostics) *report {
	var found report
	var group errgroup.Group
	var stopped atomic.Bool
	var done, left atomic.Int64
	group.SetLimit(int(max(w.concurrency, 1))) // Only a state that was edited by hand may have less.
	total := int64(len(changes))
	for _, change := range changes {
		group.Go(func() error {
			if goesOn := !stopped.Load() && ctx.Err() == nil; !goesOn {
				left.Add(1)

				return nil
			}
			diags := do(ctx, change)
			found.add(change.address, diags...)
			if w.stopAtError && diags.HasError() || service.IsHopeless(diags) {
				stopped.Store(true)
			}
			if n := done.Add(1); n*10/total > (n-1)*10/total {
				tflog.Info(ctx, w.name, map[string]any{"done": n, "of": total})
			}

			return nil
		})
	}
	_ = group.Wait() // No function returns an error.
	if left := left.Load(); left > 0 && ctx.Err() != nil {
		found.add("", service.APIError("Users not reached", fmt.Sprintf(
			"%s: the run ended before %d of %d users.", w.name, left, total), ctx.Err()))
	}

	return &found
}

// report is what there is to say about many users.
type report struct {
	mu       sync.Mutex
	findings []finding
}

type finding struct {
	diag.Diagnostic

	address string
}

func (r *report) add(address string, diags ...diag.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()

	for _, d := range diags {
		r.findings = append(r.findings, finding{d, address})
	}
}

// diagnostics returns one diagnostic for each title: that about the first user, with the addresses of the others.
func (r *report) diagnostics() diag.Diagnostics {
	type kind struct {
		severity diag.Severity
		title    string
	}
	kinds := map[kind][]finding{}
	for _, f := range r.findings {
		k := kind{f.Severity(), f.Summary()}
		kinds[k] = append(kinds[k], f)
	}

	var diags diag.Diagnostics
	for _, k := range slices.SortedFunc(maps.Keys(kinds), func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.severity, b.severity), cmp.Compare(a.title, b.title))
	}) {
		findings := slices.SortedStableFunc(slices.Values(kinds[k]), func(a, b finding) int { return cmp.Compare(a.address, b.address) })
		var addresses []string
		for _, f := range findings {
			addresses = append(addresses, f.address)
		}
		detail := findings[0].Detail() + listed(slices.Compact(addresses))
		merged := diag.Diagnostic(diag.NewErrorDiagnostic(k.title, detail))
		if k.severity == diag.SeverityWarning {
			merged = diag.NewWarningDiagnostic(k.title, detail)
		}
		if at, ok := findings[0].Diagnostic.(diag.DiagnosticWithPath); ok {
			merged = diag.WithPath(usersPath(at.Path()), merged)
		}
		diags = append(diags, merged)
	}

	return diags
}

// listed names up to ten users and counts the rest, if there are several.
func listed(addresses []string) string {
	if len(addresses) < 2 {
		return ""
	}
	const most = 10
	named := addresses[:min(len(addresses), most)]
	quoted := make([]string, len(named))
	for i, address := range named {
		quoted[i] = fmt.Sprintf("%q", address)
	}
	text := fmt.Sprintf("\n\nThis is about %d users: %s", len(addresses), strings.Join(quoted, ", "))
	if rest := len(addresses) - len(named); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}

	return text + "."
}

// usersPath returns the attribute of mesibo_users that corresponds to one of mesibo_user.
func usersPath(p path.Path) path.Path {
	names := map[string]string{"address": "users", "name": "users", "uid": "uids", "token": "tokens"}
	if name, differs := names[p.String()]; differs {
		return path.Root(name)
	}

	return p
}
