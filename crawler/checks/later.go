package checks

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// A page may have a part of itself loaded later, from an address that says nothing of what it is. What comes then we did not
// see, so such a page proves no absence, unless the part is the site's menu, search or the like by its place or by its name.
// What a tool's documentation says of its markup is all that is told here; what a site's own script does we cannot know.

// unseenPart says why a page does not prove that nothing below its story may be answered: a part of it is loaded later, or what
// stands in a frame or a shadow root is not in its text. It gives "" where the page is all there is.
func unseenPart(p *crawler.Page) audit.Reason {
	if why := loadedPart(p); why != "" {
		return why
	}
	if why := framedPart(p); why != "" {
		return why
	}
	if includes(p) || shadowTalks(p) {
		return audit.ReasonNoMarker
	}
	return ""
}

// loadedPart says why a page does not prove that a site lacks anything: it shows a place to talk of another site, or a script
// loads a part of it.
func loadedPart(p *crawler.Page) audit.Reason {
	return crawler.Memo(p, "loaded part", func(p *crawler.Page) audit.Reason {
		switch {
		case framesTalk(p):
			return audit.ReasonThirdParty
		case elementLoads(p), attributeLoads(p), blockLoads(p), islandLoads(p), talkScript(p):
			return audit.ReasonNeedsJS
		}
		return ""
	})
}

// quietIfWhole is quietUnless for what may be loaded later. (A frame that says nothing of what it holds is no hint at a whole
// forum: advertisements and films stand in such on some page of many a site.)
func quietIfWhole(p *crawler.Page, stems []string) crawler.Look {
	l := quietUnless(p, stems)
	if l.Reason == audit.ReasonNotLooked {
		if why := loadedPart(p); why != "" {
			l.Reason = why
		}
	}
	return l
}

// elementLoads reports whether the page has an element that a script fills from the address in src: Turbo's frames (one
// without src has its content already), GitHub's fragments, hinclude's and AngularJS's elements.
func elementLoads(p *crawler.Page) bool {
	return loadsBy(p, "turbo-frame", "include-fragment", "poll-include-fragment", "hx:include", "h-include", "ng-include")
}

// includes reports whether a part is left to a server at the edge, which did not put it in.
func includes(p *crawler.Page) bool { return loadsBy(p, "esi:include") }

func loadsBy(p *crawler.Page, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return slices.ContainsFunc(p.Tag(name), func(n *html.Node) bool {
			src := crawler.Attr(n, "src")
			return src != "" && !toldOtherwise(p, n, src)
		})
	})
}

// loadingMarks stand in every page with an attribute that loadingAddress knows.
var loadingMarks = []string{"hx-get", "hx-post", "sse-connect", "ws-connect", "up-defer", "wire:init", "wire:intersect", "__lazyload", "phx-hook", "phx-update", "data-phx-session", "ng-include", "w3-include-html", "x-init=", "@get(", "@post("}

// attributeLoads reports whether an element asks, by an attribute of its tool, for what stands elsewhere. A link to another page is
// one, whatever else it does; what a form or a field sends is judged by its boxes, unless it is sent without a reader.
func attributeLoads(p *crawler.Page) bool {
	return speaksOf(p, loadingMarks) && slices.ContainsFunc(p.Elements(), func(n *html.Node) bool {
		address, asks := loadingAddress(p, n)
		if !asks || toldOtherwise(p, n, address) {
			return false
		}
		switch n.Data {
		case "form", "input", "select", "textarea":
			return unasked(n)
		case "a":
			return unasked(n) || !teaserLink(p, n)
		}
		return true
	})
}

// loadingAddress gives the address from which an element is filled, "" where only its tool knows it. htmx asks by hx-get and
// hx-post, also spelt data-hx-get, and listens by sse-connect and ws-connect. Unpoly fills what bears up-defer from up-href or
// href. Livewire runs wire:init once a component is shown and wire:intersect once it is seen, and what stands in the place of a
// lazy one calls __lazyLoad; other components are printed whole. LiveView prints its views whole, too: only a hook, a stream or
// a view within it that is empty is filled when the page has connected. AngularJS fills what bears ng-include, w3.js what bears
// w3-include-html; Alpine may fetch in x-init, and Datastar asks with @get and @post.
func loadingAddress(p *crawler.Page, n *html.Node) (address string, asks bool) {
	for i := range n.Attr {
		a := &n.Attr[i]
		switch key := strings.TrimPrefix(a.Key, "data-"); {
		case key == "hx-get", key == "hx-post", key == "sse-connect", key == "ws-connect", key == "w3-include-html":
			return a.Val, true
		case key == "ng-include":
			return strings.Trim(a.Val, "'"), true
		case key == "x-init" && strings.Contains(a.Val, "fetch("):
			return "", true
		case key != a.Key && stemIn(a.Val, []string{"@get(", "@post("}): // Datastar's are data attributes
			return "", true
		case key == "up-defer":
			return crawler.Attr(n, "up-href") + crawler.Attr(n, "href"), true
		case key == "wire:init", strings.HasPrefix(key, "wire:intersect"), strings.HasPrefix(key, "x-") && strings.Contains(a.Val, "__lazyLoad"):
			return "", true
		case key == "phx-hook", key == "phx-update", key == "phx-session":
			if isPlaceholder(p, n) {
				return "", true
			}
		}
	}
	return "", false
}

// unasked reports whether an element asks by itself: when the page is there, when it comes into sight, or again and again.
func unasked(n *html.Node) bool {
	return hasAttr(n, "up-defer") || stemIn(lowerAttr(n, "hx-trigger")+lowerAttr(n, "data-hx-trigger"), []string{"load", "revealed", "intersect", "every "})
}

// loadingWords stand in the names of data attributes that say from where a block is to be filled; every page with one holds one of
// blockMarks. One that speaks of an address alone (data-url, data-src) keeps it to be shared, counted or shown: of eight real pages
// all did.
var loadingWords = map[string]bool{
	"load": true, "loader": true, "remote": true, "endpoint": true, "fetch": true, "include": true, "fragment": true, "partial": true, "ajax": true, "turbo": true,
}

var blockMarks = []string{"-load", "-remote", "-endpoint", "-fetch", "-include", "-fragment", "-partial", "-ajax", "-turbo"}

// blockLoads reports whether a block without content of its own keeps the address of something else in a data attribute.
func blockLoads(p *crawler.Page) bool {
	if !speaksOf(p, blockMarks) {
		return false
	}
	for _, name := range [...]string{"div", "section", "aside", "article", "ul", "ol"} {
		for _, n := range p.Tag(name) {
			for i := range n.Attr {
				a := &n.Attr[i]
				if saysLoading(a.Key) && mayFill(p, a.Val) && isPlaceholder(p, n) && !toldOtherwise(p, n, a.Val) {
					return true
				}
			}
		}
	}
	return false
}

// saysLoading reports whether a data attribute says by its name that something is to be loaded: data-content-loader-url-value.
func saysLoading(key string) bool {
	if !strings.HasPrefix(key, "data-") {
		return false
	}
	for word := range strings.SplitSeq(key, "-") {
		if loadingWords[word] {
			return true
		}
	}
	return false
}

// mayFill reports whether a block may be filled from an address: one of the site's or of a place to talk, of no picture or
// program, and not this page's own, which stands where the page is to be shared.
func mayFill(p *crawler.Page, address string) bool {
	if !strings.Contains(address, "/") {
		return false
	}
	u, ok := p.Resolve(address)
	if !ok || isFile(u) || !p.OwnSite(u) && !hostTalks(p, u) {
		return false
	}
	return u.Path != p.URL().Path || u.RawQuery != p.URL().RawQuery
}

// isFile reports whether an address ends as what is shown, played or run as it is.
func isFile(u *url.URL) bool { return fileEndings[crawler.Lower(path.Ext(u.Path))] }

var fileEndings = map[string]bool{
	".svg": true, ".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".webp": true, ".avif": true, ".ico": true, ".mp4": true, ".webm": true, ".mp3": true, ".m3u8": true, ".swf": true,
	".pdf": true, ".doc": true, ".docx": true, ".xls": true, ".xlsx": true, ".ppt": true, ".pptx": true, ".zip": true, ".js": true, ".mjs": true, ".css": true, ".woff": true, ".woff2": true,
}

// maxPlaceholder is how much is said in a block until its content comes: that it is being loaded, in a sentence.
const maxPlaceholder = 100

// isPlaceholder reports whether an element holds a few words at most, and nothing but what turns while one waits.
func isPlaceholder(p *crawler.Page, n *html.Node) bool {
	parts := 0
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		if parts++; parts > maxParts/10 || !waits[c.Data] {
			return false
		}
	}
	return len(p.ShortText(n)) < maxPlaceholder
}

var waits = map[string]bool{
	"div": true, "span": true, "p": true, "i": true, "em": true, "small": true, "strong": true, "br": true, "svg": true, "path": true, "circle": true, "g": true, "use": true, "rect": true,
	"script": true, "style": true, "template": true, "noscript": true, "progress": true,
}

var islandMarks = []string{"-island", "<island-", "blazor:{", "<!--$!", "<!--$?"}

// islandLoads reports whether an island is to be drawn by its program where the server drew nothing: Astro prints one of
// client="only" without its content, and in the place of a deferred one a script with data-island-id that fetches it; a marker
// of Blazor's without prerenderId stands where nothing was drawn before, and React marks a boundary that the server left open.
func islandLoads(p *crawler.Page) bool {
	if !speaksOf(p, islandMarks) {
		return false
	}
	return slices.ContainsFunc(p.Remarks(), undrawn) || slices.ContainsFunc(p.Elements(), func(n *html.Node) bool {
		switch {
		case n.Data == "script":
			return hasAttr(n, "data-island-id") && !toldOtherwise(p, n, deferredAddress(n))
		case strings.HasSuffix(n.Data, "-island"), strings.HasPrefix(n.Data, "island-"):
			return (lowerAttr(n, "client") == "only" || isPlaceholder(p, n)) && !toldOtherwise(p, n, islandAddress(n))
		}
		return false
	})
}

// deferredAddress gives the address of a deferred island out of the script that fetches it, where its component is named.
func deferredAddress(script *html.Node) string {
	if script.FirstChild == nil {
		return ""
	}
	_, rest, _ := strings.Cut(script.FirstChild.Data, "/_server-islands/")
	if end := strings.IndexAny(rest, "?'\"` "); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// islandAddress gives the name of an island's component without the hash that stands before its ending: "/_astro/Menu.C0owsp.js".
func islandAddress(n *html.Node) string {
	at := path.Base(crawler.Attr(n, "component-url"))
	at, _, _ = strings.Cut(at, ".")
	return at
}

// undrawn reports whether a remark is the marker of a component of which nothing was drawn. Those of React's count in the page's
// content: counters of visits are left open elsewhere.
func undrawn(remark *html.Node) bool {
	if remark.Data == "$!" || remark.Data == "$?" {
		return within(remark, "main", "article") && !furniture(remark)
	}
	said := crawler.Lower(remark.Data)
	return strings.HasPrefix(said, "blazor:{") && strings.Contains(said, `"type":`) && (!strings.Contains(said, `"prerenderid":`) || strings.Contains(said, `"prerenderid":null`))
}

// shadowTalks reports whether a shadow root that is declared in the page holds a box, a frame or an invitation: browsers show
// what stands in such a template, and we read what they show without one.
func shadowTalks(p *crawler.Page) bool {
	return slices.ContainsFunc(p.Tag("template"), func(n *html.Node) bool {
		if !hasAttr(n, "shadowrootmode") && !hasAttr(n, "shadowroot") {
			return false
		}
		return inside(n, func(e *html.Node) bool {
			switch e.Data {
			case "textarea", "iframe":
				return true
			case "h2", "h3", "h4", "button", "p", "a", "label", "legend":
				text := ownText(e)
				return countsTalk(text) || inviting.in(crawler.Lower(text)) != "" || opinions.in(crawler.Lower(text)) != ""
			}
			return false
		}) != nil
	})
}
