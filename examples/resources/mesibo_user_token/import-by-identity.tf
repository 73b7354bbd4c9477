import {
  to = mesibo_user_token.alice["android"]
  identity = {
    address = "alice@example.com"
    appid   = "com.example.app"
  }
}
