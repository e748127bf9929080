package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// typed is a script of the page that holds data in the words of schema.org, with the types that it names.
type typed struct {
	script *html.Node
	text   string   // what it says
	types  []string // as written, in order, with repeats
}

// dataMarkup is what must stand in a body that holds such data.
var dataMarkup = []string{"ld+json"}

// dataOf gives the page's scripts of schema.org's words. The types are read by their letters, not by a parser: many sites
// write what is almost JSON, and nothing else in these scripts looks like a type.
func dataOf(p *crawler.Page) []typed { return crawler.Memo(p, "data", readData) }

func readData(p *crawler.Page) (all []typed) {
	if !speaksOf(p, dataMarkup) {
		return nil
	}
	for _, n := range p.Tag("script") {
		if n.FirstChild != nil && strings.Contains(lowerAttr(n, "type"), "ld+json") && !within(n, "template", "noscript") {
			text := dataText(n.FirstChild.Data)
			all = append(all, typed{n, text, typesIn(text)})
		}
	}
	return all
}

// dataText is what such a script says. React escapes what a site sets into one, as if it stood in the page's text.
func dataText(data string) string {
	if begin := strings.TrimLeft(data, " \t\r\n[{"); strings.HasPrefix(begin, "&quot;") {
		return html.UnescapeString(data)
	}
	return data
}

// maxTypes bounds what is read of one script.
const maxTypes = 2000

func typesIn(data string) (types []string) {
	for len(types) < maxTypes {
		_, rest, ok := strings.Cut(data, `"@type"`)
		if !ok {
			return types
		}
		data = strings.TrimLeft(rest, " \t\r\n:[")
		for strings.HasPrefix(data, `"`) {
			var name string
			if name, data, ok = strings.Cut(data[1:], `"`); !ok || len(name) > 80 {
				break
			}
			types = append(types, name[strings.LastIndexByte(name, '/')+1:])
			list := strings.TrimLeft(data, " \t\r\n")
			if !strings.HasPrefix(list, ",") {
				break
			}
			data = strings.TrimLeft(list[1:], " \t\r\n")
			if strings.HasPrefix(data, `"@`) || isKey(data) {
				break
			}
		}
	}
	return types
}

// isKey reports whether a quoted stretch is followed by a colon, and so is the next key rather than one more type.
func isKey(data string) bool {
	if !strings.HasPrefix(data, `"`) {
		return true
	}
	_, rest, ok := strings.Cut(data[1:], `"`)
	return !ok || strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), ":")
}

// hasType reports whether the data names one of the types.
func (t typed) hasType(types ...string) bool {
	return slices.ContainsFunc(t.types, func(one string) bool { return slices.Contains(types, one) })
}
