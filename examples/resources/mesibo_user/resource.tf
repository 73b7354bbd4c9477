# A user with a token for one App ID. The token lives for a year.
resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "com.example.app"
}

# A short-lived token that is renewed by the first run in its last week, and at every release.
resource "mesibo_user" "bob" {
  address = "bob@example.com"
  name    = "Bob"
  appid   = "com.example.app"

  expiry                = 30 * 24 * 60
  early_renewal_minutes = 7 * 24 * 60
  token_keepers = {
    release = "2026.1"
  }
}

# A user with a token of the newer format, who communicates with users that the back end has paired with it.
resource "mesibo_user" "carol" {
  address = "carol@example.com"
  appid   = "com.example.app"

  token_version = 2
  permissions = {
    peers = "paired"
  }
}

# A user without a token.
resource "mesibo_user" "support" {
  address = "support"
  name    = "Support"
}

output "alice_token" {
  value     = mesibo_user.alice.token
  sensitive = true
}
