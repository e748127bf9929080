package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// A board is forum software and how it is told: by what only it prints, on every page of the forum and on no other.
type board struct {
	system    string
	generator string   // beginning of its generator's name
	id        string   // id of its body or html element
	within    []string // ids of an element of its own
	classes   []string // classes of an element of its own
	drupal    bool     // only where Drupal made the page
	class     string   // class that a page of it must have, too
	marks     []string // stretches that only it prints
}

var boards = []board{
	{system: "forumotion", generator: "forumotion", marks: []string{"illiweb.com/", "forumotion.com/"}}, // before those whose looks it wears
	{system: "phpbb", id: "phpbb", marks: []string{
		"powered by phpbb", "powered by <a href=\"http://www.phpbb.com", "powered by <a href=\"https://www.phpbb.com", "target=\"_phpbb\"", "/styles/prosilver/", "/templates/subsilver/",
	}},
	{system: "xenforo", id: "xf"},
	{system: "xenforo", id: "xenforo", marks: []string{"js/xenforo/xenforo.js", "js/xf/core-compiled.js", "forum software by xenforo"}},
	{system: "vbulletin", generator: "vbulletin", marks: []string{"powered by vbulletin", "vbulletin_init(", "clientscript/vbulletin", "vbulletin_important.css", "window.vbulletin"}},
	{system: "invision", id: "ipboard_body", within: []string{"ipbwrapper", "ipboard_body"}, marks: []string{"ipb.vars[", "data-ipshook", "ips.setdefault", "jscripts/ips_ipsclass.js", "powered by invision", "ipb_var_"}},
	{system: "smf", marks: []string{"smf_theme_url", "smf_scripturl", "smf_images_url"}},
	{system: "vanilla", generator: "vanilla", marks: []string{"/applications/vanilla/", "/applications/dashboard/", "gdn.definition", "window.gdn", "vanilla_discussions_index"}},
	{system: "discourse", generator: "discourse", within: []string{"data-discourse-setup"}, marks: []string{"data-discourse-entrypoint"}},
	{system: "mybb", generator: "mybb", marks: []string{"powered by <a href=\"https://mybb.com", "mybb.com\" target=\"_blank\">mybb", "var my_post_key", "mybb group</a>"}},
	{system: "flarum", within: []string{"flarum-content"}, marks: []string{"flarum.core.app"}},
	{system: "nodebb", marks: []string{"navbar/unread", "nodebb.min.js"}},
	{system: "fluxbb", within: []string{"punindex", "punviewtopic", "punviewforum", "punwrap"}, marks: []string{"fluxbb.org/\">fluxbb"}},
	{system: "punbb", within: []string{"brd-wrap", "brd-viewtopic"}, marks: []string{"punbb.informer.com"}},
	{system: "yabb", marks: []string{"yabbforum.com", "yabb.pl?", "yabb.cgi?"}},
	{system: "woltlab", marks: []string{"burning board", "data-application=\"wbb\"", "wbb/style/"}},
	{system: "phorum", within: []string{"phorum"}, marks: []string{"phorum.org/\""}},
	{system: "beehive", marks: []string{"beehiveforum."}},
	{system: "jforum", marks: []string{"jforum.net", "jforum.page?"}},
	{system: "ubbthreads", marks: []string{"ubbthreads.php", "ultimatebb.php?", "ultimatebb.cgi?", "powered by ubb.threads"}},
	{system: "lithium", classes: []string{"lia-page"}, marks: []string{"lithium.commonjs", "lia.common"}},
	{system: "jive", marks: []string{"jive-thread-post", "jivesoftware.com/"}},
	{system: "webwiz", marks: []string{"web wiz forums", "webwizforums.com"}},
	{system: "snitz", marks: []string{"snitz forums"}},
	{system: "yaf", marks: []string{"yetanotherforum.net"}},
	{system: "fudforum", marks: []string{"fudforum.org"}},
	{system: "discuz", generator: "discuz", marks: []string{"powered by discuz", "var discuz_uid"}},
	{system: "proboards", marks: []string{"proboards.com/v5/", "storage.proboards.com", "images.proboards.com"}},
	{system: "xobor", marks: []string{"xobor.de/", "homepagemodules.de/"}},
	{system: "nabble", classes: []string{"nabble"}},
	{system: "hyperkitty", marks: []string{"/hyperkitty/libs/", "/hyperkitty/img/", "/hyperkitty/css/", "hyperkitty.readthedocs.org\">hyperkitty"}}, // its address alone is in every link to it
	{system: "mwforum", marks: []string{"mwforum.org"}},
	{system: "moodle", id: "page-mod-forum-view"},
	{system: "moodle", id: "page-mod-forum-discuss"},
	{system: "bbpress", within: []string{"bbpress-forums"}, marks: []string{"bbpress.org\">bbpress"}},
	{system: "wpforo", within: []string{"wpforo-wrap", "wpforo"}},
	{system: "simplepress", within: []string{"spmaincontainer"}},
	{system: "asgaros", within: []string{"af-wrapper"}},
	{system: "kunena", within: []string{"kunena"}},
	{system: "drupal", drupal: true, classes: []string{"page-forum", "node-type-forum", "page-node-type-forum", "path-forum"}},
	{system: "stackexchange", marks: []string{"stackexchange.ready("}},
	{system: "question2answer", classes: []string{"qa-body-wrapper"}},
	{system: "github", class: "js-discussion", marks: []string{"github.githubassets.com", "assets-cdn.github.com"}},
}

// boardNames are the names by which an element of a forum's page is told, wherever they stand in its bytes: where one does,
// and the element does not, no forum is seen and none is absent.
var boardNames = func() (names []string) {
	for _, b := range boards {
		for _, name := range slices.Concat([]string{b.id, b.generator}, b.within, b.classes) {
			if len(name) > 4 && !b.drupal {
				names = append(names, name)
			}
		}
	}
	return names
}()

// boardMarks are the marks of all boards.
var boardMarks = func() (all []string) {
	for _, b := range boards {
		all = append(all, b.marks...)
	}
	return all
}()

// A sign is the element or the bytes by which software is told.
type sign struct {
	node   *html.Node
	needle string
}

// toldBoard is what boardOf answers.
type toldBoard struct {
	board board
	by    sign
	ok    bool
}

// boardOf tells the forum software that made the page, and by what. A forum of the site's own making has no name: its
// posts are marked up as such, or its lists of threads count what forums count.
func boardOf(p *crawler.Page) (board, sign, bool) {
	t := crawler.Memo(p, "board", tellBoard)
	return t.board, t.by, t.ok
}

func tellBoard(p *crawler.Page) toldBoard {
	marked := speaksOf(p, boardMarks)
	for i := range boards {
		if s, ok := boards[i].seen(p, marked); ok {
			return toldBoard{boards[i], s, true}
		}
	}
	for _, find := range [...]func(*crawler.Page) *html.Node{markedPost, countedThreads} {
		if n := find(p); n != nil {
			return toldBoard{board{system: ownSystem(p)}, sign{node: n}, true}
		}
	}
	return toldBoard{}
}

// ForumSystem names the forum software that made the page, "" where none did or its own site made it.
func ForumSystem(p *crawler.Page) string {
	if b, _, ok := boardOf(p); ok && isBoard(b.system) {
		return b.system
	}
	return ""
}

// isBoard reports whether a system is forum software and nothing else.
func isBoard(system string) bool {
	return slices.ContainsFunc(boards, func(b board) bool { return b.system == system && !b.drupal })
}

// seen reports whether a board made the page, and by what. marked says that a mark of some board stands in the body.
func (b *board) seen(p *crawler.Page, marked bool) (sign, bool) {
	if b.class != "" && len(p.Class(b.class)) == 0 || b.drupal && !isDrupal(p) {
		return sign{}, false
	}
	if b.id != "" {
		if n := p.ID(b.id); n != nil && (n.Data == "body" || n.Data == "html") {
			return sign{node: n}, true
		}
	}
	if n := generator(p, b.generator); n != nil {
		return sign{node: n}, true
	}
	for _, id := range b.within {
		if n := p.ID(id); n != nil {
			return sign{node: n}, true
		}
	}
	for _, class := range b.classes {
		if all := p.Class(class); len(all) > 0 {
			return sign{node: all[0]}, true
		}
	}
	if !marked || !speaksOf(p, b.marks) {
		return sign{}, false
	}
	for _, m := range b.marks {
		if bytes := p.Sign(bodySigns, m); bytes != "" {
			return sign{needle: bytes}, true
		}
	}
	return sign{}, false
}

// generator gives the element that names the page's generator, where the name begins as given.
func generator(p *crawler.Page, prefix string) *html.Node {
	if prefix == "" {
		return nil
	}
	for _, m := range crawler.Memo(p, "generators", generators) {
		if strings.HasPrefix(lowerAttr(m, "content"), prefix) {
			return m
		}
	}
	return nil
}

func generators(p *crawler.Page) (all []*html.Node) {
	for _, m := range p.Tag("meta") {
		if strings.EqualFold(crawler.Attr(m, "name"), "generator") {
			all = append(all, m)
		}
	}
	return all
}

// postMarkup is schema.org's type of what is posted in a forum.
var postMarkup = []string{"discussionforumposting"}

// markedPost gives what the page marks up as a post in a forum: an element, or the data of a script.
func markedPost(p *crawler.Page) *html.Node {
	if !speaksOf(p, postMarkup) {
		return nil
	}
	for _, d := range dataOf(p) {
		if d.hasType("DiscussionForumPosting") {
			return d.script
		}
	}
	for _, n := range p.Typed() {
		if strings.HasSuffix(lowerAttr(n, "itemtype"), "/discussionforumposting") || strings.HasSuffix(lowerAttr(n, "typeof"), "discussionforumposting") {
			return n
		}
	}
	return nil
}

// What a forum's list of threads, and its index, count in the heads of their columns.
var (
	repliesHeads = newPhrases("replies", "answers", "responses", "antworten", "réponses", "respuestas", "ymatebion", "risposte", "reacties", "respostas")
	viewsHeads   = newPhrases("views", "hits", "reads", "zugriffe", "aufrufe", "gelesen", "affichages", "vues", "lectures", "vistas", "visitas", "lecturas", "visualizaciones", "golygon", "edrychiadau", "visite", "weergaven")
	topicsHeads  = newPhrases("topics", "threads", "discussions", "themen", "sujets", "temas", "hilos", "discusiones", "pynciau", "edeifion", "trafodaethau", "discussioni", "onderwerpen")
	postsHeads   = newPhrases("posts", "messages", "beiträge", "mensajes", "negeseuon", "messaggi", "berichten", "mensagens")
	lastHeads    = newPhrases("last post", "latest post", "last reply", "last message", "latest reply", "most recent post", "letzter beitrag", "letzte antwort", "dernier message", "dernière réponse", "último mensaje", "última respuesta", "neges ddiwethaf", "neges diwethaf", "ultimo messaggio", "laatste bericht")
)

// countedThreads gives the row of heads over a list of threads (replies beside views, or beside the last post), or over
// the index of a forum (topics beside posts).
func countedThreads(p *crawler.Page) *html.Node {
	return countedRow(p, func(n *html.Node) bool { return !p.Hidden(n) && !inMenu(n) })
}

// countedRow gives the first such row of which a head is as asked.
func countedRow(p *crawler.Page, as func(*html.Node) bool) *html.Node {
	listed := repliesHeads.on(p) && (viewsHeads.on(p) || lastHeads.on(p))
	indexed := topicsHeads.on(p) && (postsHeads.on(p) || lastHeads.on(p))
	if !listed && !indexed {
		return nil
	}
	for _, n := range crawler.Memo(p, "heads of columns", threadHeads) {
		if row := n.Parent; row != nil && as(n) && headsOfForum(row) {
			return row
		}
	}
	return nil
}

func threadHeads(p *crawler.Page) []*html.Node {
	return headsIn(p, []string{"th", "td", "dt", "dd", "li", "span", "div"}, repliesHeads, topicsHeads)
}

// headsIn gives the elements of the tags that are heads.
func headsIn(p *crawler.Page, tags []string, lists ...*phrases) (all []*html.Node) {
	for _, name := range tags {
		for _, n := range p.Tag(name) {
			if isHead(n, lists...) {
				all = append(all, n)
			}
		}
	}
	return all
}

// headsOfForum reports whether the cells of a row are the heads of a list of threads or of an index of a forum.
func headsOfForum(row *html.Node) bool {
	var replies, views, topics, posts, last bool
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		replies, views = replies || isHead(c, repliesHeads), views || isHead(c, viewsHeads)
		topics, posts = topics || isHead(c, topicsHeads), posts || isHead(c, postsHeads)
		last = last || isHead(c, lastHeads)
	}
	return replies && (views || last) || topics && posts || topics && last
}

// maxHead is how long the words of a column's head may be: the words of other languages, and an arrow to sort by.
const maxHead = 40

// isHead reports whether one of the lists' phrases is all that an element says.
func isHead(n *html.Node, lists ...*phrases) bool {
	if n.Type != html.ElementNode {
		return false
	}
	text := strings.Trim(soleText(n), " \t\r\n")
	if text == "" {
		return false
	}
	if !smallLetter(text[0]|0x20) || !smallLetter(text[len(text)-1]|0x20) {
		text = strings.Trim(text, " \t\r\n:.↑↓▲▼/")
	}
	if len(text) < 4 || len(text) > maxHead {
		return false
	}
	return slices.ContainsFunc(lists, func(m *phrases) bool { return m.mayBegin(text) && m.is[crawler.Lower(text)] })
}

// soleText is the text of an element that holds one stretch of text only, however deep, and nothing else with words in
// it; "" of every other. It copies nothing: every cell of every table is asked.
func soleText(n *html.Node) string {
	var only *html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		empty := c.Type == html.TextNode && (c.Data == "" || c.Data[0] <= ' ' || c.Data[0] >= 0x80) && strings.TrimSpace(c.Data) == "" || c.Type == html.ElementNode && c.FirstChild == nil || c.Type == html.CommentNode
		switch {
		case empty:
		case only != nil:
			return ""
		default:
			only = c
		}
	}
	switch {
	case only == nil:
		return ""
	case only.Type == html.TextNode:
		return only.Data
	}
	return soleText(only)
}
