#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Takes examples/quickstart from plan to destroy on this machine alone: the provider
# is built here, and the emulator is the server. Needs Go, git and make; a Terraform
# or OpenTofu on PATH is used, else one is built.
set -euo pipefail

cd "$(dirname "$0")/.."

# The caller's settings must not matter.
for name in $(compgen -e); do
	case $name in MESIBO_* | TF_*) unset "$name" ;; esac
done
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

tmp=$(mktemp -d)
emulator='' worker='' step=start

bold='' dim='' red='' off='' color=-no-color
if [[ -t 1 ]]; then
	bold=$'\e[1;36m' dim=$'\e[2m' red=$'\e[1;31m' off=$'\e[0m' color=''
fi

finish() {
	local code=$?
	trap - EXIT INT TERM
	if ((code != 0)); then
		printf '\n%sThe demo stopped at: %s (exit code %d)%s\n' "$red" "$step" "$code" "$off"
		if [[ -s $tmp/emulator.log ]]; then
			echo "The last lines of the emulator's log:"
			tail -n 20 "$tmp/emulator.log"
		fi
	fi
	for pid in $worker $emulator; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
	done
	rm -rf "$tmp"
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heading() {
	step=$1
	printf '\n%s==> %s%s\n' "$bold" "$step" "$off"
}

# work TEXT COMMAND...: runs a command that takes a while, and counts the seconds on
# a terminal. The output of the command goes to $tmp/work.
work() {
	local text=$1 start=$SECONDS
	step=$text
	shift
	if [[ ! -t 1 ]]; then echo "$text ..."; fi
	"$@" >"$tmp/work" 2>"$tmp/work.err" &
	worker=$!
	if [[ -t 1 ]]; then
		while kill -0 "$worker" 2>/dev/null; do
			printf '\r%s ... %ds' "$text" $((SECONDS - start))
			sleep 0.2
		done
		printf '\r\e[K'
	fi
	if ! wait "$worker"; then
		worker=''
		cat "$tmp/work.err" >&2
		return 1
	fi
	worker=''
	echo "$text: done in $((SECONDS - start)) s"
}

# tf ARGUMENT...: prints and runs a command of the CLI on the copy of the example.
tf() {
	local shown="$* "
	shown=${shown//-no-color /}
	printf '%s$ %s %s%s\n' "$dim" "${cli##*/}" "${shown% }" "$off"
	"$cli" -chdir="$tmp/quickstart" "$@"
}

heading "Build the provider and the emulator"
mkdir "$tmp/bin"
work "Building the provider" go build -o "$tmp/bin/terraform-provider-mesibo" .
work "Building the emulator" go build -o "$tmp/bin/mesibo-emulator" ./internal/emulator/cmd
work "Choosing a CLI (without one on PATH, OpenTofu is built once, which takes minutes)" tools/find-cli.sh any
cli=$(<"$tmp/work")
"$cli" version | sed -n 1p

heading "Start the emulator"
export MESIBO_APP_TOKEN=demo-only-app-token-of-the-emulator-0123456789abcdef
"$tmp/bin/mesibo-emulator" -addr 127.0.0.1:0 -app-token "$MESIBO_APP_TOKEN" -ready-file "$tmp/ready" \
	>"$tmp/emulator.out" 2>"$tmp/emulator.log" &
emulator=$!
for ((i = 0; i < 100; i++)); do
	[[ -e $tmp/ready ]] && break
	kill -0 "$emulator" # Stop if it did not start.
	sleep 0.1
done
MESIBO_ENDPOINT=$(sed -n 's/^endpoint: //p' "$tmp/emulator.out")
export MESIBO_ENDPOINT=${MESIBO_ENDPOINT:?the emulator did not say where it listens}
echo "The emulator is at $MESIBO_ENDPOINT, process $emulator"

heading "Point the CLI at the provider built here"
# The development override has plan and apply start the binary just built. With some
# CLIs init looks for a provider that is overridden, so a mirror offers that binary.
platform=$(go env GOOS)_$(go env GOARCH)
for host in registry.terraform.io registry.opentofu.org; do
	mirror=$tmp/mirror/$host/mesibo-community/mesibo/99.0.0/$platform
	mkdir -p "$mirror"
	ln -s "$tmp/bin/terraform-provider-mesibo" "$mirror/terraform-provider-mesibo_v99.0.0"
done
export TF_CLI_CONFIG_FILE=$tmp/cli.tfrc
cat >"$TF_CLI_CONFIG_FILE" <<EOF
provider_installation {
  dev_overrides {
    "mesibo-community/mesibo" = "$tmp/bin"
  }
  filesystem_mirror {
    path = "$tmp/mirror"
  }
}
EOF
cat "$TF_CLI_CONFIG_FILE"
mkdir "$tmp/quickstart"
cp examples/quickstart/*.tf "$tmp/quickstart"

heading "init: the real provider, nothing downloaded"
tf init $color

heading "plan: what apply will create"
tf plan $color -out=first.tfplan

heading "apply: create it"
tf apply $color first.tfplan

heading "output: sensitive values stay hidden"
tf output $color

heading "output by name: what an app needs, shown on request"
tf output -json app_config

heading "plan again: nothing is left to do"
tf plan $color -detailed-exitcode

heading "rotate: new tokens in place, for the same users"
before=$("$cli" -chdir="$tmp/quickstart" output -json)
tf apply $color -auto-approve -var rotation=second
after=$("$cli" -chdir="$tmp/quickstart" output -json)
# Every line of the outputs that is new is a token.
changed=$(comm -13 <(sort <<<"$before") <(sort <<<"$after") | wc -l)
echo "$((changed)) tokens have changed, and nothing else has"
((changed == 2))

heading "plan again: nothing is left to do"
tf plan $color -detailed-exitcode -var rotation=second

heading "destroy: leave nothing"
tf destroy $color -auto-approve

heading "Ask the emulator itself: no user is left"
# One POST by hand, since a machine may have no curl.
address=${MESIBO_ENDPOINT#http://}
body="{\"op\":\"usersget\",\"token\":\"$MESIBO_APP_TOKEN\",\"count\":20,\"user\":{\"address\":\"*\"}}"
exec 3<>"/dev/tcp/127.0.0.1/$(sed -E 's|^[^/]*:([0-9]+).*|\1|' <<<"$address")"
printf 'POST /%s HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
	"${address#*/}" "${#body}" "$body" >&3
reply=$(cat <&3)
exec 3>&-
grep -q '"result":true' <<<"$reply"
if grep -Eq '"users":\[[^]]' <<<"$reply"; then
	echo "a user is left in the emulator" >&2
	exit 1
fi
echo "no user is left"

heading "Stop the emulator"
kill "$emulator"
wait "$emulator" || true
emulator=''
printf '%sThe demo is done, and all that it created is deleted.%s\n' "$bold" "$off"
