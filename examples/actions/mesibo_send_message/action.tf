resource "mesibo_user" "bot" {
  address = "release-bot"
}

resource "mesibo_group" "testers" {
  name = "Testers"
}

# Informs the testers of every release.
action "mesibo_send_message" "release" {
  config {
    from           = mesibo_user.bot.address
    gid            = mesibo_group.testers.gid
    message        = "Release ${var.release} is there."
    expiry_seconds = 7 * 24 * 60 * 60
  }
}

resource "terraform_data" "release" {
  input = var.release

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mesibo_send_message.release]
    }
  }
}

variable "release" {
  type    = string
  default = "2026.1"
}
