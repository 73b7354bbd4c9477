// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package probe finds out how a real mesibo back end answers where documents are silent or contradict each other. It
// talks to a disposable app in a fixed script and returns the profile of the back end.
//
// What is found is put in words of this package's own. The one thing that is taken over from a server is the symbol of an
// error, and that only in the form that symbols have.
package probe

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
)

// Run asks all questions. Whoever calls cleans up afterwards, also when it fails. What a question was about may have been
// odd or missing in an answer: it is then not seen, which is no error. An error ends the run.
func Run(ctx context.Context, app *sandbox.App, appToken string, progress func(subject string)) (*Findings, error) {
	p := &probe{
		ctx: ctx, app: app, secrets: []string{appToken}, users: map[string]string{}, written: map[string]bool{},
		first: map[string]string{}, second: map[string]string{},
		found: &Findings{answers: map[string]any{}, unseen: map[string]string{}},
	}
	for _, part := range []struct {
		subject string
		ask     func()
	}{
		{"requests and answers", p.askEnvelope},
		{"users", p.makeUsers},
		{"look-ups", p.askLookups},
		{"changes of users", p.askChanges},
		{"tokens", p.askTokens},
		{"groups", p.askGroups},
		{"members", p.askMembers},
		{"users that are not there", p.askUnknownUsers},
		{"what became of users and tokens, once brief ones have expired", p.lookAgain},
		{"caps", p.askCaps},
		{"groups that are not there", p.askUnknownGroups},
	} {
		progress(part.subject)
		if part.ask(); p.err != nil {
			return nil, p.err
		}
	}

	return p.found, nil
}

// A probe is a run. When something ends it, everything after that does nothing: no step has to look.
type probe struct {
	ctx     context.Context
	app     *sandbox.App
	err     error             // what ended it
	users   map[string]string // the uids of the users that exist, by address
	written map[string]bool   // addresses that take a request to clean up
	secrets []string          // that must not show
	found   *Findings

	looks    bool              // usersget is offered, and shows
	shown    bool              // its rows show tokens
	named    bool              // its rows show names
	first    map[string]string // the tokens that were minted first, by address
	second   map[string]string // those that were minted after them
	mintedAt time.Time         // when the last brief token was minted
	unknown  string            // an address that no user has
	gid      any               // of the group; nil for none
	lists    bool              // groupgetmembers is offered, and shows
}

type object = sandbox.Object

// call sends a request, if one is left that is not needed to clean up.
func (p *probe) call(op string, members object) reply {
	cost := 1
	user, _ := members["user"].(object)
	address, _ := user["address"].(string)
	switch op {
	case "useradd", "userset":
		if address != "" && !p.written[address] {
			cost++ // for deleting it
		}
	case "groupadd":
		cost++
	}
	if p.err != nil || p.app.Left() < cost {
		return reply{}
	}
	if cost > 1 {
		p.written[address] = true
	}
	answer, err := p.app.Call(p.ctx, op, members)
	r := reply{answer.Status, answer.Members, answer.OK(), answer.Symbol(), answer.Code()}
	if r.code == http.StatusUnauthorized || r.symbol == "AUTHFAIL" || r.symbol == "INVALIDTOKEN" {
		err = sandbox.ErrRejected
	}
	if err != nil {
		p.err = err

		return reply{}
	}
	p.keepSecrets(r.members)
	p.seeEnvelope(r)

	return r
}

// keepSecrets remembers the secrets of a reply, wherever in it they are.
func (p *probe) keepSecrets(value any) {
	switch value := value.(type) {
	case object:
		for name, member := range value {
			if secret, isText := member.(string); isText && secret != "" && (name == "token" || name == "secret") {
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

// wait waits until a time.
func (p *probe) wait(until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
		if p.err == nil {
			p.err = p.ctx.Err()
		}
	}
}

// address is that of a user of this run. A group has its name in the same way.
func (p *probe) address(label string) string { return p.app.Prefix() + label }

// Findings are what a run has found out.
type Findings struct {
	answers map[string]any
	unseen  map[string]string // why, by question
}

// open tells whether a question is still open: what was said of it first stands.
func (p *probe) open(name string) bool {
	_, answered := p.found.answers[name]
	_, unseen := p.found.unseen[name]

	return !answered && !unseen && p.err == nil
}

// answer answers a question.
func (p *probe) answer(name string, value any) {
	if p.open(name) {
		p.found.answers[name] = value
	}
}

// unseen says why questions are not answered.
func (p *probe) unseen(why string, names ...string) {
	for _, name := range names {
		if p.open(name) {
			p.found.unseen[name] = why
		}
	}
}

// done tells whether a request was carried out that questions are about.
func (p *probe) done(r reply, names ...string) bool {
	if !r.ok {
		p.unseen(r.why(), names...)
	}

	return r.ok
}

// without says why questions are not answered that need something.
func (p *probe) without(why string, needs ...need) {
	for _, q := range questions {
		for _, missing := range needs {
			if q.needs == missing {
				p.unseen(why, q.name)
			}
		}
	}
}

// outcome answers what an op comes to: refused or ok.
func (p *probe) outcome(name string, r reply) {
	switch {
	case r.ok:
		p.answer(name, profile.UnknownOK)
	case r.refused():
		p.answer(name, profile.UnknownRefused)
	default:
		p.unseen(r.why(), name)
	}
}

// refusal answers how something is refused, if it is.
func (p *probe) refusal(name string, r reply) {
	switch {
	case !r.refused():
	case r.symbol == "BADOP":
		p.unseen("the op is not offered", name)
	case !p.isSymbol(r.symbol):
		p.unseen("odd symbol", name)
	default:
		p.answer(name, profile.Refusal{Error: r.symbol, Code: r.code})
	}
}

var symbols = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,30}$`)

// isSymbol tells whether a text is a symbol and no part of a secret.
func (p *probe) isSymbol(text string) bool {
	lower := strings.ToLower(text)
	for _, secret := range p.secrets {
		secret = strings.ToLower(secret)
		if strings.Contains(secret, lower) || strings.Contains(lower, secret) {
			return false
		}
	}

	return symbols.MatchString(text)
}

// A reply is what came back, or nothing when nothing was sent.
type reply struct {
	status  int
	members object // nil when it is no JSON object
	ok      bool
	symbol  string // of a failure
	code    int    // 0 for none
}

// refused tells whether the server itself says no.
func (r reply) refused() bool { return r.members != nil && r.members["result"] == false }

// list returns a member that is a list, as the ops have that look things up.
func (r reply) list(name string) (elements []any, offered bool) {
	elements, isList := r.members[name].([]any)

	return elements, isList && r.ok
}

// object returns a member that is an object.
func (r reply) object(name string) object {
	member, _ := r.members[name].(object)

	return member
}

// why says in words what a reply was that does not answer the question.
func (r reply) why() string {
	switch {
	case r.status == 0:
		return noneLeft
	case r.members == nil:
		return fmt.Sprintf("status %d, and no JSON", r.status)
	case r.ok:
		return "it was not refused"
	case r.refused():
		return "the request was refused"
	default:
		return "neither a success nor a failure"
	}
}

// whyUnlisted says why there is no list in a reply that was to have one.
func (r reply) whyUnlisted() string {
	if r.ok {
		return "a success without a list"
	}

	return r.why()
}

// noneLeft is why a question was not asked.
const noneLeft = "no request was left for it"
