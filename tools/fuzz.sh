#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Runs every fuzz target of this module, one after the other, and stops at the
# first that fails.
#
#   FUZZTIME  how long each target runs, as -fuzztime takes it: 1m by default
#   FUZZ      which targets, as -run takes it: '^Fuzz' by default
set -euo pipefail

cd "$(dirname "$0")/.."

fuzztime=${FUZZTIME:-1m}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# `go test -list` prints the names of a package's targets, then the package.
if ! go test -list "${FUZZ:-^Fuzz}" ./... >"$log" 2>&1; then
	cat "$log" >&2
	echo "fuzz: the targets cannot be listed, see above" >&2
	exit 1
fi
mapfile -t targets < <(awk '/^Fuzz/ { names[++n] = $1 } $1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }' "$log")
if ((${#targets[@]} == 0)); then
	echo "fuzz: no target matches ${FUZZ:-^Fuzz}" >&2
	exit 1
fi

# cut_off succeeds if Go reports only that the time is over, as releases before 1.27 sometimes do on a busy machine:
# https://github.com/golang/go/issues/75804. A real failure has the failing input or the text of the target.
cut_off() {
	! grep -q 'Failing input written to' "$log" &&
		[[ $(grep -A 3 '^--- FAIL: ' "$log" | sed -E '/^--- FAIL: |^FAIL|^exit status/d') == '    context deadline exceeded' ]]
}

summary=()
total=0
for target in "${targets[@]}"; do
	read -r package name <<<"$target"
	echo "=== $name of $package for $fuzztime"
	# A failing input is minimized for at most ten seconds, so that FUZZTIME bounds the run.
	if ! go test -run '^$' -fuzz "^$name\$" -fuzztime "$fuzztime" -fuzzminimizetime 10s "$package" 2>&1 | tee "$log" && ! cut_off; then
		input=$(sed -n 's/^ *Failing input written to //p' "$log" | tail -n 1)
		{
			echo
			echo "fuzz: $name of $package FAILED after $((${#summary[@]})) targets that passed"
			if [[ -n $input ]]; then
				folder=$(go list -f '{{.Dir}}' "$package")
				echo "fuzz: the failing input is in ${folder#"$PWD"/}/$input"
				echo "fuzz: go test -run '^$name\$/^${input##*/}\$' $package runs it again; give it a name that says what it is, and commit it with the fix"
			else
				echo "fuzz: no failing input was written: see the output above"
			fi
		} >&2
		exit 1
	fi
	# The last line of progress has the count: "fuzz: elapsed: 20s, execs: 123456 (6172/sec), new interesting: 1 (total: 42)".
	execs=$(sed -n 's/.*execs: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	total=$((total + ${execs:-0}))
	summary+=("$(printf '%12d  %s  %s' "${execs:-0}" "$name" "${package##*/internal/}")")
done

echo
echo "fuzz: ${#summary[@]} targets, $fuzztime each, $total executions, no failure"
printf '%s\n' "${summary[@]}"
