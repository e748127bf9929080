package platform

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const (
	disqus        = "disqus"
	disqusAddress = "https://disqus.com"
	disqusParam   = "api_key"
	disqusHourly  = 900 // of the 1,000 calls an hour that a key may make
)

// disqusKey is Disqus's key: budget is the calls an hour that it may make, 0 for Disqus's own limit.
func disqusKey(budget int) crawler.Credential {
	if budget <= 0 {
		budget = disqusHourly
	}
	return crawler.Credential{Origin: disqusAddress, Param: disqusParam, Gap: time.Hour / time.Duration(budget)}
}

// disqusServer reads which forum of Disqus a page shows; one that names two shows none surely. base is the interface's
// address, "" where no key is held: without one it answers nobody.
func disqusServer(p *crawler.Page, base string) (server, bool) {
	if base == "" {
		return server{}, false
	}
	forums := map[string]bool{}
	for _, n := range p.Tag("script") {
		addForum(forums, crawler.Attr(n, "src"))
		if n.FirstChild != nil {
			code := withoutRemarks(n.FirstChild.Data)
			addForum(forums, code)
			for _, key := range [...]string{"disqus_shortname", "disqusShortname"} {
				if name, stated := settled(code, key); stated {
					forums[name] = true
				}
			}
		}
	}
	if len(forums) != 1 || forums[""] {
		return server{}, false
	}
	s := server{base: base, settled: true}
	for s.site = range forums {
	}
	_, given, ok := disqusThread(p)
	s.named = given
	return s, ok && strings.Trim(strings.ToLower(s.site), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// addForum takes the name before ".disqus.com/embed.js" in an address, or in code that makes one.
func addForum(forums map[string]bool, text string) {
	before, _, ok := strings.Cut(text, ".disqus.com/embed.js")
	if !ok {
		return
	}
	name := before[strings.LastIndexAny(before, "/\"' ")+1:]
	if name != "" { // else it is put together by the script of what disqus_shortname says
		forums[name] = true
	}
}

// disqusThread gives the name by which a page's script tells its thread, "" where it is told by its address. given says
// that the script speaks of a name at all; ok is false where it does and the name cannot be read.
func disqusThread(p *crawler.Page) (name string, given, ok bool) {
	for _, n := range p.Tag("script") {
		if n.FirstChild == nil {
			continue
		}
		code := withoutRemarks(n.FirstChild.Data)
		for _, key := range [...]string{"disqus_identifier", "disqusIdentifier", "page.identifier"} {
			if !strings.Contains(code, key) {
				continue
			}
			given = true
			if said, stated := settled(code, key); stated && said != "" && (name == "" || name == said) {
				name = said
				continue
			}
			return "", true, false
		}
		for _, key := range [...]string{"disqus_url", "disqusUrl", "page.url"} {
			given = given || strings.Contains(code, key) // another address than the page's own, perhaps
		}
	}
	return name, given, true
}

// settled reads what a script sets a name to: name = "value", or "name": "value". stated is false where it does neither, or
// sets it to what only the script knows.
func settled(code, name string) (value string, stated bool) {
	if v := setting(code, name); v != "" {
		return v, true
	}
	_, rest, ok := strings.Cut(code, name)
	rest = strings.TrimLeft(rest, " \t\r\n")
	if !ok || !strings.HasPrefix(rest, "=") {
		return "", false
	}
	rest = strings.TrimLeft(rest[1:], " \t\r\n")
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return "", false
	}
	value, _, ok = strings.Cut(rest[1:], rest[:1])
	return value, ok && len(value) <= maxAddress && !strings.ContainsAny(value, "\\\n")
}

// withoutRemarks takes /* remarks */ out of a script: Disqus's own example of its settings stands in one.
func withoutRemarks(code string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(code, "/*")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if _, code, ok = strings.Cut(rest, "*/"); !ok {
			return b.String()
		}
	}
}

// disqus asks for a thread's own state, and for its comments.
func (s server) disqus(page *url.URL, thread string) []string {
	where := *page
	where.Fragment, where.RawFragment = "", ""
	of := url.Values{"forum": {s.site}}
	if thread != "" {
		of.Set("thread:ident", thread)
	} else {
		of.Set("thread:link", where.String())
	}
	details := s.base + "/api/3.0/threads/details.json?" + of.Encode()
	of.Set("limit", "100")
	return []string{details, s.base + "/api/3.0/threads/listPosts.json?" + of.Encode()}
}

type disqusPost struct {
	ID      string `json:"id"`
	Parent  *int64 `json:"parent"`
	Created string `json:"createdAt"` // UTC without a zone
	Message string `json:"message"`
	Deleted bool   `json:"isDeleted"`
	Spam    bool   `json:"isSpam"`
	Author  struct {
		Name string `json:"name"`
	} `json:"author"`
}

// readDisqus reads a thread's details, which say whether it is closed, or its posts. One that is not closed takes the words
// of anybody with an account at Disqus; whether also those of a guest is told nowhere. What went wrong is a number.
func readDisqus(body []byte, at time.Time) (told, error) {
	var answer struct {
		Code     *int `json:"code"`
		Response any  `json:"response"`
	}
	if err := sound(body, &answer); err != nil {
		return told{}, fmt.Errorf("read answer of disqus: %w", err)
	}
	if answer.Code == nil {
		return told{}, errShape
	}
	if *answer.Code != 0 {
		return told{reason: audit.ReasonThirdParty}, nil
	}
	switch answer.Response.(type) {
	case map[string]any:
		return disqusDetails(body)
	case []any:
		return disqusPosts(body, at)
	}
	return told{}, errShape
}

func disqusDetails(body []byte) (told, error) {
	var answer struct {
		Response struct {
			ID     string `json:"id"`
			Closed *bool  `json:"isClosed"`
			Posts  *int   `json:"posts"`
		} `json:"response"`
	}
	if err := sound(body, &answer); err != nil {
		return told{}, fmt.Errorf("read thread of disqus: %w", err)
	}
	r := answer.Response
	if r.ID == "" || r.Closed == nil {
		return told{}, errShape
	}
	t := marked(treeOf(body).get("response", "isClosed"), audit.Restricted, audit.KindLogin, "disqus-not-closed")
	if *r.Closed {
		t.state, t.kind, t.rule = audit.Closed, "", "disqus-closed"
	}
	t.stated = r.Posts
	return t, nil
}

func disqusPosts(body []byte, at time.Time) (told, error) {
	var answer struct {
		Cursor struct {
			Next bool `json:"hasNext"`
			More bool `json:"more"`
		} `json:"cursor"`
		Response []disqusPost `json:"response"`
	}
	if err := sound(body, &answer); err != nil {
		return told{}, fmt.Errorf("read posts of disqus: %w", err)
	}
	t := told{listed: true, partial: answer.Cursor.Next || answer.Cursor.More}
	for _, p := range answer.Response {
		if p.ID == "" || p.Deleted || p.Spam {
			continue
		}
		made := toldComment{id: p.ID, name: p.Author.Name, at: utcTime(p.Created, at), text: words(p.Message)}
		if p.Parent != nil {
			made.parent = strconv.FormatInt(*p.Parent, 10)
		}
		t.comments = append(t.comments, made)
	}
	return t, nil
}
