package web

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/store"
)

// shownPages is how many pages of a visit an evidence page lists; the ones the answer rests on come first.
const shownPages = 60

// mostOfAClause is how many characters of a quoted clause are shown.
const mostOfAClause = 500

var findingID = regexp.MustCompile(`^[0-9a-f]{16,64}$`)

// findingPage is the evidence of one finding. Captured bytes are shown as text only.
type findingPage struct {
	Organisation, Name string
	Say                string // the whole statement: when, as whom, from where, what
	Title, About       string
	Posts              string
	Run                string // what is not kept of the looks before it
	RunFirst           string // the finding with which they began
	Chip               chip
	Excerpt            string
	Absence            bool
	Clauses            []string // where clauses are quoted: every one of them
	Drawn              string   // address of the picture of the drawn page that shows it
	Sheet              []sheetLine
	Pages              []pageView
	More               int
	Correction         string // where the same bytes are read otherwise today
	By, Corrects       string // the finding that took this one's place; the one whose place this one took
}

type sheetLine struct {
	Name, Value, Link string
	Code              bool
}

type pageView struct {
	URL, Answer string
	Hash        string // of a document
	At          time.Time
	Used        bool
}

func (s *site) finding(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !findingID.MatchString(id) {
		return fmt.Errorf("finding %q: %w", id, store.ErrNotFound)
	}
	public := s.db.Public(s.now())
	f, err := public.Finding(r.Context(), id)
	if err != nil {
		return err
	}
	looked, err := public.LastLook(r.Context())
	if err != nil {
		return err
	}
	return s.show(w, r, "finding", s.words.say("finding.title"), looked, s.findingPage(f))
}

func (s *site) findingPage(f store.FindingView) findingPage {
	c := s.check(f.Check)
	p := findingPage{
		Organisation: f.Organisation.ID, Name: f.Organisation.Name, Say: s.statement(f), Title: c.Title, About: f.URL,
		Posts: strings.TrimSpace(s.posts(f.Of) + " " + s.talk(f.Check, f.Of, f.Count, f.CountClaimed)), Chip: s.chip(c, f.Verdict.State(), false), Corrects: f.Corrects,
	}
	switch x := f.Corrected; {
	case x == nil:
	case x.Checking:
		p.Correction = s.words.say("finding.corrected.checking")
	default:
		p.Correction, p.By = s.words.say("finding.corrected", "when", s.words.date(x.At)), x.By
	}
	if f.Scope != "" {
		p.About = f.Scope
	}
	if e := f.Verdict.Evidence(); e != nil {
		p.Excerpt, p.Absence = e.Excerpt, e.Type == audit.Absence
		if s.picture != nil && pictureOf(f) != "" {
			p.Drawn = "/findings/" + f.ID + "/picture"
		}
	}
	if r := f.Run; r != nil && f.Verdict.State() != audit.Unknown {
		key := "finding.run"
		if f.RolledUp {
			key = "finding.rolled"
		}
		p.Run, p.RunFirst = s.words.say(key, "n", strconv.Itoa(r.Looks), "from", s.words.date(r.From), "to", s.words.date(f.ObservedAt)), r.First
	}
	p.Clauses = clauses(f)
	p.Sheet = s.sheet(f)
	s.pagesOf(&p, f)
	return p
}

// clauses are the sentences that an answer quotes, as they stand on the page: the evidence shows where the first of them is.
func clauses(f store.FindingView) (all []string) {
	if _, quotes := f.Values[audit.ValueClauses]; !quotes {
		return nil
	}
	for _, sentence := range f.Wording {
		all = append(all, audit.Untrusted(sentence).Plain(mostOfAClause))
	}
	return all
}

// pictureOf is the file of the picture of the drawn page that a finding rests on, "" where it rests on none.
func pictureOf(f store.FindingView) string {
	e := f.Verdict.Evidence()
	if e == nil {
		return ""
	}
	i := slices.IndexFunc(f.Captures, func(c store.PublicCapture) bool { return c.ID == e.Capture && !c.Dropped })
	if i < 0 {
		return ""
	}
	return f.Captures[i].Picture
}

// findingPicture is the picture of a drawn page, through the same gate as the finding that rests on it.
func (s *site) findingPicture(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !findingID.MatchString(id) || s.picture == nil {
		return fmt.Errorf("picture of finding %q: %w", id, store.ErrNotFound)
	}
	f, err := s.db.Public(s.now()).Finding(r.Context(), id)
	if err != nil {
		return err
	}
	file := pictureOf(f)
	if file == "" {
		return fmt.Errorf("picture of finding %s: %w", id, store.ErrNotFound)
	}
	png, err := s.picture(file)
	if errors.Is(err, evidence.ErrDropped) {
		return fmt.Errorf("picture of finding %s: %w", id, store.ErrNotFound)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	_, err = w.Write(png)
	return err
}

// statement is the sentence that may be quoted: what was seen, when, where, as whom; never why.
func (s *site) statement(f store.FindingView) string {
	v := f.Verdict
	state := v.State().String()
	what := s.words.first("finding.what."+string(f.Check)+"."+state, "finding.what."+state)
	if f.How == audit.ByWitness && v.State() != audit.Unknown {
		what = s.words.say("finding.what.person." + state)
	}
	kind, reason := "", ""
	if v.Kind() != "" {
		kind = s.words.say("kind." + string(v.Kind()))
	}
	if v.Reason() != "" {
		reason = s.words.say("reason." + string(v.Reason()))
	}
	what = strings.NewReplacer("{kind}", kind, "{reason}", reason).Replace(what)
	at := f.ObservedAt.UTC()
	when := s.words.say("finding.when", "date", s.words.date(at), "time", at.Format("15:04"))
	address := f.URL
	if e := v.Evidence(); e != nil && e.URL != "" {
		address = e.URL
	}
	return s.words.say("finding.say", "when", when, "address", address, "as", s.words.say("as."+string(f.How)), "what", what)
}

// sheet is what somebody needs to check the finding.
func (s *site) sheet(f store.FindingView) []sheetLine {
	var lines []sheetLine
	add := func(key, value string, code bool) {
		if value != "" {
			lines = append(lines, sheetLine{Name: s.words.say("finding." + key), Value: value, Code: code})
		}
	}
	e := f.Verdict.Evidence()
	if e == nil {
		e = &audit.Evidence{}
	}
	if e.URL != "" {
		lines = append(lines, sheetLine{Name: s.words.say("finding.url"), Value: e.URL, Link: e.URL})
	}
	add("time", s.words.clock(f.ObservedAt)+" UTC", false)
	add("how", s.words.say("as."+string(f.How)), false)
	if e.Drawn {
		add("drawn", s.words.say("finding.drawn.value"), false)
	}
	if e.Rule != "" {
		add("rule", s.words.say("finding.rule.value", "rule", e.Rule, "version", e.Version), false)
	}
	if e.Length > 0 {
		add("where", s.words.say("finding.where.value", "length", e.Length, "offset", e.Offset), false)
	}
	add("path", e.Path, true)
	if f.System != "" && f.System != "none" {
		label := s.words.first("finding.system."+string(f.Check), "finding.system")
		lines = append(lines, sheetLine{Name: label, Value: audit.Untrusted(s.systems(strings.Split(f.System, "+"))).Plain(200)})
	}
	if i := slices.IndexFunc(f.Captures, func(c store.PublicCapture) bool { return c.ID == e.Capture }); i >= 0 {
		add("hash", f.Captures[i].Hash, true)
		add("file", s.keptIn(f.Captures[i]), false)
	}
	if c, ok := documentLinked(f); ok {
		add("document", s.documentLine(c), true)
	}
	add("id", f.ID, true)
	return lines
}

func (s *site) keptIn(c store.PublicCapture) string {
	switch {
	case c.Dropped:
		return s.words.say("finding.file.dropped")
	case c.File == "":
		return ""
	case c.Sealed:
		return s.words.say("finding.file.value", "file", c.File, "offset", int(c.Offset)) + "; " + s.words.say("finding.file.sealed")
	}
	return s.words.say("finding.file.value", "file", c.File, "offset", int(c.Offset))
}

// pagesOf lists the pages of the visit, those that the answer rests on first.
func (s *site) pagesOf(p *findingPage, f store.FindingView) {
	used := map[string]bool{}
	if e := f.Verdict.Evidence(); e != nil {
		for _, id := range append(e.Captures, e.Capture) {
			used[id] = id != ""
		}
	}
	for _, wanted := range []bool{true, false} {
		for _, c := range f.Captures {
			if (used[c.ID] || used[c.Unchanged]) != wanted {
				continue
			}
			if len(p.Pages) == shownPages {
				p.More++
				continue
			}
			v := pageView{URL: c.URL, Answer: strconv.Itoa(c.Status), At: c.At, Used: wanted}
			if c.Earlier {
				v.Answer += ", " + s.words.say("finding.pages.earlier")
			}
			if len(c.MadeFrom) > 0 {
				v.Answer = s.words.count("finding.pages.drawn", len(c.MadeFrom))
			}
			if c.Unchanged != "" {
				v.Answer += ", " + s.words.say("finding.pages.unchanged")
			}
			if !c.Modified.IsZero() {
				v.Answer += ", " + s.words.say("finding.pages.modified", "when", s.words.date(c.Modified))
			}
			if c.Document() {
				v.Hash = c.Hash
			}
			if words, given := s.given(c.URL); given {
				v.URL, v.Answer, v.Hash = words, s.words.say("finding.pages.given"), c.Hash
			}
			if c.Status == 0 {
				v.Answer = s.words.say("finding.pages.noanswer", "reason", s.words.say("reason."+string(c.Reason)))
			}
			p.Pages = append(p.Pages, v)
		}
	}
}

// given says what a person gave us, by the name under which it is kept; false: it was fetched.
func (s *site) given(name string) (words string, given bool) {
	what, given := strings.CutPrefix(name, "urn:doorknock:")
	if !given {
		return "", false
	}
	what, _, _ = strings.Cut(what, ":")
	return s.words.first("finding.given."+what, "finding.given.file"), true
}
