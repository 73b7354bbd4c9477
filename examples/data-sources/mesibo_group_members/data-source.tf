data "mesibo_group_members" "testers" {
  gid = "97284"
}

output "senders" {
  value = [for member in data.mesibo_group_members.testers.members : member.address if member.can_send]
}
