list "mesibo_group" "all" {
  provider         = mesibo
  include_resource = true

  config {}
}
