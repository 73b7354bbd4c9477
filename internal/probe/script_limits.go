// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package probe

import (
	"fmt"
	"strings"
)

// spare is the address of the next user that is not there. It is the same until the user has been added.
func (p *probe) spare() string {
	for n := 1; ; n++ {
		address := p.address(fmt.Sprintf("user-%d", n))
		if _, there := p.users[address]; !there {
			return address
		}
	}
}

// fill makes a text of so many bytes that begins with the given one.
func fill(text string, size int) string {
	return text + strings.Repeat("x", max(0, size-len(text)))
}

// askLimits tries values out on users of their own. A value that is taken costs nothing: many users are needed anyhow.
func (p *probe) askLimits() {
	sizes := [3]int{64, 255, 1024}
	p.askLimit("max_address_bytes", sizes, func(size int) reply {
		address := fill(p.address("long-"), size)
		r := p.add(address, nil)
		if kept, echoed := r.object("user")["address"]; echoed && kept != address {
			p.unseen("the user is kept under another address", "max_address_bytes")
		}

		return r
	})
	p.askLimit("max_name_bytes", sizes, func(size int) reply {
		return p.add(p.spare(), object{"name": fill("", size)})
	})
	mint := func(token object) reply {
		_, r := p.mint(p.spare(), token, nil)

		return r
	}
	p.askLimit("max_app_id_bytes", sizes, func(size int) reply {
		return mint(object{"appid": fill("com.example.", size)})
	})
	p.askLimit("max_expiry_minutes", [3]int{usualExpiry, 10 * usualExpiry, 100 * usualExpiry}, func(minutes int) reply {
		return mint(object{"appid": appA, "expiry": minutes})
	})
	p.askRefused("refuse_numeric_app_id", mint(object{"appid": "4711"}))
	p.askRefused("refuse_zero_expiry", mint(object{"appid": appA, "expiry": 0}))
	p.unseen("no value is refused", "bad_value")
}

// askLimit finds the largest of three values that is taken; it is no limit when it is the largest of all. It begins in the
// middle, so that at most one is refused.
func (p *probe) askLimit(question string, values [3]int, try func(int) reply) {
	taken := func(value int) (taken, seen bool) {
		r := try(value)
		p.refusal("bad_value", r)
		if !r.ok && !r.refused() {
			p.unseen(r.why(), question)
		}

		return r.ok, r.ok || r.refused()
	}
	middle, seen := taken(values[1])
	if !seen {
		return
	}
	if middle {
		if most, seen := taken(values[2]); seen && most {
			p.answer(question, 0)
		}
		p.answer(question, values[1])

		return
	}
	if least, seen := taken(values[0]); seen && least {
		p.answer(question, values[0])
	}
	p.unseen(fmt.Sprintf("%d is refused too", values[0]), question)
}

// askRefused answers whether a value is refused.
func (p *probe) askRefused(question string, r reply) {
	p.refusal("bad_value", r)
	switch {
	case r.ok:
		p.answer(question, false)
	case r.refused():
		p.answer(question, true)
	default:
		p.unseen(r.why(), question)
	}
}
