# The members of a group are imported by its gid.
terraform import mesibo_group_members.testers 97284
