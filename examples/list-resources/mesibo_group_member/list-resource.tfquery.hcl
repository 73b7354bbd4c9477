list "mesibo_group_member" "testers" {
  provider         = mesibo
  include_resource = true

  config {
    gid = "97284"
  }
}
