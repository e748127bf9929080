package bench

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	corpusSize = 40
	leastPage  = 50 << 10
	mostPage   = 190 << 10 // so that the mean is 120 KiB
)

// page is one made page, as it is and as it travels.
type page struct {
	plain, packed []byte
	etag          string
}

// Pages makes the corpus: pages of housing organisations, 50 to 190 KB long and 120 in the mean, always the same.
func Pages() [][]byte {
	r := rand.New(rand.NewPCG(Seed, 2))
	pages := make([][]byte, corpusSize)
	for i := range pages {
		w := writer{r: r, site: rand.New(rand.NewPCG(Seed, 3)), size: leastPage + i*(mostPage-leastPage)/(corpusSize-1)}
		pages[i] = w.page(i)
	}
	return pages
}

// packedPages are the pages with their gzip, as servers send them.
func packedPages() ([]page, error) {
	var all []page
	for i, plain := range Pages() {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(plain); err != nil {
			return nil, fmt.Errorf("pack page: %w", err)
		}
		if err := z.Close(); err != nil {
			return nil, fmt.Errorf("pack page: %w", err)
		}
		all = append(all, page{plain, b.Bytes(), fmt.Sprintf(`"bench-%d"`, i)})
	}
	return all, nil
}

// paths are the pages of each site; their words are those that checks look for, so that all are read.
var paths = []string{"/", "/news", "/complaints", "/contact-us", "/community", "/feedback", "/blog", "/press", "/have-your-say", "/latest-stories"}

const wordList = `home repair resident tenancy rent damp mould lift boiler heating estate office meeting panel letter answer question
door street flat roof window stair lamp bin garden parking noise neighbour key fob meter bill service charge leaseholder support
advice worker visit appointment plumber electrician surveyor report photo week month year plan budget survey board member vote
scheme block tower close lane square hall library school bus shop market allotment bench tree playground path gate wall floor
kitchen bathroom paint tile insulation energy warm cold winter summer spring water leak tap drain gutter chimney smoke alarm safety
inspection certificate register waiting list transfer swap offer viewing deposit arrears benefit grant fund local council housing
association trust charity partner contractor team manager director chair minutes policy standard promise target result score`

// writer writes one page.
type writer struct {
	r    *rand.Rand
	site *rand.Rand // begins anew with each page: a site's menu and foot are the same on all of them
	b    strings.Builder
	size int
}

var wordsOfPages = strings.Fields(wordList)

func (w *writer) word() string { return wordsOfPages[w.r.IntN(len(wordsOfPages))] }

func (w *writer) words(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = w.word()
	}
	return strings.Join(all, " ")
}

func (w *writer) sentence() string {
	s := w.words(6 + w.r.IntN(14))
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

func (w *writer) add(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

func (w *writer) page(i int) []byte {
	title := w.words(4)
	w.add("<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>%s | Hollybank Homes</title>\n", title)
	w.head()
	w.add("</head>\n<body class=\"page page-%d layout-wide\">\n<a class=\"skip\" href=\"#content\">Skip to content</a>\n", i)
	w.navigation()
	w.add("<main id=\"content\" class=\"site-main\"><h1 class=\"page-title\">%s</h1>\n", title)
	parts := []func(){w.prose, w.cards, w.list, w.table, w.prose, w.gallery, w.accordion}
	for n := 0; w.b.Len() < w.size-6<<10; n++ {
		parts[n%len(parts)]()
	}
	w.form()
	w.add("</main>\n")
	w.footer()
	w.add("</body></html>\n")
	return []byte(w.b.String())
}

func (w *writer) head() {
	w.add(`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="description" content="%s">`+"\n", w.sentence())
	for i := range 6 {
		w.add(`<link rel="stylesheet" href="/assets/css/part-%d.css?v=%d"><meta property="og:%s" content="%s">`+"\n", i, w.r.IntN(1000), w.word(), w.words(5))
	}
	w.add("<style>")
	for range 80 {
		w.add(".%s-%s{margin:0 %dpx;padding:%dpx;background:#%06x}", w.word(), w.word(), w.r.IntN(40), w.r.IntN(40), w.r.IntN(1<<24))
	}
	w.add("</style>\n<script>window.settings={")
	for range 120 {
		w.add(`"%s_%s":"%s",`, w.word(), w.word(), w.words(2))
	}
	w.add("};</script>\n")
}

func (w *writer) navigation() {
	defer w.ofSite()()
	w.add("<header class=\"site-header\"><div class=\"logo\"><a href=\"/\"><img src=\"/assets/logo.svg\" alt=\"Hollybank Homes\"></a></div>\n<nav class=\"main-nav\" aria-label=\"Main\"><ul class=\"menu\">\n")
	for _, p := range paths[1:] {
		w.add("<li class=\"menu-item\"><a href=\"%s\">%s</a></li>\n", p, strings.ReplaceAll(strings.TrimPrefix(p, "/"), "-", " "))
	}
	for range 9 {
		w.add("<li class=\"menu-item has-children\"><a href=\"/documents/%s.pdf\">%s</a><ul class=\"sub-menu\">\n", w.word(), w.words(2))
		for range 6 {
			w.add("<li class=\"menu-item\"><a class=\"menu-link\" href=\"/files/%s-%s.pdf\">%s</a></li>\n", w.word(), w.word(), w.words(3))
		}
		w.add("</ul></li>\n")
	}
	w.add("</ul></nav></header>\n")
}

// ofSite has what is written until the answer is called be the same on every page.
func (w *writer) ofSite() func() {
	w.r, w.site = w.site, w.r
	return func() { w.r, w.site = w.site, w.r }
}

func (w *writer) prose() {
	w.add("<section class=\"rich-text\"><h2 id=\"%s-%d\">%s</h2>\n", w.word(), w.b.Len(), w.words(5))
	for range 6 {
		w.add("<p>%s %s <a href=\"/files/%s.pdf\" class=\"link\">%s</a> %s <strong>%s</strong> – it’s %s</p>\n",
			w.sentence(), w.sentence(), w.word(), w.words(3), w.sentence(), w.words(2), w.sentence())
	}
	w.add("</section>\n")
}

func (w *writer) cards() {
	w.add("<div class=\"cards grid grid--three\">\n")
	for range 9 {
		w.add("<div class=\"card card--%s\"><div class=\"card__media\"><img loading=\"lazy\" src=\"/media/%s-%d.jpg\" srcset=\"/media/%s-300.jpg 300w, /media/%s-600.jpg 600w\" alt=\"%s\" width=\"600\" height=\"400\"></div><div class=\"card__body\"><h3 class=\"card__title\"><a href=\"/files/%s-%d.pdf\">%s</a></h3><p class=\"card__text\">%s</p><span class=\"card__date\"><time datetime=\"2026-0%d-1%d\">%d March</time></span></div></div>\n",
			w.word(), w.word(), w.r.IntN(999), w.word(), w.word(), w.words(3), w.word(), w.r.IntN(9999), w.words(4), w.sentence(), 1+w.r.IntN(8), w.r.IntN(9), 1+w.r.IntN(28))
	}
	w.add("</div>\n")
}

func (w *writer) list() {
	w.add("<ul class=\"list list--ticks\">\n")
	for range 14 {
		w.add("<li><span class=\"icon icon-%s\" aria-hidden=\"true\"></span>%s</li>\n", w.word(), w.sentence())
	}
	w.add("</ul>\n")
}

func (w *writer) table() {
	w.add("<div class=\"table-wrap\"><table class=\"table\"><thead><tr><th>%s</th><th>%s</th><th>%s</th></tr></thead><tbody>\n", w.word(), w.word(), w.word())
	for range 16 {
		w.add("<tr><td>%s</td><td class=\"num\">%d</td><td>%s &amp; %s</td></tr>\n", w.words(2), w.r.IntN(900), w.word(), w.word())
	}
	w.add("</tbody></table></div>\n")
}

func (w *writer) gallery() {
	w.add("<figure class=\"gallery\" data-settings='{\"speed\":%d,\"loop\":true}'>\n", w.r.IntN(900))
	for range 8 {
		w.add("<a class=\"gallery__item\" href=\"/media/%s.jpg\" data-id=\"%d\"><img src=\"/media/%s-thumb.jpg\" alt=\"\"></a>\n", w.word(), w.r.IntN(1e6), w.word())
	}
	w.add("<figcaption>%s</figcaption></figure>\n<script type=\"application/json\">{\"items\":[", w.sentence())
	for range 40 {
		w.add(`{"id":%d,"name":"%s","url":"\/media\/%s.jpg"},`, w.r.IntN(1e6), w.words(2), w.word())
	}
	w.add("{}]}</script>\n")
}

func (w *writer) accordion() {
	w.add("<div class=\"accordion\" data-module=\"accordion\">\n")
	for i := range 8 {
		w.add("<div class=\"accordion__section\"><button type=\"button\" class=\"accordion__button\" aria-expanded=\"false\" aria-controls=\"a%d-%d\">%s</button><div id=\"a%d-%d\" class=\"accordion__panel\" hidden><p>%s %s</p></div></div>\n",
			w.b.Len(), i, w.words(5), w.b.Len(), i, w.sentence(), w.sentence())
	}
	w.add("</div>\n")
}

func (w *writer) form() {
	w.add("<form class=\"form form--search\" action=\"/search\" method=\"get\"><label for=\"q\">Search this site</label><input id=\"q\" name=\"q\" type=\"search\"><button class=\"button\" type=\"submit\">Search</button></form>\n")
}

func (w *writer) footer() {
	defer w.ofSite()()
	w.add("<footer class=\"site-footer\"><div class=\"footer__columns\">\n")
	for range 4 {
		w.add("<div class=\"footer__column\"><h2 class=\"footer__title\">%s</h2><ul>\n", w.words(2))
		for range 8 {
			w.add("<li><a href=\"/files/%s-%s.pdf\">%s</a></li>\n", w.word(), w.word(), w.words(2))
		}
		w.add("</ul></div>\n")
	}
	w.add("</div><p class=\"footer__social\"><a href=\"https://www.facebook.com/hollybankhomes\" rel=\"me\">Facebook</a> <a href=\"https://www.youtube.com/@hollybankhomes\">YouTube</a></p><p class=\"footer__small\">&copy; Hollybank Homes. %s</p></footer>\n<script src=\"/assets/js/site.js\" defer></script>\n", w.sentence())
}
