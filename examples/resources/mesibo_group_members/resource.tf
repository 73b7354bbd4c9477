resource "mesibo_user" "alice" {
  address = "alice@example.com"
}

resource "mesibo_user" "bob" {
  address = "bob@example.com"
}

resource "mesibo_group" "testers" {
  name = "Testers"
  send = "selected"
}

# These two and nobody else. Bob only reads.
resource "mesibo_group_members" "testers" {
  gid = mesibo_group.testers.gid

  members = [
    { address = mesibo_user.alice.address },
    { address = mesibo_user.bob.address, can_send = false },
  ]
}
