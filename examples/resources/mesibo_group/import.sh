# A group is imported by its gid.
terraform import mesibo_group.testers 97284
