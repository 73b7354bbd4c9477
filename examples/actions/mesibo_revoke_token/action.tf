# Revokes all tokens of a user, after one has leaked:
#
#   terraform apply -invoke=action.mesibo_revoke_token.alice
action "mesibo_revoke_token" "alice" {
  config {
    address = "alice@example.com"
  }
}

# Or as part of an apply: a new incident, and nothing else, revokes whatever was minted for the user anywhere, and then
# mints anew.
resource "terraform_data" "incident" {
  input = var.incident

  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.mesibo_revoke_token.alice]
    }
  }
}

resource "mesibo_user" "alice" {
  address = "alice@example.com"
  appid   = "com.example.app"

  token_keepers = {
    incident = terraform_data.incident.output
  }
}

variable "incident" {
  description = "The ID of the last incident in which a token leaked."
  type        = string
  default     = "none"
}
