// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Each bit as the vendor's header has it, and the word that it stands for.
func TestFlagBits(t *testing.T) {
	t.Parallel()

	tests := map[uint32]struct{ setting, word string }{
		0x1:     {"send", "selected"},
		0x2:     {"send", "anyone"},
		0x10:    {"receive", "selected"},
		0x20:    {"receive", "round_robin"},
		0x40:    {"store_messages", "false"},
		0x80:    {"loopback", "true"},
		0x100:   {"publish", "selected"},
		0x200:   {"publish", "anyone"},
		0x1000:  {"subscribe", "selected"},
		0x2000:  {"subscribe", "anyone"},
		0x10000: {"list", "selected"},
		0x20000: {"list", "anyone"},
	}
	covered := uint32(0)
	for bit, tt := range tests {
		covered |= bit
		if got, err := encode(map[string]string{tt.setting: tt.word}); got != bit || err != nil {
			t.Errorf("%s = %s is %#x, %v, want %#x", tt.setting, tt.word, got, err, bit)
		}
		words, other := decode(bit)
		if words[tt.setting] != tt.word || other != 0 {
			t.Errorf("%#x says %s = %s and %#x besides, want %s", bit, tt.setting, words[tt.setting], other, tt.word)
		}
	}
	if covered != knownBits() {
		t.Errorf("the table has the bits %#x, tested are %#x", knownBits(), covered)
	}

	defaults := map[string]string{
		"send": "members", "receive": "members", "publish": "members", "subscribe": "members", "list": "members",
		"store_messages": "true", "loopback": "false",
	}
	words, _ := decode(0)
	if diff := cmp.Diff(defaults, words); diff != "" {
		t.Errorf("a group without flags (-want +got):\n%s", diff)
	}
}

func TestFlagsRefused(t *testing.T) {
	t.Parallel()

	for want, words := range map[string]map[string]string{
		`send cannot be "all", only members, selected, anyone`:                 {"send": "all"},
		`receive cannot be "anyone", only members, selected, round_robin`:      {"receive": "anyone"},
		`publish cannot be "round_robin", only members, selected, anyone`:      {"publish": "round_robin"},
		`a group has no setting "color"`:                                       {"color": "red"},
		`loopback cannot be "", only false, true`:                              {"loopback": ""},
		`store_messages cannot be "members", only true, false`:                 {"store_messages": "members"},
		`list cannot be "Anyone", only members, selected, anyone`:              {"list": "Anyone"},
		`subscribe cannot be "members ", only members, selected, anyone`:       {"subscribe": "members "},
		`receive cannot be "round robin", only members, selected, round_robin`: {"receive": "round robin"},
	} {
		if _, err := encode(words); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", words, err, want)
		}
	}
}

// Words come back from their flags, and flags from their words and the bits that no word is for, whatever they are.
func TestFlagsRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		words := map[string]string{}
		for _, s := range settings {
			words[s.name] = rapid.SampledFrom(s.words).Draw(t, s.name)
		}
		flags, err := encode(words)
		if err != nil {
			t.Fatal(err)
		}
		other := rapid.Uint32().Draw(t, "other") &^ knownBits()
		gotWords, gotOther := decode(flags | other)
		if !maps.Equal(gotWords, words) || gotOther != other {
			t.Fatalf("%#x says %v and %#x, want %v and %#x", flags|other, gotWords, gotOther, words, other)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		flags := rapid.Uint32().Draw(t, "flags")
		words, other := decode(flags)
		if len(words) < len(settings) {
			return // Two bits contradict each other.
		}
		if back, err := encode(words); err != nil || back|other != flags {
			t.Fatalf("%#x becomes %#x, %v", flags, back|other, err)
		}
	})
}
