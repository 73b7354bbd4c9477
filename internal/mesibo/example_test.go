// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
)

// newServer stands in for the Backend API: it adds any user, and knows no user to delete.
func newServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "useradd") {
			fmt.Fprint(w, `{"user":{"uid":5302,"address":"alice@example.com","token":"user-token"},"op":"useradd","result":true}`)
		} else {
			fmt.Fprint(w, `{"op":"userdel","result":false,"error":"NOTFOUND","code":404}`)
		}
	}))
}

func ExampleClient_CreateUser() {
	server := newServer()
	defer server.Close()
	client, err := mesibo.New(mesibo.NewSecret("app-token"), mesibo.WithEndpoint(server.URL))
	if err != nil {
		log.Panic(err)
	}
	defer client.CloseIdleConnections()

	user, err := client.CreateUser(context.Background(), mesibo.CreateUserRequest{
		Address: "alice@example.com",
		Token:   &mesibo.TokenRequest{AppID: "com.example.app", ExpiryMinutes: 525600},
	})
	if err != nil {
		log.Panic(err)
	}
	fmt.Println(user.UID, user.Token, len(user.Token.Reveal()))
	// Output: 5302 (redacted) 10
}

func ExampleError() {
	server := newServer()
	defer server.Close()
	client, err := mesibo.New(mesibo.NewSecret("app-token"), mesibo.WithEndpoint(server.URL))
	if err != nil {
		log.Panic(err)
	}
	defer client.CloseIdleConnections()

	err = client.DeleteUser(context.Background(), "bob@example.com", "")
	fmt.Println(errors.Is(err, mesibo.ErrNotFound), errors.Is(err, mesibo.ErrOutcomeUnknown))
	if failure := new(mesibo.Error); errors.As(err, &failure) {
		fmt.Println(failure.Op, failure.Code)
	}
	// Output:
	// true false
	// userdel 404
}
