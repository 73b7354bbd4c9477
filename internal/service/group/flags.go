// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A setting is what some of the flags of a group mean, in words: an attribute of mesibo_group.
type setting struct {
	name, description string
	words             []string // the default first
	bits              []uint32 // for each word
}

// settings is all settings. The bits are those of the vendor's SDK (header Mesibo.h); the official group tutorial
// confirms the lowest byte.
var settings = []setting{
	{"send", "Who may send messages to the group", []string{"members", "selected", "anyone"}, []uint32{0, 0x1, 0x2}},
	{"receive", "Who receives the messages of the group; with `round_robin` each message goes to one of the members in turn",
		[]string{"members", "selected", "round_robin"}, []uint32{0, 0x10, 0x20}},
	{"publish", "Who may publish a stream in a call of the group", []string{"members", "selected", "anyone"}, []uint32{0, 0x100, 0x200}},
	{"subscribe", "Who may subscribe to a stream in a call of the group", []string{"members", "selected", "anyone"}, []uint32{0, 0x1000, 0x2000}},
	{"list", "Who may list the members", []string{"members", "selected", "anyone"}, []uint32{0, 0x10000, 0x20000}},
	{"store_messages", "Whether messages are stored for members who are offline.", []string{"true", "false"}, []uint32{0, 0x40}},
	{"loopback", "Whether a sender receives its own messages.", []string{"false", "true"}, []uint32{0, 0x80}},
}

// wordsDescription returns the description of a setting that is a string attribute.
func (s setting) wordsDescription() string {
	return s.description + ": `" + strings.Join(s.words, "`, `") + "`."
}

// otherBits is the name under which parse_group_flags returns the bits that belong to no setting.
const otherBits = "other"

// flagsFromSettings returns the flags for the values of settings, by name. A null setting has its default.
func flagsFromSettings(values map[string]attr.Value) (uint32, error) {
	var flags uint32
	for _, name := range slices.Sorted(maps.Keys(values)) {
		s := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
		if s < 0 && name != otherBits {
			return 0, fmt.Errorf("a group has no setting %q", name)
		}
		if values[name].IsNull() {
			continue
		}
		if name == otherBits {
			other, err := parseOtherBits(values[name])
			if err != nil {
				return 0, err
			}
			flags |= other

			continue
		}
		var word string
		switch value := values[name].(type) {
		case types.String:
			word = value.ValueString()
		case types.Bool:
			word = value.String()
		default:
			return 0, fmt.Errorf("%s is neither a string nor a bool", name)
		}
		w := slices.Index(settings[s].words, word)
		if w < 0 {
			return 0, fmt.Errorf("%s cannot be %q, only %s", name, word, strings.Join(settings[s].words, ", "))
		}
		flags |= settings[s].bits[w]
	}

	return flags, nil
}

// parseOtherBits returns the bits that belong to no setting. A map contains them as a string.
func parseOtherBits(value attr.Value) (uint32, error) {
	text := strings.Trim(value.String(), `"`)
	bits, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s cannot be %s, only a number from 0 to %d", otherBits, text, uint32(math.MaxUint32))
	}
	if _, other := wordsFromFlags(uint32(bits)); uint64(other) != bits {
		return 0, fmt.Errorf("%s cannot be %s, because it contains bits that belong to settings", otherBits, text)
	}

	return uint32(bits), nil
}

// wordsFromFlags returns the words for flags, by name of setting, and the bits that belong to no setting. A setting whose
// bits contradict each other has no word.
func wordsFromFlags(flags uint32) (words map[string]types.String, other uint32) {
	words, other = map[string]types.String{}, flags
	for _, s := range settings {
		mask := s.bits[1] | s.bits[len(s.bits)-1]
		if i := slices.Index(s.bits, flags&mask); i >= 0 {
			words[s.name] = types.StringValue(s.words[i])
		}
		other &^= mask
	}

	return words, other
}

// settingsModel is the settings of a group as attributes.
type settingsModel struct {
	Send          types.String `tfsdk:"send"`
	Receive       types.String `tfsdk:"receive"`
	Publish       types.String `tfsdk:"publish"`
	Subscribe     types.String `tfsdk:"subscribe"`
	List          types.String `tfsdk:"list"`
	StoreMessages types.Bool   `tfsdk:"store_messages"`
	Loopback      types.Bool   `tfsdk:"loopback"`
}

// settingsFromFlags returns the settings for flags. A setting whose bits contradict each other is null.
func settingsFromFlags(flags uint32) settingsModel {
	words, _ := wordsFromFlags(flags)
	isTrue := func(name string) types.Bool { return types.BoolValue(words[name].ValueString() == "true") }

	return settingsModel{
		Send: words["send"], Receive: words["receive"], Publish: words["publish"], Subscribe: words["subscribe"], List: words["list"],
		StoreMessages: isTrue("store_messages"), Loopback: isTrue("loopback"),
	}
}

// flags returns the flags for the settings, whose words the schema has validated.
func (m settingsModel) flags() uint32 {
	flags, _ := flagsFromSettings(map[string]attr.Value{
		"send": m.Send, "receive": m.Receive, "publish": m.Publish, "subscribe": m.Subscribe, "list": m.List,
		"store_messages": m.StoreMessages, "loopback": m.Loopback,
	})

	return flags
}
