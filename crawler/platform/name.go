package platform

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"

	"doorknock/audit"
	"doorknock/crawler"
)

// bears looks for the organisation's name where a home page says whose it is: its title, og:site_name, and h1. nil
// where none of them says so, which is no sign that the site is somebody else's.
func bears(p *crawler.Page, organisation string) *audit.Evidence {
	names := namesOf(organisation)
	body := p.Answer.Body
	for s := range signs(body) {
		for _, n := range names {
			if !n.in(s.text) {
				continue
			}
			how := p.Answer.How
			if how == "" {
				how = audit.Anonymous
			}
			return &audit.Evidence{
				Type: audit.Marker, Rule: "site-name", Version: 1, Offset: s.at.offset, Length: s.at.length,
				Excerpt: excerpt(body[s.at.offset : s.at.offset+s.at.length]), How: how, URL: p.URL().String(),
				Capture: p.Answer.Capture,
			}
		}
	}
	return nil
}

// sign is a stretch of a page that says whose page it is.
type sign struct {
	text string
	at   span
}

// signs reads the tags of a body: the first title, og:site_name and the first three h1, as far as they are asked for.
func signs(body []byte) iter.Seq[sign] {
	return func(yield func(sign) bool) {
		r, last := signReader{z: html.NewTokenizer(bytes.NewReader(body))}, lastSign(body)
		for kind := r.z.Next(); kind != html.ErrorToken && r.heads < 3 && (r.open != nil || r.at <= last); kind = r.z.Next() {
			raw := len(r.z.Raw())
			s, ok := r.read(kind, raw)
			if ok && s.at.length <= 1000 && !yield(s) {
				return
			}
			r.at += raw
		}
	}
}

// signReader reads tag after tag. Places are exact because the tokenizer gives back every byte it was given.
type signReader struct {
	z             *html.Tokenizer
	at            int   // where the tag begins
	open          *sign // title or h1 whose end has not come
	tag           string
	titles, heads int
}

// read takes a tag of raw bytes and gives the sign that ends with it.
func (r *signReader) read(kind html.TokenType, raw int) (s sign, ok bool) {
	switch kind {
	case html.TextToken:
		if r.open != nil {
			r.open.text += string(r.z.Text())
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		name, attrs := r.z.TagName()
		switch n := string(name); {
		case n == "meta" && attrs:
			content := siteName(r.z)
			return sign{content, span{r.at, raw}}, content != ""
		case r.open == nil && (n == "title" && r.titles == 0 || n == "h1"):
			r.open, r.tag = &sign{at: span{offset: r.at}}, n
		}
	case html.EndTagToken:
		if name, _ := r.z.TagName(); r.open != nil && string(name) == r.tag {
			return r.end(raw), true
		}
	}
	return sign{}, false
}

func (r *signReader) end(raw int) sign {
	s := *r.open
	s.at.length = r.at + raw - s.at.offset
	r.open = nil
	if r.tag == "title" {
		r.titles++
	} else {
		r.heads++
	}
	return s
}

// lastSign is where the last tag may begin that says whose page it is: behind it a page is not read, -1 without any.
func lastSign(body []byte) int {
	last := -1
	for at := bytes.IndexByte(body, '<'); at >= 0 && at < len(body); {
		if tag := body[at+1:]; begins(tag, "h1") || begins(tag, "title") || begins(tag, "meta") {
			last = at
		}
		next := bytes.IndexByte(body[at+1:], '<')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return last
}

func begins(tag []byte, name string) bool {
	return len(tag) >= len(name) && strings.EqualFold(string(tag[:len(name)]), name)
}

func siteName(z *html.Tokenizer) string {
	property, content := "", ""
	for {
		key, value, more := z.TagAttr()
		switch string(key) {
		case "property", "name":
			property = string(value)
		case "content":
			content = string(value)
		}
		if !more {
			break
		}
	}
	if strings.EqualFold(property, "og:site_name") {
		return content
	}
	return ""
}

// A bodyName is an organisation's name as words. own are those that tell it from its like; a name that has none, such
// as "Housing Solutions", must stand there whole.
type bodyName struct{ all, own []string }

// namesOf gives the name's spellings: as it is, without what stands in brackets, and what stands in brackets where it
// is a word of three letters or more.
func namesOf(organisation string) []bodyName {
	spellings := []string{organisation}
	if before, rest, ok := strings.Cut(organisation, "("); ok {
		inside, after, _ := strings.Cut(rest, ")")
		spellings = []string{before + " " + after, inside}
	}
	var names []bodyName
	for i, s := range spellings {
		n := bodyName{all: plainWords(s)}
		for _, w := range n.all {
			if !generic[w] {
				n.own = append(n.own, w)
			}
		}
		if len(n.all) == 0 || (i > 0 && len(strings.Join(n.own, "")) < 3) {
			continue
		}
		names = append(names, n)
	}
	return names
}

// in reports whether the text names the organisation. A name of two or more words of its own must stand in one part of
// the text ("Repairs | Great Places"), its words together. A name of one must be that part's only word of its own, since
// "settle" and "Orbit" are also words of other people's titles.
func (n bodyName) in(text string) bool {
	for part := range strings.SplitSeq(separated.Replace(text), "\n") {
		here := slices.DeleteFunc(plainWords(part), func(w string) bool { return greeting[w] })
		own := slices.DeleteFunc(slices.Clone(here), func(w string) bool { return generic[w] })
		switch {
		case otherKind(n.all, here):
		case len(n.own) == 0:
			if slices.Equal(here, n.all) {
				return true
			}
		case len(n.own) == 1 && slices.Equal(own, n.own), len(n.own) > 1 && contains(own, n.own):
			return true
		}
	}
	return false
}

// otherKind keeps apart bodies that share a place's name: Camden Council is not Camden Housing Association.
func otherKind(name, here []string) bool {
	council := func(words []string) bool {
		return slices.Contains(words, "council") || slices.Contains(words, "borough")
	}
	landlord := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			return w == "housing" || w == "homes" || w == "association" || w == "trust" || w == "union"
		})
	}
	return (council(name) && landlord(here) && !council(here)) || (landlord(name) && council(here) && !council(name))
}

func contains(words, want []string) bool {
	for i := 0; i+len(want) <= len(words); i++ {
		if slices.Equal(words[i:i+len(want)], want) {
			return true
		}
	}
	return false
}

// plainWords are a text's words in lower case without accents and apostrophes; & is "and".
func plainWords(s string) []string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(strings.ReplaceAll(s, "&", " and ")))
	return slices.DeleteFunc(strings.Fields(s), func(w string) bool { return w == "the" })
}

var separated = strings.NewReplacer(
	" | ", "\n", "|", "\n", " - ", "\n", " – ", "\n", " — ", "\n", " :: ", "\n", ": ", "\n", " · ", "\n", " » ", "\n", ", ", "\n", ". ", "\n",
)

// generic are words that many organisations' names share.
var generic = set("ltd limited plc cic llp cbs society housing homes home association associations group trust council " +
	"borough city county district metropolitan royal london and of for in services partnership community communities " +
	"company uk tenants residents co operative cooperative coop")

// greeting are words around a name that say nothing.
var greeting = set("welcome to homepage official website site www org com co uk")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
