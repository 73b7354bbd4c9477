import {
  to = mesibo_group.testers
  id = "97284"
}
