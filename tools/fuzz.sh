#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Runs each fuzz target for FUZZTIME, a minute unless it says otherwise, and stops at the first that finds something.
# What it finds is written below testdata/fuzz of the package, from where `go test` replays it from then on.
set -euo pipefail

cd "$(dirname "$0")/.."
time=${FUZZTIME:-1m}
targets=0

for package in $(grep -rl --include='*_test.go' '^func Fuzz' internal | sed 's|[^/]*$||; s|^|./|' | sort -u); do
	for target in $(grep -h '^func Fuzz' "$package"*_test.go | sed 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/'); do
		echo "=== $package $target, $time"
		if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"; then
			echo "$target failed; the input is in ${package}testdata/fuzz/$target: keep it with the fix" >&2
			exit 1
		fi
		targets=$((targets + 1))
	done
done
echo "$targets fuzz targets ran for $time each, and found nothing"
