terraform {
  required_providers {
    mesibo = {
      source  = "mesibo-community/mesibo"
      version = "~> 0.1"
    }
  }
}

provider "mesibo" {} # the app token comes from MESIBO_APP_TOKEN

resource "mesibo_user" "alice" {
  address = "alice@example.com" # any string that is unique in your app
  appid   = "com.example.app"   # Android package, iOS bundle ID, else what the app passes to setAppName
}

output "alice_token" {
  value     = mesibo_user.alice.token # the app passes it to setAccessToken
  sensitive = true
}
