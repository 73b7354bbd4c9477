// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package gcs stands in for Terraform's "gcs" backend.
package gcs

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/standin"
)

// New returns a backend that refuses to be used.
func New() backend.Backend { return standin.New("gcs") }
