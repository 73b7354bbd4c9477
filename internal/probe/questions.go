// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import "encoding/json"

// A question has the name of its answer in a profile. What the answer lacks is an error of the evidence.
type question struct {
	name, words string
	answer      func(*evidence) any
}

// questions are in the order of a profile.
var questions = []question{
	{"max_body_bytes", "How large may a request be? (0: larger than 8192 bytes)", (*evidence).maxBodyBytes},
	{"missing_parameter", "How is a missing parameter refused?",
		func(e *evidence) any { return e.refusal("empty request") }},
	{"echo_app", "Do replies contain the app, with its secrets?",
		func(e *evidence) any { return e.after("add " + twoApps).replies["add "+twoApps].Object("app") != nil }},

	{"uid_as_number", "Are uids numbers?",
		func(e *evidence) any { _, isNumber := e.uid("add " + twoApps).(json.Number); return isNumber }},
	{"fold_case", "Are addresses the same that differ only in case?",
		func(e *evidence) any { return e.uid("add "+updated) == e.uid("add "+upper) }},
	{"add_existing_name", "What does useradd do to the name of an existing user?",
		func(e *evidence) any { return e.upsert(e.name(revised) == nameB, e.name(updated) != nameA) }},
	{"add_existing_active", "What does it do to the status?",
		func(e *evidence) any { return e.upsert(e.inactive(updated), !e.inactive(revised)) }},
	{"add_ends_tokens", "Does useradd without a token end tokens?",
		func(e *evidence) any { return e.allEnded(readded, "readd "+readded) }},
	{"disable_ends_tokens", "Does disabling a user end tokens?",
		func(e *evidence) any {
			return e.require(e.inactive(disabled), "userset does not disable the user").allEnded(disabled, "set "+disabled)
		}},
	{"set_name", "Which member of userset changes the name?", (*evidence).setName},
	{"set_resets", "Does userset reset what the request leaves out?",
		func(e *evidence) any { return !e.after("set " + renamed).inactive(renamed) }},
	{"unknown_user", "How is an op on an unknown user refused?",
		func(e *evidence) any { return e.refusal("set "+nobody, "delete unknown user") }},
	{"set_unknown_user", "What is the outcome of userset for an unknown user?", (*evidence).setUnknownUser},
	{"delete_by_address", "Does userdel take an address? (false: only a uid)", (*evidence).deleteByAddress},
	{"delete_unknown_user", "What is the outcome of userdel for an unknown user?",
		func(e *evidence) any { return e.outcome("delete unknown user") }},
	{"keep_uid", "Does a user that is deleted and added again keep its uid?",
		func(e *evidence) any { return e.deleted().uid("add "+kept) == e.uid("readd "+kept) }},

	{"mint_ends_earlier", "Does minting end the earlier token of the App ID?",
		func(e *evidence) any { return e.earlierEnded(again) }},
	{"versions_end_each_other", "Does minting version 2 end a token of version 1?",
		func(e *evidence) any { return e.earlierEnded(versions) }},
	{"remove_scope", "What does removing the token of an App ID end?", (*evidence).removeScope},

	{"user_lookups", "Is usersget offered?",
		func(e *evidence) any { return e.offers("look up user", "users") }},
	{"group_lookups", "Is groupsget offered?",
		func(e *evidence) any { return e.offers("look up no group", "groups") }},
	{"rows_per_app_id", "Is there a row for each App ID of a user?",
		func(e *evidence) any { return len(e.ownRows()) > 1 }},
	{"row_cap", "How many rows does usersget return at most? (0: all)",
		func(e *evidence) any { return e.rowCap("look up all users", "users") }},
	{"hide_tokens", "Do the rows hide tokens?",
		func(e *evidence) any { return !anyMember(e.ownRows(), "token") }},
	{"show_names", "Do the rows show names?",
		func(e *evidence) any { return anyMember(e.ownRows(), "name") }},
	{"ignore_pattern", "Does usersget return all users for any pattern?", (*evidence).ignorePattern},
	{"ignore_group_pattern", "Does groupsget return all groups for any pattern?",
		func(e *evidence) any { return len(e.rows("look up no group", "groups")) > 0 }},
	{"count_all", "Does userscount count all users?", (*evidence).countAll},

	{"group_expiry", "How many seconds does a group live? (0: for ever)", (*evidence).groupExpiry},
	{"group_expiry_in_minutes", "Is the expiry of a group in minutes?", (*evidence).groupExpiryInMinutes},
	{"set_group_resets", "Does groupset reset what the request leaves out?", (*evidence).setGroupResets},
	{"unknown_group", "How is an op on an unknown group refused?",
		func(e *evidence) any {
			return e.after("delete group").refusal("delete group again", "edit deleted group")
		}},
	{"delete_unknown_group", "What is the outcome of groupdel for an unknown group?",
		func(e *evidence) any { return e.after("delete group").outcome("delete group again") }},
	{"member_lists", "Is groupgetmembers offered?",
		func(e *evidence) any { return e.offers("list members", "members") }},
	{"member_cap", "How many rows does groupgetmembers return at most? (0: all)",
		func(e *evidence) any { return e.after("join everybody").rowCap("list all members", "members") }},
	{"member_removal", "Which forms remove members?",
		func(e *evidence) any { return e.memberRemoval() }},
	{"remove_non_member", "What is the outcome of removing a user that is not a member?",
		func(e *evidence) any {
			return e.require(e.memberRemoval() != 0, "no form removes members").outcome("remove non-member")
		}},
	{"unknown_member", "How is a member refused that is not a user?",
		func(e *evidence) any {
			return e.after("add "+other, "add "+disabled, "add group").refusal("join "+nobody, "join "+never)
		}},
}

// notAsked says why the other questions of a profile are not asked.
var notAsked = []question{
	{name: "add_resets_permissions", words: "no reply shows permissions"},
	{name: "set_unknown_group", words: "the provider only changes groups that it has found"},
	{name: "requests_per_second", words: "it would flood the service"},
	{name: "token_breach_after", words: "it would disable the app"},
}
