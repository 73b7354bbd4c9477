# What the apps read, in the format of each.

locals {
  files = merge({ json = "mesibo.json" }, {
    for platform, file in { android = "mesibo.properties", ios = "Mesibo.xcconfig", web = ".env" } :
    platform => file if var.app_ids[platform] != null
  })

  # The keys and values of a platform, none for one without an App ID.
  entries = {
    for platform, appid in var.app_ids : platform => flatten([
      for id in appid[*] : [
        { key = "appid", value = id },
        [for name, user in mesibo_user.this : [
          { key = "${name}.address", value = user.address },
          { key = "${name}.token", value = mesibo_user_token.this["${name}/${id}"].token },
          { key = "${name}.token_expires_at", value = coalesce(mesibo_user_token.this["${name}/${id}"].token_expires_at, "unknown") },
        ]],
      ]
    ])
  }

  rendered = {
    # java.util.Properties reads ISO-8859-1, so all but visible ASCII is written
    # as \uXXXX, a unit of UTF-16. There is no function that gives the code of a
    # character, but there is one that writes UTF-16 in base64, of which each
    # digit is six bits: as binary numbers in a row they are cut into 16 bits.
    android = join("", [
      for entry in local.entries.android : "mesibo.${entry.key}=${join("", [
        for char in split("", entry.value) : can(regex("[!-[\\]-~]", char)) ? char : join("", [
          for unit in regexall("[01]{16}", join("", [
            for digit in regexall("[^=]", textencodebase64(char, "UTF-16BE")) : format("%06b", index(local.base64, digit))
          ])) : format("\\u%04x", parseint(unit, 2))
        ])
      ])}\n"
    ])

    # "//" begins a comment, and a ";" at the end is dropped, unless they are
    # followed by the empty reference $().
    ios = join("", [
      for entry in local.entries.ios : format("MESIBO_%s = %s\n",
        upper(replace(entry.key, ".", "_")),
        replace(entry.value, "/([/;])/", "$1$$()"),
      )
    ])

    # Single quotes keep everything as it is, for shells and for dotenv. A value
    # that has one itself goes into double quotes, with escapes.
    web = join("", [
      for entry in local.entries.web : format("%s%s=%s\n",
        var.env_prefix,
        upper(replace(entry.key, ".", "_")),
        can(regex("'", entry.value)) ? "\"${replace(entry.value, "/([\\\\\"$`])/", "\\$1")}\"" : "'${entry.value}'",
      )
    ])

    json = "${jsonencode({
      users = {
        for name, user in mesibo_user.this : name => {
          address = user.address
          uid     = user.uid
          platforms = {
            for platform, appid in var.app_ids : platform => {
              appid      = appid
              token      = mesibo_user_token.this["${name}/${appid}"].token
              expires_at = mesibo_user_token.this["${name}/${appid}"].token_expires_at
            } if appid != null
          }
        }
      }
    })}\n"
  }

  base64 = split("", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

  # $ begins a substitution and \ at the end continues the line, neither with a
  # documented escape. Whitespace at the ends is dropped.
  xcconfig_holds_all = alltrue([
    for entry in local.entries.ios : !can(regex("[$\\x00-\\x1f\\x{2028}\\x{2029}]|\\\\$|^\\s|\\s$", entry.value))
  ])
  xcconfig_refusal = "An .xcconfig file cannot express a value with a $, a control character, whitespace at an end or a \\ at the end. Give such a user another address, or set no app_ids.ios."
}
