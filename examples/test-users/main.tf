# Two test users of an app, and what the app needs to log in as them.
#
#   terraform apply
#   terraform output -json app_config
#   terraform apply -var rotation=second   # new tokens for the same users

terraform {
  required_providers {
    mesibo = {
      source  = "mesibo-community/mesibo"
      version = "~> 0.1"
    }
  }
}

provider "mesibo" {}

locals {
  # Android package, iOS bundle ID, else what the app passes to setAppName.
  appid = "com.mesibo.firstapp"

  # Addresses are the keys, so adding or removing one touches no other user.
  test_users = {
    "alice@example.com" = "Alice"
    "bob@example.com"   = "Bob"
  }
}

variable "rotation" {
  description = "A new value gives every user a new token, in place."
  type        = string
  default     = "first"
}

resource "mesibo_user" "test" {
  for_each = local.test_users

  address = each.key
  name    = each.value
  appid   = local.appid

  token_keepers = { rotation = var.rotation }
}

output "uids" {
  description = "User ids that mesibo has given."
  value       = { for address, user in mesibo_user.test : address => user.uid }
}

output "app_config" {
  description = "For the app: pass a token to setAccessToken. Shown only by terraform output -json app_config."
  sensitive   = true
  value = {
    appid  = local.appid
    tokens = { for address, user in mesibo_user.test : address => user.token }
  }
}
