// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package proof

import (
	"os"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
)

func TestMain(m *testing.M) {
	acctest.Main(m)
}

// full reports whether tests run at full size.
func full() bool {
	return os.Getenv("MESIBO_PROOF") != ""
}
