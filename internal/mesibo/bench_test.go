// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkCreateUser encodes a useradd and decodes its reply.
func BenchmarkCreateUser(b *testing.B) {
	token := NewSecret(appToken)
	user := userObject{Address: minting.Address, Token: &tokenObject{TokenRequest: *minting.Token}}
	for b.Loop() {
		encode(OpUserAdd, token, payload{User: &user})
		reply, _ := decode([]byte(okAdded))
		if _, err := decodeUser(reply.read(), true); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkListUsers decodes a list of 1000 users.
func BenchmarkListUsers(b *testing.B) {
	rows := make([]string, 0, 1000)
	for i := range cap(rows) {
		rows = append(rows, fmt.Sprintf(`{"uid":%d,"address":"user%d@example.com","appid":"com.x","token":"%048d","active":1}`, i, i, i))
	}
	body := []byte(`{"users":[` + strings.Join(rows, ",") + `],"result":true}`)
	for b.Loop() {
		reply, _ := decode(body)
		if list, err := decodeUsers(reply.read(), "*", listRows); err != nil || len(list.Rows) != len(rows) {
			b.Fatal(err)
		}
	}
}

// BenchmarkRedact redacts the cause of a refusal.
func BenchmarkRedact(b *testing.B) {
	redactor := newRedactor(NewSecret(appToken))
	for b.Loop() {
		redactor.redact("Invalid or expired app token " + appToken)
	}
}
