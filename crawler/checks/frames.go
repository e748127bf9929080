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

// framedPart says why a frame keeps a page from proving an absence: nothing says what it shows of another site, or of this one.
// One of another site that is hidden counts visitors.
func framedPart(p *crawler.Page) (why audit.Reason) {
	if slices.ContainsFunc(p.Tag("iframe"), func(n *html.Node) bool { return writesIn(crawler.Attr(n, "srcdoc")) }) {
		why = audit.ReasonNoMarker
	}
	for _, f := range framesOf(p) {
		switch {
		case toldOtherwise(p, f.n, f.at.String()):
		case p.OwnSite(f.at):
			why = audit.ReasonNoMarker
		case !p.Hidden(f.n) && !showing[crawler.Lane(f.at.Hostname())]:
			return audit.ReasonThirdParty
		}
	}
	return why
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

// framesOf gives the frames of a page that have a size and show no picture, film or document.
func framesOf(p *crawler.Page) []frame {
	return crawler.Memo(p, "frames", func(p *crawler.Page) (all []frame) {
		for _, name := range frames {
			for _, n := range p.Tag(name) {
				kind := lowerAttr(n, "type")
				if tiny(n) || within(n, "noscript") || kind != "" && !strings.Contains(kind, "html") {
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

// showing are hosts, by their registrable domains, whose frames hold films, music, maps, pictures, documents, letters or
// advertisements. Whatever else another site's frame holds we do not see.
var showing = map[string]bool{
	"youtube.com": true, "youtube-nocookie.com": true, "youtu.be": true, "vimeo.com": true, "dailymotion.com": true, "wistia.com": true, "wistia.net": true, "brightcove.net": true, "spotify.com": true, "soundcloud.com": true, "bandcamp.com": true, "acast.com": true, "buzzsprout.com": true, "tiktok.com": true,
	"google.com": true, "google.co.uk": true, "googletagmanager.com": true, "doubleclick.net": true, "googlesyndication.com": true, "recaptcha.net": true, "hcaptcha.com": true, "openstreetmap.org": true, "arcgis.com": true, "matterport.com": true,
	"facebook.com": true, "twitter.com": true, "x.com": true, "instagram.com": true, "linkedin.com": true, "flickr.com": true, "issuu.com": true, "calameo.com": true, "flipsnack.com": true, "slideshare.net": true, "powerbi.com": true, "tableau.com": true, "canva.com": true,
	"office.com": true, "jotform.com": true, "typeform.com": true, "surveymonkey.com": true, "list-manage.com": true, "mailjet.com": true, "govdelivery.com": true, "eventbrite.co.uk": true, "eventbrite.com": true, "bbc.co.uk": true, "bbc.com": true,
}
