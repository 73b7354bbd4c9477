#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Formats the examples and generates docs/ from the schema, templates/ and
# examples/. The generator would download Terraform to get the schema, so it is
# given the schema of the provider that is built here.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

terraform=$(tools/find-cli.sh terraform)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$terraform" fmt -recursive examples/

go build -o "$tmp/terraform-provider-mesibo" .
cat >"$tmp/cli.tfrc" <<EOF
provider_installation {
  dev_overrides { "mesibo-community/mesibo" = "$tmp" }
}
EOF
mkdir "$tmp/config"
cat >"$tmp/config/main.tf" <<'EOF'
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}
EOF

# The generator looks a provider up by its bare name or below hashicorp/.
CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE="$tmp/cli.tfrc" \
	"$terraform" -chdir="$tmp/config" providers schema -json |
	sed 's|"registry.terraform.io/mesibo-community/mesibo"|"mesibo"|' >"$tmp/schema.json"

.bin/tfplugindocs generate \
	--provider-name mesibo --rendered-provider-name mesibo \
	--providers-schema "$tmp/schema.json"
