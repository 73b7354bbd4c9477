// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/acctest"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// providerRequirement goes before the examples that the documentation shows without it.
const providerRequirement = `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}
`

// Every file below examples is applied as a user would apply it: planned, applied, found to need nothing more,
// and destroyed. A folder with a main.tf is one root module, with all that is in it.
func TestAccExamples(t *testing.T) {
	t.Parallel()

	examples := filepath.Join(acctest.Root(), "examples")
	err := filepath.WalkDir(examples, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(examples, file)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(file, "main.tf")); err != nil {
				return nil //nolint:nilerr // It is no root module; what is in it comes next.
			}
			t.Run(filepath.ToSlash(name), func(t *testing.T) {
				t.Parallel()

				b := acctest.NewBackend(t)
				applyAndDestroy(t, rootModule(t, b, file))
				b.ExpectNoUsers(t)
			})

			return fs.SkipDir
		}
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()

			applyExample(t, file)
		})

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func applyExample(t *testing.T, file string) {
	t.Helper()

	config := example(t, file)
	if !strings.Contains(config, "required_providers") {
		config = providerRequirement + config
	}
	b := acctest.NewBackend(t)
	w := b.NewWorkspace(t, config)

	switch filepath.Base(file) {
	case "provider.tf", "resource.tf":
		applyAndDestroy(t, w)
	case "function.tf":
		w.SkipBelow(t, tfversion.Version1_8_0, "a function of a provider")
		applyAndDestroy(t, w)
	case "ephemeral-resource.tf":
		w.SkipBelow(t, tfversion.Version1_11_0, "a write-only argument")
		w.AddVault(t)
		applyAndDestroy(t, w)
	case "action.tf":
		w.SkipBelow(t, tfversion.Version1_14_0, "an action")
		w.MustRun(t, "apply", "-auto-approve")
		w.MustRun(t, "apply", "-auto-approve", "-invoke=action.mesibo_revoke_token.alice")
		w.MustRun(t, "apply", "-auto-approve", "-var=incident=leak")
		applyAndDestroy(t, w)
	case "import-by-string-id.tf", "import-by-identity.tf", "import.sh":
		importExample(t, b, w, file)
	default:
		t.Errorf("no test applies this example")
	}
	b.ExpectNoUsers(t)
}

// importExample imports what resource.tf beside the file describes, and the user that it is about.
func importExample(t *testing.T, b *acctest.Backend, w *acctest.Workspace, file string) {
	t.Helper()

	b.PutUser(acctest.AppToken, emulator.User{Address: "alice@example.com", Active: true})
	config := providerRequirement + example(t, filepath.Join(filepath.Dir(file), "resource.tf"))
	if filepath.Base(filepath.Dir(file)) != "mesibo_user" {
		config += example(t, filepath.Join(acctest.Root(), "examples", "resources", "mesibo_user", "import-by-string-id.tf"))
	}

	if filepath.Base(file) == "import.sh" {
		w.Configure(t, config)
		w.MustRunScript(t, example(t, file))
		if output := w.MustRun(t, "state", "list"); !strings.Contains(output, "mesibo_user") {
			t.Errorf("nothing was imported:\n%s", output)
		}
	} else {
		if strings.Contains(file, "identity") {
			w.SkipBelow(t, tfversion.Version1_12_0, "an import by identity")
		}
		w.Configure(t, config+example(t, file))
		if output := w.MustRun(t, "plan"); !strings.Contains(output, "to import") {
			t.Errorf("the plan imports nothing:\n%s", output)
		}
	}
	applyAndDestroy(t, w)
}

// statePassphrase encrypts the state of examples that want it encrypted.
const statePassphrase = "correct horse battery staple"

// rootModule returns a workspace with a copy of the folder, and with the other provider that examples use.
func rootModule(t *testing.T, b *acctest.Backend, dir string) *acctest.Workspace {
	t.Helper()

	w := b.NewWorkspace(t, "")
	w.AddProvider(t, "hashicorp/local", acctest.LocalProvider)
	w.CopyFrom(t, dir)
	if strings.Contains(example(t, filepath.Join(dir, "main.tf")), "encryption {") {
		w.SkipOnTerraform(t, "the encryption of state")
		w.Setenv("TF_VAR_state_passphrase", statePassphrase)
	}

	return w
}

func applyAndDestroy(t *testing.T, w *acctest.Workspace) {
	t.Helper()

	w.MustRun(t, "apply", "-auto-approve")
	w.MustRun(t, "plan", "-detailed-exitcode")
	w.MustRun(t, "destroy", "-auto-approve")
}

func example(t *testing.T, file string) string {
	t.Helper()

	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	return string(content)
}
