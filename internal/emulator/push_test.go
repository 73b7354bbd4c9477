// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
)

// TestPushUpload uploads files as curl does. The type follows from the name of the file, unless it is given.
func TestPushUpload(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name, content string
		fields        map[string]string
		refused       any
		kept          []emulator.PushCredentials
	}{
		{"a.json", `{}`, nil, nil, []emulator.PushCredentials{{Type: "fcm", Content: "{}"}}},
		{"a.p12", "\x30\x82\xff", nil, nil, []emulator.PushCredentials{{Type: "apn", Content: "\x30\x82\xff"}}},
		{"a", "x", map[string]string{"type": "apn"}, nil, []emulator.PushCredentials{{Type: "apn", Content: "x"}}},
		{"a", "x", nil, "BADFILE", nil},
		{"a.json", "x", nil, "BADFILE", nil},
		{"a.json", "", nil, "MISSINGPARA", nil},
		{"a.json", `{}`, map[string]string{"token": otherToken}, "AUTHFAIL", nil},
	} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		fields := object{"op": "pushupload", "token": appToken}
		for name, value := range tt.fields {
			fields[name] = value
		}
		for name, value := range fields {
			form.WriteField(name, value.(string)) //nolint:errcheck,forcetypeassert // Writing to a buffer; all are strings.
		}
		file, _ := form.CreateFormFile("file", tt.name)
		file.Write([]byte(tt.content)) //nolint:errcheck // to a buffer
		form.Close()                   //nolint:errcheck // likewise
		request := httptest.NewRequest(http.MethodPost, "/backend/", bytes.NewReader(body.Bytes()))
		request.Header.Set("Content-Type", form.FormDataContentType())
		e := newEmulator()
		expect(t, exchange(t, e, request)["error"], tt.refused)
		expect(t, e.PushCredentials(appToken), tt.kept)
	}

	request := httptest.NewRequest(http.MethodPost, "/backend/", bytes.NewReader([]byte("--x")))
	request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	expect(t, exchange(t, newEmulator(), request)["error"], any("AUTHFAIL")) // It has no app token.
}
