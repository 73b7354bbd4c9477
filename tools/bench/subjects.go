// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// appToken is the app token of the emulated app.
const appToken = "k3v9q0z7m2x8c4b6n1l5j7h9g3f2d8s4a6p0o1i7u5y3t9r2e8w4q6z1x7c3v5b9" //nolint:gosec // A made-up one.

// parallelism is how many resources a CLI works on at once by default.
const parallelism = 10

// The operations that are measured, in this order.
const (
	opCreate  = "create"
	opPlan    = "plan" // without a change
	opDestroy = "destroy"
)

var operations = []string{opCreate, opPlan, opDestroy}

// The names of the subjects.
const (
	terraformData     = "terraform_data"
	baseline          = "baseline"
	randomID          = "random_id"
	mesiboUser        = "mesibo_user"
	mesiboUserBulk    = "mesibo_user+bulk_reads"
	mesiboUsers10     = "mesibo_users-10"
	mesiboUsers50     = "mesibo_users-50"
	terraformDataCurl = "terraform_data+curl"
	xargs10           = "xargs-10"
	xargs50           = "xargs-50"
)

// subject is what is measured: a way to manage users, or a baseline.
type subject struct {
	name  string // in flags and results
	title string // in tables and the plot

	// config returns the configuration for n users. A subject without one needs no CLI: a shell runs curl, in so many
	// processes at once.
	config    func(n int) string
	processes int

	// requests returns how many requests of each op the operations send for n users. A baseline has none.
	requests func(n int) map[string]map[string]int
}

// subjects are all of them, in the order of the tables.
var subjects = []subject{
	{name: terraformData, title: "`terraform_data`: the CLI by itself", config: terraformDataConfig},
	{name: baseline, title: "a provider that does nothing", config: baselineConfig},
	{name: randomID, title: "`random_id` of hashicorp/random", config: randomIDConfig},
	{name: mesiboUser, title: "`mesibo_user`", config: mesiboUserConfig(false), requests: func(n int) map[string]map[string]int {
		return map[string]map[string]int{
			opCreate:  {"usersget": n, "useradd": n},
			opPlan:    {"usersget": n},
			opDestroy: {"usersget": 2 * n, "userdel": n}, // the refresh, and the look before each delete
		}
	}},
	// A list of 20 may have been cut by a server, so 20 users would be looked up one by one.
	{name: mesiboUserBulk, title: "`mesibo_user` with `bulk_reads`", config: mesiboUserConfig(true), requests: func(n int) map[string]map[string]int {
		return map[string]map[string]int{
			opCreate:  {"usersget": n, "useradd": n},
			opPlan:    {"usersget": 1},
			opDestroy: {"usersget": n + 1, "userdel": n},
		}
	}},
	{name: mesiboUsers10, title: "`mesibo_users`, 10 requests at once", config: mesiboUsersConfig(10), requests: mesiboUsersRequests},
	{name: mesiboUsers50, title: "`mesibo_users`, 50 requests at once", config: mesiboUsersConfig(50), requests: mesiboUsersRequests},
	{name: terraformDataCurl, title: "`terraform_data` with curl", config: terraformDataCurlConfig, requests: curlRequests},
	{name: xargs10, title: "`xargs -P10 curl`", processes: 10, requests: curlRequests},
	{name: xargs50, title: "`xargs -P50 curl`", processes: 50, requests: curlRequests},
}

// find returns the subject of a name, nil when there is none.
func find(name string) *subject {
	i := slices.IndexFunc(subjects, func(s subject) bool { return s.name == name })
	if i < 0 {
		return nil
	}

	return &subjects[i]
}

// names returns the names of all subjects.
func names() []string {
	var all []string
	for _, s := range subjects {
		all = append(all, s.name)
	}

	return all
}

// command returns what runs an operation; nothing when the subject does not have it.
func (s *subject) command(cli, operation string, n int) []string {
	switch {
	case s.config == nil && operation == opPlan:
		return nil
	case s.config == nil:
		op := map[string]string{opCreate: "useradd", opDestroy: "userdel"}[operation]
		script := fmt.Sprintf("seq 0 %d | xargs -P%d -I{} sh -c 'ADDRESS=user-{}@example.com; %s'", n-1, s.processes, curl(op))

		return []string{"sh", "-euc", script}
	case operation == opPlan:
		return []string{cli, "plan", "-detailed-exitcode"} // It fails when there is a change.
	default:
		return []string{cli, map[string]string{opCreate: "apply", opDestroy: "destroy"}[operation], "-auto-approve"}
	}
}

func terraformDataConfig(n int) string {
	return fmt.Sprintf(`
resource "terraform_data" "test" {
  count = %d
  input = {
    address = "user-${count.index}@example.com"
    appid   = "com.example.app"
  }
}
`, n)
}

func baselineConfig(n int) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    baseline = { source = "mesibo-community/baseline" }
  }
}

resource "baseline_user" "test" {
  count   = %d
  address = "user-${count.index}@example.com"
  appid   = "com.example.app"
}
`, n)
}

func randomIDConfig(n int) string {
	return fmt.Sprintf(`
terraform {
  required_providers {
    random = { source = "hashicorp/random" }
  }
}

resource "random_id" "test" {
  count       = %d
  byte_length = 24
  prefix      = "user-${count.index}@example.com"
}
`, n)
}

// mesiboUserConfig has blocks of at most a thousand users. For each user a CLI copies the state of all those in its block,
// so that it had not destroyed one block of 10,000 after 25 minutes.
func mesiboUserConfig(bulkReads bool) func(n int) string {
	return func(n int) string {
		const blockSize = 1000
		var config strings.Builder
		fmt.Fprintf(&config, `
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

provider "mesibo" {
  bulk_reads = %t
}
`, bulkReads)
		for first := 0; first < n; first += blockSize {
			fmt.Fprintf(&config, `
resource "mesibo_user" "from_%d" {
  count   = %d
  address = "user-${%d + count.index}@example.com"
  appid   = "com.example.app"
}
`, first, min(blockSize, n-first), first)
		}

		return config.String()
	}
}

// mesiboUsersConfig lists the users, because range() of the CLIs ends at 1,024.
func mesiboUsersConfig(concurrency int) func(n int) string {
	return func(n int) string {
		var users strings.Builder
		for i := range n {
			fmt.Fprintf(&users, "    \"user-%d@example.com\" = null\n", i)
		}

		return fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

resource "mesibo_users" "test" {
  concurrency = %d
  appid       = "com.example.app"
  users = {
%s  }
}
`, concurrency, users.String())
	}
}

// mesiboUsersRequests are a list where mesibo_user sends a lookup for each user.
func mesiboUsersRequests(n int) map[string]map[string]int {
	return map[string]map[string]int{
		opCreate:  {"usersget": 1, "useradd": n},
		opPlan:    {"usersget": 1},
		opDestroy: {"usersget": 2, "userdel": n},
	}
}

// terraformDataCurlConfig is what people write without a provider: the reply, with the token, goes into a file.
func terraformDataCurlConfig(n int) string {
	return fmt.Sprintf(`
resource "terraform_data" "test" {
  count = %d
  input = "user-${count.index}@example.com"

  provisioner "local-exec" {
    command     = %q
    environment = { ADDRESS = self.input }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = %q
    environment = { ADDRESS = self.input }
  }
}
`, n, strings.Replace(curl("useradd"), "-o /dev/null", `-o "tokens-$ADDRESS.json"`, 1), curl("userdel"))
}

// curl returns a command that sends an op for the user $ADDRESS.
func curl(op string) string {
	return `curl -fsS -o /dev/null -H "Content-Type: application/json" ` +
		`-d "{\"op\":\"` + op + `\",\"token\":\"$MESIBO_APP_TOKEN\",\"user\":{\"address\":\"$ADDRESS\",\"token\":{\"appid\":\"com.example.app\"}}}" ` +
		`"$MESIBO_ENDPOINT"`
}

func curlRequests(n int) map[string]map[string]int {
	return map[string]map[string]int{opCreate: {"useradd": n}, opPlan: {}, opDestroy: {"userdel": n}}
}
