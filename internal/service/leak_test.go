// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// What every service gets from the provider block shows no secret, however it is printed. A HeldToken does, as every
// model made of the framework's values: those are never printed.
func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()

	const appToken, userToken = "0123456789abcdefghijklmnopqrstuvwxyz", "cn9cfed0123456789abcdef0123456789abcdef"
	client, err := mesibo.New(mesibo.NewSecret(appToken), mesibo.WithBulkReads())
	if err != nil {
		t.Fatal(err)
	}
	data := service.NewData(client, time.Now)
	data.RememberUser("alice", service.AddedUser{UID: "1"})
	failure := service.NotMinted("alice", fmt.Errorf("minting: %w", service.ErrMintedAlready))
	request := held().TokenRequest()

	secrettest.None(t, []string{appToken, userToken}, data, client, service.AddedUser{UID: "1"}, failure, request, *request,
		mesibo.Lookup{Rows: []mesibo.UserRow{{Token: mesibo.NewSecret(userToken)}}}, mesibo.NewSecret(userToken))
}
