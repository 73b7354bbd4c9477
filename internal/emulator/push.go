// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path"
)

// PushCredentials are a file with which mesibo sends push notifications.
type PushCredentials struct {
	Type    string // fcm or apn
	Content string
}

// parseMultipart reads a form with a file, which only pushupload has (official documentation). Its fields are members of the
// request, and so are the name and the content of the file.
func parseMultipart(body []byte, boundary string) (object, error) {
	fields := object{}
	for form := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		fields[part.FormName()] = string(value)
		if part.FileName() != "" {
			fields["filename"] = part.FileName()
		}
	}
}

// pushUpload is pushupload: a .json file for FCM, or a .p12 file for APN. The type is optional (official documentation), and
// then follows from the name of the file (inferred). An app may have several credentials of one type. How other files are
// refused is invented.
func (e *Emulator) pushUpload(app *app, call call) reply {
	content, kind := call.fields.text("file"), call.fields.text("type")
	if kind == "" {
		kind = map[string]string{".json": "fcm", ".p12": "apn"}[path.Ext(call.fields.text("filename"))]
	}
	switch {
	case content == "":
		return e.missing("file")
	case kind != "fcm" && kind != "apn", kind == "fcm" && !json.Valid([]byte(content)):
		return failure("BADFILE", http.StatusBadRequest, "Neither FCM nor APN credentials", "file")
	}
	app.pushCredentials = append(app.pushCredentials, PushCredentials{Type: kind, Content: content})

	return reply{}
}
