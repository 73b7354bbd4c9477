// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package profile says how a mesibo back end answers where documents are silent or contradict each other. The emulator
// behaves as a profile tells it to; mesibo-probe finds the profile of a real service. What several sources agree on is
// no part of a profile: the emulator always does it.
package profile

import "time"

// A Profile has an answer to each question. Those marked "not asked" cannot be seen in a few requests, or asking would
// do harm; mesibo-probe answers all others, as far as the service shows it.
type Profile struct {
	// FailureStatusIsCode gives a failure an HTTP status other than 200: its code. A client of 2022 takes any status but
	// 200 for an error of another kind.
	FailureStatusIsCode bool `json:"failure_status_is_code"`
	// SuccessCode puts a code, 200, into successes. No sample has one.
	SuccessCode bool `json:"success_code"`
	// MaxBodyBytes is the largest request that is taken, 0 for 1 MiB. The vendor's web server template for on-premise has
	// 8192, beyond which that server answers status 413 with a page.
	MaxBodyBytes int `json:"max_body_bytes"`
	// MissingParameter is the answer to a request without a required parameter. A client relies on code 400; the symbol is
	// invented.
	MissingParameter Refusal `json:"missing_parameter"`
	// BadValue is the answer to a value that is refused. Invented.
	BadValue Refusal `json:"bad_value"`
	// Unreadable is the answer to a body that is not JSON. Invented. Not asked.
	Unreadable Refusal `json:"unreadable"`
	// UnknownOpFirst looks at the op before the app token, so that BADOP goes before AUTHFAIL. No source tells. Not
	// asked: a wrong app token is not for trying out.
	UnknownOpFirst bool `json:"unknown_op_first"`
	// EchoApp puts the whole app into successes, with its app token and webhook secret, as a real server did in 2020.
	EchoApp bool `json:"echo_app"`
	// EchoAppInFailures puts it into failures. No source tells.
	EchoAppInFailures bool `json:"echo_app_in_failures"`

	// UIDAsNumber writes uids as numbers; documents of different ages have both.
	UIDAsNumber bool `json:"uid_as_number"`
	// EchoAddress repeats the address in the reply to useradd; documents of different ages differ.
	EchoAddress bool `json:"echo_address"`
	// FoldCase takes addresses for the same that differ in case alone. No source tells.
	FoldCase bool `json:"fold_case"`
	// MaxAddressBytes is the longest address, 0 for no limit. No source has one; 1024 is the most that is asked for.
	MaxAddressBytes int `json:"max_address_bytes"`
	// MaxNameBytes is the longest name of a user; see MaxAddressBytes.
	MaxNameBytes int `json:"max_name_bytes"`
	// MaxAppIDBytes is the longest App ID; see MaxAddressBytes.
	MaxAppIDBytes int `json:"max_app_id_bytes"`
	// RefuseNumericAppID refuses an App ID of digits alone, as one client does by itself.
	RefuseNumericAppID bool `json:"refuse_numeric_app_id"`
	// RefuseZeroExpiry refuses a token without end. That 0 means one is in a comment in the vendor's sample.
	RefuseZeroExpiry bool `json:"refuse_zero_expiry"`
	// MaxExpiryMinutes is the longest life of a token, 0 for no limit. A client sends ten years; a hundred is the most that
	// is asked for.
	MaxExpiryMinutes int `json:"max_expiry_minutes"`
	// AddExistingName is what useradd makes of the name of a user that exists. No source tells.
	AddExistingName Upsert `json:"add_existing_name"`
	// AddExistingActive is what it makes of the status of such a user: active or not. No source tells.
	AddExistingActive Upsert `json:"add_existing_active"`
	// AddEndsTokens makes useradd without a token object end the tokens of a user that exists. No source tells.
	AddEndsTokens bool `json:"add_ends_tokens"`
	// DisableEndsTokens makes "active": false end the tokens of the user. No source tells.
	DisableEndsTokens bool `json:"disable_ends_tokens"`
	// SetName is the member of userset that changes the name. Clients send user.profile.name; the legacy form has name.
	SetName SetName `json:"set_name"`
	// SetActive makes userset enable and disable users. The console and the legacy form do; that JSON does is inferred.
	SetActive bool `json:"set_active"`
	// SetResets makes userset take what it is not given for that of a new user: enabled, without a name. That it leaves it
	// alone is inferred; the console sends -1 for "as it is".
	SetResets bool `json:"set_resets"`
	// UnknownUser is the answer to an op on a user that is not there. Invented.
	UnknownUser Refusal `json:"unknown_user"`
	// SetUnknownUser is what a userset of such a user comes to. No source tells.
	SetUnknownUser Unknown `json:"set_unknown_user"`
	// DeleteUnknownUser is what a userdel of such a user comes to: refused or ok. No source tells.
	DeleteUnknownUser Unknown `json:"delete_unknown_user"`
	// KeepUID gives a user who is deleted and added again the uid of before. That it is a new one is inferred.
	KeepUID bool `json:"keep_uid"`
	// KeepMemberships leaves a deleted user in its groups. That it leaves them is inferred.
	KeepMemberships bool `json:"keep_memberships"`
	// UIDFirst finds a user that a request names by both by its uid. No source tells. Not asked: nobody sends both.
	UIDFirst bool `json:"uid_first"`

	// MintEndsEarlier makes a new token of an App ID end the one before, as the console warns.
	MintEndsEarlier bool `json:"mint_ends_earlier"`
	// VersionsEndEachOther makes it end one of the other version too. No source tells.
	VersionsEndEachOther bool `json:"versions_end_each_other"`
	// RemoveScope is what userset with token.remove ends when it names an App ID; the vendor's sample names none, a client
	// does.
	RemoveScope RemoveScope `json:"remove_scope"`
	// UserTokenJSON offers usertoken in JSON; only its legacy form has a source. Not asked: nothing here uses it.
	UserTokenJSON bool `json:"user_token_json"`

	// UserLookups offers usersget. Self-hosted back ends do (official documentation of 2026), as the hosted service did
	// (documentation of 2018-2020); a server without answers BADOP.
	UserLookups bool `json:"user_lookups"`
	// GroupLookups offers groupsget, of which the same is said.
	GroupLookups bool `json:"group_lookups"`
	// RowsPerAppID shows a row for each address and App ID, not one for each address with the App ID that was minted last.
	// Clients differ in what they expect.
	RowsPerAppID bool `json:"rows_per_app_id"`
	// RowCap is the most rows that usersget and groupsget return, 0 for no cap. The documentation of 2018-2020 says 20.
	RowCap int `json:"row_cap"`
	// HideTokens leaves the tokens out of the rows. A client of 2023 decodes them.
	HideTokens bool `json:"hide_tokens"`
	// ShowNames puts the name into the rows. No client decodes one.
	ShowNames bool `json:"show_names"`
	// HideActive leaves out of the rows whether a user is enabled. A client of 2023 decodes it.
	HideActive bool `json:"hide_active"`
	// IgnorePattern makes usersget return everybody, whatever address is asked for, as a server would that does not know
	// the JSON form of the op, which is inferred.
	IgnorePattern bool `json:"ignore_pattern"`
	// IgnoreGroupPattern does the same for groupsget.
	IgnoreGroupPattern bool `json:"ignore_group_pattern"`
	// CountAll makes userscount that of all users and not of those that match. A client of 2023 has the name only.
	CountAll bool `json:"count_all"`
	// VisibilityDelay is how long a new user or group is not in the rows. Invented. Not asked: it may differ each time.
	VisibilityDelay Duration `json:"visibility_delay"`

	// GIDAsString writes gids as strings; every sample has numbers.
	GIDAsString bool `json:"gid_as_string"`
	// HideGroupFlags leaves the flags out of the rows of groupsget. The console decodes them.
	HideGroupFlags bool `json:"hide_group_flags"`
	// SetGroupResets makes groupset take what it is not given for that of a new group: without a name, without flags,
	// enabled. That it leaves it alone is inferred; the console sends -1 or nothing for "as it is".
	SetGroupResets bool `json:"set_group_resets"`
	// UnknownGroup is the answer to an op on a group that is not there. Invented.
	UnknownGroup Refusal `json:"unknown_group"`
	// SetUnknownGroup is what a groupset of such a group comes to: refused or ok. No source tells. Not asked.
	SetUnknownGroup Unknown `json:"set_unknown_group"`
	// DeleteUnknownGroup is what a groupdel of such a group comes to: refused or ok. No source tells.
	DeleteUnknownGroup Unknown `json:"delete_unknown_group"`
	// MemberLists offers groupgetmembers; a server without answers BADOP.
	MemberLists bool `json:"member_lists"`
	// MemberCap is the most rows that groupgetmembers returns, 0 for no cap. The documentation of 2018-2020 says 20; a
	// client asks its own server for 100000.
	MemberCap int `json:"member_cap"`
	// MemberRemoval is the JSON forms that remove members; sources contradict each other.
	MemberRemoval MemberRemoval `json:"member_removal"`
	// RemoveNonMember is what removing a user comes to who is no member: refused or ok. No source tells.
	RemoveNonMember Unknown `json:"remove_non_member"`
	// UnknownMember is the answer to an addition of who is no user. That it is refused is from the console; the form is
	// invented.
	UnknownMember Refusal `json:"unknown_member"`
	// AddOtherMembers adds the users among several members when one of them is no user. No source tells.
	AddOtherMembers bool `json:"add_other_members"`
	// DenyByDefault lets a member do nothing when a request does not say what it may do. No source tells.
	DenyByDefault bool `json:"deny_by_default"`

	// MessageToUnknown is what a message to who is no user comes to: refused or ok. No source tells. Not asked.
	MessageToUnknown Unknown `json:"message_to_unknown"`

	// Latency is added to each exchange. Not asked.
	Latency Duration `json:"latency"`
	// RequestsPerSecond answers status 429 with Retry-After above that rate, 0 for no limit. Invented. Not asked: whoever
	// looks for it floods the service.
	RequestsPerSecond float64 `json:"requests_per_second"`
	// TokenBreachAfter is how many client addresses may use an app before it is disabled for good, 0 for any number. The
	// official documentation says 5. Not asked: it would disable the app.
	TokenBreachAfter int `json:"token_breach_after"`
}

// Default is what is most likely where nothing else is known: each answer is that of the best source for it.
func Default() Profile {
	return Profile{
		MissingParameter: Refusal{"MISSINGPARAM", 400},
		BadValue:         Refusal{"BADVALUE", 400},
		Unreadable:       Refusal{"BADREQUEST", 400},
		EchoAddress:      true,
		AddExistingName:  UpsertKept, AddExistingActive: UpsertKept,
		SetName: SetNameBoth, SetActive: true,
		UnknownUser:    Refusal{"NOTFOUND", 404},
		SetUnknownUser: UnknownRefused, DeleteUnknownUser: UnknownRefused,
		MintEndsEarlier: true, VersionsEndEachOther: true,
		RemoveScope:   RemoveAppID,
		UserTokenJSON: true,
		UserLookups:   true, GroupLookups: true, RowCap: 20,
		UnknownGroup:    Refusal{"NOTFOUND", 404},
		SetUnknownGroup: UnknownRefused, DeleteUnknownGroup: UnknownRefused,
		MemberLists: true, MemberCap: 20, MemberRemoval: RemoveByAny,
		RemoveNonMember:  UnknownOK,
		UnknownMember:    Refusal{"BADMEMBER", 400},
		MessageToUnknown: UnknownRefused,
	}
}

// SetLookups offers usersget and groupsget, or neither.
func (p *Profile) SetLookups(offered bool) {
	p.UserLookups, p.GroupLookups = offered, offered
}

// SetUnknown says what changing and deleting come to of users and groups that are not there.
func (p *Profile) SetUnknown(answer Unknown) {
	p.SetUnknownUser, p.DeleteUnknownUser = answer, answer
	p.SetUnknownGroup, p.DeleteUnknownGroup = answer, answer
}

// A Refusal is how a failure reads. Without a code it is in the short form, which has neither cause nor properties.
type Refusal struct {
	Error string `json:"error"` // symbol
	Code  int    `json:"code"`  // like an HTTP status; 0 for none
}

// Unknown is what an op comes to that is about something that is not there.
type Unknown string

// What such an op comes to.
const (
	UnknownRefused Unknown = "refused"
	UnknownOK      Unknown = "ok"    // a success, and nothing happens
	UnknownAdded   Unknown = "added" // a success, and what was not there is
)

// Upsert is what an op that adds makes of something that is there.
type Upsert string

// What it makes of it.
const (
	UpsertKept  Upsert = "kept"  // it stays as it is
	UpsertSet   Upsert = "set"   // it changes when it is given
	UpsertReset Upsert = "reset" // when it is not given, it becomes that of who is new
)

// SetName is the member of userset that changes the name of a user.
type SetName string

// The members of userset that may change a name.
const (
	SetNameUser    SetName = "user.name"
	SetNameProfile SetName = "user.profile.name"
	SetNameBoth    SetName = "both"
)

// RemoveScope says which tokens of a user are ended by userset with token.remove.
type RemoveScope string

// Scopes of a removal.
const (
	RemoveAppID RemoveScope = "app_id" // those of the given App ID; all when none is given
	RemoveAll   RemoveScope = "all"    // all
)

// MemberRemoval is a set of the JSON forms that remove members. The legacy form, delete=1, always does.
type MemberRemoval int

// The JSON forms that remove members.
const (
	RemoveByRemove          MemberRemoval = 1 << iota // "members.remove": 1 (third-party code of 2023)
	RemoveByNullPermissions                           // "members.permissions": null (third-party code of 2025)
	RemoveByDelete                                    // "group.delete": 1 (vendor's sample)

	RemoveByAny = RemoveByRemove | RemoveByNullPermissions | RemoveByDelete
)

// Duration is a time in Go's notation, such as "1m30s".
type Duration time.Duration
