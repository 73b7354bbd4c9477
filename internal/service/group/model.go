// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package group

import (
	"maps"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/mesibo-community/terraform-provider-mesibo/internal/mesibo"
	"github.com/mesibo-community/terraform-provider-mesibo/internal/service"
)

// model is mesibo_group as configuration, plan and state hold it.
type model struct {
	Name          types.String   `tfsdk:"name"`
	Send          types.String   `tfsdk:"send"`
	Receive       types.String   `tfsdk:"receive"`
	Publish       types.String   `tfsdk:"publish"`
	Subscribe     types.String   `tfsdk:"subscribe"`
	List          types.String   `tfsdk:"list"`
	StoreMessages types.Bool     `tfsdk:"store_messages"`
	Loopback      types.Bool     `tfsdk:"loopback"`
	Active        types.Bool     `tfsdk:"active"`
	GID           types.String   `tfsdk:"gid"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what identifies a group for as long as it lives.
type identityModel struct {
	GID types.String `tfsdk:"gid"`
}

// identity returns the identity of the group.
func (m model) identity() identityModel {
	return identityModel{GID: m.GID}
}

// words returns the settings that the flags hold, in words; null ones are left out, and unknown ones.
func (m model) words() map[string]string {
	words := map[string]string{}
	for name, word := range map[string]types.String{
		"send": m.Send, "receive": m.Receive, "publish": m.Publish, "subscribe": m.Subscribe, "list": m.List,
	} {
		if word := service.KnownString(word); word != nil {
			words[name] = *word
		}
	}
	for name, on := range map[string]types.Bool{"store_messages": m.StoreMessages, "loopback": m.Loopback} {
		if on := service.KnownBool(on); on != nil {
			words[name] = strconv.FormatBool(*on)
		}
	}

	return words
}

// withWords returns the model with the settings in words; one without a word is null.
func (m model) withWords(words map[string]string) model {
	text := func(name string) types.String {
		if word, said := words[name]; said {
			return types.StringValue(word)
		}

		return types.StringNull()
	}
	m.Send, m.Receive, m.Publish = text("send"), text("receive"), text("publish")
	m.Subscribe, m.List = text("subscribe"), text("list")
	// A switch has one bit, so it always has a word.
	m.StoreMessages, m.Loopback = types.BoolValue(words["store_messages"] == yes), types.BoolValue(words["loopback"] == yes)

	return m
}

// flags returns the flags that the settings say. They are valid words, for the schema has checked them.
func (m model) flags() uint32 {
	flags, _ := encode(m.words())

	return flags
}

// addRequest is the groupadd that creates the planned group. What the server does by itself is left out.
func (m model) addRequest() mesibo.CreateGroupRequest {
	request := mesibo.CreateGroupRequest{Name: m.Name.ValueString(), Flags: m.flags()}
	if !m.Active.ValueBool() {
		request.Active = service.KnownBool(m.Active)
	}

	return request
}

// setRequest is the groupset that leads from the prior group to the planned one, and whether there is anything to set.
// Of the flags that the server has, those that no setting knows are kept. What has not changed is said again, unless it is
// that of a new group: a server may take what is left out for that.
func (m model) setRequest(prior model, shown uint32) (request mesibo.UpdateGroupRequest, needed bool) {
	request.GID = prior.GID.ValueString()
	switched := !m.Active.Equal(prior.Active)
	if m.Name.Equal(prior.Name) && maps.Equal(m.words(), prior.words()) && !switched {
		return request, false
	}
	_, other := decode(shown)
	request.Name, request.Flags = service.KnownString(m.Name), new(m.flags()|other)
	if switched || !m.Active.ValueBool() {
		request.Active = service.KnownBool(m.Active)
	}

	return request, true
}

// created returns the state after the groupadd of the planned group.
func (m model) created(gid string) model {
	m.GID = types.StringValue(gid)

	return m
}

// refreshed returns state m with what the server shows of the group. What it does not show stays.
func (m model) refreshed(shown mesibo.Group) model {
	if shown.Name != nil {
		m.Name = types.StringValue(*shown.Name)
	}
	if shown.Flags != nil {
		words, _ := decode(*shown.Flags)
		m = m.withWords(words)
	}
	if shown.Active != nil {
		m.Active = types.BoolValue(*shown.Active)
	}

	return m
}

// withImportDefaults takes an imported group for enabled: no server shows whether it is.
func (m model) withImportDefaults() model {
	m.Active = types.BoolValue(true)

	return m
}

// flagsKey is where the private state keeps all flags that the server has, as a number.
const flagsKey = "flags"

func encodeFlags(flags uint32) []byte {
	return []byte(strconv.FormatUint(uint64(flags), 10))
}

// decodeFlags returns no flags when none are known.
func decodeFlags(encoded []byte) uint32 {
	flags, err := strconv.ParseUint(string(encoded), 10, 32)
	if err != nil {
		return 0 // of a number that is too large, strconv returns the largest
	}

	return uint32(flags)
}
