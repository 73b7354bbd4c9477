import {
  to = mesibo_group_members.testers
  id = "97284"
}
