data "mesibo_users" "example" {
  address_pattern = "*@example.com"

  lifecycle {
    postcondition {
      condition     = !self.truncated
      error_message = "The server does not show all users."
    }
  }
}

output "disabled" {
  value = [for user in data.mesibo_users.example.users : user.address if user.active == false]
}
