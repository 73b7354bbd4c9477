// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
)

// appToken is of the emulated app.
const appToken = "k3v9q0z7m2x8c4b6n1l5j7h9g3f2d8s4a6p0o1i7u5y3t9r2e8w4q6z1x7c3v5b9" //nolint:gosec // A made-up one.

// parallelism is how many resources a CLI works on at once, its default, and how many processes xargs starts.
const parallelism = 10

// The systems that are compared.
const (
	systemMesibo        = "mesibo_user"
	systemFloor         = "do-nothing provider"
	systemTerraformData = "terraform_data"
	systemLocalExec     = "terraform_data with curl"
	systemXargs         = "xargs curl"
)

// The phases that are measured. The plan with bulk_reads is of mesibo_user alone.
const (
	phaseCreate   = "create"
	phasePlan     = "plan"
	phaseBulkPlan = "plan, bulk_reads"
	phaseDestroy  = "destroy"
)

// A shape is how a resource gets its instances.
const (
	shapeCount   = "count"
	shapeForEach = "for_each"
)

// requests is how many requests a phase is to send for each user, if the system sends any.
func requests(system, phase string) map[string]int {
	switch system {
	case systemMesibo:
		return map[string]map[string]int{
			phaseCreate:   {"usersget": 1, "useradd": 1},
			phasePlan:     {"usersget": 1},
			phaseBulkPlan: {}, // one, however many users there are
			phaseDestroy:  {"usersget": 1, "userdel": 1},
		}[phase]
	case systemLocalExec, systemXargs:
		return map[string]map[string]int{phaseCreate: {"useradd": 1}, phaseDestroy: {"userdel": 1}}[phase]
	default:
		return nil
	}
}

// configuration returns what a CLI is to apply.
func configuration(system, shape string, n int, bulkReads bool) string {
	address := "user-${count.index}@example.com"
	instances := fmt.Sprintf("count = %d", n)
	locals := ""
	if shape == shapeForEach {
		address = "user-${each.key}@example.com"
		instances = "for_each = local.users"
		locals = "\nlocals {\n  users = toset(jsondecode(file(\"users.json\")))\n}\n" // range() ends at 1,024
	}
	user := fmt.Sprintf("\n  %s\n  address = %q\n  appid   = \"com.example.app\"\n", instances, "@")
	user = strings.Replace(user, "@", address, 1)

	switch system {
	case systemMesibo:
		return locals + fmt.Sprintf(`
terraform {
  required_providers {
    mesibo = { source = "mesibo-community/mesibo" }
  }
}

provider "mesibo" {
  bulk_reads = %t
}

resource "mesibo_user" "test" {%s}
`, bulkReads, user)
	case systemFloor:
		return locals + fmt.Sprintf(`
terraform {
  required_providers {
    floor = { source = "mesibo-community/floor" }
  }
}

resource "floor_user" "test" {%s}
`, user)
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
	default: // What people write who have no provider: the reply, with the token, goes into a file.
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

// curl is the command that sends an op for the user $ADDRESS.
func curl(op string) string {
	return `curl -fsS -o /dev/null -H "Content-Type: application/json" ` +
		`-d "{\"op\":\"` + op + `\",\"token\":\"$MESIBO_APP_TOKEN\",\"user\":{\"address\":\"$ADDRESS\",\"token\":{\"appid\":\"com.example.app\"}}}" ` +
		`"$MESIBO_ENDPOINT"`
}

// loop is a shell script that sends an op for all users, without any CLI.
func loop(op string, n int) string {
	return fmt.Sprintf("seq 0 %d | xargs -P%d -I{} sh -c 'ADDRESS=user-{}@example.com; %s'", n-1, parallelism, curl(op))
}
