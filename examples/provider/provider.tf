terraform {
  required_providers {
    mesibo = {
      source  = "mesibo-community/mesibo"
      version = "~> 0.1"
    }
  }
}

provider "mesibo" {} # the app token comes from the environment variable MESIBO_APP_TOKEN

resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "com.example.app" # Android package, iOS bundle ID, else what the app passes to setAppName

  timeouts {
    create = "5m"
  }
}

output "alice_token" {
  value     = mesibo_user.alice.token
  sensitive = true
}
