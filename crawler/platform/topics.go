package platform

import (
	"net/http"
	"net/url"
	"strconv"

	"doorknock/audit"
	"doorknock/crawler"
)

// maxTopics is of how many topics a Discourse is asked for what people wrote.
const maxTopics = 10

func (f *facts) askTopics() crawler.Request {
	u := url.URL{Scheme: f.site.Scheme, Host: f.site.Host, Path: "/latest.json"}
	return crawler.Request{URL: u.String(), For: forTopics, Accept: acceptJSON, Priority: 900, People: true}
}

// readTopics takes a Discourse's latest topics as posts, and asks for what was written in the newest of them.
func (f *facts) readTopics(p *crawler.Page) (next []crawler.Request) {
	if p.Answer.Status == http.StatusForbidden { // as where one has to log in to read
		u := url.URL{Scheme: f.site.Scheme, Host: f.site.Host, Path: "/site/basic-info.json"}
		return []crawler.Request{{URL: u.String(), For: forForum, Accept: acceptJSON, Priority: 900}}
	}
	if !answered(p) {
		return nil
	}
	readOnly := p.Answer.Header.Get("Discourse-Readonly") == "true" // for a while nobody may write, which closes no topic
	list, err := discourseTopics(p.Answer.Body)
	if err != nil {
		return nil
	}
	placed := topicsIn(p.Answer.Body)
	for i, d := range list {
		if d.ID <= 0 || d.Visible != nil && !*d.Visible || len(f.rest) >= maxPosts {
			continue
		}
		id := strconv.FormatInt(d.ID, 10)
		slug := d.Slug
		if slug == "" {
			slug = "-"
		}
		address := url.URL{Scheme: f.site.Scheme, Host: f.site.Host, Path: "/t/" + slug + "/" + id}
		made := audit.PostFacts{URL: address.String(), NativeID: id, Title: cut(d.Title, 300), Published: isoTime(d.Created, p.Answer.At), System: discourse}
		if t := d.state(placed.nth(i)); t.state == audit.Closed || t.state == audit.Restricted && !readOnly {
			made.CommentStatus = map[audit.State]string{audit.Closed: "closed", audit.Restricted: "login"}[t.state]
			made.StatusMark = markOf(t, p)
		}
		f.rest = append(f.rest, made)
		if address.Path = "/t/" + id + ".json"; len(next) < maxTopics && f.settings.Keys != nil {
			next = append(next, crawler.Request{URL: address.String(), For: forTopic, Accept: acceptJSON, Priority: 900, People: true, Post: &made})
		}
	}
	return next
}

// readForum takes from a Discourse that shows nobody its topics whether one has to log in to read. Its home page, which
// then asks for that, is read once more with this beside it.
func (w *web) readForum(p *crawler.Page) {
	if !answered(p) {
		return
	}
	t, err := readDiscourse(p.Answer.Body, p.Answer.At)
	if err != nil || t.state != audit.Restricted || w.site == nil {
		return
	}
	delete(w.outlines, w.job.Channel.URL) // to be read anew, for an outline does not tell of it
	w.walk.tell(audit.PostFacts{URL: w.site.String(), System: discourse, CommentStatus: "login", StatusMark: markOf(t, p)})
}

func (f *facts) readTopic(p *crawler.Page) {
	if !answered(p) {
		return
	}
	if t, err := discourseRead(p.Answer.Body, p.Answer.At); err == nil {
		f.hearTold(t, discourse, *p.Answer.Request.Post, p.Answer.Capture)
	}
}
