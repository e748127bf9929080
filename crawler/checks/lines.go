package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// stretch is a line of a page's content: a block, or a whole row of a table.
type stretch struct {
	node  *html.Node
	text  string
	lower string       // as plainLower gives it
	level int          // of a heading, 0 for what is none
	cells []string     // of a row
	links []*html.Node // that stand in it
}

const maxStretches = 3000

// mainStretches gives the page's content by lines: see content.
func mainStretches(p *crawler.Page) []stretch { return crawler.Memo(p, "stretches", readStretches) }

func readStretches(p *crawler.Page) (all []stretch) {
	c := contentOf(p)
	links := c.links
	all = make([]stretch, 0, min(len(c.blocks), maxStretches))
	for i := 0; i < len(c.blocks) && len(all) < maxStretches; {
		n := rowFrom(c.blocks[i:])
		s := lineOf(c.blocks[i : i+n])
		for i += n; len(links) > 0 && links[0].block < i; links = links[1:] {
			if n := links[0].n; holds(s.node, n) || p.ShortText(n) != "" { // a picture beside it says nothing
				s.links = append(s.links, n)
			}
		}
		all = append(all, s)
	}
	return all
}

// rowFrom counts the blocks that make one line from the first on: those of its row, else the first alone.
func rowFrom(blocks []block) (n int) {
	for n = 1; n < len(blocks) && blocks[0].row != nil && blocks[n].row == blocks[0].row; {
		n++
	}
	return n
}

func lineOf(blocks []block) stretch {
	b := blocks[0]
	if b.row == nil {
		s := stretch{node: b.n, text: b.text, lower: b.lower}
		if b.heading {
			s.level = int(b.n.Data[1] - '0')
		}
		return s
	}
	s := stretch{node: b.row}
	var texts, lowers []string
	cells := map[*html.Node][]string{}
	for _, b := range blocks {
		texts, lowers = append(texts, b.text), append(lowers, b.lower)
		cells[b.cell] = append(cells[b.cell], b.text)
	}
	s.text, s.lower = strings.Join(texts, " "), strings.Join(lowers, " ")
	for c := b.row.FirstChild; c != nil; c = c.NextSibling {
		if c.Data == "td" || c.Data == "th" {
			s.cells = append(s.cells, strings.Join(cells[c], " "))
		}
	}
	return s
}

// holding gives the first block that holds one of the phrases.
func holding(all []stretch, phrases []string) *stretch {
	for i := range all {
		if stemIn(all[i].lower, phrases) {
			return &all[i]
		}
	}
	return nil
}

// sectionOf gives the heading under which a block stands, nil where it stands under none.
func sectionOf(all []stretch, i int) *stretch {
	for j := i - 1; j >= 0; j-- {
		if all[j].level > 0 {
			return &all[j]
		}
	}
	return nil
}

// mainLink is a link in the main content: its words, its address in lower case, and the block that it stands in.
type mainLink struct {
	node     *html.Node
	text     string // as plainLower gives it
	href     string
	document bool
	own      bool // leads to the site itself
	block    int
}

// mainLinks gives the links of the main content whose words or address hold one of the stems.
func mainLinks(p *crawler.Page, all []stretch, stems []string) (found []mainLink) {
	for i := range all {
		for _, n := range all[i].links {
			href, text := lowerAttr(n, "href"), plainLower(p.ShortText(n))
			if !stemIn(href, stems) && !stemIn(text, stems) || p.Hidden(n) {
				continue
			}
			if u, ok := p.Resolve(crawler.Attr(n, "href")); ok {
				found = append(found, mainLink{n, text, href, isDocument(u.Path), p.OwnSite(u), i})
			}
		}
	}
	return found
}
