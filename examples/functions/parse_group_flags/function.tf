# What the flags mean that the mesibo console shows.
output "meaning" {
  value = provider::mesibo::parse_group_flags(65537)
}
