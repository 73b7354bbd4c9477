// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package user_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/protocoltest"
)

type config = protocoltest.Config

// managedWith is managed with further attributes.
func managedWith(kind, name, address, appID string, attributes map[string]any) protocoltest.Resource {
	resource := managed(kind, name, address, appID)
	maps.Copy(resource.Attributes, attributes)

	return resource
}

// adopted is a user that its resource may take over.
func adopted(name, address, appID string) protocoltest.Resource {
	return managedWith("mesibo_user", name, address, appID, map[string]any{"adopt_existing": true})
}

// mustApply applies each configuration.
func mustApply(t *testing.T, w *protocoltest.Workspace, configs ...config) {
	t.Helper()

	for _, config := range configs {
		if err := w.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
}

// mustFail applies a configuration of which a part fails.
func mustFail(t *testing.T, w *protocoltest.Workspace, config config) {
	t.Helper()

	if err := w.Apply(t.Context(), config); err == nil {
		t.Fatal("the apply does not fail")
	}
}

// mustHave fails unless the user has these live tokens, and the workspace has nothing left to do.
func mustHave(t *testing.T, b *acctest.Backend, w *protocoltest.Workspace, config config, address string, tokens ...string) {
	t.Helper()

	user, found := b.User(acctest.AppToken, address)
	var live []string
	for _, token := range user.Tokens {
		live = append(live, token.Value)
	}
	slices.Sort(tokens)
	slices.Sort(live)
	if !found || !slices.Equal(live, tokens) {
		t.Errorf("%s exists: %t, with the tokens %v, want %v", address, found, live, tokens)
	}
	if pending, err := w.Pending(t.Context(), config); err != nil || len(pending) > 0 {
		t.Errorf("the plan contains %v: %v", pending, err)
	}
}

// dependent is a resource that depends on another one, passes create_before_destroy on to it, and fails with -var=exit=1.
func dependent(on string) string {
	return fmt.Sprintf(`variable "exit" { default = 0 }
resource "terraform_data" "dependent" {
  input = %[1]s.uid
  provisioner "local-exec" { command = "exit ${var.exit}" }
  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [%[1]s]
  }
}
`, on)
}

// A later run destroys an object that was deposed when what depends on its replacement failed. What the replacement has
// taken over stays, where a lookup shows it.
func TestAccDeposedObjectIsDestroyedLater(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	for name, tt := range map[string]struct {
		subject
		attributes, lookups string
		replaces, leaves    string // what the outputs say, if the object is left alone
	}{
		"user":  {userSubject, android + "adopt_existing = true", "required", "", "User not deleted"},
		"token": {tokenSubject, android, "required", "this resource replaces (create_before_destroy)", "Token not revoked"},
		// Nothing shows that these are in use; the documentation says so.
		"user without a token":    {userSubject, "adopt_existing = true", "required", "", ""},
		"user, lookups disabled":  {userSubject, android, "disabled", "", ""},
		"token, lookups disabled": {tokenSubject, android, "disabled", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := tt.newBackend(t, rowPerAppID)
			w := b.NewWorkspace(t, providerRequirement+block(tt.kind, alice, tt.attributes)+dependent(tt.name()))
			w.Setenv("MESIBO_LOOKUPS", tt.lookups)
			w.MustRun(t, "apply", "-auto-approve")
			output, err := w.Run(t, "apply", "-auto-approve", "-no-color", "-replace="+tt.name(), "-var=exit=1")
			if err == nil || !matches(tt.replaces).MatchString(output) {
				t.Fatalf("the replacement fails: %v\n%s", err, output)
			}
			replacement, _ := b.User(acctest.AppToken, alice)
			output = w.MustRun(t, "apply", "-auto-approve", "-no-color")
			user, found := b.User(acctest.AppToken, alice)
			if left := found && maps.Equal(user.Tokens, replacement.Tokens); left != (tt.leaves != "") || !strings.Contains(output, tt.leaves) {
				t.Fatalf("the replacement is left: %t\n%s", left, output)
			}
			if tt.leaves != "" {
				w.MustRun(t, "plan", "-detailed-exitcode")
				w.MustRun(t, "destroy", "-auto-approve")
				tt.expectDestroyed(t, b)
			}
		})
	}
}

// A create that was not answered is replaced by the next apply, except with create_before_destroy. There the error says
// what to do.
func TestAccUser_unansweredCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	b := acctest.NewBackend(t, rowPerAppID)
	w := b.NewWorkspace(t, providerRequirement+userConfig(android)+dependent(userSubject.name()))
	w.Setenv("MESIBO_MAX_RETRIES", "0")
	b.Fail("useradd", 1, emulator.DropAfterCommit())
	for _, message := range []string{"User may have been created", "keep it with terraform untaint"} {
		if output, err := w.Run(t, "apply", "-auto-approve", "-no-color"); err == nil || !matches(message).MatchString(output) {
			t.Fatalf("the apply fails: %v, want %q\n%s", err, message, output)
		}
	}
	w.MustRun(t, "untaint", userSubject.name())
	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	if b.Minted(alice) != 1 {
		t.Errorf("%d tokens were minted, although a lookup shows the first", b.Minted(alice))
	}
	w.MustRun(t, "destroy", "-auto-approve")
	b.ExpectNoUsers(t)
}

// Within one run a replacement is spared on every server.
func TestReplacementIsSpared(t *testing.T) {
	t.Parallel()

	forBoth(t, func(t *testing.T, s subject) {
		onEachServer(t, func(t *testing.T, server acctest.Server) {
			b := s.newBackend(t, server)
			w := newWorkspace(b)
			replaced := managed(s.kind, "test", alice, androidApp)
			if s == userSubject {
				replaced = adopted("test", alice, androidApp)
			}
			replaced.CreateBeforeDestroy = true
			mustApply(t, w, config{replaced})
			w.Taint(s.name())
			mustApply(t, w, config{replaced})
			mustHave(t, b, w, config{replaced}, alice, w.Text(s.name(), "token"))
			if warns(w, "User not deleted") || warns(w, "Token not revoked") {
				t.Error("a warning says that the replacement is another's")
			}
		})
	})
}

// A rename without moved creates under the new name and destroys under the old one, in one run or in two.
func TestRenameWithoutMoved(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		before, after := managed(s.kind, "old", alice, androidApp), managed(s.kind, "new", alice, androidApp)
		if s == userSubject {
			after = adopted("new", alice, androidApp)
		}
		for name, steps := range map[string][]config{
			"one step":  {{before}, {after}},
			"two steps": {{before}, {before, after}, {after}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				b := s.newBackend(t)
				w := newWorkspace(b)
				mustApply(t, w, steps...)
				mustHave(t, b, w, config{after}, alice, w.Text(after.Address(), "token"))
			})
		}
	})
}

// In two apps the same address is two users, whatever makes the provider use another app: another app token in the
// environment, or another alias.
func TestAccAnotherAppIsLeftAlone(t *testing.T) {
	t.Parallel()
	acctest.Once(t)

	const otherApp = "q8w7e6r5t4y3u2i1o0p9a8s7d6f5g4h3j2k1l0z9x8c7v6b5n4m3q2w1e0r9t8y7"
	aliases := fmt.Sprintf("provider \"mesibo\" {\n  alias = \"one\"\n}\nprovider \"mesibo\" {\n  alias = \"two\"\n  app_token = %q\n}\n", otherApp)
	both := func(attributes string) string { return userConfig(android+attributes) + tokenConfig(web+attributes) }
	one, two := "provider = mesibo.one\n", "provider = mesibo.two\n"
	const changed = "token_keepers = { a = 1 }\n"
	for name, tt := range map[string]struct{ first, second, changed, appToken string }{
		"environment": {both(""), both(""), both(changed), otherApp},
		"alias":       {aliases + both(one), aliases + both(two), aliases + both(two+changed), acctest.AppToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := acctest.NewBackendWith(t, emulator.WithApp(otherApp))
			b.SetProfile(rowPerAppID)
			b.PutUser(otherApp, emulator.User{Address: alice, UID: "4711", Active: true})
			b.MintToken(otherApp, alice, androidApp)
			b.MintToken(otherApp, alice, webApp)
			w := b.NewWorkspace(t, providerRequirement+tt.first)
			w.MustRun(t, "apply", "-auto-approve")

			w.Setenv("MESIBO_APP_TOKEN", tt.appToken)
			b.ResetRequests()
			w.Configure(t, providerRequirement+tt.changed)
			if output, err := w.Run(t, "plan", "-no-color"); err == nil || !strings.Contains(output, "Error: User ID mismatch") {
				t.Errorf("a plan that changes the user fails: %v\n%s", err, output)
			}
			w.Configure(t, providerRequirement+tt.second)
			if output := w.MustRun(t, "plan", "-detailed-exitcode", "-no-color"); !strings.Contains(output, "Warning: User ID mismatch") {
				t.Errorf("the plan does not warn:\n%s", output)
			}
			output := w.MustRun(t, "destroy", "-auto-approve", "-no-color")
			if !matches("The token was not revoked", "The user was not deleted").MatchString(output) {
				t.Errorf("the destroy does not warn:\n%s", output)
			}
			if lookups := b.Count("usersget"); lookups != b.Count("") {
				t.Errorf("%d of %d requests are lookups", lookups, b.Count(""))
			}
		})
	}
}

// A user that was deleted and added again elsewhere is another one also for what this run has planned already.
func TestUserAddedAgainBeforeDestroy(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.NewUIDs)

	forBoth(t, func(t *testing.T, s subject) {
		b := s.newBackend(t, servers["tokens hidden"]) // so that the uid alone shows it
		w := newWorkspace(b)
		mustApply(t, w, config{managed(s.kind, "test", alice, androidApp)})
		b.RemoveUser(acctest.AppToken, alice)
		b.PutUser(acctest.AppToken, emulator.User{Address: alice, UID: "4711", Active: true})
		b.MintToken(acctest.AppToken, alice, androidApp)
		if err := w.Destroy(t.Context()); err != nil || !warns(w, "User ID mismatch") {
			t.Errorf("the destroy warns %t: %v", warns(w, "User ID mismatch"), err)
		}
		if user, _ := b.User(acctest.AppToken, alice); user.UID != "4711" || len(user.Tokens) != 1 {
			t.Errorf("alice is %+v", user)
		}
	})
}

// A destroy ends what the resource has minted, also in a call that was not answered, or has imported. What another party
// has minted since is in use there, so it is left alone.
func TestDestroyAfterMint(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups, acctest.ShowsTokens)

	forBoth(t, func(t *testing.T, s subject) {
		plain := config{managed(s.kind, "test", alice, androidApp)}
		for name, obtain := range map[string]func(*testing.T, *acctest.Backend, *protocoltest.Workspace){
			"minted": func(t *testing.T, _ *acctest.Backend, w *protocoltest.Workspace) { mustApply(t, w, plain) },
			"mint not answered": func(t *testing.T, b *acctest.Backend, w *protocoltest.Workspace) {
				mustApply(t, w, plain)
				b.Fail("useradd", 1, emulator.DropAfterCommit())
				mustFail(t, w, config{managedWith(s.kind, "test", alice, androidApp, map[string]any{"expiry": 60})})
			},
			"imported": func(t *testing.T, b *acctest.Backend, w *protocoltest.Workspace) {
				addAlice(b)
				b.MintToken(acctest.AppToken, alice, androidApp)
				if err := w.Import(t.Context(), plain[0], s.importID); err != nil {
					t.Fatal(err)
				}
			},
		} {
			for _, skipRefresh := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, -refresh=%t", name, !skipRefresh), func(t *testing.T) {
					t.Parallel()

					b := s.newBackend(t, rowPerAppID)
					w := newWorkspace(b)
					obtain(t, b, w)
					w.SkipRefresh = skipRefresh
					mustApply(t, w, nil)
					s.expectDestroyed(t, b)

					b = s.newBackend(t, rowPerAppID)
					w = newWorkspace(b)
					obtain(t, b, w)
					mustApply(t, w, plain) // The refresh shows what is ours.
					others := b.MintToken(acctest.AppToken, alice, androidApp)
					w.SkipRefresh = skipRefresh
					mustApply(t, w, nil)
					mustHave(t, b, w, nil, alice, others)
					if !warns(w, "User not deleted") && !warns(w, "Token not revoked") {
						t.Error("nothing says what was left")
					}
				})
			}
		}
	})
}

// A user without a token, or whose token is hidden, is compared by its uid alone, so a destroy deletes it.
func TestOwnUserIsDeleted(t *testing.T) {
	t.Parallel()

	onEachServer(t, func(t *testing.T, server acctest.Server) {
		for _, appID := range []string{"", androidApp} {
			b := acctest.NewBackend(t, server)
			w := newWorkspace(b)
			mustApply(t, w, config{managed("mesibo_user", "test", alice, appID)}, nil)
			b.ExpectNoUsers(t)
		}
	})
}

// On a server that ignores case, another spelling of an address is the same user: it is not taken over, or deleted.
func TestAddressDiffersInCase(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Lookups)

	forBoth(t, func(t *testing.T, s subject) {
		b := acctest.NewBackend(t, func(p *profile.Profile) { p.FoldCase = true })
		b.PutUser(acctest.AppToken, emulator.User{Address: "Alice@example.com", Active: true})
		b.MintToken(acctest.AppToken, alice, androidApp)
		w := newWorkspace(b)
		user := managed(s.kind, "test", alice, androidApp)
		if s == userSubject {
			user = adopted("test", alice, androidApp)
		}
		err := w.Apply(t.Context(), config{user})
		if err == nil || !strings.Contains(err.Error(), `address = "Alice@example.com"`) || w.Text(s.name(), "token") != "" {
			t.Errorf("the apply fails: %v", err)
		}
		if b.Count("useradd") > 0 {
			t.Error("a request was sent for the user")
		}

		other := managed(s.kind, "test", "Alice@example.com", androidApp)
		if s == userSubject {
			other = adopted("test", "Alice@example.com", androidApp)
		}
		mustApply(t, w, config{other})
		b.RemoveUser(acctest.AppToken, alice)
		b.PutUser(acctest.AppToken, emulator.User{Address: alice, Active: true})
		token := w.Text(s.name(), "token")
		if _, err := w.Pending(t.Context(), config{other}); err == nil || w.Text(s.name(), "token") != token {
			t.Errorf("a refresh fails: %v", err)
		}
	})
}

// The first of four counted users is removed, so that each of the others moves up by one, and one userdel is refused. The
// next run finishes the change.
func TestCountShift(t *testing.T) {
	t.Parallel()

	users := func(addresses ...string) (users config) {
		for i, address := range addresses {
			users = append(users, managed("mesibo_user", string(rune('a'+i)), address+"@example.com", androidApp))
		}

		return users
	}
	before, after := users("one", "two", "three", "four"), users("two", "three", "four")
	for name, server := range acctest.Servers(t, servers) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for nth := 1; nth <= len(before); nth++ {
				b := acctest.NewBackend(t, server)
				w := newWorkspace(b)
				mustApply(t, w, before)
				b.Fail("userdel", nth, emulator.TooManyRequests(""))
				mustFail(t, w, after)
				if err := w.Apply(t.Context(), after); err != nil {
					t.Error(err)
				}
				for i, user := range after {
					address, _ := user.Attributes["address"].(string)
					// Without lookups nothing shows that the delete comes late; the documentation says so.
					if late := i == nth-2; late && !b.Profile().UserLookups {
						if _, found := b.User(acctest.AppToken, address); found {
							t.Errorf("%s is left: change the documentation", address)
						}

						continue
					}
					mustHave(t, b, w, after, address, w.Text(user.Address(), "token"))
				}
			}
		})
	}
}
