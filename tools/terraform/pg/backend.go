// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package pg stands in for Terraform's "pg" backend.
package pg

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/standin"
)

// New returns a backend that refuses to be used.
func New() backend.Backend { return standin.New("pg") }
