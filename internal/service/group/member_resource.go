// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ resource.ResourceWithConfigure      = (*memberResource)(nil)
	_ resource.ResourceWithIdentity       = (*memberResource)(nil)
	_ resource.ResourceWithImportState    = (*memberResource)(nil)
	_ resource.ResourceWithValidateConfig = (*memberResource)(nil)
)

// NewMemberResource returns the resource mesibo_group_member.
func NewMemberResource() resource.Resource {
	return &memberResource{}
}

type memberResource struct {
	data *service.Data
}

// memberModel is mesibo_group_member as configuration, plan and state hold it.
type memberModel struct {
	permissions

	GID      types.String   `tfsdk:"gid"`
	Address  types.String   `tfsdk:"address"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// memberIdentity is what identifies a membership.
type memberIdentity struct {
	GID     types.String `tfsdk:"gid"`
	Address types.String `tfsdk:"address"`
}

func (m memberModel) identity() memberIdentity {
	return memberIdentity{GID: m.GID, Address: m.Address}
}

func (r *memberResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_group_member"
}

func (r *memberResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = service.FromProvider(req.ProviderData, &resp.Diagnostics)
}

func (r *memberResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"gid": schema.StringAttribute{
			MarkdownDescription: "Id of the group, best given as `mesibo_group.example.gid`. **Changing it replaces the membership.**",
			Required:            true,
			Validators:          service.GIDValidators,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"address": schema.StringAttribute{
			MarkdownDescription: "Address of the user, who has to exist, best given as `mesibo_user.example.address`. " +
				"**Changing it replaces the membership.**",
			Required:      true,
			Validators:    service.AddressValidators,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
	}
	for name, description := range permissionDescriptions {
		attributes[name] = schema.BoolAttribute{
			MarkdownDescription: description + " Defaults to `true`.",
			Optional:            true,
			Computed:            true,
			Default:             booldefault.StaticBool(true),
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One user's membership of a group, and what the user may do in it. Other members are left alone. " +
			"A user that is a member already is taken over, and its permissions are set.\n\n" +
			"Use this or `mesibo_group_members` for a group, not both: the latter removes whom it does not name.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": service.Timeouts(ctx)},
	}
}

func (r *memberResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"gid":     identityschema.StringAttribute{Description: "Id of the group.", RequiredForImport: true},
			"address": identityschema.StringAttribute{Description: "Address of the user.", RequiredForImport: true},
		},
	}
}

func (r *memberResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config memberModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(r.data.ClaimMember(config.GID, config.Address)...)
}

func (r *memberResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	resp.Diagnostics.Append(r.set(ctx, plan, "Member not added", "Adding %s failed. The user and the group have to exist.")...)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(resp.Private.SetKey(ctx, service.AddedKey, service.AddedAt(r.data.Clock()))...)
	resp.Diagnostics.Append(saveMember(ctx, plan, &resp.State, resp.Identity)...)
}

func (r *memberResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state memberModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if plan.permissions != state.permissions {
		resp.Diagnostics.Append(r.set(ctx, plan, "Member not changed",
			"Setting the permissions of %s failed. The next apply tries again.")...)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(saveMember(ctx, plan, &resp.State, resp.Identity)...)
}

// set adds the planned member, or changes its permissions, which is one op.
func (r *memberResource) set(ctx context.Context, plan memberModel, title, tried string) diag.Diagnostics {
	var diags diag.Diagnostics
	client := r.data.RequireClient(&diags)
	if diags.HasError() {
		return diags
	}
	if err := client.SetMembers(ctx, plan.GID.ValueString(), plan.granted(), plan.Address.ValueString()); err != nil {
		diags.Append(plan.failure(title, tried, err))
	}

	return diags
}

func (r *memberResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	added, diags := req.Private.GetKey(ctx, service.AddedKey)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	member, sight := r.lookAgain(ctx, state, &resp.Diagnostics)
	switch {
	case sight == service.Gone && service.AddedJustNow(added, r.data.Clock()):
		resp.Diagnostics.AddWarning("New member not yet visible", fmt.Sprintf(
			"The server does not show %s yet, which was added just now. It stays in the state as it was.", state.title()))
	case sight == service.Gone:
		// The identity is wanted even of what is gone.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.State.RemoveResource(ctx)

		return
	case sight == service.Seen:
		state.permissions = permissionsOf(member.Permissions)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(saveMember(ctx, state, &resp.State, resp.Identity)...)
}

// lookAgain looks for the member. The diagnostics say why nothing is proven; an error among them ends the refresh.
func (r *memberResource) lookAgain(ctx context.Context, state memberModel, diags *diag.Diagnostics) (mesibo.Member, service.Sight) {
	client, err := r.data.Client()
	if err != nil {
		diags.AddWarning("Member not refreshed", fmt.Sprintf(
			"Terraform did not look up %s. It stays in the state as it was.\n\nReason: %s.", state.title(), err))

		return mesibo.Member{}, service.Unsure
	}

	member, sight, err := findMember(ctx, client, state)
	switch {
	case errors.Is(err, mesibo.ErrUnsupportedOp):
		r.data.WarnNoLookups(diags)
	case err != nil:
		diags.Append(state.failure("Member not read", "Looking for %s failed. It stays in the state as it was.", err))
	case sight == service.Unsure:
		diags.Append(listCutShort(state.GID.ValueString()))
	}

	return member, sight
}

// findMember looks for a member among those of its group. A group that is gone has none.
func findMember(ctx context.Context, client *mesibo.Client, m memberModel) (mesibo.Member, service.Sight, error) {
	list, err := client.ListMembers(ctx, m.GID.ValueString())
	switch {
	case errors.Is(err, mesibo.ErrNotFound):
		return mesibo.Member{}, service.Gone, nil
	case err != nil:
		return mesibo.Member{}, service.Unsure, err
	}
	for _, member := range list.Members {
		if member.Address == m.Address.ValueString() {
			return member, service.Seen, nil
		}
	}
	if list.Truncated {
		return mesibo.Member{}, service.Unsure, nil
	}

	return mesibo.Member{}, service.Gone, nil
}

func (r *memberResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state memberModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := service.WithTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	client := r.data.RequireClient(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	err := client.RemoveMembers(ctx, state.GID.ValueString(), state.Address.ValueString())
	if err == nil || errors.Is(err, mesibo.ErrNotFound) {
		return
	}
	if service.MayBeGone(err) {
		if _, sight, lookupErr := findMember(ctx, client, state); lookupErr == nil && sight == service.Gone {
			return
		}
	}
	resp.Diagnostics.Append(state.failure("Member not removed", "Removing %s failed. It stays in the state.", err))
}

func (r *memberResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var identity memberIdentity
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
	} else if parts, err := service.SplitImportID(req.ID, "gid", "address"); err != nil {
		resp.Diagnostics.AddError("Import id not understood", fmt.Sprintf("The import id %q cannot be read: %s.\n\n"+
			"An import id is the id of the group and the address of the user, as in "+
			"terraform import mesibo_group_member.example '97284/alice@example.com'. Inside of the address, write %%2F for a / "+
			"and %%25 for a %%.", req.ID, err))
	} else {
		identity = memberIdentity{GID: types.StringValue(parts[0]), Address: types.StringValue(parts[1])}
	}
	r.data.RequireClient(&resp.Diagnostics) // Without one, nothing could tell whether the member exists.
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(service.Validate(ctx, "gid", identity.GID, service.GIDValidators)...)
	resp.Diagnostics.Append(service.Validate(ctx, "address", identity.Address, service.AddressValidators)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("gid"), identity.GID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("address"), identity.Address)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
}

// title names the member in a report.
func (m memberModel) title() string {
	return fmt.Sprintf("the member %q of the group %s", m.Address.ValueString(), m.GID.ValueString())
}

// failure reports a failed call. The format of what was tried has one verb, for the member.
func (m memberModel) failure(title, tried string, err error) diag.Diagnostic {
	return service.Failure(title, fmt.Sprintf(tried, m.title()), err, "gid", "address")
}

// listCutShort warns that the server's list of members ended before it could show one.
func listCutShort(gid string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("List of members cut short", fmt.Sprintf(
		"The server does not show all members of the group %s, so whether those that it does not show are members is not "+
			"known. They stay in the state as they were.", gid))
}

// saveMember puts the model and its identity into the response.
func saveMember(ctx context.Context, m memberModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(identity.Set(ctx, m.identity())...)

	return diags
}
