// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package oss stands in for Terraform's "oss" backend.
package oss

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/standin"
)

// New returns a backend that refuses to be used.
func New() backend.Backend { return standin.New("oss") }
