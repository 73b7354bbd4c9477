# A token that lives for 30 days and is renewed a week before.
resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "com.example.app"

  expiry                = provider::mesibo::expiry_minutes("30d")
  early_renewal_minutes = provider::mesibo::expiry_minutes("1w")
}

output "minutes" {
  value = provider::mesibo::expiry_minutes("1h30m") # 90
}
