output "android" {
  description = "Java properties, such as Gradle reads."
  value       = local.rendered.android
  sensitive   = true
}

output "ios" {
  description = "Build settings of Xcode (.xcconfig)."
  value       = local.rendered.ios
  sensitive   = true

  precondition {
    condition     = local.xcconfig_holds_all
    error_message = local.xcconfig_refusal
  }
}

output "web" {
  description = "A .env file."
  value       = local.rendered.web
  sensitive   = true
}

output "json" {
  description = "All of it, for other readers."
  value       = local.rendered.json
  sensitive   = true
}
