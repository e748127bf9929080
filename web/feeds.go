package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

const feedEntries = 50

// feedItem is one change as both kinds of feed tell it. Its id stays the same whatever becomes of it.
type feedItem struct {
	ID, Title, URL, Text string
	Published, Updated   time.Time
	Tags                 []string
}

// feedOf is what a feed is of: all, one organisation, one kind of organisation, one nation, one kind of change.
type feedOf struct{ organisation, sector, nation, kind string }

// The kinds of changes of a feed: those of the editions, what was corrected, and what is said otherwise now.
const (
	feedCorrected = "corrected"
	feedSaid      = "said"
)

// holds reports whether a change is of the feed's kind.
func (f feedOf) holds(x confirmed) bool {
	if x.said != nil || f.kind == feedSaid {
		return x.said != nil && (f.kind == feedSaid || f.kind == "")
	}
	c := x.state
	opened := c.To == audit.Open || c.To == audit.Restricted && c.From != audit.Open
	switch f.kind {
	case digest.KindOpened:
		return opened
	case digest.KindClosed:
		return !opened
	case feedCorrected:
		return !c.WithdrawnAt.IsZero() || c.Reread
	}
	return true
}

func (f feedOf) query() string {
	q := url.Values{}
	for key, v := range map[string]string{"organisation": f.organisation, "sector": f.sector, "nation": f.nation, "kind": f.kind} {
		if v != "" {
			q.Set(key, v)
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// address is where this request reached us, unless the settings say where others do.
func (s *site) address(r *http.Request) string {
	if s.at != "" {
		return s.at
	}
	return "http://" + r.Host
}

// feedItems are the newest changes that the feed is of. What was withdrawn stays, says so, and is newer by that.
func (s *site) feedItems(r *http.Request, of feedOf) ([]feedItem, error) {
	list, err := s.confirmedChanges(r.Context(), store.ChangesOf{Organisation: of.organisation, Limit: 20 * feedEntries})
	if err != nil {
		return nil, err
	}
	all, err := s.db.Organisations(r.Context())
	if err != nil {
		return nil, fmt.Errorf("read the organisations of a feed: %w", err)
	}
	kinds := map[string]audit.Organisation{}
	for _, o := range all {
		kinds[o.ID] = o
	}
	var items []feedItem
	for _, c := range list {
		o := kinds[c.organisation()]
		if (of.sector != "" && o.Sector != of.sector) || (of.nation != "" && o.Nation != of.nation) || !of.holds(c) {
			continue
		}
		if items = append(items, s.feedEntry(r, c, o)); len(items) == feedEntries {
			break
		}
	}
	return items, nil
}

func (s *site) feedEntry(r *http.Request, c confirmed, o audit.Organisation) feedItem {
	if c.said != nil {
		return s.saidItem(r, *c.said, o)
	}
	return s.feedItem(r, *c.state, o)
}

// saidItem tells what a place says otherwise now: which values, and the sentences that went and came.
func (s *site) saidItem(r *http.Request, c store.ShownValueChange, o audit.Organisation) feedItem {
	v := s.valueChangeView(c)
	parts := make([]string, 0, len(v.Rows)+len(v.Words)+1)
	for _, x := range v.Rows {
		parts = append(parts, x.Name+": "+x.Was+" "+s.words.say("change.arrow")+" "+x.Is+".")
	}
	for _, x := range v.Words {
		parts = append(parts, s.wordChange(x))
	}
	if v.More > 0 {
		parts = append(parts, s.words.count("change.words.more", v.More))
	}
	parts = append(parts, s.words.say("feed.when", "first", v.FirstSeen, "confirmed", v.ConfirmedAt, "place", audit.Untrusted(c.URL).Plain(500)))
	return feedItem{
		ID: "tag:doorknock,2026:said/" + c.ID, Title: audit.Untrusted(c.OrganisationName).Plain(120) + ": " + v.Title + " " + s.words.say("org.said") + ".",
		URL: s.address(r) + "/findings/" + c.Finding, Text: strings.Join(parts, " "), Published: c.PublishedAt.UTC(), Updated: c.PublishedAt.UTC(),
		Tags: []string{string(c.Platform), string(c.Check), o.Sector, o.Nation},
	}
}

// wordChange says one sentence's change in a line.
func (s *site) wordChange(x wordChange) string {
	switch {
	case x.Is == "":
		return s.words.say("change.words.gone") + " " + ended(x.Was)
	case x.Was == "":
		return s.words.say("change.words.come") + " " + ended(x.Is)
	}
	return s.words.say("change.words.other") + " " + x.Was + " " + s.words.say("change.arrow") + " " + ended(x.Is)
}

// ended gives a sentence of theirs its full stop, where it has no end of its own and ours follow it.
func ended(words string) string {
	if strings.HasSuffix(words, ".") || strings.HasSuffix(words, "!") || strings.HasSuffix(words, "?") {
		return words
	}
	return words + "."
}

func (s *site) feedItem(r *http.Request, c store.PublicChange, o audit.Organisation) feedItem {
	item := feedItem{
		ID: "tag:doorknock,2026:change/" + c.ID, Title: audit.Untrusted(c.OrganisationName).Plain(120) + ": " + alerts.Difference(s.check(c.Check).Title, c.From, c.To, s.check(c.Check).Published),
		URL: s.address(r) + "/findings/" + c.Finding, Published: c.PublishedAt.UTC(), Updated: c.PublishedAt.UTC(),
		Tags: []string{string(c.Platform), string(c.Check), o.Sector, o.Nation},
	}
	item.Text = item.Title + " " + s.words.say("feed.when", "first", s.words.clock(c.FirstSeen), "confirmed", s.words.clock(c.ConfirmedAt), "place", audit.Untrusted(c.URL).Plain(500))
	if v := s.changeView(c); v.Correction != "" {
		item.Title, item.Text = s.words.say("feed.corrected", "title", item.Title), audit.Untrusted(v.Correction).Plain(500)+" "+item.Text
		if !c.WithdrawnAt.IsZero() {
			item.Updated = c.WithdrawnAt.UTC()
		}
	}
	return item
}

// atomFeed is RFC 4287. Texts are of type text, so that a reader shows them as they are.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Title   string      `xml:"title"`
	ID      string      `xml:"id"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  atomAuthor  `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	Title     string     `xml:"title"`
	ID        string     `xml:"id"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Link      atomLink   `xml:"link"`
	Tags      []atomTag  `xml:"category"`
	Content   atomString `xml:"content"`
}

type atomTag struct {
	Term string `xml:"term,attr"`
}

type atomString struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func (s *site) atom(w http.ResponseWriter, r *http.Request) error {
	return s.feed(w, r, "application/atom+xml; charset=utf-8", func(title, self string, items []feedItem) ([]byte, error) {
		f := atomFeed{Title: title, ID: "tag:doorknock,2026:changes" + self[strings.LastIndex(self, ".atom")+len(".atom"):], Author: atomAuthor{s.author()},
			Updated: newest(items).Format(time.RFC3339), Links: []atomLink{{"self", self}, {"alternate", s.address(r) + "/changes"}}}
		for _, i := range items {
			e := atomEntry{Title: i.Title, ID: i.ID, Published: i.Published.Format(time.RFC3339), Updated: i.Updated.Format(time.RFC3339),
				Link: atomLink{"alternate", i.URL}, Content: atomString{"text", i.Text}}
			for _, t := range i.Tags {
				e.Tags = append(e.Tags, atomTag{t})
			}
			f.Entries = append(f.Entries, e)
		}
		data, err := xml.MarshalIndent(f, "", " ")
		return append([]byte(xml.Header), data...), err
	})
}

// jsonFeed is JSON Feed 1.1.
func (s *site) jsonFeed(w http.ResponseWriter, r *http.Request) error {
	return s.feed(w, r, "application/feed+json; charset=utf-8", func(title, self string, items []feedItem) ([]byte, error) {
		list := []map[string]any{}
		for _, i := range items {
			list = append(list, map[string]any{"id": i.ID, "url": i.URL, "title": i.Title, "content_text": i.Text,
				"date_published": i.Published.Format(time.RFC3339), "date_modified": i.Updated.Format(time.RFC3339), "tags": i.Tags})
		}
		return json.MarshalIndent(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": title, "feed_url": self,
			"home_page_url": s.address(r) + "/changes", "authors": []map[string]string{{"name": s.author()}}, "items": list}, "", " ")
	})
}

func (s *site) author() string {
	if s.publisher.Name != "" {
		return s.publisher.Name
	}
	return "doorknock"
}

// newest is the time of the newest item, or of the epoch where there is none: a feed that says nothing new has not changed.
func newest(items []feedItem) time.Time {
	at := time.Unix(0, 0).UTC()
	for _, i := range items {
		if i.Updated.After(at) {
			at = i.Updated
		}
	}
	return at
}

// feed answers with what write makes, or says that nothing has changed.
func (s *site) feed(w http.ResponseWriter, r *http.Request, kind string, write func(title, self string, items []feedItem) ([]byte, error)) error {
	q := r.URL.Query()
	of := feedOf{q.Get("organisation"), q.Get("sector"), q.Get("nation"), q.Get("kind")}
	items, err := s.feedItems(r, of)
	if err != nil {
		return err
	}
	title := s.words.say("feed.title")
	if of.organisation != "" && len(items) > 0 {
		title = s.words.say("feed.title.of", "name", strings.SplitN(items[0].Title, ":", 2)[0])
	}
	body, err := write(title, s.address(r)+r.URL.Path+of.query(), items)
	if err != nil {
		return fmt.Errorf("write a feed: %w", err)
	}
	sendMarked(w, r, kind, body)
	return nil
}

// sendMarked answers with a body, or says that it has not changed.
func sendMarked(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
