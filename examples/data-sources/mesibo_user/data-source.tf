data "mesibo_user" "alice" {
  address = "alice@example.com"
}

output "alice_uid" {
  value = data.mesibo_user.alice.uid
}
