// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

// A need is what a back end has to show for a question to be seen at all.
type need int

// What questions need.
const (
	nothing  need = iota
	rows          // of usersget
	tokens        // in those rows
	names         // in those rows
	statuses      // in those rows
	group         // that could be made
	lists         // of its members
)

// A question is one that is asked. It has the name of the answer in a profile.
type question struct {
	name  string
	words string // the question, for people
	needs need
}

// questions are all that are asked, in the order of the profile.
var questions = []question{
	{"max_body_bytes", "How large may a request be? (0: larger than 8192 bytes)", nothing},
	{"missing_parameter", "How is a missing parameter refused?", nothing},
	{"echo_app", "Do replies contain the app, with its secrets?", nothing},

	{"uid_as_number", "Are uids numbers?", nothing},
	{"fold_case", "Are addresses the same that differ in case alone?", nothing},
	{"add_existing_name", "What does useradd make of the name of a user that exists?", names},
	{"add_existing_active", "What does it make of the status?", statuses},
	{"add_ends_tokens", "Does useradd without a token end tokens?", tokens},
	{"disable_ends_tokens", "Does disabling a user end tokens?", tokens},
	{"set_name", "Which member of userset changes the name?", names},
	{"set_resets", "Does userset reset what it is not given?", statuses},
	{"unknown_user", "How is an op on no user refused?", nothing},
	{"set_unknown_user", "What does userset of no user come to?", nothing},
	{"delete_unknown_user", "What does userdel of no user come to?", nothing},
	{"keep_uid", "Has a user who comes back the uid of before?", nothing},

	{"mint_ends_earlier", "Does minting end the earlier token of the App ID?", tokens},
	{"versions_end_each_other", "Does minting version 2 end one of version 1?", tokens},
	{"remove_scope", "What does removing the token of an App ID end?", tokens},

	{"user_lookups", "Is usersget offered?", nothing},
	{"group_lookups", "Is groupsget offered?", group},
	{"rows_per_app_id", "Is there a row for each App ID of a user?", rows},
	{"row_cap", "How many rows does usersget return at most? (0: all)", rows},
	{"hide_tokens", "Do the rows hide tokens?", rows},
	{"show_names", "Do the rows show names?", rows},
	{"ignore_pattern", "Does usersget return everybody, whoever is asked for?", rows},
	{"ignore_group_pattern", "Does groupsget do so with groups?", group},
	{"count_all", "Is userscount that of all users?", rows},

	{"set_group_resets", "Does groupset reset what it is not given?", group},
	{"unknown_group", "How is an op on no group refused?", group},
	{"delete_unknown_group", "What does groupdel of no group come to?", group},
	{"member_lists", "Is groupgetmembers offered?", group},
	{"member_cap", "How many rows does groupgetmembers return at most? (0: all)", lists},
	{"member_removal", "Which forms remove members?", lists},
	{"remove_non_member", "What does removing who is no member come to?", lists},
	{"unknown_member", "How is a member refused who is no user?", group},
}

// notAsked says why the other questions of a profile are not asked.
var notAsked = []question{
	{name: "set_unknown_group", words: "nothing here changes a group without having seen it"},
	{name: "requests_per_second", words: "it takes a flood of requests"},
	{name: "token_breach_after", words: "the app would be disabled"},
}

// Asked returns the names of the questions that are asked.
func Asked() []string { return namesOf(questions) }

// NotAsked returns the names of those that are not.
func NotAsked() []string { return namesOf(notAsked) }

func namesOf(questions []question) []string {
	var all []string
	for _, q := range questions {
		all = append(all, q.name)
	}

	return all
}
