// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"bytes"
	"context"
	"mime/multipart"
)

// PushService is a service that delivers push notifications.
type PushService string

// The push services.
const (
	PushFCM PushService = "fcm" // Firebase Cloud Messaging; its credentials are a JSON file
	PushAPN PushService = "apn" // Apple Push Notification service; its credentials are a .p12 file without password
)

// MaxPushCredentialsBytes is the size of the largest credentials that are sent: a limit of this client, many times what
// either service issues.
const MaxPushCredentialsBytes = 64 << 10

// UploadPushCredentials gives mesibo the credentials with which it sends push notifications to the app (official
// documentation). An app may have several of one service, so an upload that got no answer is not repeated.
func (c *Client) UploadPushCredentials(ctx context.Context, service PushService, credentials Secret) error {
	fileName := map[PushService]string{PushFCM: "credentials.json", PushAPN: "credentials.p12"}[service]
	switch size := len(credentials.Reveal()); {
	case fileName == "":
		return errorf(OpPushUpload, nil, "nothing was sent: %q is no push service", service)
	case size == 0 || size > MaxPushCredentialsBytes:
		return errorf(OpPushUpload, nil, "nothing was sent: the credentials have %d bytes, not 1 to %d", size, MaxPushCredentialsBytes)
	}

	var body bytes.Buffer
	form := multipart.NewWriter(&body) // Writing to a buffer never fails.
	_ = form.WriteField("op", string(OpPushUpload))
	_ = form.WriteField("token", c.appToken.Reveal())
	_ = form.WriteField("type", string(service))
	file, _ := form.CreateFormFile("file", fileName)
	_, _ = file.Write([]byte(credentials.Reveal()))
	_ = form.Close()
	r := c.request(OpPushUpload, form.FormDataContentType(), body.Bytes())
	r.redactor = c.redactor.withContent(credentials)
	_, err := r.do(ctx)
	return err
}
