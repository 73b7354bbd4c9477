// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure      = (*usersResource)(nil)
	_ resource.ResourceWithImportState    = (*usersResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*usersResource)(nil)
	_ resource.ResourceWithValidateConfig = (*usersResource)(nil)
)

// NewUsersResource returns the resource mesibo_users.
func NewUsersResource() resource.Resource {
	return &usersResource{}
}

type usersResource struct {
	api *api
}

func (r *usersResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_users"
}

func (r *usersResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.api = newAPI(req.ProviderData, &resp.Diagnostics)
}

func (r *usersResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config usersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	var found report
	for address, user := range config.users() {
		found.add(address, user.validate(address)...)
		duplicates := r.api.duplicateUser(user.Address, true)
		if len(duplicates) == 0 {
			duplicates = r.api.duplicateToken(user.Address, user.AppID)
		}
		found.add(address, duplicates...)
	}
	resp.Diagnostics.Append(found.diagnostics()...)
}

func (r *usersResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if destroying := req.Plan.Raw.IsNull(); destroying {
		return
	}

	var config, plan, state usersModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("expiry"), &config.Expiry)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var users map[string]managedUser
	if updating := !req.State.Raw.IsNull(); updating {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		users = state.loadUsers(ctx, req.Private, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	proposed := plan
	plan, found := plan.plan(config, users)
	resp.Diagnostics.Append(found.diagnostics()...)
	if !reflect.DeepEqual(plan, proposed) { // as in mesibo_user
		resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	}
}

// Create creates all users or none. Who exists already is found first, because a useradd takes over an existing user
// without saying so.
func (r *usersResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan usersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	changes := changesTo(plan.users(), nil)
	run := ctx
	ctx, cancel := service.WithLongTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	defer r.api.lockAll(ctx, addressesOf(changes), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	send, concurrency := r.api.fromList(ctx), plan.Concurrency.ValueInt64()
	found := work{"Looking up users", concurrency, false}.each(ctx, changes, func(ctx context.Context, c *userChange) diag.Diagnostics {
		return r.api.lookUpNew(ctx, c, send)
	})
	resp.Diagnostics.Append(found.diagnostics()...)
	if resp.Diagnostics.HasError() {
		return
	}
	found = work{"Creating users", concurrency, true}.each(ctx, changes, r.api.createOne)
	if failed := found.diagnostics(); failed.HasError() {
		failed.Append(r.undo(run, plan, changes)...)
		resp.Diagnostics.Append(failed...)
	}
	if users := usersAfter(changes); len(users) > 0 {
		resp.Diagnostics.Append(saveUsers(ctx, &resp.State, resp.Private, plan, users)...)
	}
}

// undo deletes the users that a create that failed has created, and forgets those that it has adopted: in a state, which
// is tainted, they would be deleted. After an interrupt nothing is sent, and the users that were created stay in the state.
func (r *usersResource) undo(ctx context.Context, plan usersModel, changes []*userChange) diag.Diagnostics {
	var diags diag.Diagnostics
	ctx, cancel := service.WithLongTimeout(ctx, plan.Timeouts.Create, &diags) // That of the create may have passed.
	defer cancel()
	var created []*userChange
	for _, c := range changes {
		if c.plan.adopts(c.presence) {
			c.after = nil
		} else if c.after != nil {
			created = append(created, c)
		}
	}
	deleting := work{"Deleting the users that were created", plan.Concurrency.ValueInt64(), false}
	found := deleting.each(ctx, created, func(ctx context.Context, c *userChange) diag.Diagnostics {
		failed := r.api.removeUser(ctx, c.address, c.after.uid())
		if !failed.HasError() {
			c.after = nil
		}

		return failed
	})

	return append(diags, found.diagnostics()...)
}

func (r *usersResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state usersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	users := state.loadUsers(ctx, req.Private, &resp.Diagnostics)
	ctx, cancel := service.WithLongTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	changes := changesTo(nil, users)
	send := r.api.fromList(ctx)
	found := work{"Reading users", state.Concurrency.ValueInt64(), true}.each(ctx, changes, func(ctx context.Context, c *userChange) diag.Diagnostics {
		user, record, presence, diags := refresh(ctx, r.api, send, c.before.userModel, c.before.record)
		c.after = &managedUser{user, record}
		if presence == service.Absent {
			c.after = nil
		}

		return diags
	})
	resp.Diagnostics.Append(found.diagnostics()...)
	switch users := usersAfter(changes); {
	case resp.Diagnostics.HasError():
	case len(users) == 0 && len(changes) > 0:
		resp.State.RemoveResource(ctx)
	default:
		resp.Diagnostics.Append(saveUsers(ctx, &resp.State, resp.Private, state, users)...)
	}
}

// Update keeps what was done to each user, so that the next run continues where this one stopped.
func (r *usersResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state usersModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	changes := changesTo(plan.users(), state.loadUsers(ctx, req.Private, &resp.Diagnostics))
	ctx, cancel := service.WithLongTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	defer r.api.lockAll(ctx, addressesOf(changes), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	found := r.api.applyChanges(ctx, work{"Updating users", plan.Concurrency.ValueInt64(), false}, changes)
	resp.Diagnostics.Append(found.diagnostics()...)
	resp.Diagnostics.Append(saveUsers(ctx, &resp.State, resp.Private, plan, usersAfter(changes))...)
}

func (r *usersResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state usersModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	changes := changesTo(nil, state.loadUsers(ctx, req.Private, &resp.Diagnostics))
	ctx, cancel := service.WithLongTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	defer r.api.lockAll(ctx, addressesOf(changes), &resp.Diagnostics)()
	if resp.Diagnostics.HasError() {
		return
	}

	found := r.api.applyChanges(ctx, work{"Deleting users", state.Concurrency.ValueInt64(), false}, changes)
	resp.Diagnostics.Append(found.diagnostics()...)
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(saveUsers(ctx, &resp.State, resp.Private, state, usersAfter(changes))...)
	}
}

// ImportState imports users by their addresses, with commas between them, or all that match a pattern.
func (r *usersResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.api.requireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	addresses, diags := r.api.importedAddresses(ctx, req.ID)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	names := map[string]attr.Value{}
	for _, address := range addresses {
		names[address] = types.StringNull()
	}
	var imported usersModel
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("users"), types.MapValueMust(types.StringType, names))...)
	resp.Diagnostics.Append(resp.State.Get(ctx, &imported)...)
	imported = imported.withImportDefaults()
	users := imported.users()
	for address, user := range users {
		user.record.Imported = true
		users[address] = user
	}
	resp.Diagnostics.Append(saveUsers(ctx, &resp.State, resp.Private, imported, users)...)
}

// importedAddresses returns the addresses that an import ID stands for. That one of them is absent is an error.
func (a *api) importedAddresses(ctx context.Context, id string) ([]string, diag.Diagnostics) {
	if strings.Contains(id, "*") {
		return a.matchingAddresses(ctx, id)
	}

	addresses := slices.Compact(slices.Sorted(slices.Values(strings.Split(id, ","))))
	var changes []*userChange
	for _, address := range addresses {
		diags := service.ValidateString(ctx, path.Root("users"), types.StringValue(address), service.AddressValidators)
		if diags.HasError() {
			return nil, append(diags, diag.NewErrorDiagnostic("Invalid import ID", "It must be addresses with a comma and no space "+
				"between them, as in 'alice@example.com,bob@example.com', or a pattern such as 'load-test-*'."))
		}
		changes = append(changes, &userChange{address: address})
	}
	send := a.fromList(ctx)
	found := work{"Looking up users", defaultConcurrency, false}.each(ctx, changes, func(ctx context.Context, c *userChange) diag.Diagnostics {
		_, presence, diags := a.lookup(ctx, send, c.address, "", "It was not imported.")
		if presence == service.Absent {
			diags.AddAttributeError(path.Root("users"), "User does not exist", fmt.Sprintf(
				"The user %q does not exist in the app, so nothing was imported. Check the address.", c.address))
		}

		return diags
	})

	return addresses, found.diagnostics()
}

// matchingAddresses returns the addresses of all users that match a pattern.
func (a *api) matchingAddresses(ctx context.Context, pattern string) ([]string, diag.Diagnostics) {
	list, diags := a.listUsers(ctx, pattern)
	switch {
	case diags.HasError():
	case list.Truncated:
		diags.AddError("User list truncated", fmt.Sprintf(
			"The server did not return all users that match %q, so nothing was imported. Import them by their addresses, with commas "+
				"between them.", pattern))
	case len(list.Rows) == 0:
		diags.AddError("No user found", fmt.Sprintf("No user of the app matches %q, so there is nothing to import.", pattern))
	}
	var addresses []string
	for _, rows := range byAddress(list.Rows) {
		addresses = append(addresses, rows[0].Address)
	}

	return addresses, diags
}

// saveUsers saves the users and what the private state keeps of them.
func saveUsers(ctx context.Context, state *tfsdk.State, private privateWriter, m usersModel, users map[string]managedUser) diag.Diagnostics {
	m = m.withUsers(users)
	diags := state.Set(ctx, m)
	diags.Append(m.saveRecord(ctx, private, users)...)

	return diags
}
