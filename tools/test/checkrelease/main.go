// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Command checkrelease checks what GoReleaser left in dist/ of a checkout, and
// prints a table of it. A second checkout of the same commit, built elsewhere,
// has to contain the same bytes. It exits with 1 when something is wrong.
//
//	checkrelease CHECKOUT [AGAIN]
package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
)

const (
	project  = "terraform-provider-mesibo"
	module   = "github.com/mesibo-community/" + project
	maxBytes = 30_000_000 // of a binary
)

// targets are what is promised. They are listed here as well as in
// .goreleaser.yml, so that none can get lost unnoticed.
var targets = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: checkrelease CHECKOUT [AGAIN]")
		os.Exit(2)
	}
	r, err := open(os.Args[1])
	if err == nil && len(os.Args) == 3 {
		r.again, err = open(os.Args[2])
	}
	if err == nil {
		err = r.check(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// release is one build of a release. Its assets are in dist/, but for the
// manifest, which GoReleaser uploads under another name.
type release struct {
	checkout fs.FS
	version  string
	again    *release
}

func open(folder string) (*release, error) {
	checkout := os.DirFS(folder)
	found, err := fs.Glob(checkout, "dist/"+project+"_*_SHA256SUMS")
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%s/dist contains %d lists of checksums, not one", folder, len(found))
	}
	version := strings.TrimPrefix(found[0], "dist/"+project+"_")
	return &release{checkout: checkout, version: strings.TrimSuffix(version, "_SHA256SUMS")}, nil
}

// asset is the name of an asset that ends as said.
func (r *release) asset(end string) string { return project + "_" + r.version + "_" + end }

func (r *release) read(asset string) ([]byte, error) {
	if asset == r.asset("manifest.json") {
		return fs.ReadFile(r.checkout, "terraform-registry-manifest.json")
	}
	return fs.ReadFile(r.checkout, "dist/"+asset)
}

func (r *release) check(w io.Writer) error {
	// The bill comes before the zips, whose binaries are compared with it.
	listed := []string{r.asset("manifest.json"), r.asset("sbom.cdx.json")}
	for _, target := range targets {
		listed = append(listed, r.asset(target+".zip"))
	}

	text, err := r.read(r.asset("SHA256SUMS"))
	if err != nil {
		return err
	}
	sums, err := parseSums(string(text), listed)
	if err != nil {
		return err
	}

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "asset\tMB\tbinary MB\tsha256 ok\treproducible")
	var bill bill
	var errs []error
	for _, name := range listed {
		content, err := r.read(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}

		binary := "-"
		switch {
		case name == r.asset("manifest.json"):
			err = checkManifest(content)
		case name == r.asset("sbom.cdx.json"):
			bill, err = parseBill(content)
		default:
			target := strings.TrimSuffix(strings.TrimPrefix(name, r.asset("")), ".zip")
			var size int
			size, err = r.checkZip(content, target, bill)
			binary = megabytes(size)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}

		sum := sha256.Sum256(content)
		good := hex.EncodeToString(sum[:]) == sums[name]
		if !good {
			errs = append(errs, fmt.Errorf("%s: the checksum is of something else", name))
		}
		same := "not tried"
		if r.again != nil {
			other, err := r.again.read(name)
			same = yesNo(err == nil && bytes.Equal(content, other))
			if same != "yes" {
				errs = append(errs, fmt.Errorf("%s: the second build is not the same", name))
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", strings.TrimPrefix(name, r.asset("")), megabytes(len(content)), binary, yesNo(good), same)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d targets of %s; the bill of materials has the %d modules of every binary and %s\n",
		len(targets), r.version, len(bill.modules)-1, bill.modules["std"])
	return nil
}

func megabytes(size int) string { return fmt.Sprintf("%.2f", float64(size)/1e6) }

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "NO"
}

// parseSums reads a list of checksums, which has to name just what is wanted.
func parseSums(text string, want []string) (map[string]string, error) {
	sums := map[string]string{}
	for line := range strings.Lines(text) {
		sum, name, found := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !found || len(sum) != hex.EncodedLen(sha256.Size) {
			return nil, fmt.Errorf("not a line of checksums: %q", line)
		}
		if sums[name] != "" {
			return nil, fmt.Errorf("%s is listed twice", name)
		}
		if !slices.Contains(want, name) {
			return nil, fmt.Errorf("%s is listed, and should not be", name)
		}
		sums[name] = sum
	}
	for _, name := range want {
		if sums[name] == "" {
			return nil, fmt.Errorf("%s is not listed", name)
		}
	}
	return sums, nil
}

func checkManifest(content []byte) error {
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(content, &manifest); err != nil {
		return err
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{"6.0"}) {
		return fmt.Errorf("it should be of version 1 and name protocol 6.0, and is: %s", content)
	}
	return nil
}

// bill is what counts of a bill of materials: the versions of the modules.
type bill struct{ modules map[string]string }

func parseBill(content []byte) (bill, error) {
	type component struct{ Name, Version string }
	var doc struct {
		Format     string `json:"bomFormat"`
		Metadata   struct{ Component component }
		Components []component
	}
	if err := json.Unmarshal(content, &doc); err != nil {
		return bill{}, err
	}
	if doc.Format != "CycloneDX" {
		return bill{}, fmt.Errorf("it is of format %q", doc.Format)
	}
	if doc.Metadata.Component.Name != module || doc.Metadata.Component.Version == "" {
		return bill{}, fmt.Errorf("it is of %+v", doc.Metadata.Component)
	}
	b := bill{modules: map[string]string{}}
	for _, c := range doc.Components {
		b.modules[c.Name] = c.Version
	}
	// The one module without which there would be no provider.
	if b.modules["github.com/hashicorp/terraform-plugin-framework"] == "" {
		return b, errors.New("it lacks terraform-plugin-framework")
	}
	return b, nil
}

// checkZip checks one archive, and returns the size of the binary in it.
func (r *release) checkZip(content []byte, target string, b bill) (int, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return 0, err
	}
	want := map[string]fs.FileMode{r.binary(target): 0o755, "LICENSE": 0o644}
	if err = checkEntries(archive.File, want); err != nil {
		return 0, err
	}
	binary, err := fs.ReadFile(archive, r.binary(target))
	if err != nil {
		return 0, err
	}
	if len(binary) > maxBytes {
		return len(binary), fmt.Errorf("the binary has %s MB, which is more than %s", megabytes(len(binary)), megabytes(maxBytes))
	}
	if !bytes.Contains(binary, []byte(r.version)) {
		return len(binary), errors.New("the binary does not know its version")
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return len(binary), err
	}
	return len(binary), errors.Join(checkBuild(info, target), checkModules(info, b))
}

// binary is the name that the registry expects.
func (r *release) binary(target string) string {
	name := project + "_v" + r.version
	if strings.HasPrefix(target, "windows_") {
		name += ".exe"
	}
	return name
}

// checkEntries checks that an archive contains just the files that are wanted,
// plain, and with these permissions.
func checkEntries(files []*zip.File, want map[string]fs.FileMode) error {
	var names []string
	for _, file := range files {
		mode, wanted := want[file.Name]
		if !wanted || slices.Contains(names, file.Name) {
			return fmt.Errorf("it contains %s, and should not", file.Name)
		}
		if file.Mode() != mode {
			return fmt.Errorf("%s is %v, not %v", file.Name, file.Mode(), mode)
		}
		names = append(names, file.Name)
	}
	if len(names) != len(want) {
		return fmt.Errorf("it contains only %q", names)
	}
	return nil
}

// checkBuild compares how a binary says that it was built with how it should be.
func checkBuild(info *debug.BuildInfo, target string) error {
	if info.Path != module {
		return fmt.Errorf("the binary is %s", info.Path)
	}
	got := map[string]string{}
	for _, setting := range info.Settings {
		got[setting.Key] = setting.Value
	}
	goos, goarch, _ := strings.Cut(target, "_")
	for key, want := range map[string]string{
		"GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "0", "-trimpath": "true", "vcs.modified": "false",
	} {
		if got[key] != want {
			return fmt.Errorf("the binary was built with %s=%s, not %s", key, got[key], want)
		}
	}
	if got["vcs.revision"] == "" {
		return errors.New("the binary does not name its commit")
	}
	return nil
}

// checkModules checks that the bill names what is in a binary and nothing else.
func checkModules(info *debug.BuildInfo, b bill) error {
	in := map[string]string{"std": info.GoVersion}
	for _, dep := range info.Deps {
		in[dep.Path] = dep.Version
	}
	for name, version := range in {
		if b.modules[name] != version {
			return fmt.Errorf("%s %s is in the binary, and %q in the bill of materials", name, version, b.modules[name])
		}
	}
	for name := range b.modules {
		if in[name] == "" {
			return fmt.Errorf("%s is in the bill of materials, and not in the binary", name)
		}
	}
	return nil
}
