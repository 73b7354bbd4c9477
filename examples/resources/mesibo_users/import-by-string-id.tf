import {
  to = mesibo_users.team
  id = "alice@example.com,bob@example.com"
}
