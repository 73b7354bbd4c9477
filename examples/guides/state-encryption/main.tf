# OpenTofu encrypts state and plan files itself, before they reach any back end.
#
#   export TF_VAR_state_passphrase='at least 16 characters'

terraform {
  required_providers {
    mesibo = {
      source = "mesibo-community/mesibo"
    }
  }

  encryption {
    key_provider "pbkdf2" "passphrase" {
      passphrase = var.state_passphrase
    }

    method "aes_gcm" "state" {
      keys = key_provider.pbkdf2.passphrase
    }

    state {
      method   = method.aes_gcm.state
      enforced = true # refuse to write plain text
    }

    plan {
      method   = method.aes_gcm.state
      enforced = true
    }
  }
}

variable "state_passphrase" {
  description = "Encrypts the state; at least 16 characters. Without it the state is lost."
  type        = string
  sensitive   = true
}

provider "mesibo" {}

resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "com.example.app"
}

output "alice_token" {
  value     = mesibo_user.alice.token
  sensitive = true
}
