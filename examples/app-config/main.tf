# Test users, a token for each of their App IDs, and what apps read to log in as
# them: outputs, and files if var.directory is set.
#
#   export MESIBO_APP_TOKEN=...   # from the mesibo console
#   terraform init && terraform apply
#   terraform output -raw android

terraform {
  required_version = ">= 1.5"

  required_providers {
    mesibo = {
      source = "mesibo-community/mesibo"
    }
    local = {
      source  = "hashicorp/local"
      version = ">= 2.2"
    }
  }
}

provider "mesibo" {}

resource "mesibo_user" "this" {
  for_each = var.users

  address = each.value.address
  name    = each.value.name
}

locals {
  # By App ID, not by platform: apps that share an App ID share the token, for a
  # new one would end the other.
  tokens = {
    for pair in setproduct(keys(var.users), distinct(flatten([for appid in values(var.app_ids) : appid[*]]))) :
    "${pair[0]}/${pair[1]}" => { user = pair[0], appid = pair[1] }
  }
}

resource "mesibo_user_token" "this" {
  for_each = local.tokens

  address = mesibo_user.this[each.value.user].address
  appid   = each.value.appid
  expiry  = var.expiry

  # Tokens end with their user, so one that is created again gets new ones.
  token_keepers = { uid = mesibo_user.this[each.value.user].uid }
}

resource "local_sensitive_file" "config" {
  for_each = {
    for format, file in local.files : format => file if var.directory != null
  }

  filename             = "${var.directory}/${each.value}"
  content              = local.rendered[each.key]
  file_permission      = "0600"
  directory_permission = "0700"

  lifecycle {
    precondition {
      condition     = each.key != "ios" || local.xcconfig_holds_all
      error_message = local.xcconfig_refusal
    }
  }
}
