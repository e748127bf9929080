package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/score/comment"
	"doorknock/store"
)

// explainedComments is how many comments explain tells of: the newest.
const explainedComments = 50

// explainComments says of each comment why it was judged as it was. Of one that says a person may be in danger it tells
// neither the words nor the rule.
func (in *installation) explainComments(ctx context.Context, organisation string, out io.Writer, asJSON bool) error {
	of, err := in.db.Organisation(ctx, organisation)
	if err != nil {
		return err
	}
	rules, err := configs.Hazards()
	if err != nil {
		return err
	}
	all, err := in.db.AssessedComments(ctx, organisation, explainedComments)
	if err != nil {
		return err
	}
	if len(all) == 0 && !asJSON {
		fmt.Fprintln(out, "No comment is kept that reads as a complaint or in which a rule stands.")
	}
	for _, c := range all {
		e := in.explained(c, of, rules)
		if !asJSON {
			e.print(out)
			continue
		}
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("print comment %s: %w", c.ID, err)
		}
	}
	return nil
}

// explainedComment is one comment with all that its judgement rests on.
type explainedComment struct {
	V int `json:"v"`
	store.AssessedComment
	Private bool          `json:"private"`
	Dates   string        `json:"dates,omitempty"` // by which a code would have a complaint answered, in words
	Law     []comment.Law `json:"law,omitempty"`   // in force there then, of the rules that are affirmed
}

func (in *installation) explained(c store.AssessedComment, of audit.Organisation, rules comment.Rules) explainedComment {
	e := explainedComment{V: 1, AssessedComment: c, Private: c.Assessment.Private()}
	if e.Private {
		e.Text, e.Assessment.Hazards, e.Assessment.Spans, e.Assessment.Clauses, e.Assessment.Signs = "", nil, nil, nil, nil
		return e
	}
	if d, known := in.clocks.Dates(of.Nation, of.Sector, c.Made()); known {
		e.Dates = d.String()
	}
	for _, h := range c.Assessment.Hazards {
		for _, l := range rules.InForce(h.ID, of.Nation, c.Made()) {
			if h.Affirmed && !slices.ContainsFunc(e.Law, func(o comment.Law) bool { return o.Act == l.Act }) {
				e.Law = append(e.Law, l)
			}
		}
	}
	return e
}

func (e explainedComment) print(out io.Writer) {
	a := e.Assessment
	when := "written " + ago(e.Said)
	if e.Said.IsZero() {
		when = "first seen " + ago(e.Seen)
	}
	fmt.Fprintf(out, "%s  %s, %s\n", e.ID, when, audit.Untrusted(cmp.Or(e.URL, e.Place)).Terminal())
	if e.Private {
		fmt.Fprintln(out, "  A person may be in danger: somebody should look there. Neither words nor rule are told here.")
		return
	}
	fmt.Fprintf(out, "  urgency %s; %.0f %% likely a complaint, by %s (tier %d), %s\n", a.Urgency, 100*a.Complaint, a.Model, a.Tier, languageWords(a))
	for _, h := range a.Hazards {
		fmt.Fprintf(out, "  rule %s: %s%s\n", h.ID, h.Told(), e.words(h.Start, h.End))
	}
	for _, s := range strongest(a.Spans) {
		fmt.Fprintf(out, "  %+.1f%s\n", s.Weight, e.words(s.Start, s.End))
	}
	for _, s := range strongest(a.Clauses) {
		fmt.Fprintf(out, "  %+.1f by the whole clause%s\n", s.Weight, e.words(s.Start, s.End))
	}
	e.printLabels(out)
	if e.Text == "" {
		fmt.Fprintln(out, "  The words are no longer kept, and with them what counted.")
	}
	if e.Dates != "" {
		fmt.Fprintf(out, "  %s\n", e.Dates)
	}
	for _, l := range e.Law {
		fmt.Fprintf(out, "  speaks of such things: %s, since %s. %s\n", l.Act, l.From, l.Words)
	}
}

// printLabels says what the comment is beside a complaint, each label with its own probability, and by which signs.
func (e explainedComment) printLabels(out io.Writer) {
	a, told := e.Assessment, []string(nil)
	for _, l := range labelled(a) {
		if l.p != nil {
			told = append(told, fmt.Sprintf("%s %.0f %%", l.name, 100**l.p))
		}
	}
	if told != nil {
		fmt.Fprintf(out, "  beside that: %s\n", strings.Join(told, ", "))
	}
	for _, s := range a.Signs {
		fmt.Fprintf(out, "  %+.1f for %s by the sign %s%s\n", s.Weight, s.Label, s.ID, e.words(s.Start, s.End))
	}
}

// label is one of an assessment's labels; p is nil where nothing has an opinion. Threat and spam count from a probability on.
type label struct {
	name string
	p    *float64
	from float64
}

// labelled lists an assessment's labels in the order in which they are told.
func labelled(a audit.Assessment) []label {
	return append([]label{{"praise", a.Praise, 0}, {"question", a.Question, 0}, {"idea", a.Idea, 0}}, bySigns(a)...)
}

// bySigns lists those that are told by signs.
func bySigns(a audit.Assessment) []label {
	return []label{{"threat", a.Threat, audit.ThreatFrom}, {"spam", a.Spam, audit.SpamFrom}}
}

// words quotes a stretch of the text, if it is kept.
func (e explainedComment) words(start, end int) string {
	if start < 0 || end > len(e.Text) || start >= end {
		return ""
	}
	return fmt.Sprintf(": %q, bytes %d to %d", audit.Untrusted(strings.TrimSpace(e.Text[start:end])).Plain(60), start, end)
}

// strongest are the five spans that moved the probability most.
func strongest(all []audit.Span) []audit.Span {
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b audit.Span) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return sorted[:min(len(sorted), 5)]
}

// languageWords says in which language a comment was read, and by what.
func languageWords(a audit.Assessment) string {
	switch a.Lang {
	case "en":
		return "in English"
	case "cy":
		return "in Welsh, which is read by rules only"
	case "other":
		return "in a language that is read by rules only, which know English and Welsh"
	}
	return "in a language that is not sure"
}
