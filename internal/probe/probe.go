// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package probe finds out how a real mesibo back end behaves where the documentation is silent or sources contradict each
// other. It sends a fixed script of requests to a disposable test app (script.go), and answers the questions of a profile
// by the replies (questions.go).
package probe

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
)

type (
	object = sandbox.Object
	reply  = sandbox.Reply
)

// A probe sends the script and keeps the replies. After an error it sends nothing more, so that no step has to check.
type probe struct {
	ctx     context.Context
	app     *sandbox.App
	err     error
	secrets []string // that must not get into the findings

	replies  map[string]reply  // by step; a step that was not sent has none
	users    map[string]string // uids by address, of users that exist
	gid      any               // of the group, nil for none
	lastMint time.Time
}

// Run asks all questions. The caller cleans up, also after an error.
func Run(ctx context.Context, app *sandbox.App, appToken string, progress func(subject string)) (*Findings, error) {
	p := &probe{ctx: ctx, app: app, secrets: []string{appToken}, replies: map[string]reply{}, users: map[string]string{}}
	for _, part := range script {
		progress(part.subject)
		if part.send(p); p.err != nil {
			return nil, p.err
		}
	}

	return p.findings(), nil
}

// send sends a request and keeps the reply, if a request is left.
func (p *probe) send(step, op string, members object) reply {
	if p.err != nil {
		return reply{}
	}
	r, err := p.app.Call(p.ctx, op, members)
	if errors.Is(err, sandbox.ErrNoRequestsLeft) {
		return reply{}
	}
	if p.err = err; err != nil {
		return reply{}
	}
	p.keepSecrets(r.Body)
	p.replies[step] = r

	return r
}

// add adds a user, or changes one that exists.
func (p *probe) add(step, label string, user object) {
	r := p.sendUser(step, "useradd", label, user)
	uid := uidOf(r)
	if r.OK() && (uid == "" || !slices.Contains(slices.Collect(maps.Values(p.users)), uid)) {
		p.users[p.address(label)] = uid
	}
}

func uidOf(r reply) string { return sandbox.Text(r.Object("user")["uid"]) }

func (p *probe) sendUser(step, op, label string, user object) reply {
	return p.send(step, op, object{"user": with(user, "address", p.address(label))})
}

func (p *probe) sendGroup(step, op string, group object) reply {
	return p.send(step, op, object{"group": with(group, "gid", p.gid)})
}

func (p *probe) listMembers(step string) {
	p.send(step, "groupgetmembers", object{"count": manyRows, "group": object{"gid": p.gid}})
}

// edit adds members to the group, or removes or changes them as the further members of the request say.
func (p *probe) edit(step, addresses string, group, members object) reply {
	return p.sendGroup(step, "groupeditmembers", with(group, "members", with(members, "m", addresses)))
}

func (p *probe) lookUpUsers(step, pattern string) {
	p.send(step, "usersget", object{"count": manyRows, "user": object{"address": pattern}})
}

func (p *probe) lookUpGroups(step, pattern string) {
	p.send(step, "groupsget", object{"count": manyRows, "group": object{"name": pattern}})
}

// with returns an object with one more member.
func with(members object, name string, value any) object {
	more := object{name: value}
	maps.Copy(more, members)

	return more
}

// address is that of a user of this run, or the name of its group.
func (p *probe) address(label string) string { return p.app.Prefix() + label }

// keepSecrets remembers the secrets in a reply, at any depth.
func (p *probe) keepSecrets(value any) {
	switch value := value.(type) {
	case object:
		for name, member := range value {
			if secret, isString := member.(string); isString && secret != "" && (name == "token" || name == "secret") {
				p.secrets = append(p.secrets, secret)
			}
			p.keepSecrets(member)
		}
	case []any:
		for _, element := range value {
			p.keepSecrets(element)
		}
	}
}

var symbols = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,30}$`)

// isSymbol reports whether an "error" may be shown: it looks like one and is no part of a secret.
func (p *probe) isSymbol(text string) bool {
	return symbols.MatchString(text) && !slices.ContainsFunc(p.secrets, func(secret string) bool {
		lower, secret := strings.ToLower(text), strings.ToLower(secret)

		return strings.Contains(secret, lower) || strings.Contains(lower, secret)
	})
}
