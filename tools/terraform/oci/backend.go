// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package oci stands in for Terraform's "oci" backend.
package oci

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/standin"
)

// New returns a backend that refuses to be used.
func New() backend.Backend { return standin.New("oci") }
