// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What is sent can be read back as it was meant, whatever the strings are.
func FuzzEncode(f *testing.F) {
	f.Add("alice@example.com", "Alice", "com.example.app", int64(60))
	f.Add("a\"b\\c\n", "\x00", "\u2028<&>", int64(-1))
	f.Fuzz(func(t *testing.T, address, name, appID string, minutes int64) {
		if !utf8.ValidString(address) || !utf8.ValidString(name) || !utf8.ValidString(appID) || appID == "" {
			t.Skip("no request has these")
		}
		body, err := encode(opUserAdd, NewSecret(appToken), payload{User: &userObject{
			Address: address, Name: &name, Token: &tokenObject{AppID: appID, Expiry: minutes},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var sent struct {
			Op, Token string
			User      struct {
				Address, Name string
				Token         struct {
					AppID  string
					Expiry int64
				}
			}
		}
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatalf("%q is not JSON: %v", body, err)
		}
		if sent.Op != "useradd" || sent.Token != appToken || sent.User.Address != address || sent.User.Name != name ||
			sent.User.Token.AppID != appID || sent.User.Token.Expiry != minutes {
			t.Fatalf("%q holds %+v", body, sent)
		}
	})
}

// Whatever a server sends as rows: a list is never taken for empty because it cannot be read, a look-up knows only rows
// of its address, and a list only what its pattern covers.
func FuzzUserLists(f *testing.F) {
	f.Add(okNoUsers, "a", "*")
	f.Add(manyRows(2, "a"), "a", "a*")
	f.Add(`{"users":[{"address":7,"active":"1","uid":"9","token":null}],"userscount":"3","result":true}`, "7", "7")
	f.Add(`{"users":null,"result":true}`, "a", "*")
	f.Fuzz(func(t *testing.T, body, address, pattern string) {
		reply, form := decode([]byte(body))
		if form != shapeSuccess {
			t.Skip("no success")
		}
		lookup, err := decodeLookup(reply, address)
		if err != nil {
			if lookup.Absent() && lookup.Rows != nil || len(lookup.Rows) > 0 {
				t.Fatalf("%v comes with %+v", err, lookup)
			}

			return
		}
		var rows []json.RawMessage
		if json.Unmarshal(reply.Users, &rows) != nil || rows == nil {
			t.Fatalf("%s is taken for a list", reply.Users)
		}
		if slices.ContainsFunc(lookup.Rows, func(row UserRow) bool { return row.Address != address }) || len(lookup.Rows) > len(rows) {
			t.Fatalf("the rows of %q are %+v", address, lookup.Rows)
		}
		if matches(pattern, address) != covers(pattern, address) {
			t.Fatalf("does %q cover %q? %t", pattern, address, matches(pattern, address))
		}
	})
}

// covers is matches as plainly as it can be said, and slowly.
func covers(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		return covers(pattern[1:], text) || text != "" && covers(pattern, text[1:])
	}

	return text != "" && text[0] == pattern[0] && covers(pattern[1:], text[1:])
}

// A text from outside is shown on one line, in reasonable length, and never with what could be a token.
func FuzzClean(f *testing.F) {
	f.Add("Invalid or expired app token " + appToken)
	f.Add("\x1b]0;title\x07" + strings.Repeat("ä", longestText) + userToken)
	f.Add(userToken[:31] + "\u200b" + userToken[31:])
	scrub := newScrubber(NewSecret(appToken))
	f.Fuzz(func(t *testing.T, text string) {
		got := scrub.clean(text)
		if strings.Contains(got, appToken) || tokenLike.MatchString(got) {
			t.Fatalf("%q shows what could be a token", got)
		}
		if strings.ContainsAny(got, "\r\n\x1b\x00") || !utf8.ValidString(got) || len([]rune(got)) > longestText+1 {
			t.Fatalf("%q is no line to show", got)
		}
	})
}
