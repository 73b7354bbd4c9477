resource "mesibo_user" "alice" {
  address = "alice@example.com"
}

resource "mesibo_group" "testers" {
  name = "Testers"
}

# Alice reads what others send to the group. Its other members are left alone.
resource "mesibo_group_member" "alice" {
  gid      = mesibo_group.testers.gid
  address  = mesibo_user.alice.address
  can_send = false
}
