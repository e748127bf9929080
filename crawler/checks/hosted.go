package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Some platforms that host whole sites print into a post's page whether one may write below it, for the script that draws its
// comments. A page that prints so of several posts, or of one in two ways, says nothing.

// seeSquarespace reads the state that Squarespace prints into the place for a post's comments, and once more into the data of its
// page: 1 where comments are on, 2 where they are off. Where those without an account may not write is not known: Squarespace's
// own help says that visitors have no way to log in.
func seeSquarespace(p *crawler.Page) []crawler.Look {
	places := p.Class("squarespace-comments")
	if len(places) == 0 && p.ID("comments-squarespace") == nil {
		return squarespaceOff(p)
	}
	look := crawler.Look{Reason: audit.ReasonThirdParty}
	if state, told := onlyValue(p, `"commentState":`); told && len(places) == 1 && state == crawler.Attr(places[0], "data-comment-state") {
		anonymous, _ := onlyValue(p, `"commentAnonAllowed":`)
		switch {
		case state == "1" && anonymous == "true":
			look = crawler.Look{State: audit.Open, Rule: "squarespace-state-on", Mark: places[0], Drawn: true}
		case state == "2":
			look = crawler.Look{State: audit.Closed, Rule: "squarespace-state-off", Mark: places[0], Drawn: true}
		}
	}
	return []crawler.Look{look}
}

// squarespaceOff reads a post of Squarespace 7.1, whose page keeps a place for comments and fills it only where they are on: off by
// the post's own state and by the site's settings, both of which stand in the page's data.
func squarespaceOff(p *crawler.Page) []crawler.Look {
	places := p.Class("blog-item-comments-content")
	if len(places) == 0 || !isSquarespace(p) {
		return nil
	}
	state, _ := onlyValue(p, `"commentState":`)
	on, _ := onlyValue(p, squarespaceSetting)
	if state == "2" && on == "false" && len(places) == 1 && isPlaceholder(p, places[0]) {
		return []crawler.Look{{State: audit.Closed, Rule: "squarespace-state-off", Needle: squarespaceSetting + on, Drawn: true}}
	}
	return []crawler.Look{{Reason: audit.ReasonThirdParty}}
}

const squarespaceSetting = `"commentsEnabled":`

var squarespaceMarks = []string{"squarespace_context"}

func isSquarespace(p *crawler.Page) bool { return speaksOf(p, squarespaceMarks) }

// seeSoundCloud reads the switch of a track, which its maker's interface documents and its page's data holds. Other tracks in the
// data have one, too: then nothing is told. Who writes needs an account of SoundCloud.
func seeSoundCloud(p *crawler.Page) []crawler.Look {
	const on = `"commentable":`
	if knownSite(p) != "soundcloud" || !isSound(p) {
		return nil
	}
	switch value, _ := onlyValue(p, on); value {
	case "true":
		return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: "soundcloud-comments-on", Needle: on + value, Drawn: true}}
	case "false":
		return []crawler.Look{{State: audit.Closed, Rule: "soundcloud-comments-off", Needle: on + value, Drawn: true}}
	}
	return nil
}

// isSound reports whether a page of SoundCloud is that of one track, as it tells those who share it.
func isSound(p *crawler.Page) bool {
	return slices.ContainsFunc(p.Tag("meta"), func(n *html.Node) bool {
		return lowerAttr(n, "property") == "og:type" && lowerAttr(n, "content") == "soundcloud:sound"
	})
}

// seeMedium reads the switch of a story in Medium's data. Who responds needs an account of Medium. What its page looks like where
// responses are off is not known to us, and no more is said of it.
func seeMedium(p *crawler.Page) []crawler.Look {
	const on = `"allowResponses":`
	if knownSite(p) != "medium" {
		return nil
	}
	if value, _ := onlyValue(p, on); value != "true" {
		return nil
	}
	return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: "medium-responses-on", Needle: on + "true", Drawn: true}}
}

// seeGuardian reads what the Guardian prints into the place for a story's discussion, as a class and as data. All sentences that
// its script may show stand there whatever it is, among them the one that it is closed. Who joins needs an account.
func seeGuardian(p *crawler.Page) []crawler.Look {
	place := p.ID("comments")
	if knownSite(p) != "guardian" || place == nil || !hasName(place, "discussion") {
		return nil
	}
	switch closed := crawler.Attr(place, "data-discussion-closed"); {
	case closed == "true" && hasName(place, "discussion--closed") && !hasName(place, "discussion--open"):
		return []crawler.Look{{State: audit.Closed, Rule: "guardian-discussion-closed", Mark: place, Drawn: true}}
	case closed == "false" && hasName(place, "discussion--open") && !hasName(place, "discussion--closed"):
		return []crawler.Look{{State: audit.Restricted, Kind: audit.KindLogin, Rule: "guardian-discussion-open", Mark: place, Drawn: true}}
	}
	return []crawler.Look{{Reason: audit.ReasonNoMarker}}
}

// drawnPlaces are the ids of the places that a site's own system fills by a script with its comments and their form.
var drawnPlaces = [...]struct{ id, system string }{
	{"ob-comments", "overblog"},
	{"llc_comments", "wordpress"}, // the plugin Lazy Load for Comments
}

func seeDrawnPlaces(p *crawler.Page) []crawler.Look {
	for _, place := range drawnPlaces {
		if p.ID(place.id) != nil {
			return []crawler.Look{{Reason: audit.ReasonNeedsJS, System: place.system}}
		}
	}
	return nil
}

// seeTopic recognises a page that has its comments in one topic of a forum of its own, to which a link that names them leads:
// Discourse's addresses of a topic are /t/NAME/NUMBER. Links to several are those of a list of posts.
func seeTopic(p *crawler.Page) []crawler.Look {
	topic := ""
	for _, l := range links(p) {
		if !strings.Contains(l.href, "/t/") || !isCommentWord(crawler.Lower(p.ShortText(l.n))) || p.Hidden(l.n) {
			continue
		}
		u, ok := p.Resolve(l.href)
		if !ok || !isTopic(u.Path) || topic != "" && topic != u.Path {
			return nil
		}
		topic = u.Path
	}
	if topic == "" {
		return nil
	}
	return []crawler.Look{{Reason: audit.ReasonThirdParty}}
}

func isTopic(path string) bool {
	_, rest, _ := strings.Cut(path, "/t/")
	name, number, _ := strings.Cut(strings.TrimRight(rest, "/"), "/")
	return len(name) > 3 && isNumber(number)
}
