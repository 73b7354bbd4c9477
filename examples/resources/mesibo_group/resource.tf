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

# A group that mesibo deletes after ten years.
resource "mesibo_group" "archive" {
  name           = "Archive"
  expiry_seconds = 10 * 365 * 24 * 60 * 60
}

output "testers_gid" {
  value = mesibo_group.testers.gid
}
