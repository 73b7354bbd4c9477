#!/usr/bin/env bash
# Copyright (c) mesibo-community contributors
# SPDX-License-Identifier: MPL-2.0

# Runs the live tests on a disposable test app:
#
#   MESIBO_APP_TOKEN               its app token
#   MESIBO_ENDPOINT                of an on-premise server; else the hosted service
#   MESIBO_THIS_APP_IS_DISPOSABLE  yes; or yes,yes for an app that has users of others
#
# It sends at most one request a second, and only about users whose addresses begin
# with tf-mesibo-test-. With -sweep=all it only deletes such users and groups.
set -euo pipefail

cd "$(dirname "$0")/.."

export MESIBO_LIVE=1 TF_ACC=1 CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE=/dev/null
unset MESIBO_PROFILE MESIBO_LOOKUPS MESIBO_MAX_RETRIES MESIBO_REQUEST_TIMEOUT MESIBO_REQUESTS_PER_SECOND MESIBO_CA_CERT_FILE
if (($# > 0)); then
	exec go test -count=1 -timeout=30m ./internal/probe/livetest "$@"
fi
TF_ACC_TERRAFORM_PATH=$(tools/find-cli.sh terraform)
export TF_ACC_TERRAFORM_PATH
.bin/gotestsum --format testname -- -count=1 -timeout=60m -run=^TestAcc -parallel=1 ./internal/probe/livetest
