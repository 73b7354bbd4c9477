#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Runs the parts of the test suite that are named, one after the other, and
# ends with the counts of all of them. A part that fails does not stop the next.
#
#   unit          every test that needs no CLI
#   CLI/PROFILE   the acceptance tests on terraform or tofu, with back ends that
#                 answer as the committed profile says
#   all/PROFILE   every test, with Terraform as the CLI
#   only/PROFILE  the acceptance tests of what OpenTofu lacks, on Terraform
#   proof         the tests that show what the README promises, at full size, on Terraform
#
# RACE=required fails where the race detector cannot run.
# TESTARGS is handed to `go test`, for example TESTARGS='-run TestAccUser'.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# The tests bring their own server and settings: nothing of a developer's own
# configuration may reach them, and nothing may call home.
for name in $(compgen -e); do
	case $name in MESIBO_* | TF_ACC* | TF_CLI_* | TF_DATA_DIR | TF_VAR_* | TF_WORKSPACE | TF_REATTACH_PROVIDERS) unset "$name" ;; esac
done
export CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null

# Acceptance tests mostly wait for a CLI, so more of them run than there are cores. A CLI lives for a moment, and need not
# collect its garbage as often; `go vet` is a step of its own.
export GOGC=${GOGC:-400}
flags=(-count=1 -timeout=20m -p=2 -parallel=4 -vet=off)
if command -v "$(go env CC)" >/dev/null; then
	export CGO_ENABLED=1
	flags+=(-race)
elif [[ ${RACE-} == required ]]; then
	echo "the race detector needs a C compiler ($(go env CC)), and there is none: install gcc or clang" >&2
	exit 1
else
	echo "no C compiler ($(go env CC)): the tests run without the race detector"
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# The tests of list resources and actions, which OpenTofu does not have.
terraform_only='^TestAcc(Query|RevokeToken|SendMessage)'

# acceptance PATTERN prints the packages that have such tests.
acceptance() {
	grep -rlE --include='*_test.go' "^func ${1#^}" internal | sed 's|[^/]*$||; s|^|./|' | sort -u
}

# use CLI: the acceptance tests drive it from here on.
use() {
	local name=terraform
	unset TF_ACC_PROVIDER_HOST
	if [[ $1 == tofu ]]; then
		name=tofu
		export TF_ACC_PROVIDER_HOST=registry.opentofu.org
	fi
	TF_ACC_TERRAFORM_PATH=$(tools/find-cli.sh "$name")
	export TF_ACC=1 TF_ACC_TERRAFORM_PATH
}

# run TITLE ARGUMENT...: one `go test`; its events are kept for the counts.
run() {
	echo "=== $1"
	shift
	# shellcheck disable=SC2086 # TESTARGS is a list of words.
	.bin/gotestsum --format pkgname --format-hide-empty-pkg --hide-summary skipped \
		--jsonfile "$results/$((++runs)).json" -- "${flags[@]}" "$@" ${TESTARGS-} || failed=1
}

runs=0 failed=0
for part; do
	case $part in
	unit)
		unset TF_ACC TF_ACC_TERRAFORM_PATH TF_ACC_PROVIDER_HOST
		run "unit tests" ./...
		;;
	all/* | only/* | terraform/* | tofu/*)
		use "${part%%/*}"
		export MESIBO_PROFILE=${part#*/}
		title="on $("$TF_ACC_TERRAFORM_PATH" version | sed -n 1p), profile $MESIBO_PROFILE"
		case $part in
		all/*) run "all tests $title" ./... ;;
		only/*) run "what OpenTofu lacks $title" -run "$terraform_only" $(acceptance "$terraform_only") ;;
		*) run "acceptance tests $title" -run '^TestAcc' $(acceptance '^TestAcc') ;;
		esac
		unset MESIBO_PROFILE
		;;
	proof)
		use terraform
		export MESIBO_PROOF=1
		run "proof on $("$TF_ACC_TERRAFORM_PATH" version | sed -n 1p)" -timeout=90m ./internal/testing/e2e ./internal/mesibo
		unset MESIBO_PROOF
		;;
	*)
		echo "unknown part: $part" >&2
		exit 2
		;;
	esac
done

go -C tools/test run ./count "$results"/*.json || failed=1
exit "$failed"
