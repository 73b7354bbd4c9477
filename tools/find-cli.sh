#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Prints the path of a CLI: the one on PATH if it is new enough, else the one
# that the modules under tools/ pin, which make builds on first use.
#
#   find-cli.sh terraform   for tests and docs: 1.14 has lists and actions
#   find-cli.sh tofu        for tests: 1.11 has ephemeral and write-only values
#   find-cli.sh any         for the demo: any that can run it
#
# TERRAFORM and TOFU name one of any version.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

# at_least COMMAND MINOR: succeeds if COMMAND exists and has version 1.MINOR or later.
at_least() {
	command -v "$1" >/dev/null || return 1
	local version
	version=$(CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null "$1" version 2>/dev/null |
		sed -nE '1s/^(Terraform|OpenTofu) v([0-9]+)\.([0-9]+)\..*/\2 \3/p') || return 1
	[[ -n $version ]] || return 1
	((${version% *} > 1 || (${version% *} == 1 && ${version#* } >= $2)))
}

built() {
	make --silent --no-print-directory -C "$root" ".bin/$1" >&2
	echo "$root/.bin/$1"
}

case ${1-} in
terraform)
	if [[ -n ${TERRAFORM-} ]]; then
		command -v "$TERRAFORM"
	elif at_least terraform 14; then
		command -v terraform
	else
		built terraform
	fi
	;;
tofu)
	if [[ -n ${TOFU-} ]]; then
		command -v "$TOFU"
	elif at_least tofu 11; then
		command -v tofu
	else
		built tofu
	fi
	;;
any)
	if [[ -n ${TERRAFORM-}${TOFU-} ]]; then
		command -v "${TERRAFORM:-$TOFU}"
	elif at_least terraform 5; then
		command -v terraform
	elif at_least tofu 6; then
		command -v tofu
	elif [[ -x $root/.bin/terraform ]]; then
		echo "$root/.bin/terraform"
	else
		built tofu # It builds faster than Terraform.
	fi
	;;
*)
	echo "usage: $0 terraform|tofu|any" >&2
	exit 2
	;;
esac
