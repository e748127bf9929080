package checks

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Languages asks whether the site can be read in another language.
func Languages() crawler.Check {
	return crawler.Check{
		ID:    "languages",
		Title: "Can the site be read in Welsh or another language?",
		Why:   "Who reads another language better, or has a right to Welsh, should not need somebody else to complain for them.",
		Basis: "practice, in no score: it says for whom the site can be read, not whether they can answer",
		Rule: "Open where a page links itself or the site in another language by that language's own name and a mark of it (hreflang, its code in the address, a language menu, for Welsh and English a place beside the main content), or holds the place of a known translation tool with its " +
			"script. Restricted (partial) where only documents are in other languages, or the page offers them on request. A tool that only a " +
			"script can show is unknown. A language named in running text is none.",
		Version:   1,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words:     []string{"language", "translat", "cymraeg", "welsh", "polski", "iaith", "accessib", "hygyrch", "interpret"},
		Look:      lookLanguages,
		Fold:      foldSite,
	}
}

// ownLanguages are the names that languages give themselves, as links are labelled, and their codes.
var ownLanguages = map[string]string{
	"cymraeg": "cy", "english": "en", "saesneg": "en", "polski": "pl", "română": "ro", "gàidhlig": "gd", "gaeilge": "ga", "français": "fr", "deutsch": "de", "español": "es", "português": "pt", "italiano": "it",
	"lietuvių": "lt", "latviešu": "lv", "slovenčina": "sk", "türkçe": "tr", "العربية": "ar", "اردو": "ur", "فارسی": "fa", "বাংলা": "bn", "ਪੰਜਾਬੀ": "pa", "ગુજરાતી": "gu", "हिन्दी": "hi", "soomaali": "so",
	"українська": "uk", "русский": "ru", "中文": "zh", "tiếng việt": "vi",
}

var languageNames = longNames(ownLanguages)

// languageStems are words that speak of languages. English is one where it is all that a label says.
var languageStems = append(longNames(ownLanguages), ">english<", "translat", "hreflang", "reciteme", "browsealoud", "reachdeck", "weglot", "gtranslate", "other language", "another language", "your language", "welsh", "cyfieith", "interpret")

// longNames are the names that are long enough to be signs.
func longNames(m map[string]string) (all []string) {
	for name := range m {
		if len(name) >= 4 && name != "english" {
			all = append(all, name)
		}
	}
	return all
}

func lookLanguages(p *crawler.Page) crawler.Look {
	if languageOf(p) == "en" && !speaksOf(p, languageStems) {
		return quietUnless(p, languageStems)
	}
	link, document := languageLinks(p)
	if link != nil {
		return crawler.Look{State: audit.Open, Rule: "link-by-language", Mark: link}
	}
	if n, needsScript, system := translationTool(p); n != nil {
		if needsScript {
			return crawler.Look{Reason: audit.ReasonNeedsJS, System: system}
		}
		return crawler.Look{State: audit.Open, Rule: "translation-tool", Mark: n, System: system}
	}
	if document != nil {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "documents-by-language", Mark: document}
	}
	if onRequest.on(p) && !toldOnADay(p) {
		for _, b := range mainStretches(p) {
			if onRequest.in(b.lower) != "" {
				return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "languages-on-request", Mark: b.node}
			}
		}
	}
	return quietUnless(p, languageStems)
}

// onRequest are how a page offers other languages to those who ask.
var onRequest = newPhrases(
	"in other languages", "in another language", "in a different language", "in your language", "into your language", "into another language", "into other languages", "translated on request", "interpreting service", "interpreter service",
	"translation service", "translated copy",
)

// languageLinks gives the first link of the page to another language, and the first to a document in one.
func languageLinks(p *crawler.Page) (link, document *html.Node) {
	own := languageOf(p)
	if own == "en" && !speaksOf(p, languageNames) {
		return nil, nil
	}
	for _, n := range p.Tag("a") {
		switch file, ok := leadsToLanguage(p, n, own); {
		case ok && !file:
			return n, document
		case ok && document == nil:
			document = n
		}
	}
	return nil, document
}

// leadsToLanguage reports whether a link's whole label names another language than the page's, and whether it leads to a
// document only. A link that leads nowhere by itself, or off the site, leads to none.
func leadsToLanguage(p *crawler.Page, n *html.Node, own string) (document, ok bool) {
	code, named := ownLanguages[labelOf(n)]
	if !named || code == own || p.Hidden(n) {
		return false, false
	}
	u, ok := p.Resolve(crawler.Attr(n, "href"))
	if !ok || u.String() == p.URL().String() || strings.HasPrefix(crawler.Attr(n, "href"), "#") {
		return false, false
	}
	if isDocument(u.Path) {
		return true, true
	}
	// Welsh pages often have a domain of their own; the link says that it is this page.
	alternate := marks(lowerAttr(n, "hreflang"), code) || marks(lowerAttr(n, "lang"), code)
	if p.OwnSite(u) {
		ofTheSite := (code == "cy" || code == "en") && !holds(mainOf(p), n)
		return false, ofTheSite || alternate || addressNames(u, code) || inSwitcher(n)
	}
	return false, alternate && sameName(u.Hostname(), p.URL().Hostname())
}

// marks reports whether a mark of a language ("cy", "cy-gb") is of the one with a code.
func marks(mark, code string) bool { return mark == code || strings.HasPrefix(mark, code+"-") }

// addressNames reports whether an address is that of a part of the site in a language: by its host, a part of its path, or
// what it asks for.
func addressNames(u *url.URL, code string) bool {
	if strings.HasPrefix(u.Host, code+".") || strings.HasPrefix(u.Host, "cymraeg.") && code == "cy" {
		return true
	}
	for part := range strings.SplitSeq(crawler.Lower(u.Path), "/") {
		if marks(part, code) || code == "cy" && (part == "cymraeg" || part == "welsh") {
			return true
		}
	}
	return stemIn(crawler.Lower(u.RawQuery), []string{"lang=" + code, "language=" + code, "locale=" + code})
}

// inSwitcher reports whether a link stands in what is named for switching the language.
func inSwitcher(n *html.Node) bool {
	for e, depth := n, 0; e != nil && depth < 5; e, depth = e.Parent, depth+1 {
		for _, name := range names(e) {
			if strings.Contains(name, "lang") || strings.HasPrefix(name, "wpml") || strings.HasPrefix(name, "pll-") {
				return true
			}
		}
	}
	return false
}

// labelOf is a link's label in lower case without what is written of its file, where one stretch of text holds all of it and
// is short enough for a name.
func labelOf(a *html.Node) (label string) {
	for n := range a.Descendants() {
		if n.Type != html.TextNode {
			continue
		}
		text := strings.TrimSpace(n.Data)
		if text == "" {
			continue
		}
		if label != "" || len(text) > 40 {
			return ""
		}
		label = text
	}
	label, _, _ = strings.Cut(label, " (")
	return crawler.Lower(label)
}

// languageOf is the code of the page's own language, English where it does not say.
func languageOf(p *crawler.Page) string {
	for _, n := range p.Tag("html") {
		if code, _, _ := strings.Cut(lowerAttr(n, "lang"), "-"); code != "" {
			return code
		}
	}
	return "en"
}

// sameName reports whether two hosts bear one name under different ends: fernley.example.org, fernley.cymru.
func sameName(a, b string) bool {
	first := func(host string) string {
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(crawler.Lower(host), "www."), "cy."), ".")
		return name
	}
	return first(a) == first(b)
}

// tools are the translation tools: the place that they are drawn in, "" where they make it themselves, and a stretch of their
// script's address.
var tools = []struct{ system, id, class, script string }{
	{"google-translate", "google_translate_element", "", "translate.google"},
	{"gtranslate", "", "gtranslate_wrapper", "gtranslate"},
	{"weglot", "", "", "weglot"},
	{"recite-me", "", "", "reciteme"},
	{"browsealoud", "", "", "browsealoud"},
	{"reachdeck", "", "", "reachdeck"},
}

var toolSigns = func() *crawler.Signs {
	signs := crawler.NewSigns()
	for _, t := range tools {
		signs.WithLists([]string{t.script})
	}
	return signs
}()

// translationTool gives the place of a translation tool with its script, or the script alone (needsScript).
func translationTool(p *crawler.Page) (mark *html.Node, needsScript bool, system string) {
	var scripts []*html.Node
	for _, n := range p.Tag("script") {
		if toolSigns.In(crawler.Attr(n, "src")) {
			scripts = append(scripts, n)
		}
	}
	if len(scripts) == 0 {
		return nil, false, ""
	}
	for _, t := range tools {
		script := firstFrom(scripts, t.script)
		if script == nil {
			continue
		}
		var place *html.Node
		if t.id != "" {
			place = p.ID(t.id)
		}
		if all := p.Class(t.class); place == nil && len(all) > 0 {
			place = all[0]
		}
		if place != nil && !p.Hidden(place) {
			return place, false, t.system
		}
		return script, true, t.system
	}
	return nil, false, ""
}

func firstFrom(scripts []*html.Node, stretch string) *html.Node {
	for _, n := range scripts {
		if strings.Contains(lowerAttr(n, "src"), stretch) {
			return n
		}
	}
	return nil
}
