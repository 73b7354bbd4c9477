#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Prints the path of a CLI: the one that TERRAFORM or TOFU names, of any version, else
# the one on PATH if it is new enough, else the one that the modules under tools/ pin,
# which make builds on first use.
#
#   find-cli.sh terraform   for tests and docs: 1.14 has lists and actions
#   find-cli.sh tofu        for tests: 1.11 has ephemeral and write-only values
#   find-cli.sh any         for the demo: any that can run it
#   find-cli.sh check       says what the tests would use, and builds nothing
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

# version COMMAND: prints the version of a CLI, such as 1.16.4.
version() {
	CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null "$1" version 2>/dev/null |
		sed -nE '1s/^(Terraform|OpenTofu) v([0-9]+\.[0-9]+\.[0-9]+).*/\2/p'
}

# named VARIABLE: prints the path of the CLI that the variable names.
named() {
	if ! command -v "${!1}" >/dev/null || [[ -z $(version "${!1}") ]]; then
		echo "$1 is \"${!1}\", which is no Terraform or OpenTofu that runs." >&2
		exit 1
	fi
	command -v "${!1}"
}

# on_path COMMAND MINOR: prints the path of the command if it has version 1.MINOR or
# later, else says why not.
on_path() {
	local found major minor
	if ! command -v "$1" >/dev/null || ! found=$(version "$1") || [[ -z $found ]]; then
		echo "There is no $1 on PATH." >&2
		return 1
	fi
	IFS=. read -r major minor _ <<<"$found"
	if ((major == 1 && minor < $2)); then
		echo "The $1 on PATH is $found, and 1.$2 or later is needed." >&2
		return 1
	fi
	command -v "$1"
}

# built COMMAND: prints the path of the pinned one, built if need be.
built() {
	if [[ -n ${checking-} ]]; then
		if [[ -x $root/.bin/$1 ]]; then
			echo "$root/.bin/$1"
		else
			echo "$root/.bin/$1, which is built first: that takes minutes, once"
		fi
		return
	fi
	make --silent --no-print-directory -C "$root" ".bin/$1" >&2
	echo "$root/.bin/$1"
}

find_terraform() {
	if [[ -n ${TERRAFORM-} ]]; then named TERRAFORM; else on_path terraform 14 || built terraform; fi
}

find_tofu() {
	if [[ -n ${TOFU-} ]]; then named TOFU; else on_path tofu 11 || built tofu; fi
}

find_any() {
	if [[ -n ${TERRAFORM-} ]]; then
		named TERRAFORM
	elif [[ -n ${TOFU-} ]]; then
		named TOFU
	elif ! on_path terraform 5 2>/dev/null && ! on_path tofu 6 2>/dev/null; then
		if [[ -x $root/.bin/terraform ]]; then
			echo "$root/.bin/terraform"
		else
			built tofu # It builds faster than Terraform.
		fi
	fi
}

case ${1-} in
terraform | tofu | any)
	"find_$1"
	;;
check)
	checking=1
	terraform=$(find_terraform)
	tofu=$(find_tofu)
	printf 'Terraform: %s\nOpenTofu:  %s\n' "$terraform" "$tofu"
	;;
*)
	echo "usage: $0 terraform|tofu|any|check" >&2
	exit 2
	;;
esac
