#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Runs parts of the test suite, one after the other, and ends with the counts of
# all of them. A part that fails does not stop the next.
#
#   unit                    the tests that need no CLI
#   CLI/PROFILE[:PATTERN]   tests on terraform or tofu, with back ends that have the
#                           profile, a name or a file; PATTERN is what -run takes,
#                           ^TestAcc by default
#   proof                   the tests of internal/testing/e2e and of the client at full
#                           size, on Terraform
#
# All but proof run with -short. RACE=required fails where the race detector cannot
# run. TESTARGS is handed to `go test`, for example TESTARGS='-run TestAccUser'.
set -euo pipefail

cd "$(dirname "$0")/.."

# The tests bring their own server and settings: nothing of a developer's own
# configuration may reach them, and nothing may call home.
for name in $(compgen -e); do
	case $name in MESIBO_* | ACCTEST_* | TF_ACC* | TF_CLI_* | TF_DATA_DIR | TF_VAR_* | TF_WORKSPACE | TF_REATTACH_PROVIDERS) unset "$name" ;; esac
done
export CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null

# Acceptance tests mostly wait for a CLI, so more of them run than there are cores. A CLI runs for a moment, and need not
# collect its garbage as often; lint runs govet. With the race detector a test program waits a second
# before it exits, unless told otherwise.
export GOGC=${GOGC:-400} GORACE=${GORACE:-atexit_sleep_ms=50}
flags=(-count=1 -timeout=20m -p=2 -parallel=4 -vet=off)
if command -v "$(go env CC)" >/dev/null; then
	export CGO_ENABLED=1
	# No code here uses unsafe pointers, whose checks come with the race detector and take time.
	flags+=(-race '-gcflags=all=-dwarf=false -d=checkptr=0')
elif [[ ${RACE-} == required ]]; then
	echo "the race detector needs a C compiler ($(go env CC)), and there is none: install gcc or clang" >&2
	exit 1
else
	echo "no C compiler ($(go env CC)): the tests run without the race detector"
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# use CLI: the acceptance tests run on it from here on, with programs that are built once for all packages.
use() {
	if [[ $1 == tofu ]]; then
		export TF_ACC_PROVIDER_HOST=registry.opentofu.org
	else
		unset TF_ACC_PROVIDER_HOST
	fi
	TF_ACC_TERRAFORM_PATH=$(tools/find-cli.sh "$1")
	export TF_ACC=1 TF_ACC_TERRAFORM_PATH ACCTEST_PROGRAMS=$tmp/programs
	# The README has to work on older versions too, where this machine has one.
	unset ACCTEST_ANOTHER_TERRAFORM
	if [[ $1 == terraform ]]; then
		if another=$(command -v terraform) && [[ $another != "$TF_ACC_TERRAFORM_PATH" ]]; then
			export ACCTEST_ANOTHER_TERRAFORM=$another
			echo "The README is also tried on $("$another" version | sed -n 1p) ($another)."
		else
			echo "The README is tried on one Terraform: PATH has no other."
		fi
	fi
	if [[ ! -e $ACCTEST_PROGRAMS ]]; then
		go build -o "$ACCTEST_PROGRAMS/" . ./internal/testing/acctest/terraform-provider-vault
		if [[ -e .bin/terraform-provider-local ]]; then cp .bin/terraform-provider-local "$ACCTEST_PROGRAMS"; fi
	fi
}

# run TITLE ARGUMENT...: one `go test`; its events are kept for the counts.
run() {
	echo "=== $1"
	shift
	# shellcheck disable=SC2086 # TESTARGS is a list of words.
	.bin/gotestsum --format pkgname --format-hide-empty-pkg --hide-summary skipped \
		--jsonfile "$tmp/$((++runs)).json" -- "${flags[@]}" "$@" ${TESTARGS-} || failed=1
}

runs=0 failed=0
for part; do
	unset MESIBO_PROFILE
	case $part in
	unit)
		unset TF_ACC TF_ACC_TERRAFORM_PATH TF_ACC_PROVIDER_HOST
		run "unit tests" -short ./...
		;;
	terraform/* | tofu/*)
		use "${part%%/*}"
		IFS=: read -r MESIBO_PROFILE pattern <<<"${part#*/}"
		export MESIBO_PROFILE
		pattern=${pattern:-^TestAcc}
		# Only packages with such tests, since linking a test program takes seconds.
		mapfile -t packages < <(grep -rlE --include='*_test.go' "^func ${pattern#^}" internal | sed 's|[^/]*$||; s|^|./|' | sort -u)
		run "$pattern on $("$TF_ACC_TERRAFORM_PATH" version | sed -n 1p), profile $MESIBO_PROFILE" -short -run "$pattern" "${packages[@]}"
		;;
	proof)
		use terraform
		run "proof on $("$TF_ACC_TERRAFORM_PATH" version | sed -n 1p)" -timeout=90m ./internal/testing/e2e ./internal/mesibo
		;;
	*)
		echo "unknown part: $part" >&2
		exit 2
		;;
	esac
done

go -C tools/test run ./count "$tmp"/*.json || failed=1
exit "$failed"
