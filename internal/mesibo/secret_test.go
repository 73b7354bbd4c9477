// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

// TestSecretShowsNowhere prints everything that contains a secret, or could, in every way that comes to mind.
func TestSecretShowsNowhere(t *testing.T) {
	t.Parallel()
	secret := NewSecret(userToken)
	type hidden struct{ inner Secret }
	client := newClient(t, DefaultEndpoint, WithBulkReads())
	client.bulk.keep(UserList{Rows: []UserRow{{Address: "a", Token: secret}}}, nil)
	reply, _ := decode([]byte(okAdded))
	echo := `{"result":false,"error":"` + appToken + `","cause":"` + userToken + `","properties":["` + appToken + `"],"app":{"token":"` + appToken + `"}}`
	settled := respond(client, http.StatusOK, "", echo)
	failure := settled.err
	body := encode(OpUserAdd, NewSecret(appToken), payload{})
	sent := *client.request(OpUserAdd, "", body)
	row := UserRow{UID: "1", Token: secret}

	secrettest.None(t, []string{appToken, userToken},
		secret, &secret, []Secret{secret}, map[string]Secret{"a": secret}, map[Secret]int{secret: 1},
		hidden{secret}, &hidden{secret}, []hidden{{secret}},
		User{UID: "1", Token: secret}, &User{Token: secret}, row, &row, Lookup{Rows: []UserRow{row}}, UserList{Rows: []UserRow{row}},
		client, struct{ c *Client }{client}, client.bulk, client.redactor, client.connections,
		WithUserAgent("x"), minting, payload{User: &userObject{Address: "a"}},
		reply, &reply, settled, &settled, sent, &sent,
		failure, *failure, error(failure), fmt.Errorf("wrapped: %w", failure),
	)
	if got := fmt.Sprintf("%v %+v %#v %s %q %x", secret, secret, secret, secret, secret, secret); strings.ReplaceAll(got, redacted, "") != "     " {
		t.Errorf("printed as %s", got)
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	if one, same := NewSecret("a"), NewSecret("a"); one != same || !one.Equal(same) || one == NewSecret("b") {
		t.Error("secrets do not compare by value")
	}
	if zero := (Secret{}); !zero.IsEmpty() || !NewSecret("").IsEmpty() || zero.Reveal() != "" || zero.String() != redacted {
		t.Error("the zero Secret is not an empty one")
	}
	for data, want := range map[string]string{`"abc"`: "abc", `null`: "", `""`: ""} {
		var secret Secret
		if err := json.Unmarshal([]byte(data), &secret); err != nil || secret.Reveal() != want {
			t.Errorf("%s gives %q, %v", data, secret.Reveal(), err)
		}
	}
}
