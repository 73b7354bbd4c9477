variable "users" {
  description = "Test users by a short name, which becomes a part of the keys that apps read."
  type = map(object({
    address = string
    name    = optional(string)
  }))

  validation {
    condition     = alltrue([for name in keys(var.users) : can(regex("^[A-Za-z][A-Za-z0-9_]*$", name))])
    error_message = "A short name has letters, digits and underscores, and begins with a letter."
  }

  validation {
    condition     = length(distinct([for name in keys(var.users) : upper(name)])) == length(var.users)
    error_message = "Two short names differ only in case, but the keys of environment variables are in capitals."
  }
}

variable "app_ids" {
  description = "App ID of each platform: package name, bundle id, what the web app passes to setAppName. A platform without one gets no tokens."
  type = object({
    android = optional(string)
    ios     = optional(string)
    web     = optional(string)
  })
}

variable "expiry" {
  description = "Life of the tokens in minutes; without it, a year."
  type        = number
  default     = null
}

variable "directory" {
  description = "Where to write the files; without it, none are written."
  type        = string
  default     = null
}

variable "env_prefix" {
  description = "What the keys in .env begin with. Vite hands only those with VITE_ to the app."
  type        = string
  default     = "MESIBO_"
}
