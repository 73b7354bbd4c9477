# A token is imported by the address of its user and its App ID. Inside of these, write %2F for a / and %25 for a %.
terraform import 'mesibo_user_token.alice["android"]' 'alice@example.com/com.example.app'
