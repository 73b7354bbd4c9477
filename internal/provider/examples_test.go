// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// providerRequirement goes before the examples that the documentation shows without it.
const providerRequirement = `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}
`

// The examples that look users or groups up, and those that list members, which takes no lookups.
var (
	usesLookups  = regexp.MustCompile(`^(data-sources|list-resources)/mesibo_(user|group)s?/`)
	listsMembers = regexp.MustCompile(`/mesibo_group_members/|^list-resources/mesibo_group_member/`)
)

// Every file below examples is applied as a user would apply it: planned, applied, planned again without a change,
// and destroyed. A folder with a main.tf is one root module, with all that is in it.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	examples := os.DirFS(filepath.Join(acctest.Root(), "examples"))
	err := fs.WalkDir(examples, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name == "README.md" {
			return nil
		}
		if !entry.IsDir() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				applyExample(t, name)
			})

			return nil
		}
		if _, err := fs.Stat(examples, name+"/main.tf"); err != nil {
			return nil //nolint:nilerr // It is no root module; what is in it comes next.
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if name == "guides/import-existing/find" {
				acctest.Needs(t, acctest.Lookups, acctest.ListsMembers)
			}
			b := acctest.NewBackend(t)
			if name == "guides/import-existing/import" {
				fill(b)
				defer empty(b)
			}
			applyAndDestroy(t, rootModule(t, b, name))
			b.ExpectNoUsers(t)
		})

		return fs.SkipDir
	})
	if err != nil {
		t.Fatal(err)
	}
}

func applyExample(t *testing.T, file string) {
	t.Helper()

	if usesLookups.MatchString(file) {
		acctest.Needs(t, acctest.Lookups)
	}
	if listsMembers.MatchString(file) {
		acctest.Needs(t, acctest.ListsMembers)
	}
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
		w.Write(t, "service-account.json", `{"type": "service_account"}`) // that one of them uploads
		name := regexp.MustCompile(`action "(\w+)" "(\w+)"`).FindStringSubmatch(config)
		w.MustRun(t, "apply", "-auto-approve")
		w.MustRun(t, "apply", "-auto-approve", "-invoke=action."+name[1]+"."+name[2])
		applyAndDestroy(t, w)
	case "data-source.tf":
		fill(b)
		applyAndDestroy(t, w)
		empty(b)
	case "list-resource.tfquery.hcl":
		w.SkipBelow(t, tfversion.Version1_14_0, "terraform query")
		fill(b)
		w.Configure(t, providerRequirement+"provider \"mesibo\" {}\n")
		w.Write(t, filepath.Base(file), example(t, file))
		if output := w.MustRun(t, "query"); !strings.Contains(output, "address=") && !strings.Contains(output, "gid=") {
			t.Errorf("nothing is listed:\n%s", output)
		}
		empty(b)
	case "import-by-string-id.tf", "import-by-identity.tf", "import.sh":
		importExample(t, b, w, file)
	default:
		t.Errorf("no test applies this example")
	}
	b.ExpectNoUsers(t)
	b.ExpectNoGroups(t)
}

// fill creates what examples look for: a user in a group.
func fill(b *acctest.Backend) {
	b.PutUser(acctest.AppToken, emulator.User{Address: "alice@example.com", Active: true})
	b.PutGroup(acctest.AppToken, emulator.Group{GID: "97284", Name: "Testers", Active: true})
	b.PutMember(acctest.AppToken, "97284", "alice@example.com", emulator.Permissions{Send: true, Receive: true, Publish: true, Subscribe: true, List: true})
}

// empty removes what fill has created.
func empty(b *acctest.Backend) {
	b.RemoveUser(acctest.AppToken, "alice@example.com")
	b.RemoveGroup(acctest.AppToken, "97284")
}

// importExample imports what resource.tf beside the file describes, and the user and the group that it refers to.
func importExample(t *testing.T, b *acctest.Backend, w *acctest.Workspace, file string) {
	t.Helper()

	fill(b)
	of := filepath.Base(filepath.Dir(file))
	if of == "mesibo_users" {
		b.PutUser(acctest.AppToken, emulator.User{Address: "bob@example.com", Active: true})
	}
	config := providerRequirement + example(t, filepath.Dir(file)+"/resource.tf")
	for kind, name := range map[string]string{"mesibo_user": "alice", "mesibo_group": "testers"} {
		switch needed := strings.Contains(config, fmt.Sprintf("resource %q %q", kind, name)); {
		case !needed:
			defer empty(b)
		case kind != of:
			config += example(t, "resources/"+kind+"/import-by-string-id.tf")
		}
	}

	if filepath.Base(file) == "import.sh" {
		w.Configure(t, config)
		w.MustRunScript(t, example(t, file))
		if output := w.MustRun(t, "state", "list"); !strings.Contains(output, of) {
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

// rootModule returns a workspace with a copy of a folder of examples, and with the other provider that examples use.
func rootModule(t *testing.T, b *acctest.Backend, name string) *acctest.Workspace {
	t.Helper()

	w := b.NewWorkspace(t, "")
	w.AddProvider(t, "hashicorp/local", acctest.LocalProvider)
	w.CopyFrom(t, filepath.Join(acctest.Root(), "examples", name))
	if strings.Contains(example(t, name+"/main.tf"), "encryption {") {
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

// example returns the content of a file, which is below examples unless its path is absolute.
func example(t *testing.T, file string) string {
	t.Helper()

	if !filepath.IsAbs(file) {
		file = filepath.Join(acctest.Root(), "examples", file)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	return string(content)
}
