# A user of the Android, iOS and web builds of one product: a token for each of them.
resource "mesibo_user" "alice" {
  address = "alice@example.com"
  name    = "Alice"
}

resource "mesibo_user_token" "alice" {
  for_each = {
    android = "com.example.app"
    ios     = "com.example.ios"
    web     = "web.example.com"
  }

  address = mesibo_user.alice.address # a reference, so that the user is created first
  appid   = each.value

  expiry                = 90 * 24 * 60 # minutes
  early_renewal_minutes = 14 * 24 * 60

  token_keepers = {
    release = "2026.1"
    uid     = mesibo_user.alice.uid # a user that is replaced loses its tokens
  }
}

output "alice_tokens" {
  value     = { for platform, held in mesibo_user_token.alice : platform => held.token }
  sensitive = true
}
