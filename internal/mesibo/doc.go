// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package mesibo is a client of the mesibo Backend API.
//
// The API is one URL that takes a POST of a JSON object; the member "op" says what to do, and the app token
// travels in the body (official documentation). A request is therefore judged and repeated by its op, never by
// its HTTP method, and "result" in the reply decides whether it succeeded, never the HTTP status.
//
// Three promises hold for every call:
//
//   - A request that changes something and is under way is not cut off when its context ends: it runs to its
//     reply or to the request timeout, and its outcome is reported. Nothing new is sent after that.
//   - An error says what is known about the outcome: see [ErrOutcomeUnknown] and [ErrUnreachable].
//   - No error, no log line and no printed value shows an app token, a user token or the body of a reply.
package mesibo
