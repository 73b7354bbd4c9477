// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package s3 stands in for Terraform's "s3" backend.
package s3

import (
	"github.com/hashicorp/terraform/internal/backend"
	"github.com/hashicorp/terraform/internal/backend/remote-state/standin"
)

// New returns a backend that refuses to be used.
func New() backend.Backend { return standin.New("s3") }
