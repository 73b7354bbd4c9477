#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Checks every script with ShellCheck. It is not written in Go, so no module pins it:
# the one on PATH is used, else that of Debian's package, unpacked into .bin/.
set -euo pipefail

cd "$(dirname "$0")/.."
scripts=(tools/*.sh .ci/run)

for script in "${scripts[@]}"; do
	bash -n "$script"
done

shellcheck=$(command -v shellcheck || echo .bin/shellcheck)
if [[ ! -x $shellcheck ]] && command -v apt-get dpkg-deb >/dev/null; then
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	if (cd "$tmp" && apt-get download shellcheck && dpkg-deb -x shellcheck_*.deb .) >"$tmp/log" 2>&1; then
		mkdir -p .bin
		cp "$tmp/usr/bin/shellcheck" .bin/
	fi
fi
if [[ ! -x $shellcheck ]]; then
	echo "NOTE: there is no shellcheck, so the scripts are only parsed. Install ShellCheck to have them checked." >&2
	exit
fi
"$shellcheck" "${scripts[@]}"
