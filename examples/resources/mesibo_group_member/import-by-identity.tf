import {
  to = mesibo_group_member.alice
  identity = {
    gid     = "97284"
    address = "alice@example.com"
  }
}
