import {
  to = mesibo_group_members.testers
  identity = {
    gid = "97284"
  }
}
