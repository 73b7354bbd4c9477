# Users are imported by their addresses, with commas between them.
terraform import mesibo_users.team 'alice@example.com,bob@example.com'
