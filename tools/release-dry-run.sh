#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Checks that the commit that is checked out makes a complete release, and publishes
# nothing: builds it twice, in two clones, signed with a key that exists only as long
# as this script runs, verifies the signature, and has tools/test/checkrelease check
# every file. The first build is left in dist/.
#
# The second build has another folder, umask and time zone. It shares Go's build
# cache, so it only links; COLD=1 also compiles the target of this machine without
# a cache, which takes another minute of processor time.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD

if ! command -v gpg >/dev/null; then
	echo "gpg is needed to sign the checksums: install GnuPG" >&2
	exit 1
fi
if [[ -n $(git status --porcelain) ]]; then
	echo "a release is built from a commit, so commit or stash these first:" >&2
	git status --short >&2
	exit 1
fi

tmp=$(mktemp -d)
export GNUPGHOME=$tmp/gnupg
finish() {
	gpgconf --kill gpg-agent >/dev/null 2>&1 || true
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

echo "==> make a key for this run"
mkdir -m 700 "$GNUPGHOME"
# The registry takes RSA keys only.
gpg --batch --quiet --passphrase '' --quick-generate-key 'release dry run' rsa3072 sign 1d
GPG_FINGERPRINT=$(gpg --quiet --no-auto-check-trustdb --list-keys --with-colons | awk -F: '$1 == "fpr" {print $10; exit}')
export GPG_FINGERPRINT

export PATH=$root/.bin:$PATH # for cyclonedx-gomod

# quietly COMMAND...: shows the output of a command only if it fails.
quietly() {
	if ! "$@" >"$tmp/log" 2>&1; then
		cat "$tmp/log" >&2
		exit 1
	fi
}

# build FOLDER: clones the commit into a folder and builds the release there.
build() {
	git clone --quiet "$root" "$1"
	cd "$1" # GoReleaser needs a remote, which a clone has.
	quietly goreleaser release --snapshot --clean --parallelism 2
}

first=$tmp/first second=$tmp/another/folder
echo "==> build every target, the bill of materials and the signed checksums"
(
	umask 022
	build "$first"
)
echo "==> build all of it again, elsewhere"
(
	umask 002
	export TZ=Pacific/Kiritimati
	build "$second"
)

echo "==> verify the signature of the checksums"
sums=$(echo "$first"/dist/*_SHA256SUMS)
gpg --batch --verify "$sums.sig" "$sums"
# The check has to fail for other checksums.
if sed 's/^./x/' "$sums" | gpg --batch --quiet --verify "$sums.sig" - 2>/dev/null; then
	echo "the signature is good for other checksums too" >&2
	exit 1
fi

echo "==> check every file"
go -C tools/test run ./checkrelease "$first" "$second"

if [[ -n ${COLD-} ]]; then
	echo "==> compile the target of this machine without a cache"
	target=$(go env GOOS)_$(go env GOARCH)
	(
		cd "$second"
		export GOCACHE=$tmp/cache
		quietly goreleaser build --snapshot --clean --single-target --parallelism 2 --output "$tmp/cold"
	)
	cmp "$tmp/cold" "$(echo "$first"/dist/*_"$target"_*/terraform-provider-mesibo_v*)"
	echo "the same $target"
fi

rm -rf dist
mv "$first/dist" dist
echo "==> the release is complete, checked in $SECONDS s; it is in dist/"
