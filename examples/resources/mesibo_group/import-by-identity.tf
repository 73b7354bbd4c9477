import {
  to = mesibo_group.testers
  identity = {
    gid = "97284"
  }
}
