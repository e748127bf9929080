package checks

import (
	"cmp"
	"slices"
)

// The kinds of system by where the comments of a page lie.
const (
	kindOwn    = "own"    // the site's own program prints them
	kindServer = "server" // a server of comments that the site's owner runs, or hires
	kindForum  = "forum"  // the page is a thread of a forum
)

// A SystemNote says of one system where its state is found. The table of docs/systems.md is made of them.
type SystemNote struct {
	System string
	Kind   string // own, server or forum
	State  string // where it says whether one may write, in words
}

// stateNotes are the systems of which more is read than their marks in a page.
var stateNotes = []SystemNote{
	{"wordpress", kindOwn, "the form or the sentence in the page; the interface /wp-json and the feed, where the page does not contradict"},
	{"drupal", kindOwn, "the form or the log-in sentence in the page; the comment field's status in JSON:API, where the page does not contradict"},
	{"blogger", kindOwn, "the form's frame or the sentence in the page; comments also by the feed /feeds/comments/default"},
	{"mediawiki", kindOwn, "the tabs of the page to talk about a page; unknown where only its source is shown: that says nothing of others"},
	{"jetpack", kindOwn, "the address of its frame in the page, which stands in WordPress's place for the form"},
	{"wpdiscuz", kindOwn, "its form in the page, or its words in the form's place that ask to log in"},
	{"ghost", kindOwn, "the setting that its script names in the page (all, paid): for those who have joined; nothing is printed where comments are off"},
	{"squarespace", kindOwn, "the state that it prints into the place for a post's comments, where its page's data says the same: on or off; in version 7.1 off by the post's state and the site's settings in that data, where the place is empty"},
	{"medium", kindOwn, "the switch allowResponses in its page's data: where it is on, an account of Medium is needed; else unknown"},
	{"soundcloud", kindOwn, "the track's switch commentable in its page's data: off, or on for those with an account"},
	{"guardian", kindOwn, "what it prints into the place for a story's discussion, as class and as data: closed, or open to those with an account"},
	{"overblog", kindOwn, "not in the page: its script draws comments and form (needs_js)"},
	{"discourse", kindForum, "closed and archived of each topic in /latest.json and /t/NUMBER.json; else an account is needed. In a page: the sentence by which it closes a topic after some days, where nothing follows it"},
	{"remark42", kindServer, "read_only in its server's /api/v1/find, and who may write in /api/v1/config"},
	{"disqus", kindServer, "isClosed in Disqus's interface, where a key is held: else an account of Disqus suffices; without a key unknown (third_party)"},
	{"isso", kindServer, "nowhere: unknown (third_party); its server gives the comments"},
	{"giscus", kindServer, "locked in giscus.app's answer; else an account of GitHub is needed"},
}

// SystemNotes lists every system that the checks tell by its own marks, by name.
func SystemNotes() []SystemNote {
	list := slices.Clone(stateNotes)
	add := func(name, kind, state string) {
		if name != "" && !slices.ContainsFunc(list, func(n SystemNote) bool { return n.System == name }) {
			list = append(list, SystemNote{name, kind, state})
		}
	}
	for _, b := range boards {
		state := "unknown (no_marker): no mark of a locked thread is known of it"
		if t := threadOf(b.system); t.locked != nil || t.form != nil || t.login != nil {
			state = "the thread's own button or form in the page"
		}
		add(b.system, kindForum, state)
	}
	for _, f := range ownForms {
		add(f.system, kindOwn, "its form in the page")
	}
	add("thrive", kindOwn, "its form or sentence in the page")
	for _, w := range widgets {
		add(w.system, kindServer, "not in the page: unknown (third_party)")
	}
	add("custom", kindOwn, "a form, a log-in sentence or a closed sentence in the page's own comment area")
	slices.SortFunc(list, func(a, b SystemNote) int { return cmp.Compare(a.System, b.System) })
	return list
}
