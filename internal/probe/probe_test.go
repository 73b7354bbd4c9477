// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/emulator/profile"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

// direct is a transport without a network, so that time can stand still.
type direct struct{ *emulator.Emulator }

func (d direct) RoundTrip(request *http.Request) (response *http.Response, err error) {
	defer func() {
		if recover() != nil { // The emulator drops the connection.
			err = io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, request)

	return recorder.Result(), nil
}

// A reporter is a test, or one of its drawn cases.
type reporter interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}

// run probes a back end in a bubble, and checks the requests and the clean-up.
func run(t *testing.T, r reporter, as profile.Profile, prepare func(*emulator.Emulator), check func(*Findings), options ...emulator.Option) {
	r.Helper()

	journal := filepath.Join(t.TempDir(), "journal.json")
	synctest.Test(t, func(*testing.T) {
		options = append(options, emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
		e := emulator.New(options...)
		prepare(e)
		app, err := sandbox.Open(context.Background(), sandbox.Options{
			Endpoint: "https://mesibo.example/backend/", AppToken: appToken, Confirmations: 1, JournalFile: journal,
			MaxRequests: sandbox.MaxRequests, Transport: direct{e},
		})
		if err != nil {
			r.Fatal(err)
		}
		found, err := Run(context.Background(), app, appToken, func(string) {})
		if err = errors.Join(err, app.CleanUp(context.Background())); err != nil {
			r.Fatal(err)
		}

		requests := e.Requests()
		if len(requests) > sandbox.MaxRequests {
			r.Errorf("%d requests", len(requests))
		}
		for i, request := range requests[1:] {
			if interval := request.At.Sub(requests[i].At); interval < time.Second-time.Microsecond {
				r.Errorf("request %d comes %s after the one before", i+2, interval)
			}
		}
		if content, err := os.ReadFile(journal); !errors.Is(err, os.ErrNotExist) {
			r.Errorf("the journal exists: %s", content)
		}
		if users, groups := e.Users(appToken), e.Groups(appToken); len(users)+len(groups) > 0 {
			r.Errorf("left behind: %v %v", users, groups)
		}
		check(found)
	})
}

func nothing(*emulator.Emulator) {}

// expectAnswers checks that every question is answered as the profile says, but those that nobody can answer.
func expectAnswers(r reporter, found *Findings, as profile.Profile) {
	r.Helper()

	want, got := map[string]string{}, map[string]string{}
	whole, hidden := profile.AnswersOf(as), hiddenBy(as)
	for _, q := range questions {
		if !slices.Contains(hidden, q.name) {
			want[q.name] = string(whole[q.name])
		}
	}
	for question, answer := range found.Answers {
		got[question] = string(answer)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("answers (-want +got):\n%s\nnot answered: %v", diff, found.Unanswered)
	}
}

// expectNothingWrong checks those answers that there are.
func expectNothingWrong(r reporter, found *Findings, as profile.Profile) {
	r.Helper()

	whole := profile.AnswersOf(as)
	for question, answer := range found.Answers {
		if string(answer) != string(whole[question]) {
			r.Errorf("%s is found to be %s", question, answer)
		}
	}
}

// hiddenBy returns the questions that nobody can answer from outside of such a back end.
func hiddenBy(as profile.Profile) (hidden []string) {
	hide := func(when bool, questions ...string) {
		if when {
			hidden = append(hidden, questions...)
		}
	}
	ofRows := []string{"hide_tokens", "show_names", "rows_per_app_id", "row_cap", "ignore_pattern", "count_all"}
	ofStatuses := []string{"add_existing_active", "set_resets", "disable_ends_tokens"}
	ofNames := []string{"add_existing_name", "set_name"}
	ofTokens := []string{"add_ends_tokens", "disable_ends_tokens", "mint_ends_earlier", "versions_end_each_other", "remove_scope"}
	hide(!as.UserLookups, slices.Concat(ofRows, ofTokens, ofNames, ofStatuses)...)
	hide(as.HideTokens, ofTokens...)
	hide(!as.ShowNames, ofNames...)
	hide(as.IgnorePattern, "count_all")
	hide(!as.GroupLookups, "ignore_group_pattern", "set_group_resets", "group_expiry", "group_expiry_in_minutes")
	hide(!as.MemberLists, "member_cap", "member_removal", "remove_non_member")
	hide(as.MemberRemoval == 0, "remove_non_member")
	hide(as.SetUnknownUser != profile.UnknownRefused && as.DeleteUnknownUser != profile.UnknownRefused, "unknown_user")

	return hidden
}

// asked returns the alternatives of the questions that are asked.
func asked() map[string][]string {
	all := gen.Alternatives()
	maps.DeleteFunc(all, func(name string, _ []string) bool {
		return !slices.ContainsFunc(questions, func(q question) bool { return q.name == name })
	})

	return all
}

// TestFindsProfile probes the committed profiles, each alternative to the default, what takes the most requests, and what is
// not asked.
func TestFindsProfile(t *testing.T) {
	t.Parallel()

	profiles := map[string]profile.Profile{"default": profile.Default()}
	for _, name := range profile.Names() {
		as, err := profile.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		profiles[name] = as
	}
	alternatives := asked()
	notAsked := map[string][]string{"token_breach_after": {"1"}, "requests_per_second": {"1", "0.8"}, "set_unknown_group": {`"ok"`}}
	maps.Copy(alternatives, notAsked)
	for question, answers := range alternatives {
		for _, answer := range answers {
			profiles[question+"="+answer] = gen.With(t, map[string]string{question: answer})
		}
	}
	for _, set := range alternatives["set_unknown_user"] {
		for _, remove := range alternatives["delete_unknown_user"] {
			profiles["most requests, "+set+remove] = gen.With(t, map[string]string{
				"max_body_bytes": "8192", "fold_case": "true", "show_names": "true", "delete_unknown_group": `"ok"`,
				"set_group_resets": "true", "set_unknown_user": set, "delete_unknown_user": remove,
			})
		}
	}
	for name, as := range profiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			run(t, t, as, nothing, func(found *Findings) { expectAnswers(t, found, as) })
		})
	}
}

// TestFindsDrawnProfiles probes back ends that differ from the default in any number of answers.
func TestFindsDrawnProfiles(t *testing.T) {
	t.Parallel()

	alternatives := asked()
	rapid.Check(t, func(r *rapid.T) {
		as := gen.Draw(r, alternatives)
		run(t, r, as, nothing, func(found *Findings) { expectAnswers(r, found, as) })
	})
}

// TestAsksAll checks that each question of a profile is asked, or there is a reason why not.
func TestAsksAll(t *testing.T) {
	t.Parallel()

	var names []string
	for _, q := range slices.Concat(questions, notAsked) {
		names = append(names, q.name)
	}
	slices.Sort(names)
	if diff := cmp.Diff(slices.Sorted(slices.Values(profile.Questions())), names); diff != "" {
		t.Error(diff)
	}
}

// TestOddAnswers has one request answered with a page, whether it was carried out or not. No answer may be wrong.
func TestOddAnswers(t *testing.T) {
	t.Parallel()

	backEnds := map[string]map[string]string{"default": {"show_names": "true"}, "others": {
		"show_names": "true", "fold_case": "true", "add_existing_name": `"reset"`, "add_existing_active": `"reset"`, "set_resets": "true",
		"set_group_resets": "true", "add_ends_tokens": "true", "disable_ends_tokens": "true", "set_name": `"user.profile.name"`,
		"set_unknown_user": `"added"`, "delete_unknown_user": `"ok"`, "keep_uid": "true", "mint_ends_earlier": "false",
		"versions_end_each_other": "false", "remove_scope": `"all"`, "rows_per_app_id": "true", "count_all": "true",
		"delete_unknown_group": `"ok"`, "member_removal": `["group.delete"]`, "remove_non_member": `"refused"`, "row_cap": "0", "member_cap": "0",
	}}
	faults := map[string]emulator.Fault{"before": emulator.HTMLPage(), "after": emulator.BadGatewayAfterCommit()}
	const first, last = 3, 50 // The first two open the app, and clean-up comes later.
	for nth := first; nth <= last; nth++ {
		for kind, answers := range backEnds {
			for when, fault := range faults {
				t.Run(fmt.Sprintf("%s %d %s", kind, nth, when), func(t *testing.T) {
					t.Parallel()

					as := gen.With(t, answers)
					run(t, t, as, func(e *emulator.Emulator) { e.Fail("", nth, fault) }, func(found *Findings) { expectNothingWrong(t, found, as) })
				})
			}
		}
	}
}

// TestShowsNoSecret has a server put secrets wherever it can, also as the symbol of an error.
func TestShowsNoSecret(t *testing.T) {
	t.Parallel()

	const token, partOfAppToken = "TOKEN_OF_A_USER_", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	minted := 0
	tokens := emulator.WithTokenSource(func() string {
		minted++

		return fmt.Sprint(token, minted)
	})
	var e *emulator.Emulator
	run(t, t, gen.With(t, map[string]string{"echo_app": "true"}), func(of *emulator.Emulator) {
		e = of
		e.Fail("groupdel", 2, emulator.Refuse(token+"1", http.StatusNotFound, ""))
		e.Fail("useradd", 2, emulator.Refuse(partOfAppToken, http.StatusBadRequest, ""))
	}, func(found *Findings) {
		for _, question := range []string{"unknown_group", "missing_parameter"} {
			if got := found.Unanswered[question]; got != "odd symbol" {
				t.Errorf("%s is not answered: %q", question, got)
			}
		}
		file := profile.File{Version: profile.Version, Answers: found.Answers}
		var table bytes.Buffer
		if err := found.WriteTable(&table, profile.Default()); err != nil {
			t.Fatal(err)
		}
		secrets := slices.Concat(e.MintedTokens(), e.WebhookSecrets(), []string{appToken, partOfAppToken})
		secrettest.None(t, secrets, string(file.Encode()), table.String(), found)
	}, tokens)
}
