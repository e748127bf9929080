package checks

import (
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// seeMediaWiki reads MediaWiki's tabs. Every page has a page to talk about it, so that none is without a place to talk,
// whatever tabs its skin prints: that for telephones leaves them out. On that page a tab to add a topic, or to edit, is
// printed for somebody who may: here, for an anonymous reader. Where only the source is shown, the wiki says that this
// reader may not write, and not whether others may.
func seeMediaWiki(p *crawler.Page) []crawler.Look {
	if generator(p, "mediawiki") == nil {
		return nil
	}
	if talk := p.ID("ca-talk"); talk != nil && hasName(talk, "selected") {
		for _, id := range [...]string{"ca-addsection", "ca-edit"} {
			if n := p.ID(id); n != nil {
				if a := inside(n, tag("a")); a != nil && strings.Contains(lowerAttr(a, "href"), "action=edit") {
					return []crawler.Look{{State: audit.Open, Rule: "mediawiki-talk", Mark: a}}
				}
			}
		}
	}
	return []crawler.Look{{Reason: audit.ReasonNoMarker}}
}
