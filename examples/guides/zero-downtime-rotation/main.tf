# Two App IDs take turns, so that the tokens of one live on while those of the other are replaced.
#
#   terraform apply                                   # both have a token, the apps use "blue"
#   terraform apply -var green=2026-12                # a new token for "green"; the apps go on with "blue"
#   terraform apply -var green=2026-12 -var use=green # the apps take "green"

terraform {
  required_providers {
    mesibo = {
      source = "mesibo-community/mesibo"
    }
  }
}

provider "mesibo" {}

variable "use" {
  description = "The App ID that the apps are given."
  type        = string
  default     = "blue"

  validation {
    condition     = contains(["blue", "green"], var.use)
    error_message = "Use blue or green."
  }
}

variable "blue" {
  description = "A new value replaces the token of the App ID blue."
  type        = string
  default     = "first"
}

variable "green" {
  description = "A new value replaces the token of the App ID green."
  type        = string
  default     = "first"
}

resource "mesibo_user" "alice" {
  address = "alice@example.com"
}

resource "mesibo_user_token" "alice" {
  for_each = { blue = var.blue, green = var.green }

  address       = mesibo_user.alice.address
  appid         = "com.example.app.${each.key}"
  token_keepers = { rotation = each.value }
}

output "app_config" {
  description = "What the apps are given: the App ID for setAppName, and its token for setAccessToken."
  sensitive   = true
  value = {
    appid = mesibo_user_token.alice[var.use].appid
    token = mesibo_user_token.alice[var.use].token
  }
}
