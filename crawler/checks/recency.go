package checks

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Recency asks how old the newest of the site's news is.
func Recency() crawler.Check {
	return crawler.Check{
		ID:    "recency",
		Title: "When was the last news or post published?",
		Why:   "News that ended years ago tells a resident that nobody is there.",
		Basis: "practice, in no score: a measure",
		Rule: "The newest day on which a post or an entry of the news was published, as the page marks it up or its data of schema.org say; of a post whose page states no day the " +
			"one that the site's interface or feed states: open where it is at most 14 days old, restricted (old) " +
			"where it is older; after 90 days the news is dormant. The value is the day. Days of events and of comments are left out. Old is said only where every page " +
			"that could hold something newer was read; this question is never closed or absent. Of an account the platform's interface tells the day of each of its newest posts: old is " +
			"said only where its list begins with the newest of all and every day in it was read, so of a Facebook page, whose list is ranked, only where it lists all posts; and of five posts or more " +
			"that are all vacancies and outages, by the plain words of configs/talk.yaml, it is restricted (partial). Posts of others that it passes on, and answers to others, are none of its " +
			"posts. A Facebook page that somebody saved shows one post or few: of these only a new one is told.",
		Version:   3,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web, audit.Facebook, "instagram", "threads", "youtube", "bluesky", "mastodon", "x"},
		Never:     []audit.State{audit.Absent},
		Site:      true,
		Words:     []string{"news", "blog", "latest", "stories", "press", "newyddion"},
		Look:      lookRecency,
		Fold:      foldRecency,
	}
}

func newestOn(day time.Time) audit.Values {
	return audit.Values{audit.ValueNewest: audit.Text(day.Format(time.DateOnly))}
}

func lookRecency(p *crawler.Page) crawler.Look {
	if onFacebook(p) {
		return facebookRecency(p)
	}
	n, day, next := newestPost(p)
	look := crawler.Look{Mark: n, Until: next}
	if n == nil {
		post := p.Answer.Request.Post
		if post == nil || post.PublishedMark == nil || post.Published.After(p.Answer.At) {
			return crawler.Look{Reason: audit.ReasonNotLooked, Until: next}
		}
		look.Facts, day = post.PublishedMark, post.Published.UTC()
	}
	look.Values = newestOn(day)
	age := p.Answer.At.Sub(day)
	look.State, look.Kind, look.Rule = crawler.NewestPost(age)
	if ends := p.Answer.At.Add(crawler.NewestPostFor(age)); ends.After(p.Answer.At) && (next.IsZero() || ends.Before(next)) {
		look.Until = ends
	}
	return look
}

// newestPost gives the element that states the newest day of publishing on a page of the news, and the day; and the first day that it
// states and that is still to come.
func newestPost(p *crawler.Page) (mark *html.Node, newest, next time.Time) {
	if !isNews(p) && !toldOnADay(p) {
		return nil, newest, next
	}
	take := func(n *html.Node, said string) {
		switch w := crawler.ReadWhen(said, p.Answer.At, true); {
		case w.IsZero():
		case !w.From.After(p.Answer.At):
			if w.From.After(newest) {
				mark, newest = n, w.From.UTC()
			}
		case next.IsZero() || w.From.Before(next):
			next = w.From.UTC()
		}
	}
	for _, n := range p.Tag("meta") {
		if property := lowerAttr(n, "property"); property == "article:published_time" {
			take(n, crawler.Attr(n, "content"))
		}
	}
	for _, n := range p.Tag("time") {
		if p.Hidden(n) || ofEventOrComment(n) {
			continue
		}
		said := crawler.Attr(n, "datetime")
		if said == "" {
			said = p.ShortText(n)
		}
		take(n, said)
	}
	if mark != nil {
		return mark, newest, next // its data say the same, and cost more to read
	}
	for _, d := range dataOf(p) {
		if d.hasType(articleTypes...) {
			for _, said := range daysPublished(d.text) {
				take(d.script, said)
			}
		}
	}
	return mark, newest, next
}

// articleTypes are schema.org's types of what a site publishes as news.
var articleTypes = []string{"Article", "NewsArticle", "BlogPosting", "TechArticle", "ReportageNewsArticle"}

// articleData is what is read of an object of a page's data; the rest of it is passed over.
type articleData struct {
	Type  json.RawMessage `json:"@type"`
	Day   json.RawMessage `json:"datePublished"`
	Graph json.RawMessage `json:"@graph"`
	Main  json.RawMessage `json:"mainEntity"`
}

// daysPublished gives when the articles of a page's data were published: not their comments, nor the page that they stand on.
func daysPublished(data string) (all []string) {
	data = strings.Map(blankControl, data)
	if strings.Contains(data, `"datePublished"`) {
		gatherPublished([]byte(data), &all, 2)
	}
	return all
}

// gatherPublished reads an object or a list of them, and so many times what lies in one.
func gatherPublished(data json.RawMessage, all *[]string, deeper int) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || deeper < 0 {
		return
	}
	var list []articleData
	if data[0] == '[' {
		if json.Unmarshal(data, &list) != nil {
			return
		}
	} else if list = make([]articleData, 1); json.Unmarshal(data, &list[0]) != nil {
		return
	}
	for _, one := range list {
		var day string
		if isArticle(one.Type) && json.Unmarshal(one.Day, &day) == nil {
			*all = append(*all, day)
		}
		gatherPublished(one.Graph, all, deeper-1)
		gatherPublished(one.Main, all, deeper-1)
	}
}

// isArticle reports whether a type, or one of several, is an article's.
func isArticle(kind json.RawMessage) bool {
	return slices.ContainsFunc(articleTypes, func(name string) bool {
		return bytes.Contains(kind, []byte(`"`+name+`"`)) || bytes.Contains(kind, []byte("/"+name+`"`))
	})
}

// ofEventOrComment reports whether a day is one of something else than a post.
func ofEventOrComment(n *html.Node) bool {
	if withinComment(n) || area(n) != nil {
		return true
	}
	for e := n; e != nil && e.Data != "body"; e = e.Parent {
		for _, name := range names(e) {
			if strings.HasPrefix(name, "event") || strings.HasPrefix(name, "tribe-event") || name == "updated" {
				return true
			}
		}
	}
	return false
}

// foldRecency takes the newest day that any page states. That it is old is known only where nothing was left unread.
// Of an account its platform's interface says so, once for the whole of it.
func foldRecency(f crawler.Folding) []audit.Finding {
	if f.Visit.Channel.Platform != audit.Web {
		return foldSettings(f)
	}
	day := func(r audit.Reading) string { return r.Values[audit.ValueNewest].String() }
	f.Readings = slices.DeleteFunc(slices.Clone(f.Readings), func(r audit.Reading) bool { return r.Verdict.State() == audit.Unknown })
	slices.SortStableFunc(f.Readings, func(a, b audit.Reading) int { return strings.Compare(day(b), day(a)) })
	if len(f.Readings) > 1 {
		f.Readings = f.Readings[:1]
	}
	return foldMeasure(f)
}
