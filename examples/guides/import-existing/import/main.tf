# Imports what app.json has. From then on the file says what the app has.

terraform {
  required_version = ">= 1.7" # import blocks with for_each

  required_providers {
    mesibo = {
      source  = "mesibo-community/mesibo"
      version = "~> 0.1"
    }
  }
}

provider "mesibo" {}

locals {
  app = jsondecode(file("${path.module}/app.json"))
}

import {
  for_each = local.app.users
  to       = mesibo_user.all[each.key]
  id       = each.key
}

resource "mesibo_user" "all" {
  for_each = local.app.users

  address = each.key
  active  = each.value.active
  appid   = each.value.appid
}

import {
  for_each = local.app.groups
  to       = mesibo_group.all[each.key]
  id       = each.key
}

resource "mesibo_group" "all" {
  for_each = local.app.groups

  name           = each.value.name
  send           = each.value.send
  receive        = each.value.receive
  publish        = each.value.publish
  subscribe      = each.value.subscribe
  list           = each.value.list
  store_messages = each.value.store_messages
  loopback       = each.value.loopback
}

import {
  for_each = local.app.members
  to       = mesibo_group_member.all[each.key]
  id       = each.key
}

resource "mesibo_group_member" "all" {
  for_each = local.app.members

  gid           = mesibo_group.all[each.value.gid].gid
  address       = mesibo_user.all[each.value.address].address
  can_send      = each.value.can_send
  can_receive   = each.value.can_receive
  can_publish   = each.value.can_publish
  can_subscribe = each.value.can_subscribe
  can_list      = each.value.can_list
}
