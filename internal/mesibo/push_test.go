// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUploadPushCredentials reads the form as a server does.
func TestUploadPushCredentials(t *testing.T) {
	t.Parallel()
	for service, fileName := range map[PushService]string{PushFCM: "credentials.json", PushAPN: "credentials.p12"} {
		contentType := ""
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			contentType = r.Header.Get("Content-Type")
			ok(okAny)(w, r)
		})
		credentials := NewSecret(pushCredentials + "\x00\xff\r\n")
		if err := newClient(t, s.URL).UploadPushCredentials(t.Context(), service, credentials); err != nil {
			t.Fatal(err)
		}
		_, parameters, _ := mime.ParseMediaType(contentType)
		form := multipart.NewReader(strings.NewReader(s.requests()[0]), parameters["boundary"])
		got := map[string]string{}
		for part, err := form.NextPart(); err != io.EOF; part, err = form.NextPart() {
			if err != nil {
				t.Fatal(err)
			}
			value, _ := io.ReadAll(part)
			got[strings.TrimSpace(part.FormName()+" "+part.FileName())] = string(value)
		}
		want := map[string]string{
			"op": "pushupload", "token": appToken, "type": string(service), "file " + fileName: credentials.Reveal(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestPushCredentialsAreNotShown: a server that echoes a part of the credentials, in any text, does not bring it into an
// error or a log.
func TestPushCredentialsAreNotShown(t *testing.T) {
	t.Parallel()
	const key = "MIIEvQIBADANBgkqhkiG9w0"
	for name, echo := range map[string]string{
		"all":     pushCredentials,
		"part":    "bad key " + key[:16],
		"decoded": "-----BEGIN PRIVATE KEY-----\n" + key,
		"base64":  base64.StdEncoding.EncodeToString([]byte(pushCredentials)),
	} {
		encoded, _ := json.Marshal(echo)
		for _, member := range []string{"error", "cause", "properties"} {
			var log recorder
			s := newServer(t, ok(`{"op":"pushupload","result":false,"`+member+`":`+string(encoded)+`}`))
			client := newClient(t, s.URL, WithLogger(slog.New(&log)))
			err := client.UploadPushCredentials(t.Context(), PushFCM, NewSecret(pushCredentials))
			assertKinds(t, err)
			if shown := err.Error() + log.text; strings.Contains(shown, key[:16]) || strings.Contains(shown, echo[:16]) {
				t.Errorf("%s in %s: %s", name, member, shown)
			}
		}
	}
	s := newServer(t, ok(`{"op":"pushupload","result":false,"cause":"token `+appToken+` may not"}`))
	err := newClient(t, s.URL).UploadPushCredentials(t.Context(), PushFCM, NewSecret(pushCredentials))
	assertText(t, err, "token (redacted) may not")
}
