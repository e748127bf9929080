package checks

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// framesTalk reports whether a frame shows a page of a host that is named for talk.
func framesTalk(p *crawler.Page) bool {
	return slices.ContainsFunc(framesOf(p), func(f frame) bool { return hostTalks(p, f.at) })
}

// framedPart says why a frame keeps a page from proving an absence: nothing says what page of the site it shows. Another site's is
// no hint unless that site is named for talk: of twenty-two real pages with such frames all showed advertisements, films and figures.
func framedPart(p *crawler.Page) audit.Reason {
	bears := func(n *html.Node) bool { return writesIn(crawler.Attr(n, "srcdoc")) }
	shows := func(f frame) bool { return p.OwnSite(f.at) && !p.Hidden(f.n) && !toldOtherwise(p, f.n, f.at.String()) }
	if slices.ContainsFunc(p.Tag("iframe"), bears) || slices.ContainsFunc(framesOf(p), shows) {
		return audit.ReasonNoMarker
	}
	return ""
}

// writesIn reports whether the markup of a page that a frame bears itself has something to write in, or loads it.
func writesIn(markup string) bool {
	return markup != "" && stemIn(crawler.Lower(markup), []string{"<textarea", "<form", "<iframe", "<script"})
}

// frame is an element that shows another page.
type frame struct {
	n  *html.Node
	at *url.URL
}

// framesOf gives the frames of a page that have a size and show no picture, film, document or advertisement of Google's.
func framesOf(p *crawler.Page) []frame {
	return crawler.Memo(p, "frames", func(p *crawler.Page) (all []frame) {
		for _, name := range frames {
			for _, n := range p.Tag(name) {
				kind := lowerAttr(n, "type")
				if tiny(n) || ofGoogle(n) || within(n, "noscript") || kind != "" && !strings.Contains(kind, "html") {
					continue
				}
				if u, ok := p.Resolve(frameAddress(n)); ok && !isFile(u) {
					all = append(all, frame{n, u})
				}
			}
		}
		return all
	})
}

// frames are the elements that show another page.
var frames = []string{"iframe", "amp-iframe", "object", "embed", "portal", "fencedframe"}

// frameAddress gives where a frame's page stands: also under the names by which it is loaded once it comes into sight, or once a
// reader has agreed to it.
func frameAddress(n *html.Node) string {
	for _, key := range [...]string{"src", "data"} {
		if v := crawler.Attr(n, key); v != "" && !strings.HasPrefix(v, "about:") && !strings.HasPrefix(v, "javascript:") && !strings.HasPrefix(v, "data:") {
			return v
		}
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		if strings.HasPrefix(a.Key, "data-") && (strings.HasSuffix(a.Key, "src") || strings.HasSuffix(a.Key, "url")) && strings.Contains(a.Val, "/") {
			return a.Val
		}
	}
	return ""
}

// ofGoogle reports whether a frame is one that Google's tags for advertisements have made, in a page that was saved from a browser:
// they give it an id of theirs and a number.
func ofGoogle(n *html.Node) bool {
	id := crawler.Attr(n, "id")
	return strings.HasPrefix(id, "google_ads_iframe_") || strings.HasPrefix(id, "aswift_")
}

func tiny(n *html.Node) bool {
	for _, key := range [...]string{"width", "height"} {
		if v := strings.TrimSuffix(crawler.Attr(n, key), "px"); v == "0" || v == "1" {
			return true
		}
	}
	return false
}

// hostTalks reports whether an address is on a host that is named for talk, and is not the page's own.
func hostTalks(p *crawler.Page, u *url.URL) bool {
	host := crawler.Lower(u.Hostname())
	return host != crawler.Lower(p.URL().Hostname()) && slices.ContainsFunc(strings.Split(host, "."), func(name string) bool { return talkHosts[name] })
}

var talkHosts = map[string]bool{
	"talk": true, "discuss": true, "discussion": true, "discussions": true, "community": true, "chat": true, "forum": true, "forums": true, "board": true, "boards": true, "groups": true,
	"comments": true, "conversation": true, "conversations": true, "yoursay": true, "haveyoursay": true, "feedback": true, "letstalk": true, "ideas": true, "engage": true, "consult": true,
	"voice": true, "voices": true, "yourvoice": true, "ourvoice": true,
}

// talkScript reports whether a script is loaded from a host that is named for talk. One that is named for chat is an adviser's.
func talkScript(p *crawler.Page) bool {
	return slices.ContainsFunc(p.Tag("script"), func(n *html.Node) bool {
		src := crawler.Attr(n, "src")
		if !scriptHosts.In(src) {
			return false
		}
		u, ok := p.Resolve(src)
		return ok && hostTalks(p, u)
	})
}

var scriptHosts = crawler.NewSigns("//talk.", "//discuss.", "//community.", "//forum.", "//forums.", "//comments.")
