// Copyright (c) mesibo-community contributors
// SPDX-License-Identifier: MPL-2.0

package mesibo

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestEveryOpHasAClass finds the ops in the source, so that a new one cannot be forgotten in the table.
func TestEveryOpHasAClass(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, isValue := node.(*ast.ValueSpec)
			if !isValue {
				return true
			}
			if kind, isName := spec.Type.(*ast.Ident); !isName || kind.Name != "Op" {
				return true
			}
			for _, value := range spec.Values {
				literal, isLiteral := value.(*ast.BasicLit)
				if !isLiteral {
					t.Errorf("%s: the op %s is not a literal", file, spec.Names[0])

					continue
				}
				found++
				name, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				if _, known := classes[Op(name)]; !known {
					t.Errorf("%s: the op %s has no class", file, name)
				}
			}

			return true
		})
	}
	if found != len(classes) {
		t.Errorf("%d ops in the source, %d in the table", found, len(classes))
	}
}

func TestRepeats(t *testing.T) {
	t.Parallel()

	always := map[class]bool{classRead: true, classRepeatable: true, classOnce: true}
	never := map[class]bool{}
	tests := map[outcome]map[class]bool{
		neverSent:   always,
		rateLimited: always,
		unanswered:  {classRead: true, classRepeatable: true},
		refused:     never,
		succeeded:   never,
		garbled:     never,
	}
	for outcome, want := range tests {
		for class := range always {
			if got := repeatable(class, outcome); got != want[class] {
				t.Errorf("class %d, outcome %d: %v", class, outcome, got)
			}
		}
	}
	if classes["unheard of"] != classOnce {
		t.Error("an unknown op would be repeated")
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()

	const shortest, longest = 500 * time.Millisecond, 30 * time.Second
	for tries, full := range map[int]time.Duration{
		1: shortest, 2: time.Second, 3: 2 * time.Second, 6: 16 * time.Second, 7: longest, 8: longest, 1000: longest,
	} {
		for range 100 {
			if got := backoff(shortest, longest, tries); got < full/2 || got > full {
				t.Errorf("after %d tries: %s, want between %s and %s", tries, got, full/2, full)
			}
		}
	}
	if got := backoff(0, 0, 3); got != 0 {
		t.Errorf("no wait at all is %s", got)
	}
}

var noon = time.Date(2026, time.August, 1, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	t.Parallel()

	tests := map[string]time.Duration{
		"":                                 0,
		"0":                                0,
		"7":                                7 * time.Second,
		" 120 ":                            2 * time.Minute,
		"-1":                               0,
		"1.5":                              0,
		"soon":                             0,
		"9223372036":                       9223372036 * time.Second,
		"9223372037":                       9223372036 * time.Second,
		strings.Repeat("9", 40):            9223372036 * time.Second,
		"Sat, 01 Aug 2026 12:00:30 GMT":    30 * time.Second,
		"Sat, 01 Aug 2026 11:00:00 GMT":    0,
		"Saturday, 01-Aug-26 12:01:00 GMT": time.Minute,
		"Sat Aug  1 12:00:01 2026":         time.Second,
	}
	for header, want := range tests {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("%q gives %s, want %s", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "7", "-1", "99999999999999999999", "Sat, 01 Aug 2026 12:00:30 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := retryAfter(header, noon)
		if got < 0 {
			t.Fatalf("%q gives %s", header, got)
		}
		trimmed := strings.TrimSpace(header)
		if seconds, isNumber := new(big.Int).SetString(trimmed, 10); isNumber && strings.Trim(trimmed, "0123456789") == "" {
			want := new(big.Int).Mul(seconds, big.NewInt(int64(time.Second)))
			if want.IsInt64() && int64(got) != want.Int64() || !want.IsInt64() && got != 9223372036*time.Second {
				t.Fatalf("%q gives %s, want %s ns", header, got, want)
			}
		} else if got != 0 && !strings.ContainsAny(trimmed, ":") {
			t.Fatalf("%q is neither seconds nor a date, and gives %s", header, got)
		}
	})
}
