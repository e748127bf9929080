package alerts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Piece is a stretch of a line: our own words, foreign text, or a link with our words on it.
type Piece struct {
	Ours    string
	Foreign audit.Untrusted
	Limit   int             // characters of Foreign that may be shown
	URL     audit.Untrusted // makes Ours a link; a sink that cannot follow it shows Ours only
}

// Words is a line. A sink renders each piece in its own way; that is the only way from here to a receiver.
type Words []Piece

// Item is what a message says of one alert. The first line is a whole sentence by itself.
type Item struct {
	Alert   store.Alert // which one; zero in a test message
	Subject string      // names what it is about: what is told of the same later has the same; "" in a test message
	Lines   []Words
	Quote   audit.Untrusted // redacted words of a comment; "" where the receiver is not to have them
}

// Message is what a receiver is given.
type Message struct {
	ID       string // of the delivery: the same for every attempt
	Title    Words
	Items    []Item
	Repeat   bool            // an earlier attempt may have arrived
	Reminder bool            // tells again what has no public answer yet
	Escalate bool            // nobody took these on in time where they were told first
	Resolved bool            // the organisation has answered all of these in public since they were told here, or the places can be read again
	More     audit.Untrusted // where all can be seen; "" where there is no such page
	Tables   []Table         // below the items
	Charts   []Chart
}

// Wording is what messages need beside the alerts: the titles of checks, and where the dashboard is.
type Wording struct {
	Titles map[audit.CheckID]string
	// Published are the checks that ask what is published: their states are no doors.
	Published map[audit.CheckID]bool
	Base      string       // such as http://127.0.0.1:8080, without a slash at the end; "" makes no links to it
	Clocks    audit.Clocks // by which dates a code would have a complaint answered; none: nothing is said of it
	// Holidays are the days on which no working hours are counted.
	Holidays audit.Holidays
}

// RepeatNote stands on every message whose earlier attempt may have arrived.
const RepeatNote = "(repeat of an alert whose delivery we could not confirm)"

// ReminderNote stands on a message that tells unanswered complaints again.
const ReminderNote = "(reminder: no public answer by the organisation has been seen)"

// EscalateNote stands on a message about alerts that nobody took on in time.
const EscalateNote = "(escalated: nobody has acknowledged it in time where it was told first)"

// ResolvedNote stands on a message about alerts that the organisation has answered in public since they were told.
const ResolvedNote = "(resolved: the organisation's public answer was seen)"

// ReadAgainNote stands on a message about places that can be read again since they were told.
const ReadAgainNote = "(resolved: the place can be read again)"

func (m Message) resolvedNote() string {
	if len(m.Items) > 0 && !slices.ContainsFunc(m.Items, func(i Item) bool { return i.Alert.Kind != store.AlertOperator }) {
		return ReadAgainNote
	}
	return ResolvedNote
}

// notes are the lines in brackets that stand above the items.
func (m Message) notes() []string {
	var lines []string
	if m.Repeat {
		lines = append(lines, RepeatNote)
	}
	if m.Reminder {
		lines = append(lines, ReminderNote)
	}
	if m.Escalate {
		lines = append(lines, EscalateNote)
	}
	if m.Resolved {
		lines = append(lines, m.resolvedNote())
	}
	return lines
}

// urgencies are the values of the label, the most urgent first.
var urgencies = []string{"urgent", "high", "normal", "none"}

// urgency is the highest of the alerts that the message tells.
func (m Message) urgency() string {
	for _, u := range urgencies {
		if slices.ContainsFunc(m.Items, func(i Item) bool { return i.Alert.Urgency == u }) {
			return u
		}
	}
	return "none"
}

// Compose says in words of fact what was seen. It is pure. quote allows a comment's redacted words.
func Compose(facts []store.AlertFacts, w Wording, quote bool) Message {
	m := Message{Title: w.title(facts), More: audit.Untrusted(w.Base)}
	for _, f := range facts {
		item := w.words(f, quote)
		if !f.ResolvedAt.IsZero() && len(item.Lines) > 0 {
			item.Lines = slices.Insert(item.Lines, 1, w.answered(f))
		}
		item.Alert, item.Subject = f.Alert, subject(f)
		m.Items = append(m.Items, item)
	}
	return m
}

func (w Wording) title(facts []store.AlertFacts) Words {
	if len(facts) == 0 {
		return Words{ours("doorknock")}
	}
	organisations := map[string]bool{}
	for _, f := range facts {
		organisations[f.Organisation] = true
	}
	switch {
	case len(facts) == 1:
		return Words{name(facts[0]), ours(": " + w.headline(facts[0]) + wereAnswered(facts))}
	case len(organisations) == 1:
		return Words{name(facts[0]), ours(fmt.Sprintf(": %d alerts", len(facts)) + wereAnswered(facts))}
	}
	return Words{ours(fmt.Sprintf("%d alerts about %d organisations", len(facts), len(organisations)) + wereAnswered(facts))}
}

// wereAnswered says that all of the alerts have their public answer, or are about places that can be read again.
func wereAnswered(facts []store.AlertFacts) string {
	if slices.ContainsFunc(facts, func(f store.AlertFacts) bool { return f.ResolvedAt.IsZero() }) {
		return ""
	}
	if !slices.ContainsFunc(facts, func(f store.AlertFacts) bool { return f.Kind != store.AlertOperator }) {
		return ", and can be again"
	}
	return ", answered in public"
}

func changed(from, to audit.State, published bool) string {
	switch {
	case published && to == audit.Open:
		return "something was published"
	case published && to == audit.Restricted && from == audit.Open:
		return "something is published in part only"
	case published && to == audit.Restricted:
		return "something was published in part"
	case published && to == audit.Absent:
		return "something is no longer found"
	case to == audit.Open:
		return "a door opened"
	case to == audit.Restricted && from == audit.Open:
		return "a door became restricted"
	case to == audit.Restricted:
		return "a door opened in part"
	case to == audit.Closed:
		return "a door closed"
	case to == audit.Absent:
		return "a door is no longer seen"
	}
	return "a door changed"
}

// Sentence makes a check's title, which may be a question, end as a sentence does.
func Sentence(title string) string {
	if strings.HasSuffix(title, "?") {
		return title
	}
	return title + "."
}

// Difference says what a check found and what it had found before; published says that it asks what is published.
func Difference(title string, from, to audit.State, published bool) string {
	return Sentence(title) + " Now: " + StateWords(to, published) + ". Before: " + StateWords(from, published) + "."
}

// StateWords says a state in words of fact; published says that it is the answer to what is published.
func StateWords(s audit.State, published bool) string {
	switch {
	case published && s == audit.Open:
		return "published"
	case published && s == audit.Restricted:
		return "partly published"
	case published && s == audit.Absent:
		return "not found in our look"
	}
	switch s {
	case audit.Open:
		return "open"
	case audit.Restricted:
		return "restricted (some people or some posts only)"
	case audit.Closed:
		return "closed"
	case audit.Absent:
		return "none seen on the pages we read"
	}
	return "could not be seen"
}

func howWords(h audit.How) string {
	switch h {
	case audit.AppToken:
		return "through the platform's interface"
	case audit.PageToken:
		return "with the page owner's token"
	case audit.SavedPage:
		return "on a saved page"
	case audit.ByWitness:
		return "by people who looked"
	}
	return "without an account"
}

func (w Wording) change(f store.AlertFacts) Item {
	if f.Flap != nil {
		return w.flap(f)
	}
	if f.Change == nil { // the row is gone: say what the alert itself knows
		return Item{Lines: []Words{{name(f), ours(": a door changed. " + Sentence(w.check(f.Check)) + " Confirmed " + moment(f.ObservedAt) + ".")}}}
	}
	c := f.Change
	first := Words{name(f), ours(fmt.Sprintf(": %s. %s Confirmed %s.%s", changed(c.From, c.To, w.Published[c.Check]),
		Difference(w.check(c.Check), c.From, c.To, w.Published[c.Check]), moment(c.ConfirmedAt), goodNews(c.To)))}
	place := f.ChannelURL
	if c.Scope != "" {
		place = c.Scope
	}
	seen := Words{ours(fmt.Sprintf("First seen %s, %s", moment(c.FirstSeen), howWords(c.How)))}
	seen = append(seen, link("the page", place)...)
	return Item{Lines: []Words{first, append(seen, w.page("evidence", "/findings/"+c.Finding)...)}}
}

func (w Wording) complaint(f store.AlertFacts, quote bool) Item {
	first := Words{ours("A comment on "), their(f.ChannelURL, maxName), ours(" ("), name(f), ours(") ")}
	if f.Comment == nil {
		return Item{Lines: []Words{append(first, ours("was read by our method as a complaint, and is no longer kept. Seen "+moment(f.ObservedAt)+"."))}}
	}
	c := f.Comment
	reads, when := "is read by our method as a complaint", "Seen "+moment(f.ObservedAt)
	switch {
	case c.Private:
		reads = "says that a person may be in danger"
	case f.Kind == store.AlertHazard, !c.IsComplaint && len(c.Hazards) > 0:
		reads = "names a danger"
	case !c.IsComplaint:
		reads = "speaks of " + idWords(c.Duties)
	}
	end := "."
	if late := seenLate(c); f.Kind == store.AlertHazard && late != "" {
		end = ". Seen late: " + late + "."
	}
	if f.Kind == store.AlertUnanswered {
		end += waited(f)
	}
	made := f.ObservedAt
	if !c.Said.IsZero() {
		when, made = "Written "+moment(c.Said), c.Said
	}
	detail := Words{ours("Category: " + category(c) + " · urgency: " + f.Urgency)}
	detail = append(detail, link("the comment", c.URL)...)
	item := Item{Lines: []Words{append(first, ours(reads+". "+when+end)), append(detail, w.organisation(f)...)}}
	if c.Private {
		return item // neither the words, nor which danger, nor a date that a complaint would have
	}
	if c.Model != "" {
		item.Lines = append(item.Lines, why(c, quote))
	}
	if d, known := w.Clocks.Dates(f.Nation, f.Sector, made); known {
		item.Lines = append(item.Lines, Words{ours(d.String())})
	}
	if quote {
		item.Quote = audit.Untrusted(c.Text)
	}
	return item
}

// mostHits is how many rules a message tells of, with maxHit characters of the words that each met. Of the clause that weighed
// most it shows maxClause.
const mostHits, maxHit, maxClause = 3, 40, 80

// why says by what the comment was judged: probability, model, language, and the rules that were met, with their words
// where the receiver may have some.
func why(c *store.CommentFacts, quote bool) Words {
	said := fmt.Sprintf("Why: %.0f %% likely a complaint by %s", 100*c.Complaint, c.Model)
	switch c.Lang {
	case "cy":
		said += ", in Welsh, read by rules only"
	case "other":
		said += ", in a language that is read by rules only"
	}
	line := Words{ours(said)}
	for i, h := range c.Hits {
		if i == mostHits {
			line = append(line, ours(fmt.Sprintf(" · and %d more", len(c.Hits)-mostHits)))
			break
		}
		line = append(line, ours(" · "+idWords([]string{h.ID})+" ("+h.Told()+")"))
		if quote && h.Text != "" {
			line = append(line, ours(": “"), their(h.Text, maxHit), ours("”"))
		}
	}
	if words := weightiest(c); quote && words != "" {
		line = append(line, ours(" · most by “"), their(words, maxClause), ours("”"))
	}
	for _, l := range [...]struct {
		name, reads  string
		likely, from float64
	}{{"threat", "reads as a threat by its writer", c.Threat, audit.ThreatFrom}, {"spam", "reads as spam", c.Spam, audit.SpamFrom}} {
		if l.likely < l.from {
			continue
		}
		line = append(line, ours(fmt.Sprintf(" · %s, %.0f %% likely", l.reads, 100*l.likely)))
		if words := weightiestSign(c, l.name); quote && words != "" {
			line = append(line, ours(": “"), their(words, maxClause), ours("”"))
		}
	}
	return append(line, ours("."))
}

// weightiestSign is the words that spoke most for a label, "" where they are not known.
func weightiestSign(c *store.CommentFacts, label string) string {
	most, words := 0.0, ""
	for _, s := range c.Signs {
		if s.Label == label && s.Weight > most && 0 <= s.Start && s.Start < s.End && s.End <= len(c.Text) {
			most, words = s.Weight, strings.TrimSpace(c.Text[s.Start:s.End])
		}
	}
	return words
}

// weightiest is the clause that made the comment most like a complaint, "" where that is not known.
func weightiest(c *store.CommentFacts) string {
	most, words := 0.0, ""
	for _, s := range c.Clauses {
		if s.Weight > most && 0 <= s.Start && s.Start < s.End && s.End <= len(c.Text) {
			most, words = s.Weight, strings.TrimSpace(c.Text[s.Start:s.End])
		}
	}
	return words
}

// category names the dangers and duties that the comment's words met.
func category(c *store.CommentFacts) string {
	switch all := slices.Concat(c.Hazards, c.Duties); {
	case c.Private:
		return inDanger
	case len(all) == 0:
		return "complaint"
	default:
		return idWords(all)
	}
}

// idWords reads ids of rules as words.
func idWords(ids []string) string { return strings.ReplaceAll(strings.Join(ids, ", "), "_", " ") }

func (w Wording) check(id audit.CheckID) string {
	if t := w.Titles[id]; t != "" {
		return t
	}
	return strings.ReplaceAll(string(id), "_", " ")
}

func (w Wording) organisation(f store.AlertFacts) Words {
	return w.page("organisation", "/organisations/"+f.Organisation)
}

// page links to a page of the dashboard, if there is one.
func (w Wording) page(words, path string) Words {
	if w.Base == "" {
		return nil
	}
	return link(words, w.Base+path)
}

// Ours is a line of our own words.
func Ours(words string) Words { return Words{ours(words)} }

// Told is an item of our own words about somebody, "" for nobody, with a link under link's words; no address, no link.
func Told(name, words, linkWords, address string) Item {
	var line Words
	if name != "" {
		line = append(line, their(name, maxName))
	}
	return Item{Lines: []Words{append(append(line, ours(words)), link(linkWords, address)...)}}
}

func ours(s string) Piece { return Piece{Ours: s} }

func their(s string, limit int) Piece { return Piece{Foreign: audit.Untrusted(s), Limit: limit} }

func name(f store.AlertFacts) Piece {
	if f.OrganisationName == "" && f.Organisation == "" {
		return ours("doorknock")
	}
	if f.OrganisationName == "" {
		return their(f.Organisation, maxName)
	}
	return their(f.OrganisationName, maxName)
}

// link gives nothing where the address is not one to follow.
func link(words, address string) Words {
	if audit.Untrusted(address).Link() == "" {
		return nil
	}
	return Words{ours(" · "), {Ours: words, URL: audit.Untrusted(address)}}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return t.UTC().Format("2 Jan 2006 at 15:04 UTC")
}

// plural gives "1 comment" or "2 comments".
func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}
