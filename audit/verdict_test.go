package audit

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVerdictNeedsEvidence(t *testing.T) {
	marker := &Evidence{Type: Marker, Rule: "r", Version: 1, Offset: 3, Length: 5, Excerpt: "<form"}
	absence := &Evidence{Type: Absence, Rule: "r", Version: 1}
	cases := []struct {
		name     string
		state    State
		reason   Reason
		kind     Kind
		evidence *Evidence
		ok       bool
	}{
		{"unknown with a reason", Unknown, ReasonRobots, "", nil, true},
		{"unknown without a reason", Unknown, "", "", nil, false},
		{"unknown with an unlisted reason", Unknown, "tired", "", nil, false},
		{"unknown with evidence", Unknown, ReasonRobots, "", marker, false},
		{"open on a marker", Open, "", "", marker, true},
		{"closed on a marker", Closed, "", "", marker, true},
		{"closed on nothing", Closed, "", "", nil, false},
		{"closed on absence", Closed, "", "", absence, false},
		{"closed with a reason", Closed, ReasonTimeout, "", marker, false},
		{"restricted without a kind", Restricted, "", "", marker, false},
		{"restricted by log-in", Restricted, "", KindLogin, marker, true},
		{"restricted by an unlisted kind", Restricted, "", "mood", marker, false},
		{"open with a kind", Open, "", KindLogin, marker, false},
		{"absent on absence", Absent, "", "", absence, true},
		{"absent on a marker", Absent, "", "", marker, false},
		{"absent on nothing", Absent, "", "", nil, false},
		{"a marker of no bytes", Closed, "", "", &Evidence{Type: Marker, Rule: "r", Version: 1}, false},
		{"a marker before the body", Closed, "", "", &Evidence{Type: Marker, Rule: "r", Version: 1, Offset: -1, Length: 2}, false},
		{"no rule", Closed, "", "", &Evidence{Type: Marker, Length: 2}, false},
		{"a state that is none", State(9), "", "", marker, false},
	}
	for _, c := range cases {
		v, err := NewVerdict(c.state, c.reason, c.kind, c.evidence)
		if (err == nil) != c.ok {
			t.Errorf("%s: error %v, want ok %t", c.name, err, c.ok)
		}
		if err != nil && v.State() != Unknown {
			t.Errorf("%s: refused, yet the state is %v", c.name, v.State())
		}
	}
	if _, err := NewVerdict(Closed, "", "", nil); !errors.Is(err, ErrNoEvidence) {
		t.Errorf("closed on nothing: %v, want ErrNoEvidence", err)
	}
	var zero Verdict
	if zero.State() != Unknown || zero.Reason() != ReasonNotLooked {
		t.Errorf("the zero verdict is %v/%v", zero.State(), zero.Reason())
	}
}

func TestVerdictFromJSON(t *testing.T) {
	for _, forged := range []string{
		`{"state":"closed","reason":"","kind":"","evidence":null}`,
		`{"state":"closed"}`,
		`{"state":"absent","evidence":{"type":"marker","rule":"r","version":1,"length":3}}`,
		`{"state":"shut","evidence":{"type":"marker","rule":"r","version":1,"length":3}}`,
		`{"state":3}`,
	} {
		var v Verdict
		if err := json.Unmarshal([]byte(forged), &v); err == nil {
			t.Errorf("%s was taken", forged)
		}
		if v.State() != Unknown {
			t.Errorf("%s made %v", forged, v.State())
		}
	}
	want := verdict(t, Restricted)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Verdict
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Verdict{})); diff != "" {
		t.Errorf("%s came back otherwise (-want +got):\n%s", data, diff)
	}
}

// A verdict's evidence cannot be changed from outside.
func TestVerdictIsSealed(t *testing.T) {
	e := &Evidence{Type: Marker, Rule: "r", Version: 1, Length: 5}
	v, err := NewVerdict(Closed, "", "", e)
	if err != nil {
		t.Fatal(err)
	}
	e.Length = 0
	v.Evidence().Length = 0
	if v.Evidence().Length != 5 {
		t.Error("the evidence inside the verdict was changed from outside")
	}
}

func TestIDs(t *testing.T) {
	if Hash("ab", "c") == Hash("a", "bc") {
		t.Error("two lists of parts ran together")
	}
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	if JobID("c", at) != JobID("c", at.In(time.FixedZone("BST", 3600))) {
		t.Error("the same moment in two zones makes two jobs")
	}
	for raw, want := range map[string]string{
		"HTTPS://Example.TEST:443/":      "https://example.test/",
		"https://example.test":           "https://example.test/",
		"http://example.test:8080/news/": "http://example.test:8080/news",
		"http://example.test/a?b=1#c":    "http://example.test/a?b=1",
		"https://example.test./x":        "https://example.test/x",
	} {
		if got, err := CanonicalURL(raw); err != nil || got != want {
			t.Errorf("CanonicalURL(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	for _, bad := range []string{"", "example.test", "ftp://example.test/", "javascript:alert(1)", "http://user:pass@example.test/", "http://", "http://[::1"} {
		if got, err := CanonicalURL(bad); err == nil {
			t.Errorf("CanonicalURL(%q) = %q, want an error", bad, got)
		}
	}
}

func TestKeys(t *testing.T) {
	secret := make([]byte, 32)
	k, err := NewKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := k.Pseudonym("o", Web, "Ann"), k.Pseudonym("p", Web, "Ann"); a == b || len(a) != 32 {
		t.Errorf("one person in two organisations: %s, %s", a, b)
	}
	sealed, err := k.Seal([]byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := k.Unseal(sealed); err != nil || string(plain) != "words" {
		t.Errorf("unseal: %q, %v", plain, err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := k.Unseal(sealed); err == nil {
		t.Error("a changed byte was not noticed")
	}
	if _, err := NewKeys(secret[:31]); err == nil {
		t.Error("a short key was taken")
	}
}
