package platform

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"doorknock/audit"
	"doorknock/crawler"
)

// ForOldPage is the purpose of a request for a page that bears a former name.
const ForOldPage crawler.Purpose = "old page"

// discoverWords are in the links of pages that tell where an organisation is to be found.
var discoverWords = []string{"contact", "social", "follow", "connect", "about", "community", "forum", "involved", "news", "cysylltu", "amdanom"}

// forumWords are in the links that lead to a forum.
var forumWords = []string{"forum", "community", "discuss"}

// Discovery is the web platform with a short walk in place of its own: the home page, the pages of the site that tell
// where the organisation is to be found, at most as many as the settings allow, and the home pages on other sites that
// are linked from these and whose names hold a former name. Every page that came whole is given to see.
func Discovery(former []string, see func(*crawler.Page)) crawler.Platform {
	p := Web()
	p.Plan = func(j audit.Job, s crawler.Settings) crawler.Plan {
		return &discover{job: j, settings: s, former: former, see: see, asked: map[string]bool{}}
	}
	return p
}

type discover struct {
	job      audit.Job
	settings crawler.Settings
	former   []string
	see      func(*crawler.Page)
	asked    map[string]bool
}

func (d *discover) First() []crawler.Request {
	return []crawler.Request{{URL: d.job.Channel.URL, For: crawler.ForHome, Priority: 1000}}
}

func (d *discover) Next(p *crawler.Page) (next []crawler.Request) {
	if p.Unchanged || p.Problem() != "" && p.Problem() != audit.ReasonNeedsJS {
		return nil
	}
	d.asked[key(p.URL())] = true
	d.see(p)
	if p.Answer.Request.For == ForOldPage {
		return nil
	}
	for _, l := range p.Elsewhere() {
		if u, err := url.Parse(l.URL); err == nil && d.oldName(u.Hostname()) != "" {
			next = d.ask(next, &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, ForOldPage, 1, 1)
		}
	}
	told, priority := discoverWords, 10
	if p.Answer.Request.For != crawler.ForHome {
		told, priority = forumWords, 5 // what software a forum is, its own page tells
	}
	for _, l := range p.Links() {
		words := strings.ToLower(l.Text + " " + l.URL)
		u, err := url.Parse(l.URL)
		if err != nil || skipped(u) || document(u) || p.Answer.Request.Depth > 1 || !slices.ContainsFunc(told, func(w string) bool { return strings.Contains(words, w) }) {
			continue
		}
		next = d.ask(next, u, crawler.ForPage, p.Answer.Request.Depth+1, priority)
	}
	return next
}

func (d *discover) ask(next []crawler.Request, u *url.URL, why crawler.Purpose, depth, priority int) []crawler.Request {
	if k := key(u); !d.asked[k] {
		d.asked[k] = true
		next = append(next, crawler.Request{URL: u.String(), For: why, Depth: depth, Priority: priority})
	}
	return next
}

func (d *discover) oldName(host string) string { return FormerName(host, d.former) }

func (d *discover) Done([]crawler.Request) crawler.Walk { return crawler.Walk{} }

// leastName is how many letters of a name must stand in an address to be told from chance.
const leastName = 5

// FormerName gives the one of the names whose letters stand in s, an address or a handle, "" where none does.
func FormerName(s string, names []string) string {
	letters := lettersOnly(s)
	for _, n := range names {
		whole, _, _ := strings.Cut(n, "(")
		for _, suffix := range [...]string{"", " housing association", " housing group", " housing", " homes", " group"} {
			short := lettersOnly(strings.TrimSuffix(strings.ToLower(strings.TrimSpace(whole)), suffix))
			if len(short) >= leastName && strings.Contains(letters, short) {
				return n
			}
		}
	}
	return ""
}

// BearsName reports whether a page says of itself, in its title or headings, that it is of that name.
func BearsName(p *crawler.Page, name string) bool { return bears(p, name) != nil }

func lettersOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
