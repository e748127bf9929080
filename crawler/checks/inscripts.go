package checks

import (
	"slices"
	"strings"
	"unicode"

	"doorknock/crawler"
)

// speaksAfterAll reports whether a script speaks of comments by more than what programs print into every page of a site, what
// its programmer noted, and the text of stories that a page keeps as data. A switch that says that a page takes none is more:
// what it switches may not be all there is.
func speaksAfterAll(script string) bool { return speaksBut(script, meansNothing) }

// speaksBut is speaksAfterAll for words of which nothing tells that they mean no place to talk.
func speaksBut(script string, nothing func(script string, at int) bool) bool {
	said := everywhere.Replace(withoutRemarks(withoutTranslations(withoutNotes(crawler.Lower(script)))))
	left := maxWords
	return commentSigns.In(said) && slices.ContainsFunc(commentStems, func(stem string) bool {
		for at := 0; ; at += len(stem) {
			next := strings.Index(said[at:], stem)
			if next < 0 {
				return false
			}
			at += next
			if left--; left < 0 || !nothing(said, at) {
				return true
			}
		}
	})
}

// maxWords is how many words that speak of comments are looked at one by one in a script. One with more may hold anything.
const maxWords = 1000

// meansNothing reports whether a word at a place of a script is no sign of a place to talk.
func meansNothing(script string, at int) bool {
	return ofEditorsWord(script, at) || ofReporters(script, at) || inAdSlot(script, at) || inHostList(script, at) || inShare(script, at) || ofEditors(script, at) || ofIngredient(script, at) || inProse(script, at)
}

// ofEditorsWord reports whether what stands at a place is a part of one of editorsWords.
func ofEditorsWord(script string, at int) bool {
	return slices.ContainsFunc(editorsWords, func(word string) bool {
		return strings.Contains(script[max(0, at-len(word)+1):min(len(script), at+len(word))], word)
	})
}

// inAdSlot reports whether the word at a place stands in the name of a place for advertisements, as Google's tag is told it.
func inAdSlot(script string, at int) bool {
	before := script[max(0, at-100):at]
	before = before[:max(0, strings.LastIndexAny(before, "\"'`"))]
	return strings.HasSuffix(strings.TrimRight(before, " "), "defineslot(")
}

// saidNothing are the words before "comment" with which reporters write that somebody said nothing.
var saidNothing = []string{
	"declined to ", "declines to ", "declining to ", "refused to ", "reached for ", "approached for ", "contacted for ",
	"respond to a request for ", "responded to a request for ", "respond to requests for ", "responded to requests for ",
}

// ofReporters reports whether the word at a place stands in such a sentence.
func ofReporters(script string, at int) bool {
	before := script[max(0, at-30):at]
	return strings.HasPrefix(script[at:], "commented on") && strings.HasSuffix(before, "not ") ||
		strings.HasPrefix(script[at:], "comment") && slices.ContainsFunc(saidNothing, func(words string) bool { return strings.HasSuffix(before, words) })
}

// maxIngredient is how much is kept of one ingredient at the most, before its note and from there on.
const maxIngredient = 400

// ofIngredient reports whether what stands at a place is the name of a note on an ingredient, as recipes keep it in their data: the
// same thing has an amount or a unit, which nothing that a reader says has.
func ofIngredient(script string, at int) bool {
	if !strings.HasPrefix(script[at:], `comment":`) || at == 0 || script[at-1] != '"' {
		return false
	}
	before, after := script[max(0, at-maxIngredient):at], script[at:min(len(script), at+maxIngredient)]
	thing := before[strings.LastIndexAny(before, "{}")+1:]
	if end := strings.IndexAny(after, "{}"); end >= 0 {
		thing += after[:end]
	}
	return strings.Contains(thing, `"amount":`) || strings.Contains(thing, `"unit":`)
}

// A programmer's note is maxNote long, or maxTold where it bears no sign of a program. What is longer may be a program of which the
// line ends are lost.
const (
	maxNote = 200
	maxTold = 500
)

// withoutNotes leaves out what a programmer noted beside a script: // to the end of a line, /* to */. In an address // has a colon
// or a quotation mark before it.
func withoutNotes(script string) string {
	var kept strings.Builder
	for {
		at, end := nextNote(script)
		if end == 0 {
			kept.WriteString(script)
			return kept.String()
		}
		kept.WriteString(script[:at])
		kept.WriteByte('\n')
		script = script[end:]
	}
}

// nextNote gives where the first note of a script begins and ends; end is 0 where there is none.
func nextNote(script string) (at, end int) {
	for {
		next := strings.IndexByte(script[at:], '/')
		if next < 0 || at+next+1 == len(script) {
			return 0, 0
		}
		at += next
		closing := ""
		switch {
		case script[at+1] == '/' && (at == 0 || unicode.IsSpace(rune(script[at-1]))):
			closing = "\n"
		case script[at+1] == '*':
			closing = "*/"
		}
		note, _, ended := strings.Cut(script[at:min(len(script), at+maxTold)], closing)
		if closing != "" && ended && !strings.Contains(note, "cdata") && (len(note) <= maxNote || !strings.ContainsAny(note, ";{}=")) {
			return at, at + len(note) + len(closing)
		}
		at++
	}
}

// withoutRemarks leaves out the name under which a script makes a remark in the page's source: let note = document.createComment("x").
func withoutRemarks(script string) string {
	before, _, found := strings.Cut(script, "document.createcomment(")
	before, named := strings.CutSuffix(strings.TrimRight(before, " "), "=")
	if !found || !named {
		return script
	}
	before = strings.TrimRight(before, " ")
	name := before[strings.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })+1:]
	if len(name) <= len("comment") {
		return script // too short to be taken out wherever it stands
	}
	return strings.ReplaceAll(script, name, "")
}

// translations are the variables in which a plugin prints the words of what it may draw, of whatever page: Jetpack's gallery of
// pictures, each of which has a page and comments of its own; BuddyPress's lists of what members do; 10Web's gallery; the cards of
// recipes by Mediavine Create and WP Recipe Maker.
var translations = []string{"var jetpackcarouselstrings", "var bp_dtheme", "var bwg_objectsl10n", "var mv_create_i18n", "var wprm_public", "var wprmp_public"}

func withoutTranslations(script string) string {
	for _, name := range translations {
		before, rest, found := strings.Cut(script, name)
		if _, after, ended := strings.Cut(rest, "};"); found && ended {
			script = before + after
		}
	}
	return script
}

// inHostList reports whether what stands at a place is the name of Disqus's site in a list of sites, as those keep who count from
// where readers come. A place to talk is on a host of its own: name.disqus.com.
func inHostList(script string, at int) bool {
	const host = "disqus.com"
	if !strings.HasPrefix(script[at:], host) {
		return false
	}
	before, after := script[max(0, at-8):at], script[at+len(host):]
	before = strings.TrimSuffix(strings.TrimSuffix(before, "m."), "www.")
	return after != "" && strings.IndexByte(`"',\`, after[0]) >= 0 && (strings.HasSuffix(before, `\n`) || before != "" && strings.IndexByte(`"',`, before[len(before)-1]) >= 0)
}

// shareAddresses begin the addresses by which a page is recommended to others: they hold its title.
var shareAddresses = []string{"twitter.com/share?", "twitter.com/intent/", "facebook.com/sharer", "whatsapp.com/send?", "whatsapp://send?", "linkedin.com/sharearticle?", "t.me/share/", "pinterest.com/pin/create/", "mailto:?"}

// inShare reports whether the word at a place stands in such an address.
func inShare(script string, at int) bool {
	before := script[max(0, at-400):at]
	before = before[strings.LastIndexAny(before, "\"'` \n")+1:]
	return stemIn(before, shareAddresses)
}

// ofEditors reports whether what stands at a place is the name of the list in which Arc keeps its editors' notes on a paragraph or a
// picture: it follows that thing's id, or stands first of what is known of it beside its text.
func ofEditors(script string, at int) bool {
	before := script[max(0, at-60):at]
	if !strings.HasPrefix(script[at:], `comments":[`) {
		return false
	}
	id := strings.LastIndex(before, `"_id":`)
	return strings.HasSuffix(before, `"additional_properties":{"`) || id >= 0 && strings.Count(before[id:], ",") == 1 && strings.HasSuffix(before, `,"`)
}

const (
	// leastProse is how long a text in a script's data is that tells something. What a program has to say is shorter.
	leastProse = 160
	// leastWords is how many words in a row such a text has around one of them, three before it.
	leastWords = 7
)

// inProse reports whether the word at a place of a script stands in a text that is told, as a story that the page keeps as data
// beside its own: a row of words without any sign of a program, none of which speaks to the reader of a place to talk.
func inProse(script string, at int) bool {
	before, after := script[max(0, at-leastProse):at], script[at:min(len(script), at+leastProse)]
	before, after = before[len(before)-quoted(before):], after[:quotedUntil(after)]
	if len(before)+len(after) < leastProse || strings.Contains(before+after, "\n") {
		return false // a string of data is in one line
	}
	before, after = asTold.Replace(before), asTold.Replace(after)
	back, ahead := strings.Fields(before), strings.Fields(after)
	if strings.HasSuffix(before, " ") {
		back = append(back, "")
	}
	words := 0
	for i := len(back) - 2; i >= 0 && plainWord(back[i]); i-- { // the last is the word's own beginning
		words++
	}
	if words < 3 || !plainWord(back[len(back)-1]+ahead[0]) || ofPlaces[strings.Trim(back[len(back)-2], ".,")] {
		return false
	}
	for i := 1; i < len(ahead) && plainWord(ahead[i]); i++ {
		words++
	}
	near := " " + before + after
	return words >= leastWords && !keepingSigns.In(near) && inviting.in(near) == "" && closedPhrases.in(near) == "" && loginPhrases.in(near) == ""
}

// asTold makes of a story's text in data what is written there: marks by their numbers, paragraphs and stressed words.
var asTold = strings.NewReplacer(
	`\u2018`, "‘", `\u2019`, "’", `\u201c`, "“", `\u201d`, "”", `\"`, "”", `\n`, " ", "&nbsp;", " ", "&#8217;", "’", "&#8220;", "“", "&#8221;", "”",
	"<p>", " ", `<\/p>`, " ", "</p>", " ", "<em>", "", `<\/em>`, "", "</em>", "", "<i>", "", `<\/i>`, "", "</i>", "", "<b>", "", `<\/b>`, "", "</b>", "", "<strong>", "", `<\/strong>`, "", "</strong>", "",
)

// ofPlaces are the words before which a comment is the reader's own, or one of those that a place holds or lacks.
var ofPlaces = wordSet("your ihr ihren dein deinen votre ton tu su tuo seu eich dy first new no keine")

// quoted gives how far back a text reaches without a quotation mark that ends a string of data, quotedUntil how far on.
func quoted(text string) int {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '"' && (i == 0 || text[i-1] != '\\') {
			return len(text) - 1 - i
		}
	}
	return len(text)
}

func quotedUntil(text string) int {
	for i := range len(text) {
		if text[i] == '"' && (i == 0 || text[i-1] != '\\') {
			return i
		}
	}
	return len(text)
}

// keepingSigns are in what a site says of the comments that it takes: how it keeps them, and where they are.
var keepingSigns = crawler.NewSigns(
	"moderat", "approv", "reject", "guideline", "off-topic", "notif", "subscri", "unten", "leser", "lecteur", " lector", "our readers", "readers'", "readers’",
	"your comment", "comments are", "comments will", "all comments", "any comments", "comments must", "comments may", "comments should", "comment will", "comment must", "comment section", "comments section", "comment thread",
	"posting comment", "post comment", "write comment", "leave comment", "left in the comment", "comments below", "comments here", "comments on this", "comment on this", "comment here", "comment below",
	"in the comment", "in den kommentar", "dans les comment", " en los coment", " nos coment", "nei comment", "in the reactie", "schreib", "submit", "veröffentlich", "freigesch", "netiquette", "réserv", "registr", "log in", "sign in", "panel", "formular", " form ",
)

// plainWord reports whether a word is one of a text: of letters, with what stands before and after words.
func plainWord(word string) bool {
	word = strings.Trim(word, `.,;!?()[]“”„‘’`)
	if word == "" || word[0] == '\'' || word[len(word)-1] == '\'' {
		return false
	}
	return !strings.ContainsFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '’' && r != '\''
	})
}
