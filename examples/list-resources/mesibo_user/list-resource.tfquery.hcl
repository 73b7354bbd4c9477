# All users of one domain, with what an import would bring into the state:
#
#   terraform query -generate-config-out=users.tf
list "mesibo_user" "example" {
  provider         = mesibo
  include_resource = true

  config {
    address_pattern = "*@example.com"
  }
}
