package platform_test

import (
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler/platform"
)

func TestConfirmed(t *testing.T) {
	for _, c := range []struct {
		name, organisation, head, h1 string
		want                         string // the bytes that say so, "" for none
	}{
		{"title", "Peabody", "<title>Home | Peabody</title>", "", "<title>Home | Peabody</title>"},
		{"title with common words", "Clarion Housing Group", "<title>Clarion Housing</title>", "", "<title>Clarion Housing</title>"},
		{"site name", "Orbit", `<title>Homes</title><meta property="og:site_name" content="Orbit Group"/>`, "", `<meta property="og:site_name" content="Orbit Group"/>`},
		{"heading", "Great Places", "<title>Home</title>", `<h1 class=x>Welcome to <b>Great Places</b></h1>`, `<h1 class=x>Welcome to <b>Great Places</b></h1>`},
		{"heading in capitals, behind others", "Great Places", "<title>Home</title>", `<h1>Home</h1><H1>Great Places</H1>`, `<H1>Great Places</H1>`},
		{"site name behind the heading", "Great Places", "", `<h1>Home</h1><META name="og:site_name" content="Great Places">`, `<META name="og:site_name" content="Great Places">`},
		{"a fourth heading", "Great Places", "", `<h1>a</h1><h1>b</h1><h1>c</h1><h1>Great Places</h1>`, ""},
		{"brackets", "Metropolitan Thames Valley (MTVH)", "<title>MTVH - home</title>", "", "<title>MTVH - home</title>"},
		{"ampersand and accents", "Castles & Coasts", "<title>Cástles and Coasts Housing Association</title>", "", "<title>Cástles and Coasts Housing Association</title>"},
		{"apostrophe", "St. Leger's Homes", "<title>St Leger’s Homes</title>", "", "<title>St Leger’s Homes</title>"},
		{"council", "London Borough of Camden", "<title>Camden Council</title>", "", "<title>Camden Council</title>"},
		{"only common words, whole", "Housing Solutions", "<title>Housing Solutions | Home</title>", "", "<title>Housing Solutions | Home</title>"},
		{"part of a word", "Orbit", "<title>Orbital Homes</title>", "", ""},
		{"a word of a sentence", "settle", "<title>Settle into a new home today</title>", "", ""},
		{"parked", "Peabody", "<title>peabody.org.uk is for sale</title>", "", ""},
		{"same place, another body", "Camden Council", "<title>Camden Housing Association</title>", "", ""},
		{"half of the name", "Great Places", "<title>Great homes</title>", "", ""},
		{"only common words, others", "Home Group", "<title>Home</title>", "", ""},
		{"words apart", "Plus Dane Housing", "<title>Plus offers | Dane</title>", "", ""},
		{"in the text only", "Peabody", "<title>Home</title>", "", ""},
		{"in a script", "Peabody", "<title>Home</title><script>'<title>Peabody</title>'</script>", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := "<!doctype html><html><head>" + c.head + "</head><body>" + c.h1 + "<p>Peabody " + strings.Repeat("words ", 100) + "</p></body></html>"
			job := webJob()
			job.OrganisationName = c.organisation
			walk, _ := town{"/": {body: body}}.visit(t, platform.Web(), job, settings(t))
			got := ""
			if e := walk.Confirmed; e != nil {
				got = body[e.Offset : e.Offset+e.Length]
				if _, err := audit.NewVerdict(audit.Open, "", "", e); err != nil || e.Capture == "" || e.Excerpt != got {
					t.Errorf("evidence %+v: %v", e, err)
				}
			}
			if got != c.want {
				t.Errorf("confirmed by %q, want %q", got, c.want)
			}
		})
	}
}
