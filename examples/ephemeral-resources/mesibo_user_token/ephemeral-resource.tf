# A user for the nightly job, and an App ID that nothing else uses.
resource "mesibo_user" "nightly" {
  address = "nightly-job"
}

ephemeral "mesibo_user_token" "nightly" {
  address = mesibo_user.nightly.address
  uid     = mesibo_user.nightly.uid # so that Terraform waits until the user exists
  appid   = "com.example.nightly"
  expiry  = 24 * 60 # minutes
}

# The job takes the token from Vault. A write-only argument is in no state and no plan; a new version writes it.
resource "vault_kv_secret_v2" "nightly" {
  mount                = "secret"
  name                 = "mesibo/nightly"
  data_json_wo         = jsonencode({ token = ephemeral.mesibo_user_token.nightly.token })
  data_json_wo_version = var.run
}

variable "run" {
  description = "The number of the pipeline's run. Every run mints a new token, so every run has to write it."
  type        = number
  default     = 1
}
