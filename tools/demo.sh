#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Takes examples/test-users from plan to destroy on this machine alone: the provider
# is built here, and the emulator is the server. Needs Go, git and make; a Terraform
# or OpenTofu on PATH is used, else one is built.
#
#   KEEP=1      leaves the emulator running, and says how to use it
#   TERRAFORM, TOFU   name the CLI
set -euo pipefail

cd "$(dirname "$0")/.."

# The caller's settings must not matter.
for name in $(compgen -e); do
	case $name in MESIBO_* | TF_*) unset "$name" ;; esac
done
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

tmp=$(mktemp -d)
emulator='' step='start' number=0

bold='' dim='' red='' off='' color=-no-color
if [[ -t 1 ]]; then
	bold=$'\e[1;36m' dim=$'\e[2m' red=$'\e[1;31m' off=$'\e[0m' color=''
fi

finish() {
	local code=$?
	trap - EXIT INT TERM
	if ((code != 0)); then
		printf '\n%sThe demo stopped at step %d, %s (exit code %d)%s\n' "$red" "$number" "$step" "$code" "$off"
		if [[ -s $tmp/emulator.log ]]; then
			echo "The last lines of the emulator's log:"
			tail -n 20 "$tmp/emulator.log"
		fi
	fi
	if [[ -n $emulator ]]; then
		kill "$emulator" 2>/dev/null || true
		wait "$emulator" 2>/dev/null || true
	fi
	rm -rf "$tmp"
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# next STEP SENTENCE: begins the next step.
next() {
	step=$1
	printf '\n%s%d. %s%s\n%s\n' "$bold" $((++number)) "$step" "$off" "$2"
}

# quietly COMMAND...: shows the output of a command only if it fails.
quietly() {
	if ! "$@" >"$tmp/log" 2>&1; then
		cat "$tmp/log" >&2
		exit 1
	fi
}

# tf ARGUMENT...: prints and runs a command of the CLI on the copy of the example.
tf() {
	local shown="$* "
	shown=${shown//-no-color /}
	printf '%s$ %s %s%s\n' "$dim" "${cli##*/}" "${shown% }" "$off"
	"$cli" -chdir="$tmp/config" "$@"
}

# post BODY: one request by hand, since a machine may have no curl.
post() {
	local address=${MESIBO_ENDPOINT#http://} port
	port=${address%%/*}
	exec 3<>"/dev/tcp/127.0.0.1/${port#*:}"
	printf 'POST /%s HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${address#*/}" "${#1}" "$1" >&3
	cat <&3
	exec 3>&-
}

next "Build" "The provider and the emulator are built from this checkout; the first time takes a minute."
cli=$(tools/find-cli.sh any)
mkdir "$tmp/bin"
quietly go build -o "$tmp/bin/terraform-provider-mesibo" .
quietly go build -o "$tmp/bin/mesibo-emulator" ./internal/emulator/cmd
"$cli" version | sed -n 1p

next "Start an emulated mesibo" "It answers the Backend API on loopback, from memory, so no account is needed."
token=app-token-of-the-demo
# It outlives this terminal if it is to be kept.
(
	trap '' HUP
	exec "$tmp/bin/mesibo-emulator" -app-token "$token" -ready-file "$tmp/ready"
) >"$tmp/exports" 2>"$tmp/emulator.log" &
emulator=$!
for ((i = 0; i < 100; i++)); do
	[[ -e $tmp/ready ]] && break
	kill -0 "$emulator" # Stop if it did not start.
	sleep 0.1
done
export MESIBO_APP_TOKEN=$token
MESIBO_ENDPOINT=$(<"$tmp/ready")
export MESIBO_ENDPOINT
echo "It is at $MESIBO_ENDPOINT."

# A mirror has the provider that was just built, so init downloads nothing.
for host in registry.terraform.io registry.opentofu.org; do
	mirror=$tmp/mirror/$host/mesibo-community/mesibo/0.1.0/$(go env GOOS)_$(go env GOARCH)
	mkdir -p "$mirror"
	ln -s "$tmp/bin/terraform-provider-mesibo" "$mirror/terraform-provider-mesibo_v0.1.0"
done
export TF_CLI_CONFIG_FILE=$tmp/cli.tfrc
printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$tmp/mirror" >"$TF_CLI_CONFIG_FILE"
mkdir "$tmp/config"
cp examples/test-users/*.tf "$tmp/config"
quietly "$cli" -chdir="$tmp/config" init $color

next "Plan" "The configuration has two users; the plan shows what apply will create, and sends no request."
tf plan $color -out=first.tfplan

next "Apply" "Each user is created with a token in one request, after a lookup that shows that it does not exist."
tf apply $color first.tfplan

next "Outputs" "Terraform hides tokens, and shows them when they are asked for by name; these are tokens of the emulator."
tf output $color
tf output -json app_config
created=$("$cli" -chdir="$tmp/config" output -json uids | sed -E 's/"([^"]*)":"([^"]*)"/\1 (uid \2)/g; s/[{}]//g; s/,/, /g')

next "Plan again" "Nothing has changed, so there is nothing to do."
tf plan $color -detailed-exitcode

next "Rotate" "A new value in token_keepers mints new tokens, for the same users; the plan after it is empty."
before=$("$cli" -chdir="$tmp/config" output -json)
tf apply $color -auto-approve -var rotation=second
after=$("$cli" -chdir="$tmp/config" output -json)
# Every line of the outputs that is new is a token.
changed=$(comm -13 <(sort <<<"$before") <(sort <<<"$after") | wc -l)
((changed == 2))
quietly tf plan $color -detailed-exitcode -var rotation=second

next "Destroy" "The users and their tokens are deleted."
tf destroy $color -auto-approve

next "Ask the emulator" "It is asked without Terraform whether a user is left."
requests=$(awk '{count[$1]++; all++} END {printf "%d:", all; for (op in count) printf " %s %d", op, count[op]}' "$tmp/emulator.log")
reply=$(post "{\"op\":\"usersget\",\"token\":\"$token\",\"count\":20,\"user\":{\"address\":\"*\"}}")
grep -q '"result":true' <<<"$reply"
if grep -Eq '"users":\[[^]]' <<<"$reply"; then
	echo "a user is left in the emulator" >&2
	exit 1
fi
echo "No user is left."

printf '\n%sDone in %d s%s\n' "$bold" "$SECONDS" "$off"
printf '  %-30s %s\n' \
	"users created, and deleted" "$created" \
	"tokens changed by the rotation" "$((changed))" \
	"requests sent" "$requests"

if [[ -n ${KEEP-} ]]; then
	shown=${cli##*/}
	if [[ $(command -v "$shown") != "$cli" ]]; then shown=$cli; fi
	cat <<EOF

The emulator keeps running as process $emulator, until you type: kill $emulator
To use it, type in this folder:

$(sed 's/^/  /' "$tmp/exports")
  make install
  cd examples/quickstart
  $shown init
  $shown apply
EOF
	emulator=''
fi
