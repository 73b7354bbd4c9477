// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"archive/zip"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/acctest"
)

// A reader is somebody who follows the README on a machine with Go, git, make and a CLI, in an empty home folder.
type reader struct {
	dir   string // where the shell is
	home  string
	state string // what one block leaves to the next: folder and variables
	env   []string
}

// newReader returns a reader whose terraform is the given CLI. A clone of the project comes from this checkout.
func newReader(t *testing.T, cli string) *reader {
	t.Helper()

	tmp := t.TempDir()
	r := &reader{dir: tmp, home: filepath.Join(tmp, "home"), state: filepath.Join(tmp, "state")}
	bin := filepath.Join(tmp, "bin")
	for _, dir := range []string{r.home, bin} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path, err := exec.LookPath(cli)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err == nil {
		err = os.Symlink(path, filepath.Join(bin, "terraform"))
	}
	if err != nil {
		t.Fatal(err)
	}

	r.env = []string{"HOME=" + r.home, "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "CHECKPOINT_DISABLE=1"}
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOSUMDB", "CGO_ENABLED"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		r.env = append(r.env, name+"="+strings.TrimSpace(string(value)))
	}
	project := filepath.Join(tmp, "project")
	r.env = append(r.env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+project+".insteadOf",
		"GIT_CONFIG_VALUE_0=https://github.com/mesibo-community/terraform-provider-mesibo")
	r.run(t, fmt.Sprintf(`
		mkdir %[2]s
		git -C %[1]s ls-files -z --cached --others --exclude-standard --deduplicate | tar -C %[1]s --null --ignore-failed-read -T - -cf - | tar -C %[2]s -xf -
		git -C %[2]s init --quiet
		git -C %[2]s add --all
		git -C %[2]s -c user.name=reader -c user.email=reader@example.com commit --quiet --message=project`, acctest.Root(), project), "")

	return r
}

// run runs a script where the last one has ended, with the variables that it has left.
func (r *reader) run(t *testing.T, script, input string) string {
	t.Helper()

	output, err := r.try(t, script, input)
	if err != nil {
		t.Fatalf("%s\n%v\n%s", script, err, output)
	}

	return output
}

func (r *reader) try(t *testing.T, script, input string) (string, error) {
	t.Helper()

	script = "[ ! -e \"$STATE\" ] || . \"$STATE\"\n" + script + "\n{ export -p; echo cd \"'$PWD'\"; } >\"$STATE\"\n"
	shell := exec.CommandContext(t.Context(), "sh", "-euc", script)
	shell.Dir = r.dir
	shell.Env = append(slices.Clone(r.env), "STATE="+r.state)
	shell.Stdin = strings.NewReader(input)
	output, err := shell.CombinedOutput()

	return string(output), err
}

var (
	fencedBlock = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	exportLine  = regexp.MustCompile(`(?m)^ *(export MESIBO_\w+='[^']*')$`)
	killLine    = regexp.MustCompile(`(?m)(kill \d+)$`)
)

// TestAccReadme types what the README has, block by block, on the CLI of the run.
func TestAccReadme(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests are off: TF_ACC is not set")
	}
	followReadme(t, cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform"))
}

// TestAccReadmeOnAnotherTerraform is TestAccReadme on a Terraform of another version, which the run names if there is one.
func TestAccReadmeOnAnotherTerraform(t *testing.T) {
	t.Parallel()
	acctest.OncePerCLI(t)

	cli := os.Getenv("ACCTEST_ANOTHER_TERRAFORM")
	if cli == "" {
		t.Skip("ACCTEST_ANOTHER_TERRAFORM names no other Terraform")
	}
	followReadme(t, cli)
}

func followReadme(t *testing.T, cli string) {
	t.Helper()

	r := newReader(t, cli)
	var exports string
	for _, block := range readmeBlocks(t) {
		switch kind, text := block[1], block[2]; {
		case kind == "terraform":
			r.run(t, "mkdir \"$HOME/new\"\ncd \"$HOME/new\"", "")
			if err := os.WriteFile(filepath.Join(r.home, "new", "main.tf"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		case kind != "shell":
		case strings.Contains(text, "make demo"):
			output := r.run(t, text, "")
			stop := killLine.FindString(output)
			t.Cleanup(func() { _ = exec.Command("sh", "-c", stop).Run() })
			for _, line := range exportLine.FindAllStringSubmatch(output, -1) {
				exports += line[1] + "\n"
			}
			if strings.Count(exports, "\n") != 2 || stop == "" {
				t.Fatalf("the demo does not say how to go on:\n%s", output)
			}
			r.run(t, exports, "")
		case strings.Contains(text, "MESIBO_APP_TOKEN='...'"):
			r.run(t, text+exports, "") // This reader has no account.
		case strings.Contains(text, "terraform destroy"):
			r.checkTokens(t)
			r.run(t, text, "yes\n")
		default:
			r.run(t, text, "yes\n")
		}
	}
	r.installReleaseZip(t)
}

// readmeBlocks returns the blocks of the README: the language, then the text.
func readmeBlocks(t *testing.T) [][]string {
	t.Helper()

	readme, err := os.ReadFile(filepath.Join(acctest.Root(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := fencedBlock.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 6 {
		t.Fatalf("the README has only %d blocks", len(blocks))
	}

	return blocks
}

// checkTokens checks the token that was created, and what is said of app tokens that cannot work.
func (r *reader) checkTokens(t *testing.T) {
	t.Helper()

	if token := r.run(t, "terraform output -raw alice_token", ""); len(token) < 32 {
		t.Errorf("the token is %q", token)
	}
	for name, tt := range map[string]struct{ set, want string }{
		"no token":              {"unset MESIBO_APP_TOKEN", "The app token is not set: set the environment variable MESIBO_APP_TOKEN"},
		"the placeholder":       {"export MESIBO_APP_TOKEN='...'", "the app token is the placeholder of an example"},
		"a line break at end":   {"export MESIBO_APP_TOKEN='geheim\n'", "the app token contains whitespace, such as a line break"},
		"a token of no app":     {"export MESIBO_APP_TOKEN=geheim", "App token rejected"},
		"an endpoint of no one": {"export MESIBO_ENDPOINT=http://127.0.0.1:1/backend/ MESIBO_MAX_RETRIES=0", "connection refused"},
	} {
		output, err := r.try(t, "("+tt.set+"; terraform plan -no-color)", "")
		words := strings.Join(strings.Fields(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(output)), " ")
		if err == nil || !strings.Contains(words, tt.want) || strings.Contains(words, "geheim") {
			t.Errorf("%s: %v, or it does not say %q:\n%s", name, err, tt.want, output)
		}
	}
}

// installReleaseZip puts a zip where the installation guide says, and initializes with that alone.
func (r *reader) installReleaseZip(t *testing.T) {
	t.Helper()

	installed, err := filepath.Glob(filepath.Join(r.home, ".terraform.d/plugins/*/mesibo-community/mesibo/*/*/terraform-provider-mesibo_v*"))
	if err != nil || len(installed) != 2 {
		t.Fatalf("installed are %v, %v", installed, err)
	}
	if output := r.run(t, installed[0]+" -version", ""); !strings.HasPrefix(output, "terraform-provider-mesibo 0.") {
		t.Errorf("the version is %q", output)
	}
	program, err := os.ReadFile(installed[0])
	if err != nil {
		t.Fatal(err)
	}
	r.run(t, "make -C \"$HOME\"/../terraform-provider-mesibo uninstall\nrm -r .terraform .terraform.lock.hcl", "")
	if left, _ := filepath.Glob(filepath.Join(r.home, ".terraform.d/plugins/*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if output, err := r.try(t, "terraform init", ""); err == nil {
		t.Errorf("init finds a provider that is not installed:\n%s", output)
	}
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		dir := filepath.Join(r.home, ".terraform.d/plugins", host, "mesibo-community/mesibo")
		writeZip(t, dir, fmt.Sprintf("terraform-provider-mesibo_0.1.7_%s_%s.zip", runtime.GOOS, runtime.GOARCH), program)
	}
	if output := r.run(t, "terraform init -no-color", ""); !strings.Contains(output, "v0.1.7") {
		t.Errorf("init has not installed the zip:\n%s", output)
	}
}

func writeZip(t *testing.T, dir, name string, program []byte) {
	t.Helper()

	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	header := &zip.FileHeader{Name: "terraform-provider-mesibo_v0.1.7", Method: zip.Store}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err == nil {
		_, err = entry.Write(program)
	}
	if err == nil {
		err = archive.Close()
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The quick start of the README is the one that the examples have, which is applied.
func TestReadmeHasTheQuickStart(t *testing.T) {
	t.Parallel()

	example, err := os.ReadFile(filepath.Join(acctest.Root(), "examples/quickstart/main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range readmeBlocks(t) {
		if block[1] == "terraform" && block[2] == string(example) {
			return
		}
	}
	t.Error("README.md does not contain examples/quickstart/main.tf as it is")
}

// What cannot be installed ends in a sentence, before anything is built.
func TestInstallRefuses(t *testing.T) {
	t.Parallel()

	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".terraform.d"), nil, 0o400); err != nil { // root may write anywhere else
		t.Fatal(err)
	}
	bin := t.TempDir() // without Go
	dirname, err := exec.LookPath("dirname")
	if err == nil {
		err = os.Symlink(dirname, filepath.Join(bin, "dirname"))
	}
	if err != nil {
		t.Fatal(err)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		version string
		env     []string
		want    string
	}{
		"an unknown platform":     {"0.1.0", []string{"GOOS=plan9"}, "Terraform and OpenTofu do not run on plan9, so there is no folder to install into.\n"},
		"no Go":                   {"0.1.0", []string{"PATH=" + bin}, "Go is needed to build the provider, and there is no go on PATH"},
		"a read-only home":        {"0.1.0", nil, "The provider cannot be installed: " + home + "/.terraform.d/plugins/registry.terraform.io/"},
		"a version that is none":  {"v1", nil, `VERSION is "v1", and has to be three numbers`},
		"a version that is a pre": {"0.1.0-dev", nil, `VERSION is "0.1.0-dev", and has to be three numbers`},
	} {
		install := exec.CommandContext(t.Context(), bash, filepath.Join(acctest.Root(), "tools/install.sh"), tt.version)
		install.Env = append(append(os.Environ(), "HOME="+home), tt.env...)
		output, err := install.CombinedOutput()
		if err == nil || !strings.HasPrefix(string(output), tt.want) || strings.Count(string(output), "\n") != 1 {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}

// A CLI that is missing or too old is named, and so is one that a variable names and that does not run.
func TestFindsCLI(t *testing.T) {
	t.Parallel()

	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	bin := t.TempDir()
	old := "#!/bin/sh\necho Terraform v1.5.7\n"
	if err := os.WriteFile(filepath.Join(bin, "terraform"), []byte(old), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path, terraform string
		want            string
		fails           bool
	}{
		"too old":             {bin + ":/usr/bin:/bin", "", "The terraform on PATH is 1.5.7, and 1.14 or later is needed.", false},
		"too old, and chosen": {"/usr/bin:/bin", filepath.Join(bin, "terraform"), "Terraform: " + filepath.Join(bin, "terraform"), false},
		"none":                {"/usr/bin:/bin", filepath.Join(bin, "none"), `none", which is no Terraform or OpenTofu that runs`, true},
	} {
		check := exec.CommandContext(t.Context(), "bash", filepath.Join(acctest.Root(), "tools/find-cli.sh"), "check")
		check.Env = []string{"PATH=" + tt.path, "TERRAFORM=" + tt.terraform, "HOME=" + bin}
		output, err := check.CombinedOutput()
		if (err != nil) != tt.fails || !strings.Contains(string(output), tt.want) {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}
