#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Proves that the commit that is checked out makes a whole release, and publishes
# nothing: builds it twice, in two clones, signed with a key that lives as long as
# this script, verifies the signature, and lets tools/test/checkrelease look at
# every file. The first build is left in dist/.
#
# The second build differs in folder, umask and time zone. It shares Go's build
# cache and so only links anew; COLD=1 also compiles this machine's target from
# nothing, which costs another minute of processor time.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD

if ! command -v gpg >/dev/null; then
	echo "gpg is needed to sign the checksums, and there is none: install GnuPG" >&2
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

export PATH=$root/.bin:$PATH # for the writer of the bill of materials

# quietly COMMAND...: shows what a command prints only if it fails.
quietly() {
	if ! "$@" >"$tmp/log" 2>&1; then
		cat "$tmp/log" >&2
		exit 1
	fi
}

# build FOLDER: clones the commit into a folder and builds the release there.
build() {
	git clone --quiet "$root" "$1"
	cd "$1" # GoReleaser asks for a remote: a clone has one
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
# A check that cannot fail proves nothing.
if sed 's/^./x/' "$sums" | gpg --batch --quiet --verify "$sums.sig" - 2>/dev/null; then
	echo "the signature is good for other checksums too" >&2
	exit 1
fi

echo "==> check every file"
go -C tools/test run ./checkrelease "$first" "$second"

if [[ -n ${COLD-} ]]; then
	echo "==> compile this machine's target from nothing"
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
echo "==> the release is proven, in $SECONDS s; dist/ has it"
