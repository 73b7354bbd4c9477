# A membership is imported by the gid and the address of the user. Inside of the address, write %2F for a / and %25 for a %.
terraform import mesibo_group_member.alice '97284/alice@example.com'
