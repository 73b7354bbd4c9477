import {
  to = mesibo_group_member.alice
  id = "97284/alice@example.com"
}
