// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// A server that deletes users by uid alone gets the uid of the state, or that of the lookup before the delete.
func TestDeleteByUID(t *testing.T) {
	t.Parallel()

	for _, lookups := range []bool{true, false} {
		b := acctest.NewBackend(t, func(p *profile.Profile) { p.DeleteByAddress = false; p.SetLookups(lookups) })
		w := newWorkspace(b)
		mustApply(t, w, config{managed("mesibo_user", "test", alice, androidApp)}, nil)
		if n := b.Count("userdel"); n != 2 {
			t.Errorf("%d userdel were sent", n)
		}
		b.ExpectNoUsers(t)
	}

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.DeleteByAddress = false; p.SetLookups(true) })
	w := newWorkspace(b)
	b.Fail("useradd", 1, emulator.DropAfterCommit())
	mustFail(t, w, config{managed("mesibo_user", "test", alice, "")}) // It is in the state without a uid.
	mustApply(t, w, nil)
	b.ExpectNoUsers(t)

	b = acctest.NewBackend(t, func(p *profile.Profile) { p.DeleteByAddress = false; p.SetLookups(false) })
	addAlice(b)
	w = newWorkspace(b)
	if err := w.Import(t.Context(), managed("mesibo_user", "test", alice, ""), alice); err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "imported without lookups") {
		t.Errorf("a user whose uid nobody knows: %v", err)
	}
}

// A server that spells the address of our own user in another case shows our user all the same; the configured spelling
// stays.
func TestServerSpellsOtherwise(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.FoldCase = true })
	w := newWorkspace(b)
	users := config{managed("mesibo_user", "test", "Alice@example.com", "")}
	mustApply(t, w, users)
	uid := w.Text("mesibo_user.test", "uid")
	b.RemoveUser(acctest.AppToken, alice)
	b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: uid, Active: true})
	if pending, err := w.Pending(t.Context(), users); err != nil || len(pending) > 0 {
		t.Errorf("the plan contains %v: %v", pending, err)
	}
	if address := w.Text("mesibo_user.test", "address"); address != "Alice@example.com" {
		t.Errorf("the state has the address %s", address)
	}
	mustApply(t, w, nil)
	b.ExpectNoUsers(t)
}

// Two resources whose addresses differ in case alone are one user on a server that ignores case: the second is an error.
func TestTwoSpellings(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	b := acctest.NewBackend(t, func(p *profile.Profile) { p.FoldCase = true })
	w := newWorkspace(b)
	mustFail(t, w, config{managed("mesibo_user", "one", alice, ""), managed("mesibo_user", "two", "ALICE@example.com", "")})
	if n := b.Count("useradd"); n != 1 {
		t.Errorf("%d users were added", n)
	}
}
