# A hundred users for a load test, with a token each.
resource "mesibo_users" "load_test" {
  users = { for n in range(100) : format("load-test-%03d", n) => null }
  appid = "com.example.app"

  expiry      = 24 * 60
  concurrency = 20
}

# Users with names. A token is renewed by the first run in its last week.
resource "mesibo_users" "team" {
  users = {
    "alice@example.com" = "Alice"
    "bob@example.com"   = "Bob"
  }
  appid = "com.example.app"

  expiry                = 30 * 24 * 60
  early_renewal_minutes = 7 * 24 * 60
}

output "load_test_tokens" {
  value     = mesibo_users.load_test.tokens
  sensitive = true
}
