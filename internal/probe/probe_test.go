// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe_test

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
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/probe/sandbox"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/gen"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/testing/secrettest"
)

const appToken = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr"

// direct is a transport that needs no network, so that time can stand still.
type direct struct{ *emulator.Emulator }

func (d direct) RoundTrip(request *http.Request) (response *http.Response, err error) {
	defer func() {
		if recover() != nil { // A dropped connection is a panic of the handler.
			err = io.ErrUnexpectedEOF
		}
	}()
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, request)

	return recorder.Result(), nil
}

// A fataler is a test, or one of its drawn cases.
type fataler interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}

// run probes an emulator from opening to clean-up, and checks what holds for every run. It has to be in a bubble.
func run(t fataler, e *emulator.Emulator, journal string) *probe.Findings {
	t.Helper()

	app, err := sandbox.Open(context.Background(), sandbox.Options{
		Endpoint: "https://mesibo.example/backend/", AppToken: appToken, Agreed: 1, JournalFile: journal,
		MaxRequests: sandbox.MaxRequests, Transport: direct{e},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := probe.Run(context.Background(), app, appToken, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.CleanUp(context.Background()); err != nil {
		t.Fatal(err)
	}
	requests := e.Requests()
	if len(requests) > sandbox.MaxRequests {
		t.Errorf("%d requests", len(requests))
	}
	for i, request := range requests[1:] {
		if apart := request.At.Sub(requests[i].At); apart < time.Second-time.Microsecond {
			t.Errorf("request %d comes %s after the one before", i+2, apart)
		}
	}

	return found
}

// expectClean checks that all is gone that was made, and nothing says that there is more.
func expectClean(t fataler, e *emulator.Emulator, journal string) {
	t.Helper()

	if _, err := os.Stat(journal); !errors.Is(err, os.ErrNotExist) {
		content, _ := os.ReadFile(journal)
		t.Errorf("there is a journal: %s", content)
	}
	if users, groups := e.Users(appToken), e.Groups(appToken); len(users)+len(groups) > 0 {
		t.Errorf("left behind: %v %v", users, groups)
	}
}

// expect compares what was found with what the emulator was told to be.
func expect(t fataler, found *probe.Findings, as profile.Profile) {
	t.Helper()

	want := map[string]string{}
	whole := profile.AnswersOf(as)
	hidden := unseen(as)
	for _, question := range probe.Asked() {
		if !hidden[question] {
			want[question] = string(whole[question])
		}
	}
	got := map[string]string{}
	for question, answer := range found.Answers() {
		got[question] = string(answer)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s\nnot seen: %v", diff, found.Unseen())
	}
	for question, why := range found.Unseen() {
		if why == "" {
			t.Errorf("%s is not seen, and nothing says why", question)
		}
	}
}

// expectNothingWrong checks those answers that there are.
func expectNothingWrong(t fataler, found *probe.Findings, as profile.Profile) {
	t.Helper()

	whole := profile.AnswersOf(as)
	for question, answer := range found.Answers() {
		if string(answer) != string(whole[question]) {
			t.Errorf("%s is found to be %s", question, answer)
		}
	}
}

// unseen is what nobody can see from outside of a back end that behaves like this.
func unseen(as profile.Profile) map[string]bool {
	hidden := map[string]bool{}
	hide := func(when bool, questions ...string) {
		for _, question := range questions {
			hidden[question] = hidden[question] || when
		}
	}
	needRows := []string{"hide_tokens", "show_names", "rows_per_app_id", "row_cap", "ignore_pattern", "count_all"}
	needStatuses := []string{"add_existing_active", "set_resets", "disable_ends_tokens"}
	needNames := []string{"add_existing_name", "set_name"}
	needTokens := []string{"add_ends_tokens", "disable_ends_tokens", "mint_ends_earlier", "versions_end_each_other", "remove_scope"}
	needLists := []string{"member_cap", "member_removal", "remove_non_member"}
	hide(!as.UserLookups, slices.Concat(needRows, needTokens, needNames, needStatuses)...)
	hide(as.HideTokens, needTokens...)
	hide(!as.ShowNames, needNames...)
	hide(as.IgnorePattern, "count_all") // everybody is returned
	hide(!as.GroupLookups, "ignore_group_pattern", "set_group_resets")
	hide(!as.MemberLists, needLists...)
	hide(as.MemberRemoval == 0, "remove_non_member")
	refusesUser := as.SetUnknownUser == profile.UnknownRefused || as.DeleteUnknownUser == profile.UnknownRefused
	hide(!refusesUser, "unknown_user")

	return hidden
}

// TestFindsProfile probes emulators that behave as the committed profiles say.
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
	for name, as := range profiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			roundTrip(t, as)
		})
	}
}

// roundTrip probes an emulator in a bubble of its own.
func roundTrip(t *testing.T, as profile.Profile) (found *probe.Findings, e *emulator.Emulator) {
	t.Helper()

	journal := filepath.Join(t.TempDir(), "journal.json")
	synctest.Test(t, func(t *testing.T) {
		e = emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
		found = run(t, e, journal)
		expectClean(t, e, journal)
		expect(t, found, as)
		t.Logf("%d requests", len(e.Requests()))
	})

	return found, e
}

// TestFindsEveryAnswer changes one answer of the default after the other.
func TestFindsEveryAnswer(t *testing.T) {
	t.Parallel()

	usual := profile.AnswersOf(profile.Default())
	for question, answers := range alternatives() {
		for _, answer := range answers {
			if answer == string(usual[question]) {
				continue // TestFindsProfile has the default.
			}
			t.Run(question+"="+answer, func(t *testing.T) {
				t.Parallel()

				roundTrip(t, gen.With(t, map[string]string{question: answer}))
			})
		}
	}
}

// alternatives has all answers to each question that is asked.
func alternatives() map[string][]string {
	all := gen.Alternatives()
	maps.DeleteFunc(all, func(question string, _ []string) bool { return !slices.Contains(probe.Asked(), question) })

	return all
}

// TestFindsDrawnProfiles probes back ends that differ from the default in anything.
func TestFindsDrawnProfiles(t *testing.T) {
	t.Parallel()

	journal := filepath.Join(t.TempDir(), "journal.json")
	all := alternatives()
	rapid.Check(t, func(r *rapid.T) {
		as := gen.Draw(r, all)
		synctest.Test(t, func(*testing.T) {
			e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
			found := run(r, e, journal)
			expectClean(r, e, journal)
			expect(r, found, as)
		})
	})
}

// TestAsksAllOrSaysWhyNot holds the questions to the fields of a profile.
func TestAsksAllOrSaysWhyNot(t *testing.T) {
	t.Parallel()

	said := slices.Sorted(slices.Values(slices.Concat(probe.Asked(), probe.NotAsked())))
	if diff := cmp.Diff(slices.Sorted(slices.Values(profile.Questions())), said); diff != "" {
		t.Error(diff)
	}
}

// TestMostRequests probes back ends that take the most requests: they refuse what can be refused, and show all else.
func TestMostRequests(t *testing.T) {
	t.Parallel()

	for _, set := range alternatives()["set_unknown_user"] {
		for _, remove := range alternatives()["delete_unknown_user"] {
			t.Run(set+remove, func(t *testing.T) {
				t.Parallel()

				roundTrip(t, gen.With(t, map[string]string{
					"max_body_bytes": "8192", "fold_case": "true", "show_names": "true", "delete_unknown_group": `"ok"`,
					"set_unknown_user": set, "delete_unknown_user": remove,
				}))
			})
		}
	}
}

// TestOddAnswers has one request after the other answered with a page, whether it was carried out or not. That makes no
// answer wrong, whichever it is: some questions are not seen.
func TestOddAnswers(t *testing.T) {
	t.Parallel()

	backEnds := map[string]map[string]string{"usual": {"show_names": "true"}, "unusual": {
		"show_names": "true", "fold_case": "true", "add_existing_name": `"reset"`, "add_existing_active": `"reset"`, "set_resets": "true", "set_group_resets": "true", "add_ends_tokens": "true", "disable_ends_tokens": "true",
		"set_name": `"user.profile.name"`, "set_unknown_user": `"added"`, "delete_unknown_user": `"ok"`, "keep_uid": "true",
		"mint_ends_earlier": "false", "versions_end_each_other": "false", "remove_scope": `"all"`,
		"rows_per_app_id": "true", "count_all": "true", "delete_unknown_group": `"ok"`, "member_removal": `["group.delete"]`,
		"remove_non_member": `"refused"`, "row_cap": "0", "member_cap": "0",
	}}
	faults := map[string]emulator.Fault{"before": emulator.HTMLPage(), "after": emulator.BadGatewayAfterCommit()}
	const beforeCleaningUp = 50
	for nth := 2; nth <= beforeCleaningUp; nth++ { // Who answers the first with a page is not probed at all.
		for kind, answers := range backEnds {
			for when, fault := range faults {
				t.Run(fmt.Sprintf("%s %d %s", kind, nth, when), func(t *testing.T) {
					t.Parallel()

					as := gen.With(t, answers)
					journal := filepath.Join(t.TempDir(), "journal.json")
					synctest.Test(t, func(t *testing.T) {
						e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
						e.Fail("", nth, fault)
						found := run(t, e, journal)
						expectClean(t, e, journal)
						expectNothingWrong(t, found, as)
					})
				})
			}
		}
	}
}

// TestWhatIsNotAsked has no answer get wrong by what is not asked.
func TestWhatIsNotAsked(t *testing.T) {
	t.Parallel()

	for question, answers := range map[string][]string{
		"token_breach_after": {"1"}, "requests_per_second": {"1", "0.8"}, "set_unknown_group": {`"ok"`},
	} {
		for _, answer := range answers {
			t.Run(question+"="+answer, func(t *testing.T) {
				t.Parallel()

				as := gen.With(t, map[string]string{question: answer})
				journal := filepath.Join(t.TempDir(), "journal.json")
				synctest.Test(t, func(t *testing.T) {
					e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now))
					found := run(t, e, journal)
					expectNothingWrong(t, found, as)
				})
			})
		}
	}
}

// TestNoSecretIsFound has a server put secrets wherever it can, and give one as the symbol of an error.
func TestNoSecretIsFound(t *testing.T) {
	t.Parallel()

	journal := filepath.Join(t.TempDir(), "journal.json")
	synctest.Test(t, func(t *testing.T) {
		as := gen.With(t, map[string]string{"echo_app": "true"})
		minted := 0
		e := emulator.New(emulator.WithApp(appToken), emulator.WithProfile(as), emulator.WithClock(time.Now), emulator.WithTokenSource(func() string {
			minted++

			return fmt.Sprintf("TOKEN_OF_A_USER_%04d", minted)
		}))
		e.Fail("groupdel", 2, emulator.Refuse("TOKEN_OF_A_USER_0001", http.StatusNotFound, ""))
		e.Fail("useradd", 2, emulator.Refuse("ABCDEFGHIJKLMNOPQRSTUVWXYZ", http.StatusBadRequest, "")) // a part of the app token
		found := run(t, e, journal)
		expectClean(t, e, journal)

		for _, question := range []string{"unknown_group", "missing_parameter"} {
			if got := found.Unseen()[question]; got != "odd symbol" {
				t.Errorf("%s is not seen: %q", question, got)
			}
		}
		file := profile.File{Version: profile.Version, Answers: found.Answers()}
		var table bytes.Buffer
		if err := found.WriteTable(&table, profile.Default()); err != nil {
			t.Fatal(err)
		}
		secrets := slices.Concat(e.MintedTokens(), e.WebhookSecrets(), []string{appToken, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
		secrettest.None(t, secrets, string(file.Encode()), table.String(), found)
	})
}
