package checks

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// What Facebook's public pages say, in the data that they are drawn from. `can_viewer_comment` speaks of the viewer, and
// the notice that comments are off stands ready in every post: neither is looked at. What has no mark that means the same
// for every viewer is unknown; whether visitors may post is such a thing.
const (
	fbCommentsOff = `"have_comments_been_disabled":`
	fbClassicOff  = `"arecommentsdisabled":`
	fbRatingCard  = `"timeline_context_list_item_type":"INTRO_CARD_RATING"`
)

// fbGone are the titles of what comes in place of a page that is not there.
var fbGone = []string{"content not found", "page not found", "content not found | facebook", "page not found | facebook"}

// fbCounts are the keys behind which a post states how many comments it has, in either layout.
var fbCounts = []string{`"comment_rendering_instance":{"comments":{"total_count":`, `"comment_count":{"total_count":`}

// A facebookPage is one of the two layouts that we know, or why it is none.
type facebookPage struct {
	why     audit.Reason
	data    []string     // the new layout: the scripts that carry its JSON
	tabs    []*html.Node // the classic layout: its tabs
	ratings *html.Node   // the classic layout: the data of its ratings
	rated   *int
	posts   []facebookPost
}

// onFacebook: what the marks of web sites mean is not what they mean in Facebook's pages.
func onFacebook(p *crawler.Page) bool {
	return p.Lane() == "facebook.com"
}

// facebookOf gives the layout, and why it is none of those we know.
func facebookOf(p *crawler.Page) (*facebookPage, audit.Reason) {
	f := crawler.Memo(p, "Facebook's layout", readFacebook)
	return f, f.why
}

// readFacebook reads the layout. A wall has neither, and is told by the name it gives itself; anything else is a layout that we
// do not know.
func readFacebook(p *crawler.Page) *facebookPage {
	f, known := &facebookPage{}, false
	for _, s := range p.Tag("script") {
		if s.FirstChild == nil {
			continue
		}
		if lowerAttr(s, "type") == "application/ld+json" {
			f.rate(s)
			continue
		}
		f.data = append(f.data, s.FirstChild.Data)
		known = known || strings.Contains(s.FirstChild.Data, `"delegate_page":{`) || strings.Contains(s.FirstChild.Data, `"__typename":"Story"`)
	}
	for _, n := range p.Elements() {
		if strings.HasPrefix(crawler.Attr(n, "data-key"), "tab_") {
			f.tabs = append(f.tabs, n)
		}
	}
	switch path := p.URL().Path; {
	case known, len(f.tabs) > 0:
	case slices.Contains(fbGone, crawler.Lower(p.Title())):
		f.why = audit.ReasonNotFound
	case strings.HasPrefix(path, "/login") || strings.HasPrefix(crawler.Lower(p.Title()), "log in to facebook"):
		f.why = audit.ReasonLoginWall
	default:
		f.why = audit.ReasonUnrecognised
	}
	if f.why == "" {
		f.posts = f.postsOf()
	}
	return f
}

// rate reads the ratings of a business in the classic layout's data for search engines.
func (f *facebookPage) rate(s *html.Node) {
	var data struct {
		Rating struct {
			Count json.Number `json:"ratingCount"`
		} `json:"aggregateRating"`
	}
	if crawler.SoundJSON([]byte(s.FirstChild.Data)) != nil || json.Unmarshal([]byte(s.FirstChild.Data), &data) != nil {
		return
	}
	if n, err := strconv.Atoi(data.Rating.Count.String()); err == nil && n > 0 {
		f.ratings, f.rated = s, &n
	}
}

// says finds a key with its value in the scripts. Within a string its quotes would be escaped: what is found is a key. A value that
// may go on ends where the next one, or the object, does.
func (f *facebookPage) says(key string, goesOn bool) bool {
	return slices.ContainsFunc(f.data, func(block string) bool {
		for at := 0; ; {
			i := strings.Index(block[at:], key)
			if i < 0 {
				return false
			}
			begin := at + i
			at = begin + len(key)
			if begin > 0 && (block[begin-1] == ',' || block[begin-1] == '{') && (!goesOn || at < len(block) && (block[at] == ',' || block[at] == '}')) {
				return true
			}
		}
	})
}

// facebookComments reads whether comments were switched off on the posts that the page shows; a stranger is shown one or few.
func facebookComments(p *crawler.Page) crawler.Look {
	l := crawler.Look{System: "facebook_page", Drawn: true}
	f, why := facebookOf(p)
	if why != "" {
		l.Reason = why
		return l
	}
	l.CountClaimed, l.Posts = f.stated(), f.looks(p)
	on, off := needleOf(l.Posts, audit.Open), needleOf(l.Posts, audit.Closed)
	if len(l.Posts) == 0 { // what is said of one post both ways is no answer
		on, off = f.post("false"), f.post("true")
	}
	switch {
	case on != "" && off != "":
		l.State, l.Kind, l.Rule, l.Needle = audit.Restricted, audit.KindSomePosts, "fb-comments-disabled", off
	case off != "":
		l.State, l.Rule, l.Needle = audit.Closed, "fb-comments-disabled", off
	case on != "":
		l.State, l.Rule, l.Needle = audit.Open, "fb-comments-not-disabled", on
	default:
		l.Reason = audit.ReasonNoMarker
	}
	return l
}

// needleOf is the stretch by which one of the posts is in a state, "" where none is.
func needleOf(posts []crawler.Look, s audit.State) string {
	for _, l := range posts {
		if l.State == s {
			return l.Needle
		}
	}
	return ""
}

// stated is how many comments the page states, where it shows one post or all of its posts state the same number: which number
// is whose the data does not tell by its order.
func (f *facebookPage) stated() *int {
	var said *int
	for _, block := range f.data {
		for _, key := range fbCounts {
			for rest := block; ; {
				_, after, ok := strings.Cut(rest, key)
				if !ok {
					break
				}
				n, ok := leadingNumber(after)
				if !ok || said != nil && *said != n {
					return nil
				}
				said, rest = &n, after
			}
		}
	}
	return said
}

// leadingNumber reads the number that a value of JSON begins with.
func leadingNumber(s string) (int, bool) {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 1 || end > 9 {
		return 0, false
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil
}

// post is what a post of either layout says of its comments, where one says this.
func (f *facebookPage) post(value string) string {
	for _, key := range [...]string{fbCommentsOff, fbClassicOff} {
		if f.says(key+value, true) {
			return key + value
		}
	}
	return ""
}

// facebookReviews looks for the card or the tab that a page with reviews shows. Without one they may be off, or there are
// none yet.
func facebookReviews(p *crawler.Page) crawler.Look {
	l := crawler.Look{System: "facebook_page", Drawn: true}
	f, why := facebookOf(p)
	switch {
	case why != "":
		l.Reason = why
	case f.says(fbRatingCard, false):
		l.State, l.Rule, l.Needle, l.CountClaimed = audit.Open, "fb-rating-card", fbRatingCard, f.cardCount()
	case f.ratings != nil:
		l.State, l.Rule, l.Mark, l.CountClaimed = audit.Open, "fb-ratings", f.ratings, f.rated
	case f.tab("tab_reviews") != nil:
		l.State, l.Rule, l.Mark = audit.Open, "fb-reviews-tab", f.tab("tab_reviews")
	default:
		l.Reason = audit.ReasonNoMarker
	}
	return l
}

func (f *facebookPage) tab(name string) *html.Node {
	for _, n := range f.tabs {
		if crawler.Attr(n, "data-key") == name {
			return n
		}
	}
	return nil
}

// cardNumber is the number in brackets of the card's text, whatever its language: "4.7 (130 reviews)".
var cardNumber = regexp.MustCompile(`\((\d{1,7})\D`)

// cardCount reads how many reviews the card claims, from the text of the item that bears it.
func (f *facebookPage) cardCount() *int {
	for _, block := range f.data {
		at := strings.Index(block, fbRatingCard)
		if at < 0 {
			continue
		}
		around := block[max(0, at-4000):at] // one item of the card's list is shorter
		if from := strings.LastIndex(around, `"INTRO_CARD_`); from >= 0 {
			around = around[from:]
		}
		found := cardNumber.FindAllStringSubmatch(around, -1)
		if len(found) == 0 {
			return nil
		}
		n, err := strconv.Atoi(found[len(found)-1][1])
		if err != nil {
			return nil
		}
		return &n
	}
	return nil
}

// facebookVisitorPosts knows the page and finds nothing: no layout says whether visitors may post.
func facebookVisitorPosts(p *crawler.Page) crawler.Look {
	if !onFacebook(p) {
		return crawler.Look{Reason: audit.ReasonNoMarker} // no other platform has the facility
	}
	if _, why := facebookOf(p); why != "" {
		return crawler.Look{Reason: why, System: "facebook_page", Drawn: true}
	}
	return crawler.Look{Reason: audit.ReasonNoMarker, System: "facebook_page", Drawn: true}
}
