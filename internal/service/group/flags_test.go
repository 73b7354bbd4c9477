// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"
)

// knownBits is the bits that belong to a setting.
var knownBits = func() uint32 {
	_, other := wordsFromFlags(0xFFFFFFFF)

	return ^other
}()

// Each bit as the vendor's header defines it, and the word that it stands for.
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
		if got, err := flagsFromSettings(map[string]attr.Value{tt.setting: types.StringValue(tt.word)}); got != bit || err != nil {
			t.Errorf("%s = %s gives %#x, %v, want %#x", tt.setting, tt.word, got, err, bit)
		}
		words, other := wordsFromFlags(bit)
		if words[tt.setting].ValueString() != tt.word || other != 0 {
			t.Errorf("%#x gives %s = %s and other bits %#x, want %s", bit, tt.setting, words[tt.setting], other, tt.word)
		}
	}
	if covered != knownBits {
		t.Errorf("the settings have the bits %#x, tested are %#x", knownBits, covered)
	}

	defaults := settingsModel{
		Send: types.StringValue("members"), Receive: types.StringValue("members"), Publish: types.StringValue("members"),
		Subscribe: types.StringValue("members"), List: types.StringValue("members"),
		StoreMessages: types.BoolValue(true), Loopback: types.BoolValue(false),
	}
	if diff := cmp.Diff(defaults, settingsFromFlags(0)); diff != "" {
		t.Errorf("a group without flags (-want +got):\n%s", diff)
	}
}

func TestSettingsRefused(t *testing.T) {
	t.Parallel()

	word := func(name, word string) map[string]attr.Value {
		return map[string]attr.Value{name: types.StringValue(word)}
	}
	for want, values := range map[string]map[string]attr.Value{
		`send cannot be "all", only members, selected, anyone`:                word("send", "all"),
		`receive cannot be "anyone", only members, selected, round_robin`:     word("receive", "anyone"),
		`loopback cannot be "", only false, true`:                             word("loopback", ""),
		`store_messages cannot be "members", only true, false`:                word("store_messages", "members"),
		`a group has no setting "color"`:                                      word("color", "red"),
		`send is neither a string nor a bool`:                                 {"send": types.Int64Value(1)},
		`a group has no setting "shape"`:                                      {"shape": types.StringNull()},
		`other cannot be 1, because it contains bits that belong to settings`: {"other": types.Int64Value(1)},
		`other cannot be -8, only a number from 0 to 4294967295`:              {"other": types.Int64Value(-8)},
		`other cannot be 1.5, only a number from 0 to 4294967295`:             {"other": types.NumberValue(big.NewFloat(1.5))},
	} {
		if _, err := flagsFromSettings(values); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", values, err, want)
		}
	}
}

// Any flags either contradict themselves, or are the flags for their own words and the bits that belong to no setting.
func TestFlagsRoundTrip(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		flags := rapid.Uint32().Draw(t, "flags")
		words, other := wordsFromFlags(flags)
		if other&knownBits != 0 {
			t.Fatalf("%#x belong to no setting", other)
		}
		if len(words) < len(settings) {
			return
		}
		values := map[string]attr.Value{otherBits: types.NumberValue(new(big.Float).SetUint64(uint64(other)))}
		for name, word := range words {
			values[name] = word
		}
		if got, err := flagsFromSettings(values); got != flags || err != nil {
			t.Fatalf("%#x becomes %#x, %v", flags, got, err)
		}
	})
}
