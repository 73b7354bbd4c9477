// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"fmt"
	"slices"
	"strings"
)

// A setting is one thing that the flags of a group say, in words. The bits are those of the vendor's SDK (header
// Mesibo.h); the official group tutorial agrees on the lowest byte.
type setting struct {
	name  string   // the attribute of mesibo_group
	words []string // the default first
	bits  []uint32 // of each word
}

const (
	members    = "members"
	selected   = "selected"
	anyone     = "anyone"
	roundRobin = "round_robin"
	no         = "false"
	yes        = "true"
)

// The table of what the flags mean. A switch is a setting with the words "true" and "false".
var (
	settingSend          = setting{"send", []string{members, selected, anyone}, []uint32{0, 0x1, 0x2}}
	settingReceive       = setting{"receive", []string{members, selected, roundRobin}, []uint32{0, 0x10, 0x20}}
	settingPublish       = setting{"publish", []string{members, selected, anyone}, []uint32{0, 0x100, 0x200}}
	settingSubscribe     = setting{"subscribe", []string{members, selected, anyone}, []uint32{0, 0x1000, 0x2000}}
	settingList          = setting{"list", []string{members, selected, anyone}, []uint32{0, 0x10000, 0x20000}}
	settingStoreMessages = setting{"store_messages", []string{yes, no}, []uint32{0, 0x40}}
	settingLoopback      = setting{"loopback", []string{no, yes}, []uint32{0, 0x80}}

	settings = []setting{
		settingSend, settingReceive, settingPublish, settingSubscribe, settingList, settingStoreMessages, settingLoopback,
	}
)

// oneOf returns the words for a description.
func (s setting) oneOf() string {
	return "`" + strings.Join(s.words, "`, `") + "`"
}

// mask is all bits of a setting.
func (s setting) mask() uint32 {
	var mask uint32
	for _, bits := range s.bits {
		mask |= bits
	}

	return mask
}

// knownBits is all bits that settings give a meaning.
func knownBits() uint32 {
	var known uint32
	for _, s := range settings {
		known |= s.mask()
	}

	return known
}

// encode returns the flags that say these words, by the name of the setting. A setting without a word has its default.
func encode(words map[string]string) (uint32, error) {
	var flags uint32
	known := map[string]bool{}
	for _, s := range settings {
		known[s.name] = true
		word, given := words[s.name]
		if !given {
			continue
		}
		i := slices.Index(s.words, word)
		if i < 0 {
			return 0, fmt.Errorf("%s cannot be %q, only %s", s.name, word, strings.Join(s.words, ", "))
		}
		flags |= s.bits[i]
	}
	for name := range words {
		if !known[name] {
			return 0, fmt.Errorf("a group has no setting %q", name)
		}
	}

	return flags, nil
}

// decode returns the words that flags say, by the name of the setting. A setting of which two bits contradict each
// other has none. The bits that no setting knows come second.
func decode(flags uint32) (words map[string]string, other uint32) {
	words = map[string]string{}
	for _, s := range settings {
		if i := slices.Index(s.bits, flags&s.mask()); i >= 0 {
			words[s.name] = s.words[i]
		}
	}

	return words, flags &^ knownBits()
}
