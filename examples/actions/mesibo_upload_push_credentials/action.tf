# Gives mesibo the credentials of Firebase Cloud Messaging, again whenever the file changes.
action "mesibo_upload_push_credentials" "fcm" {
  config {
    file = "${path.module}/service-account.json"
    type = "fcm"
  }
}

resource "terraform_data" "fcm" {
  input = filesha256("${path.module}/service-account.json")

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mesibo_upload_push_credentials.fcm]
    }
  }
}
