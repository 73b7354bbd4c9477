// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// The first of four counted users is removed, so that each of the others moves up by one, while the server refuses one
// delete for a moment. The delete that comes late does not hit the user that was created at its address. Where a create
// comes before the delete of the user at its address, it is refused, and the next run finishes.
func TestAccCountShift(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	counted := func(first int) string {
		return requirement + fmt.Sprintf(`
resource "mesibo_user" "test" {
  count   = %d
  address = "user${count.index + %d}"
  appid   = %q
}
`, 4-first, first, android)
	}
	for _, lookups := range []string{"auto", "disabled"} {
		t.Run("lookups "+lookups, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackend(t)
			w := b.NewWorkspace(t, counted(0))
			w.Setenv("MESIBO_LOOKUPS", lookups)
			w.MustRun(t, "apply", "-auto-approve")
			w.Configure(t, counted(1))
			b.Fail("userdel", 2, emulator.TooManyRequests("1"))
			first, _ := w.Run(t, "apply", "-auto-approve", "-no-color")
			w.MustRun(t, "apply", "-auto-approve")

			var addresses []string
			for _, user := range b.Users(acctest.AppToken) {
				addresses = append(addresses, user.Address)
			}
			if slices.Sort(addresses); !slices.Equal(addresses, []string{"user1", "user2", "user3"}) {
				t.Errorf("the users are %v; the first run said:\n%s", addresses, first)
			}
			w.MustRun(t, "plan", "-detailed-exitcode", "-no-color")
		})
	}
}
