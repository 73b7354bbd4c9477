# A group in which all members talk to each other.
resource "mesibo_group" "testers" {
  name = "Testers"
}

# A channel: selected members send, everybody in it receives, and its members are not listed.
resource "mesibo_group" "news" {
  name = "News"
  send = "selected"
  list = "selected"
}

output "testers_gid" {
  value = mesibo_group.testers.gid
}
