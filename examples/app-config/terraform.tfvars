users = {
  alice = { address = "alice@example.com", name = "Alice" }
  bob   = { address = "bob@example.com", name = "Bob" }
}

app_ids = {
  android = "com.example.app"
  ios     = "com.example.app.ios"
  web     = "example-web"
}
