data "mesibo_groups" "test" {
  name_pattern = "Test*"
}

output "gids" {
  value = { for group in data.mesibo_groups.test.groups : group.gid => group.name }
}
