package checks

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Comments asks whether the public may comment on what the organisation publishes.
func Comments() crawler.Check {
	return crawler.Check{
		ID:    "comments",
		Title: "May visitors comment on posts?",
		Why:   "A landlord that publishes news where nobody can answer has a notice board, not a conversation.",
		Basis: "practice, in the Door: whether one can talk back",
		Rule: "Open where the page shows a comment system's own form. Restricted where the system asks to sign in first. " +
			"Closed where the system itself says so in its own place, or where the site's interface says closed and page and feed do not contradict. " +
			"Words in an article, in scripts, in hidden blocks or about other posts are no evidence. Systems held by another site are unknown. " +
			"None is said only where nothing could be one under another name: a box to write in that belongs to no letter, a heading that counts responses, a link that says discuss, " +
			"a part that is loaded later, or stands in a frame of the site's own or of one that is named for talk, and is not said to be a menu, a search or the like; " +
			"a script that speaks of comments by more than the text of a story, a programmer's note, or what a program prints on every page. " +
			"Reviews are no comments where a page is about a thing for sale and nothing else. " +
			"On a saved Facebook page: what its data says of each post that it shows, which is the same for every viewer. " +
			"On YouTube, Instagram and Discourse: what the platform's interface says of each of the newest posts; what YouTube itself switches off, on videos made for children, " +
			"does not count against anybody. A site or channel is closed only where two posts are and none is open.",
		Version: 16,
		Door:    true,
		On:      []audit.Platform{audit.Web, audit.Facebook, "youtube", "instagram", "discourse", "disqus", "linkedin", "tiktok", "nextdoor"},
		Words:   []string{"news", "blog", "latest", "stories", "press", "newyddion"},
		Look:    lookComments,
		Fold:    foldComments,
	}
}

// A system is one comment system: how it is told on a page. One file per family, one line in the table.
type system struct {
	name string
	see  func(*crawler.Page) []crawler.Look
}

// systems are tried all; what a system prints itself goes before what an unknown form looks like.
var systems = []system{
	{"wordpress", seeWordPress},
	{"drupal", seeDrupal},
	{"blogger", seeBlogger},
	{"mediawiki", seeMediaWiki},
	{"ghost", seeGhost},
	{"squarespace", seeSquarespace},
	{"medium", seeMedium},
	{"soundcloud", seeSoundCloud},
	{"guardian", seeGuardian},
	{"discourse", seeTopic},
	{"", seeDrawnPlaces},
	{"", seeForums},
	{"", seeNamed},
	{"", seeEmbeds},
}

// lookComments weighs what the systems show. A visible form beside a visible "closed" is a contradiction, and unknown.
func lookComments(p *crawler.Page) crawler.Look {
	if onFacebook(p) {
		return facebookComments(p)
	}
	var looks []crawler.Look
	for _, s := range systems {
		for _, l := range s.see(p) {
			if l.System == "" {
				l.System = s.name
			}
			looks = append(looks, l)
		}
	}
	switch {
	case !decided(looks):
		looks = append(looks, seeCustom(p)...)
	case weigh(looks).State == audit.Closed:
		if f := commentForm(p); f != nil { // a form of another kind contradicts
			looks = append(looks, crawler.Look{State: audit.Open, Rule: "comment-form", Mark: f, System: ownSystem(p)})
		}
	}
	l := weigh(looks)
	if n, s := p.Drawer("comments"); n != nil && l.State == audit.Closed && s.Name != "wordpress" {
		l = crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name} // off in the page, perhaps on in what a script draws
	}
	l = weighFacts(p, l)
	if l.State == audit.Unknown && l.Reason == "" {
		l = lookNothing(p)
	}
	lists := l.System
	switch {
	case l.System == "" && (l.Reason == audit.ReasonNoMarker || l.Reason == audit.ReasonNeedsJS):
		if l.System = placeSystem(p); l.System == "custom" {
			lists = l.System // another's place lists nothing in the page
		}
	case l.System == "custom" && l.Rule == ruleAsksLogin:
		l.System = cmp.Or(placeSystem(p), l.System) // the site's own words before a place that is named for another's
	}
	l.Count, l.CountClaimed = countComments(p, lists)
	if l.Count == nil && l.State == audit.Closed && l.System == "youtube" {
		l.Count = new(int) // where they are off it lists none, the older ones neither
	}
	if l.Count != nil && *l.Count > 0 {
		l.Newest = newestComment(p, lists)
	}
	return l
}

func decided(looks []crawler.Look) bool {
	for _, l := range looks {
		if l.State != audit.Unknown {
			return true
		}
	}
	return false
}

// weigh takes open before restricted before closed, and none of them where they contradict each other, or where a
// system held by others stands beside a "closed" of the site's own.
func weigh(looks []crawler.Look) crawler.Look {
	by := map[audit.State]*crawler.Look{}
	for i := range looks {
		if by[looks[i].State] == nil {
			by[looks[i].State] = &looks[i]
		}
	}
	open, restricted, closed, unknown := by[audit.Open], by[audit.Restricted], by[audit.Closed], by[audit.Unknown]
	switch {
	case closed != nil && unknown != nil:
		return *unknown
	case closed != nil && open != nil:
		return crawler.Look{Reason: audit.ReasonNoMarker, System: open.System}
	case closed != nil && restricted != nil:
		return crawler.Look{Reason: audit.ReasonNoMarker, System: restricted.System}
	case restricted != nil && unknown != nil && unknown.System != "" && restricted.Rule == ruleAsksLogin:
		restricted.System = unknown.System // the site's own words before a system of others
	}
	for _, l := range []*crawler.Look{open, restricted, closed, unknown} {
		if l != nil {
			return *l
		}
	}
	return crawler.Look{}
}

// ruleUnprinted is the rule of an absence that speaks of one page only. A closed post of WordPress or Drupal without
// comments prints nothing at all, so the page holds no place to talk, but of the post it tells nothing: see foldComments.
const ruleUnprinted = "no-comments-printed"

// lookNothing is for a page on which no system was seen: absent only where nothing could be hidden.
func lookNothing(p *crawler.Page) crawler.Look {
	if n, s := p.Drawer("comments"); n != nil {
		return crawler.Look{Reason: audit.ReasonNeedsJS, System: unshownSystem(p, cmp.Or(knownSite(p), s.Name))}
	}
	if p.Landmark() == nil {
		return crawler.Look{Reason: audit.ReasonUnrecognised}
	}
	if hint(p) || len(p.Class("post-password-form")) > 0 {
		return crawler.Look{Reason: audit.ReasonNoMarker, System: unshownSystem(p, knownSite(p))}
	}
	if own := knownSite(p); own != "" && own != "guardian" {
		return crawler.Look{Reason: audit.ReasonNoMarker, System: own} // every page there may be answered, by what a script draws
	}
	if why := unseenPart(p); why != "" {
		return crawler.Look{Reason: why}
	}
	if isWordPress(p) && single(p) || isDrupal(p) && node(p) {
		return crawler.Look{State: audit.Absent, Rule: ruleUnprinted, System: "none"}
	}
	return crawler.Look{State: audit.Absent, Rule: "no-comments", System: "none"}
}

// unshownSystem names the site's own system where its box to write in stands in the page and a script is to show it, or
// where it lists comments without a word on whether more are taken; else what is known otherwise.
func unshownSystem(p *crawler.Page, otherwise string) string {
	own := ownSystem(p)
	if writableArea(p) {
		return own
	}
	if own == "wordpress" || own == "drupal" {
		if listed, _ := p.Listed(own); listed > 0 {
			return own
		}
	}
	return otherwise
}

// hint reports whether anything on the page speaks of a place to talk: an id, class, name or data attribute, a script's
// address, a link, a key of data in a script, or words that invite.
func hint(p *crawler.Page) bool {
	if invites(p) || p.SaysAny(textSigns, invitingStems) || closedPhrases.on(p) || speaksOf(p, replyStems) || mayBeUnnamed(p) {
		return true
	}
	commented := speaksOf(p, commentStems)
	if !commented && !speaksOf(p, otherStems) {
		return false
	}
	if commented && commentedOut(p) {
		return true
	}
	letters := letterForms(p)
	for _, n := range p.Elements() {
		if !mayHint(n, commented) {
			continue
		}
		switch n.Data {
		case "body", "html", "link", "use", "svg", "path", "img", "symbol", "g", "mask":
			continue // pictures of speech bubbles invite nobody
		case "i":
			if isIcon(n) {
				continue
			}
		case "input", "textarea", "select", "label", "li", "div", "p", "span", "fieldset", "form", "button":
			if n.Data == "textarea" && scriptHints(n) {
				return true // it was never closed, and holds what followed
			}
			if len(letters) > 0 && slices.ContainsFunc(letters, func(f *html.Node) bool { return holds(f, n) }) {
				continue // a letter to the organisation has a field for comments, too
			}
		}
		if n.Data == "meta" && strings.HasPrefix(lowerAttr(n, "name"), "reply") {
			continue // the address to which the page's author has e-mails sent
		}
		if n.Data == "style" {
			if scriptHints(n) && stemIn(crawler.Lower(n.FirstChild.Data), swallowedTags) {
				return true // an end tag is missing: markup went into the style sheet
			}
			continue
		}
		if isCommentWord(n.Data) || strings.Contains(n.Data, "-") && mayBeFacility(n.Data) || attrHints(p, n) && !unprinted(p, n) || swallows(n) && scriptHints(n) && !unprinted(p, n) || labels[n.Data] && saysComment(p.ShortText(n)) {
			if !ofOthersComments(p, n) && !ofReview(p, n) && !ofProgram(n) && !isRemarks(p, n) && !ofGoodsReviews(p, n) {
				return true
			}
		}
	}
	return false
}

// mayHint spares most elements of a page a closer look. Where no word of comments stands in the body (commented), only a name
// or an address may hint at them, by another word.
func mayHint(n *html.Node, commented bool) bool {
	for i := range n.Attr {
		switch a := &n.Attr[i]; a.Key {
		case "id", "class", "name":
			if facilitySigns.In(a.Val) {
				return true
			}
		case "src", "href":
			if facilitySigns.In(a.Val) || strings.HasSuffix(a.Val, "#respond") {
				return true
			}
		default:
			if ofTool(n, a.Key) && (facilitySigns.In(a.Val) || facilitySigns.In(a.Key)) {
				return true
			}
		}
	}
	if n.DataAtom == 0 && facilitySigns.In(n.Data) {
		return true
	}
	return commented && (n.Data == "style" || labels[n.Data] || swallows(n))
}

// replyStems stand in a page from which one may write beside it, whatever system made it: Drupal's link to the page of a
// reply, a wiki's tabs to talk and to edit, what WordPress's interface says of a post.
var replyStems = []string{`"comment_status":"open"`, `\"comment_status\":\"open\"`, "comment/reply/", "comment%2freply", "ca-addsection", "ca-talk", "action=edit&amp;section=new", "action=edit&section=new"}

// swallowedTags begin the markup that no style sheet holds. (Pictures may be drawn in one: those tags are others.)
var swallowedTags = []string{"<form", "<div", "<section", "<article", "<iframe", "<script", "<a ", "<p>", "<p ", "<li"}

// labels are the elements by whose words a page names its parts.
var labels = map[string]bool{
	"h2": true, "h3": true, "h4": true, "h5": true, "button": true, "summary": true, "legend": true, "label": true, "th": true, "dt": true,
}

// swallows reports whether an element's content is text to the parser and not seen: tags in it are no elements.
func swallows(n *html.Node) bool {
	switch n.Data {
	case "title":
		return n.Namespace == "" // that of a picture names what is drawn
	case "script", "noscript", "textarea", "iframe", "noframes", "xmp", "noembed", "plaintext":
		return true
	}
	return false
}

// ofTool reports whether an attribute is read by a script or a tool, and so may name what it draws: data-thread, hx-get, wire:snapshot,
// an address to which a form or an object leads, and whatever an element of a site's own making bears.
func ofTool(n *html.Node, key string) bool {
	switch key {
	case "action", "formaction", "data", "srcdoc":
		return true
	case "accept-charset", "http-equiv":
		return false
	}
	if n.DataAtom == 0 && n.Namespace == "" {
		return key != "title" && key != "alt" && key != "style" && !strings.HasPrefix(key, "aria-")
	}
	return strings.ContainsAny(key, "-:") && n.Namespace == "" && !strings.HasPrefix(key, "aria-") && !strings.HasPrefix(key, "xml") && !strings.HasPrefix(key, "on")
}

func attrHints(p *crawler.Page, n *html.Node) bool {
	for _, a := range n.Attr {
		data := ofTool(n, a.Key)
		switch {
		case strings.HasSuffix(a.Val, "-hovertip"): // a tip that Wikidot shows beside a button
		case a.Key == "id", a.Key == "class", a.Key == "name", data:
			if (mayBeFacility(facilityNames(a)) || data && mayBeFacility(a.Key)) && (!data || !ofAnotherPart(n, a.Val)) {
				return true
			}
		case a.Key == "src", a.Key == "href":
			if n.Data == "a" && strings.HasSuffix(a.Val, "#respond") && !commentsOfAnother(p, n) || slices.Contains(frames, n.Data) && mayBeFacility(withoutPlayers(crawler.Lower(a.Val))) {
				return true
			}
			if address := withoutPlayers(crawler.Lower(a.Val)); isCommentWord(address) && !strings.HasPrefix(address, "mailto:") && (n.Data != "a" || !isSection(n, address) && !complaintAddress(address) && !namesAnother(p, n) && !leadsToLetter(p, n)) {
				return true
			}
		}
	}
	return false
}

// withoutPlayers takes that out of an address by which SoundCloud's player is told whether to show what was said of a piece on its own
// page.
func withoutPlayers(address string) string {
	if strings.Contains(address, "soundcloud.com/player") {
		return strings.ReplaceAll(address, "show_comments=", "")
	}
	return address
}

// ofAnotherPart reports whether data of an element speak of comments that are no place of this page's: of a post shown from elsewhere,
// of all that a site has, of a rating, or of what WordPress's plugin Worth The Read is to measure around every story.
func ofAnotherPart(n *html.Node, value string) bool {
	return ofShownElsewhere(n) || hasName(n, "wtr-content") || listsParts(value) || stemIn(strings.Join(names(n), " "), reviewNames)
}

// ofShownElsewhere reports whether an element shows a post of another network, of which its data say how much is shown: whether a
// post of Twitter's that it answers stands over it (data-conversation). Opta's element shows what a reporter tells of a match.
func ofShownElsewhere(n *html.Node) bool {
	return n.Data == "opta-widget" || n.Data == "blockquote" && (hasName(n, "twitter-tweet") || hasName(n, "twitter-video") || hasName(n, "instagram-media") || hasName(n, "tiktok-embed") || hasName(n, "bluesky-embed"))
}

// letterForms are the page's forms that are named as letters, searches, sign-ins or reviews.
func letterForms(p *crawler.Page) []*html.Node {
	return slices.DeleteFunc(slices.Clone(p.Tag("form")), func(f *html.Node) bool { return !letterForm(p, f) })
}

// isIcon reports whether an element is one into which a font draws a picture: it holds nothing and bears no more than its class.
// What a click on it does is told by what it stands in.
func isIcon(n *html.Node) bool {
	return blank(n) && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key != "class" && !strings.HasPrefix(a.Key, "aria-") })
}

// facilityNames are the names in an attribute without those of pictures and of reviews: an icon of a speech bubble invites
// nobody, and "rating-comment" is a part of a review.
func facilityNames(a html.Attribute) string {
	value := crawler.Lower(a.Val)
	if a.Key != "class" && a.Key != "id" || !mayBeFacility(value) {
		return value
	}
	kept := slices.DeleteFunc(strings.Fields(a.Val), func(name string) bool {
		if ofGenre(name) {
			return true // whose words its capitals part, too: groupKommentar
		}
		name = crawler.Lower(name)
		return strings.HasPrefix(name, "icon-") || strings.HasPrefix(name, "fa-") || stemIn(name, reviewNames) || ofAdvert(name)
	})
	return crawler.Lower(strings.Join(kept, " "))
}

// ofGenre reports whether a name says of what kind a story is: in German an editor's opinion is a Kommentar. WordPress prints the
// category of a post into its names.
func ofGenre(name string) bool {
	words := nameWords(name)
	last := len(words) - 1
	return last > 0 && columns[words[last]] && genreWords[words[last-1]]
}

var genreWords = wordSet("category kategorie rubrik ressort genre kicker flag group")

// ofAdvert reports whether a name is that of a place for advertisements, which is named for what it stands beside.
func ofAdvert(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(word string) bool { return advertWords[word] })
}

var advertWords = wordSet("ad ads adslot advert adverts advertisement leaderboard mpu anzeige werbung publicidad publicite taboola outbrain nativendo")

// leastParts is how many names a list of a site's parts has.
const leastParts = 8

// listsParts reports whether a value is a list by names of all that the site's script may draw, on whatever page. What it does draw has
// a place in the page.
func listsParts(value string) bool {
	return strings.Count(value, ",") >= leastParts-1 && !strings.ContainsAny(value, "{}[]:;<>\"'=")
}

var reviewNames = []string{"rating", "review", "bewertung"}

// scriptHints reports whether data or code in a script, or markup that the parser took for text, speaks of comments. Remarks of programmers do too: then the page
// proves nothing, which is the safe side.
func scriptHints(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && commentSigns.In(c.Data) && speaksAfterAll(c.Data) {
			return n.Data != "title" || saysComment(c.Data)
		}
	}
	return false
}
