# The flags that a back end of yours passes to groupadd itself.
output "channel_flags" {
  value = provider::mesibo::group_flags({ send = "selected", list = "selected" }) # 65537
}
