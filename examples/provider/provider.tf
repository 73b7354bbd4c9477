terraform {
  required_providers {
    mesibo = {
      source = "mesibo-community/mesibo"
    }
  }
}

# The app token comes from the environment: export MESIBO_APP_TOKEN=...
provider "mesibo" {}

resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "com.example.app"
}

output "alice_token" {
  value     = mesibo_user.alice.token
  sensitive = true
}
