package audit_test

import (
	"compress/flate"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func deflater() audit.Deflater {
	z, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is a valid constant
	return z
}

func TestPackedOutline(t *testing.T) {
	o := audit.Outline{
		Title: "Hollybank", Feeds: []string{"https://hollybank.test/feed"}, API: "https://hollybank.test/wp-json/", Cut: true,
		Links: []audit.Link{{URL: "https://hollybank.test/cwynion", Text: "Cwynion a chanmoliaeth"}, {URL: "https://hollybank.test/?a=1&b=<2>"}},
		Posts: []audit.PostFacts{{URL: "https://hollybank.test/post", Published: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), CommentStatus: "open"}},
	}
	p, err := o.Pack("0123abcd", deflater())
	if err != nil {
		t.Fatal(err)
	}
	if facts, ok := p.Facts(); facts != "0123abcd" || !ok {
		t.Errorf("facts %q, %v", facts, ok)
	}
	got, err := p.Unpack()
	if d := cmp.Diff(o, got); d != "" || err != nil {
		t.Errorf("%v (-packed +unpacked):\n%s", err, d)
	}
	none, err := audit.Outline{}.Pack("", deflater())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := none.Unpack(); err != nil || cmp.Diff(audit.Outline{}, got) != "" {
		t.Errorf("an empty outline: %+v, %v", got, err)
	}
	for _, bad := range []audit.PackedOutline{"", "facts", "facts.", "facts.!", p[:len(p)-4], `{"title":"A page."}`} {
		if got, err := bad.Unpack(); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

// FuzzUnpack: what is read is what was packed, or an error; never part of it.
func FuzzUnpack(f *testing.F) {
	o := audit.Outline{Title: "Home", Links: []audit.Link{{URL: "https://hollybank.test/", Text: "Home"}}}
	p, _ := o.Pack("", deflater())
	f.Add(string(p))
	f.Add("." + strings.Repeat("A", 40))
	f.Fuzz(func(t *testing.T, packed string) {
		o, err := audit.PackedOutline(packed).Unpack()
		if err != nil {
			return
		}
		again, err := o.Pack("", deflater())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Unpack(); err != nil || cmp.Diff(o, got) != "" {
			t.Errorf("%v: %s", err, cmp.Diff(o, got))
		}
	})
}
