# A user is imported by its address.
terraform import mesibo_user.alice 'alice@example.com'
