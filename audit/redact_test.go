package audit_test

import (
	"testing"

	"doorknock/audit"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to cut", "Our boiler has been off for 2 weeks, ring me.", "Our boiler has been off for 2 weeks, ring me."},
		{"e-mail", "write to jo.bloggs+home@mail.example.co.uk please", "write to [e-mail] please"},
		{"e-mail spelt out", "jo (at) example.org", "[e-mail]"},
		{"e-mail with accents", "zoë@exämple.org", "[e-mail]"},
		{"mobile", "call 07700 900123 now", "call [phone] now"},
		{"mobile run together", "07700900123", "[phone]"},
		{"landline with brackets", "(020) 7946 0123", "[phone]"},
		{"country code", "+44 (0)20 7946 0123.", "[phone]."},
		{"double nought", "0044 7700 900123", "[phone]"},
		{"abroad", "+353 1 234 5678", "[phone]"},
		{"dashes", "0113-496-0123", "[phone]"},
		{"a sum and a date stay", "£1,200 since 01/02/2026, ref 123456", "£1,200 since 01/02/2026, ref 123456"},
		{"postcode", "I live in LS1 4AP.", "I live in [postcode]."},
		{"postcode small and joined", "near sw1a1aa", "near [postcode]"},
		{"street number", "leak at 12 High Street again", "leak at [number] High Street again"},
		{"street number small", "12b victoria road", "[number] victoria road"},
		{"range", "the roof of 12-14 Mill Lane", "the roof of [number] Mill Lane"},
		{"flat", "Flat 3, Elm Court", "Flat [number], Elm Court"},
		{"flat number", "flat number 31", "flat number [number]"},
		{"not a house", "3 weeks down the road and no answer", "3 weeks down the road and no answer"},
		{"Mr", "Mr Smith never called", "Mr [name] never called"},
		{"Mrs with initial", "Mrs. J. O'Neill-Jones Brown said", "Mrs [name] said"},
		{"small letters", "spoke to mrs jones today", "spoke to mrs [name] today"},
		{"Dr with accents", "Dr Łukasz", "Dr [name]"},
		{"the verb", "I miss the old warden", "I miss the old warden"},
		{"title alone", "Mr and Mrs Patel", "Mr and Mrs [name]"},
		{"all at once", "Ms Lee, 4 Oak Avenue, M1 1AE, 0161 496 0000, lee@example.com", "Ms [name], [number] Oak Avenue, [postcode], [phone], [e-mail]"},
		{"broken bytes", "a\xff b", "a\uFFFD b"},
		{"Welsh street", "12 Heol Fawr", "[number] Heol Fawr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := audit.Redact(c.in); got != c.want {
				t.Errorf("Redact(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}
