// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}
