#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Builds the OpenTofu CLI of tools/opentofu as the file that the argument names, without the backends
# and key providers that need a cloud. Their SDKs are half of its build and of its start-up, and no test
# uses them.
set -euo pipefail

out=$PWD/$1
cd "$(dirname "$0")/opentofu"

go mod download github.com/opentofu/opentofu
module=$(go list -m -f '{{.Dir}}' github.com/opentofu/opentofu)
src=$(mktemp -d)
trap 'rm -rf "$src"' EXIT
cp -R "$module/." "$src"
chmod -R u+w "$src"

# without FILE SCRIPT: the copy of a source file loses what the sed script deletes.
without() {
	sed -E "$2" "$module/$1" >"$src/$1"
}
without internal/backend/init/init.go '/backend(Azure|Consul|Cos|GCS|Kubernetes|OSS|Pg|S3)[ .]/d'
without internal/encryption/default_registry.go \
	'/keyprovider\/(aws_kms|azure_vault|gcp_kms)"/d; /(aws_kms|azure_vault|gcp_kms)\.New/,/}/d'

go -C "$src" build -trimpath -gcflags=all=-dwarf=false \
	-ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' -o "$out" ./cmd/tofu
