#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Builds a CLI for the tests from the Go module that a folder beside this script pins, without what talks
# to a cloud: no test uses it, and the SDKs are half of the build and of the start-up of each command.
#
#   build-cli.sh terraform|opentofu FILE
set -euo pipefail

out=$PWD/$2
cd "$(dirname "$0")/$1"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# copy MODULE FOLDER: a copy of a module that can be changed.
copy() {
	go mod download "$1"
	cp -R "$(go list -m -f '{{.Dir}}' "$1")" "$tmp/$2"
	chmod -R u+w "$tmp/$2"
}

# without FILE SCRIPT: a file loses what the sed script deletes.
without() {
	sed -E "$2" "$1" >"$tmp/file"
	cp "$tmp/file" "$1"
}

# The library that downloads modules does so over HTTP and with git, from no bucket.
copy github.com/hashicorp/go-getter getter
rm "$tmp"/getter/get_s3*.go "$tmp"/getter/get_gcs*.go
printf 'package getter\n\ntype (\n\tS3Getter struct{ HttpGetter }\n\tGCSGetter struct{ HttpGetter }\n)\n' >"$tmp/getter/get_bucket.go"

case $1 in
terraform) # Its remote-state backends are modules; go.mod replaces them.
	cp go.mod go.sum "$tmp"
	mod=$tmp/go.mod
	package=github.com/hashicorp/terraform
	version=github.com/hashicorp/terraform/version
	;;
opentofu)
	copy github.com/opentofu/opentofu opentofu
	cd "$tmp/opentofu"
	without internal/backend/init/init.go '/backend(Azure|Consul|Cos|GCS|Kubernetes|OSS|Pg|S3)[ .]/d'
	without internal/encryption/default_registry.go \
		'/keyprovider\/(aws_kms|azure_vault|gcp_kms)"/d; /(aws_kms|azure_vault|gcp_kms)\.New/,/}/d'
	mod=$PWD/go.mod
	package=./cmd/tofu
	version=github.com/opentofu/opentofu/version
	;;
*)
	echo "unknown CLI: $1" >&2
	exit 2
	;;
esac

go mod edit -replace "github.com/hashicorp/go-getter=$tmp/getter" "$mod"
go build -modfile="$mod" -gcflags=all=-dwarf=false \
	-ldflags "-s -w -X $version.dev=no" -o "$out" "$package"
