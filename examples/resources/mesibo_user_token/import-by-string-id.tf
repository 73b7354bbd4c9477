import {
  to = mesibo_user_token.alice["android"]
  id = "alice@example.com/com.example.app"
}
