// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

// Package profile describes how a mesibo back end behaves where the documentation is silent or sources contradict each
// other. The emulator behaves as a profile says, and mesibo-probe finds out the profile of a real service. What several
// sources agree on, and what makes no difference to the provider or its users, is not part of a profile.
package profile

// A Profile has an answer to each question. mesibo-probe asks all of them except those marked "not asked", which a few
// requests cannot answer or which would do harm. "No source" means that no public document or client says it.
type Profile struct {
	// MaxBodyBytes is the size of the largest request, 0 for 1 MiB. A larger one is answered with status 413 and a page. The
	// vendor's web server template for on-premise has 8192.
	MaxBodyBytes int `json:"max_body_bytes"`
	// MissingParameter is the answer when a required parameter is missing. A real server answered MISSINGPARA without a code
	// in 2019; a client of 2026 relies on code 400. Both at once is inferred.
	MissingParameter Refusal `json:"missing_parameter"`
	// EchoApp adds the app to every reply, with its app token and webhook secret, as a real server did in 2020.
	EchoApp bool `json:"echo_app"`

	// UIDAsNumber writes uids as numbers. Documents of different years have numbers and strings.
	UIDAsNumber bool `json:"uid_as_number"`
	// FoldCase makes addresses that differ only in case the same address. The vendor's installer for on-premise makes its
	// data base with a collation that ignores case.
	FoldCase bool `json:"fold_case"`
	// AddExistingName is what useradd does to the name of an existing user. No source.
	AddExistingName Upsert `json:"add_existing_name"`
	// AddExistingActive is what useradd does to the status of an existing user: enabled or disabled. No source.
	AddExistingActive Upsert `json:"add_existing_active"`
	// AddResetsPermissions makes useradd reset the permissions of an existing user that the request lacks. No source. Not asked:
	// no reply shows permissions.
	AddResetsPermissions bool `json:"add_resets_permissions"`
	// AddEndsTokens makes useradd without a token object end the tokens of an existing user. No source.
	AddEndsTokens bool `json:"add_ends_tokens"`
	// DisableEndsTokens makes "active": false end the tokens of the user. No source.
	DisableEndsTokens bool `json:"disable_ends_tokens"`
	// SetName is the member of userset that changes the name. Clients send user.profile.name; the legacy form has name.
	SetName SetName `json:"set_name"`
	// SetResets makes userset reset the name and status that a request lacks. The console sends -1 for "unchanged" (inferred).
	SetResets bool `json:"set_resets"`
	// UnknownUser is the answer to an op on a user that does not exist. Invented.
	UnknownUser Refusal `json:"unknown_user"`
	// SetUnknownUser is the outcome of userset for a user that does not exist. No source.
	SetUnknownUser Unknown `json:"set_unknown_user"`
	// DeleteByAddress makes userdel find a user by address, as the vendor's sample of 2022 does. It always does by uid, as in the
	// documentation of 2018-2020 and a client of 2023.
	DeleteByAddress bool `json:"delete_by_address"`
	// DeleteUnknownUser is the outcome of userdel for a user that does not exist: refused or ok. No source.
	DeleteUnknownUser Unknown `json:"delete_unknown_user"`
	// KeepUID gives a user that is deleted and added again its former uid. That the uid is new is inferred.
	KeepUID bool `json:"keep_uid"`

	// MintEndsEarlier makes a new token of an App ID end the earlier one. No source.
	MintEndsEarlier bool `json:"mint_ends_earlier"`
	// VersionsEndEachOther makes a new token also end an earlier one of the other token version. No source.
	VersionsEndEachOther bool `json:"versions_end_each_other"`
	// RemoveScope says which tokens token.remove ends with an App ID. The vendor's sample sends none, a client does.
	RemoveScope RemoveScope `json:"remove_scope"`

	// UserLookups offers usersget. Self-hosted back ends do (official documentation of 2026), the hosted service did in 2018-2020.
	UserLookups bool `json:"user_lookups"`
	// GroupLookups offers groupsget, with the same sources.
	GroupLookups bool `json:"group_lookups"`
	// RowsPerAppID returns a row for each App ID of a user, instead of one with the App ID that was minted last. Clients differ.
	RowsPerAppID bool `json:"rows_per_app_id"`
	// RowCap is the most rows that usersget and groupsget return, 0 for no cap. The documentation of 2018-2020 says 20.
	RowCap int `json:"row_cap"`
	// HideTokens leaves the tokens out of the rows. A client of 2023 decodes them.
	HideTokens bool `json:"hide_tokens"`
	// ShowNames adds the name to the rows. No client decodes one.
	ShowNames bool `json:"show_names"`
	// IgnorePattern makes usersget return every user, as a server would that does not know this JSON form, which is inferred.
	IgnorePattern bool `json:"ignore_pattern"`
	// IgnoreGroupPattern makes groupsget return every group.
	IgnoreGroupPattern bool `json:"ignore_group_pattern"`
	// CountAll makes userscount the number of all users instead of those that match. A client of 2023 has only the name.
	CountAll bool `json:"count_all"`

	// GroupExpiry is the life of a group in seconds when the request names none, 0 for ever. The documentation of 2018-2020
	// has a year.
	GroupExpiry int `json:"group_expiry"`
	// GroupExpiryInMinutes takes the expiry in a request for minutes. The same documentation has seconds, one client minutes.
	GroupExpiryInMinutes bool `json:"group_expiry_in_minutes"`
	// SetGroupResets makes groupset reset the name, flags, status and life that a request lacks. That it does not is inferred.
	SetGroupResets bool `json:"set_group_resets"`
	// UnknownGroup is the answer to an op on a group that does not exist. Invented.
	UnknownGroup Refusal `json:"unknown_group"`
	// SetUnknownGroup is the outcome of groupset for a group that does not exist: refused or ok. No source. Not asked.
	SetUnknownGroup Unknown `json:"set_unknown_group"`
	// DeleteUnknownGroup is the outcome of groupdel for a group that does not exist: refused or ok. No source.
	DeleteUnknownGroup Unknown `json:"delete_unknown_group"`
	// MemberLists offers groupgetmembers; without it the answer is BADOP.
	MemberLists bool `json:"member_lists"`
	// MemberCap is the most rows of groupgetmembers, 0 for no cap. The same documentation says 20; a client asks for 100000.
	MemberCap int `json:"member_cap"`
	// MemberRemoval lists the JSON forms that remove members. Sources contradict each other.
	MemberRemoval MemberRemoval `json:"member_removal"`
	// RemoveNonMember is the outcome of removing a user that is not a member: refused or ok. No source.
	RemoveNonMember Unknown `json:"remove_non_member"`
	// UnknownMember is the answer to adding a member that is not a user. The console has it refused; the form is invented.
	UnknownMember Refusal `json:"unknown_member"`

	// RequestsPerSecond is the rate above which status 429 is answered, 0 for none. Invented. Not asked: it floods the service.
	RequestsPerSecond float64 `json:"requests_per_second"`
	// TokenBreachAfter is how many client IP addresses may use an app, 0 for any number; the next one disables it. The official
	// documentation says 5. Not asked: it would disable the app.
	TokenBreachAfter int `json:"token_breach_after"`
}

// Default is the most likely behaviour: each answer has the best source for it.
func Default() Profile {
	return Profile{
		MissingParameter: Refusal{"MISSINGPARA", 400},
		AddExistingName:  UpsertKept, AddExistingActive: UpsertKept, SetName: SetNameBoth,
		UnknownUser: Refusal{"NOTFOUND", 404}, SetUnknownUser: UnknownRefused, DeleteByAddress: true, DeleteUnknownUser: UnknownRefused,
		MintEndsEarlier: true, VersionsEndEachOther: true, RemoveScope: RemoveAppID,
		UserLookups: true, GroupLookups: true, RowCap: 20, GroupExpiry: 31_536_000,
		UnknownGroup: Refusal{"NOTFOUND", 404}, SetUnknownGroup: UnknownRefused, DeleteUnknownGroup: UnknownRefused,
		MemberLists: true, MemberCap: 20, MemberRemoval: RemoveByAny,
		RemoveNonMember: UnknownOK, UnknownMember: Refusal{"BADMEMBER", 400},
	}
}

// SetLookups offers both usersget and groupsget, or neither.
func (p *Profile) SetLookups(offered bool) {
	p.UserLookups, p.GroupLookups = offered, offered
}

// SetUnknown sets the outcome of changing and deleting users and groups that do not exist.
func (p *Profile) SetUnknown(outcome Unknown) {
	p.SetUnknownUser, p.DeleteUnknownUser = outcome, outcome
	p.SetUnknownGroup, p.DeleteUnknownGroup = outcome, outcome
}

// A Refusal is the form of a failure. Without a code it is the short form, which has no cause and no properties.
type Refusal struct {
	Error string `json:"error"` // symbol
	Code  int    `json:"code"`  // like an HTTP status; 0 for none
}

// Types of answers.
type (
	// Unknown is the outcome of an op on something that does not exist.
	Unknown string
	// Upsert is what useradd does to a property of an existing user.
	Upsert string
	// SetName is the member of userset that changes the name of a user.
	SetName string
	// RemoveScope says which tokens of a user userset with token.remove ends.
	RemoveScope string
	// MemberRemoval is a set of the JSON forms that remove members. The legacy form, delete=1, always does.
	MemberRemoval int
)

// Answers.
const (
	UnknownRefused Unknown = "refused"
	UnknownOK      Unknown = "ok"    // success, and nothing changes
	UnknownAdded   Unknown = "added" // success, and the object is created

	UpsertKept  Upsert = "kept"  // it never changes
	UpsertSet   Upsert = "set"   // it changes when the request has it
	UpsertReset Upsert = "reset" // and when the request leaves it out, it becomes that of a new user

	SetNameUser    SetName = "user.name"
	SetNameProfile SetName = "user.profile.name"
	SetNameBoth    SetName = "both"

	RemoveAppID RemoveScope = "app_id" // those of the given App ID; all when none is given
	RemoveAll   RemoveScope = "all"

	RemoveByRemove          MemberRemoval = 1 // "members.remove": 1 (third-party code of 2023)
	RemoveByNullPermissions MemberRemoval = 2 // "members.permissions": null (third-party code of 2025)
	RemoveByDelete          MemberRemoval = 4 // "group.delete": 1 (vendor's sample)
	RemoveByAny                           = RemoveByRemove | RemoveByNullPermissions | RemoveByDelete
)
