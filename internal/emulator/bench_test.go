// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// BenchmarkOps measures ops while 1,000 users are present.
func BenchmarkOps(b *testing.B) {
	user := func(op, user string) string {
		return `{"op":"` + op + `","token":"` + appToken + `","user":` + user + `}`
	}
	for name, body := range map[string]string{
		"useradd":           user("useradd", `{"address":"user-0500","name":"Name"}`),
		"useradd, token":    user("useradd", `{"address":"user-0500","token":{"appid":"com.mesibo.firstapp","expiry":60}}`),
		"userset, by uid":   user("userset", `{"uid":"5802","name":"Name"}`),
		"usersget, exact":   user("usersget", `{"address":"user-0500"}`),
		"usersget, pattern": user("usersget", `{"address":"*-05*"}`),
	} {
		b.Run(name, func(b *testing.B) {
			e := emulator.New(emulator.WithApp(appToken))
			for i := range 1000 {
				e.PutUser(appToken, emulator.User{Address: fmt.Sprintf("user-%04d", i), Active: true})
			}
			b.ReportAllocs()
			for b.Loop() {
				recorder := httptest.NewRecorder()
				e.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/backend/", strings.NewReader(body)))
				if recorder.Code != http.StatusOK || !strings.Contains(recorder.Body.String(), `"result":true`) {
					b.Fatal(recorder.Code, recorder.Body)
				}
				e.ResetRequests() // They would fill the memory.
			}
		})
	}
}
