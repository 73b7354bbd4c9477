// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

var (
	_ action.ActionWithConfigure      = (*uploadPushCredentialsAction)(nil)
	_ action.ActionWithValidateConfig = (*uploadPushCredentialsAction)(nil)
)

// NewUploadPushCredentialsAction returns the action mesibo_upload_push_credentials.
func NewUploadPushCredentialsAction() action.Action {
	return &uploadPushCredentialsAction{}
}

type uploadPushCredentialsAction struct {
	data *service.ProviderData
}

// uploadPushCredentialsModel is the configuration of mesibo_upload_push_credentials.
type uploadPushCredentialsModel struct {
	File     types.String   `tfsdk:"file"`
	Type     types.String   `tfsdk:"type"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *uploadPushCredentialsAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_upload_push_credentials"
}

func (a *uploadPushCredentialsAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = service.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (a *uploadPushCredentialsAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Uploads the credentials with which mesibo sends push notifications to your app.\n\n" +
			"The file is read when the action runs; its content is in no plan, state, log or error. When the server does not " +
			"reply, the file may have been uploaded, which is an error: it is not sent again.",
		Attributes: map[string]schema.Attribute{
			"file": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("Path of the file, of at most %d KiB: for FCM the JSON file of a service account, for "+
					"APN a `.p12` file without a password.", mesibo.MaxPushCredentialsBytes>>10),
				Required:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "`fcm` for Firebase Cloud Messaging, `apn` for the Apple Push Notification service.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.OneOf(string(mesibo.PushFCM), string(mesibo.PushAPN))},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: service.TimeoutDescription}),
		},
	}
}

// ValidateConfig checks the file where there is one already: the same run may create it.
func (a *uploadPushCredentialsAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config uploadPushCredentialsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.File.IsUnknown() || config.Type.IsUnknown() {
		return
	}
	if _, err := config.read(); err != nil && !errors.Is(err, os.ErrNotExist) {
		resp.Diagnostics.AddAttributeError(path.Root("file"), "Invalid push credentials", config.describe(err))
	}
}

func (a *uploadPushCredentialsAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config uploadPushCredentialsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel := service.WithTimeout(ctx, config.Timeouts.Invoke, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}

	credentials, err := config.read()
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("file"), "Push credentials not uploaded", config.describe(err))

		return
	}
	client, err := a.data.Client()
	if err == nil {
		resp.SendProgress(action.InvokeProgressEvent{Message: "Uploading " + config.object() + "..."})
		err = client.UploadPushCredentials(ctx, mesibo.PushService(config.Type.ValueString()), credentials)
	}
	if err != nil {
		title, tried := "Push credentials not uploaded", "Uploading "+config.object()+" failed."
		if errors.Is(err, mesibo.ErrOutcomeUnknown) {
			title, tried = "Push credentials may have been uploaded", "Uploading "+config.object()+" got no reply. Terraform did not "+
				"try again, because an app may have several credentials. Look in the mesibo console before you invoke the action again."
		}
		resp.Diagnostics.Append(service.APIError(title, tried, err, "file", "type"))

		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "Uploaded " + config.object() + "."})
}

// object names what is uploaded, for messages.
func (m uploadPushCredentialsModel) object() string {
	return fmt.Sprintf("the %s credentials in %q", m.Type.ValueString(), m.File.ValueString())
}

func (m uploadPushCredentialsModel) describe(err error) string {
	return fmt.Sprintf("The file %q cannot be uploaded: %s. Nothing was sent.", m.File.ValueString(), err)
}

// read returns the content of the file. Its error never quotes it.
func (m uploadPushCredentialsModel) read() (mesibo.Secret, error) {
	file, err := os.Open(m.File.ValueString())
	if err != nil {
		return mesibo.Secret{}, err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, mesibo.MaxPushCredentialsBytes+1))
	switch {
	case err != nil:
	case len(content) == 0:
		err = errors.New("it is empty")
	case len(content) > mesibo.MaxPushCredentialsBytes:
		err = fmt.Errorf("it is larger than %d KiB, so it is another file", mesibo.MaxPushCredentialsBytes>>10)
	case m.Type.ValueString() == string(mesibo.PushFCM) && !isJSONObject(content):
		err = errors.New("credentials for FCM are a JSON object, as in the file of a service account")
	case m.Type.ValueString() == string(mesibo.PushAPN) && !isPKCS12(content):
		err = errors.New("credentials for APN are a .p12 file (PKCS #12), not a text")
	}

	return mesibo.NewSecret(string(content)), err
}

func isJSONObject(content []byte) bool {
	var object map[string]json.RawMessage

	return json.Unmarshal(content, &object) == nil && object != nil
}

// isPKCS12 reports whether the content begins as a PKCS #12 file does: with a sequence of ASN.1 that is longer than 127
// bytes (RFC 7292).
func isPKCS12(content []byte) bool {
	return len(content) > 1 && content[0] == 0x30 && content[1] >= 0x80
}
