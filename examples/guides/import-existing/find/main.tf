# Lists what an app has, without tokens: terraform output -json app > ../import/app.json

terraform {
  required_providers {
    mesibo = {
      source  = "mesibo-community/mesibo"
      version = "~> 0.1"
    }
  }
}

provider "mesibo" {
  lookups = "required"
}

data "mesibo_users" "all" {
  lifecycle {
    postcondition {
      condition     = !self.truncated
      error_message = "The server does not show all users: set address_pattern, and list them in parts."
    }
  }
}

data "mesibo_groups" "all" {
  lifecycle {
    postcondition {
      condition     = !self.truncated
      error_message = "The server does not show all groups: set name_pattern, and list them in parts."
    }
  }
}

data "mesibo_group_members" "all" {
  for_each = toset(data.mesibo_groups.all.groups[*].gid)

  gid = each.key
}

output "app" {
  value = {
    users = {
      for user in data.mesibo_users.all.users : user.address => {
        active = user.active
        appid  = length(user.appids) == 1 ? user.appids[0] : null
      }
    }
    groups = { for group in data.mesibo_groups.all.groups : group.gid => group }
    members = merge([
      for gid, group in data.mesibo_group_members.all : {
        for member in group.members : "${gid}/${member.address}" => merge(member, { gid = gid })
      }
    ]...)
  }
}
