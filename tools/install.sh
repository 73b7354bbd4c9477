#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Builds the provider and puts it where Terraform and OpenTofu look without any
# configuration, under the address that each of them gives it.
#
#   install.sh VERSION      build and install as this version
#   install.sh uninstall    remove every version
set -euo pipefail

cd "$(dirname "$0")/.."

fail() {
	echo "$*" >&2
	exit 1
}

if ! command -v go >/dev/null; then
	fail "Go is needed to build the provider, and there is no go on PATH: install it from https://go.dev/dl/."
fi
os=$(go env GOOS) arch=$(go env GOARCH)
suffix=''
case $os in
darwin | freebsd | linux | openbsd | solaris)
	plugins=${HOME:?HOME is not set, so there is no folder to install into.}/.terraform.d/plugins
	;;
windows)
	plugins=${APPDATA:?APPDATA is not set, so there is no folder to install into.}/terraform.d/plugins
	suffix=.exe
	;;
*)
	fail "Terraform and OpenTofu do not run on $os, so there is no folder to install into."
	;;
esac
folders=("$plugins/registry.terraform.io/mesibo-community/mesibo" "$plugins/registry.opentofu.org/mesibo-community/mesibo")

if [[ ${1-} == uninstall ]]; then
	rm -rf "${folders[@]}" || fail "The provider could not be removed from $plugins: see above."
	for folder in "${folders[@]}"; do
		# What others have installed keeps the folders.
		rmdir "${folder%/*}" "${folder%/*/*}" 2>/dev/null || true
	done
	echo "Removed the provider from $plugins."
	exit
fi

version=${1-}
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
	fail "VERSION is \"$version\", and has to be three numbers, such as 0.1.0, so that version constraints accept it."
fi

# Both are in place before the first is replaced. A rename replaces a file that runs.
name=terraform-provider-mesibo_v$version$suffix
for folder in "${folders[@]}"; do
	folder=$folder/$version/${os}_$arch
	if ! mkdir -p "$folder" 2>/dev/null || [[ ! -w $folder ]]; then
		fail "The provider cannot be installed: $folder cannot be written to."
	fi
done
built=$plugins/.terraform-provider-mesibo.$$
trap 'rm -f "$built"' EXIT
go build -ldflags "-X main.version=$version" -o "$built" .
for folder in "${folders[@]}"; do
	folder=$folder/$version/${os}_$arch
	cp "$built" "$folder/.$name"
	mv -f "$folder/.$name" "$folder/$name"
done

cat <<EOF
Installed $("$built" -version) into
  $plugins
for Terraform and OpenTofu. Run init in the folder of your configuration; if an earlier build was
used there, remove .terraform.lock.hcl first, because it has the checksum of that build.
EOF

# An explicit installation method switches off the folders that a CLI looks into by itself.
for config in "${TF_CLI_CONFIG_FILE-}" "${HOME-}/.terraformrc" "${HOME-}/.tofurc" "${APPDATA-}/terraform.rc" "${APPDATA-}/tofu.rc"; do
	if [[ -f $config ]] && grep -q '^[[:space:]]*provider_installation' "$config"; then
		echo "NOTE: $config has a provider_installation block, so a CLI looks only where that says. Add to it:"
		echo "  filesystem_mirror { path = \"$plugins\" }"
	fi
done
