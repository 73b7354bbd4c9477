// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
)

// appToken is the app token of the emulated app.
const appToken = "k3v9q0z7m2x8c4b6n1l5j7h9g3f2d8s4a6p0o1i7u5y3t9r2e8w4q6z1x7c3v5b9" //nolint:gosec // A made-up one.

// parallelism is how many resources a CLI works on at once by default, and how many processes xargs starts.
const parallelism = 10

// The systems that are compared.
const (
	systemMesibo        = "mesibo_user"
	systemBaseline      = "do-nothing provider"
	systemTerraformData = "terraform_data"
	systemLocalExec     = "terraform_data with curl"
	systemXargs         = "xargs curl"
)

// The phases that are measured. Only mesibo_user has a plan with bulk_reads.
const (
	phaseCreate   = "create"
	phasePlan     = "plan"
	phaseBulkPlan = "plan, bulk_reads"
	phaseDestroy  = "destroy"
)

var phases = []string{phaseCreate, phasePlan, phaseBulkPlan, phaseDestroy}

// A shape is how a resource gets its instances.
const (
	shapeCount   = "count"
	shapeForEach = "for_each"
)

// requests returns how many requests of each op a phase should send.
func requests(c combination, phase string) map[string]int {
	n := c.Users
	switch c.System {
	case systemMesibo:
		return map[string]map[string]int{
			phaseCreate:   {"usersget": n, "useradd": n},
			phasePlan:     {"usersget": n},
			phaseBulkPlan: {"usersget": 1},
			phaseDestroy:  {"usersget": 2 * n, "userdel": n}, // the refresh, and the look before each delete
		}[phase]
	case systemLocalExec, systemXargs:
		return map[string]map[string]int{phaseCreate: {"useradd": n}, phaseDestroy: {"userdel": n}}[phase]
	default:
		return nil
	}
}

// configuration returns what a CLI applies.
func configuration(c combination, bulkReads bool) string {
	locals, instances, key := "", fmt.Sprintf("count = %d", c.Users), "count.index"
	if c.Shape == shapeForEach { // range() of the language ends at 1,024.
		locals = "locals {\n  users = toset(jsondecode(file(\"users.json\")))\n}\n"
		instances, key = "for_each = local.users", "each.key"
	}
	address := fmt.Sprintf("user-${%s}@example.com", key)
	resource := func(provider, block string) string {
		return fmt.Sprintf(`%s
terraform {
  required_providers {
    %[2]s = { source = "mesibo-community/%[2]s" }
  }
}

%s
resource "%[2]s_user" "test" {
  %[4]s
  address = "%[5]s"
  appid   = "com.example.app"
}
`, locals, provider, block, instances, address)
	}
	switch c.System {
	case systemMesibo:
		return resource("mesibo", fmt.Sprintf("provider \"mesibo\" {\n  bulk_reads = %t\n}\n", bulkReads))
	case systemBaseline:
		return resource("baseline", "")
	case systemTerraformData:
		return locals + fmt.Sprintf(`
resource "terraform_data" "test" {
  %s
  input = {
    address = "%s"
    appid   = "com.example.app"
  }
}
`, instances, address)
	default: // What people write without a provider: the reply, with the token, goes into a file.
		return locals + fmt.Sprintf(`
resource "terraform_data" "test" {
  %s
  input = "%s"

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
`, instances, address, strings.Replace(curl("useradd"), "-o /dev/null", `-o "tokens-$ADDRESS.json"`, 1), curl("userdel"))
	}
}

// curl returns a command that sends an op for the user $ADDRESS.
func curl(op string) string {
	return `curl -fsS -o /dev/null -H "Content-Type: application/json" ` +
		`-d "{\"op\":\"` + op + `\",\"token\":\"$MESIBO_APP_TOKEN\",\"user\":{\"address\":\"$ADDRESS\",\"token\":{\"appid\":\"com.example.app\"}}}" ` +
		`"$MESIBO_ENDPOINT"`
}

// loop returns a shell script that sends an op for all users, without a CLI.
func loop(op string, n int) string {
	return fmt.Sprintf("seq 0 %d | xargs -P%d -I{} sh -c 'ADDRESS=user-{}@example.com; %s'", n-1, parallelism, curl(op))
}
