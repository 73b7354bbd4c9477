// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// What the provider keeps shows no secret, however it is printed. The model of the provider block would, as it is made
// of the framework's values; it is never printed, and nobody keeps it.
func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()

	const appToken = "0123456789abcdefghijklmnopqrstuvwxyz"
	client, diags := model{AppToken: types.StringValue(appToken)}.client(mesibo.WithUserAgent("test"))
	if diags.HasError() {
		t.Fatal(diags)
	}
	log := newLogger(mesibo.NewSecret(appToken))
	_, problems := model{AppToken: types.StringValue(appToken), Endpoint: types.StringValue("https://u:" + appToken + "@example.com/")}.client(mesibo.WithUserAgent("test"))
	if !problems.HasError() {
		t.Error("an endpoint with a password is taken")
	}

	secrettest.None(t, []string{appToken}, client, log, New("test", time.Now)(), service.NewProviderData(client, time.Now), diags, problems)
}
