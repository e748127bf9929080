package alerts

import (
	"fmt"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// words gives what is said of an alert of each kind: a new kind is a line here. One that is not here (a database that a newer
// version wrote) is told in general words.
func (w Wording) words(f store.AlertFacts, quote bool) Item {
	switch f.Kind {
	case store.AlertComplaint, store.AlertHazard, store.AlertUnanswered, store.AlertPrivate:
		return w.complaint(f, quote)
	case store.AlertChange:
		return w.change(f)
	case store.AlertBacklog:
		return w.backlog(f)
	case store.AlertSpike:
		return w.spike(f)
	case store.AlertReviews:
		return w.reviews(f)
	case store.AlertMissing:
		return w.missing(f)
	case store.AlertGood:
		return w.good(f)
	case store.AlertOperator:
		return operator(f)
	}
	return w.unknownKind(f)
}

// headline says in a few words what kind of thing was seen; never why.
func (w Wording) headline(f store.AlertFacts) string {
	about := f.Comment != nil && slices.Contains([]store.AlertKind{store.AlertComplaint, store.AlertHazard, store.AlertUnanswered}, f.Kind)
	switch {
	case f.Kind == store.AlertPrivate || about && f.Comment.Private:
		return inDanger
	case f.Kind == store.AlertUnanswered:
		return "a complaint without a public answer"
	case f.Kind == store.AlertHazard, about && len(f.Comment.Hazards) > 0:
		return "a comment that names a danger"
	case f.Kind == store.AlertOperator && f.Matter != nil:
		return operatorHeadline(f.Matter.Topic)
	case f.Flap != nil && f.Flap.Settled:
		return "a door has kept its state"
	case f.Flap != nil:
		return "a door changes back and forth"
	case f.Kind == store.AlertChange && f.Change != nil:
		return changed(f.Change.From, f.Change.To, w.Published[f.Change.Check])
	}
	if words := headlines[f.Kind]; words != "" {
		return words
	}
	return "something that this version of doorknock has no words for"
}

// headlines are of the kinds that always have the same.
var headlines = map[store.AlertKind]string{
	store.AlertComplaint: "a comment read as a complaint",
	store.AlertChange:    "a door changed",
	store.AlertBacklog:   "earlier comments found",
	store.AlertSpike:     "a post with unusually many comments",
	store.AlertReviews:   "reviews no longer shown",
	store.AlertMissing:   "a page is not found",
	store.AlertGood:      "good news: replies came faster",
	store.AlertOperator:  "something to look at",
}

// waited says for how long a complaint has had no public answer, and by whose word that is long. Whether the organisation was
// bound to answer is not ours to say.
func waited(f store.AlertFacts) string {
	by := "the time that is set for all"
	if f.Found.Own {
		by = "the time that the organisation states itself"
	}
	return fmt.Sprintf(" No public answer by the organisation was seen within %s, %s.", statedWords(f.Found.Within, f.Found.Counts), by)
}

func statedWords(within time.Duration, counts string) string {
	switch counts {
	case "working_days":
		return plural(int(within/(24*time.Hour)), "working day")
	case "working_hours":
		return length(within) + " of working time"
	}
	return length(within)
}

func (w Wording) spike(f store.AlertFacts) Item {
	x := f.Found
	line := fmt.Sprintf(": a post has %s by the public at the age of %s. Half of the %d posts before it on the same channel had %d or fewer at that age. Seen %s.",
		plural(x.Count, "comment"), length(x.Age), x.Of, x.Median, moment(f.ObservedAt))
	return Item{Lines: []Words{{name(f), ours(line)}, w.place(f, "the post", x.Post)}}
}

func (w Wording) reviews(f store.AlertFacts) Item {
	x := f.Found
	line := fmt.Sprintf(": reviews are no longer shown to a visitor. They were last seen %s; %d looks since %s read the page and found none. "+
		"Whether they were switched off, hidden or taken away cannot be told from outside.", moment(x.Since), x.Count, moment(x.First))
	return Item{Lines: []Words{{name(f), ours(line)}, w.place(f, "the page", f.ChannelURL)}}
}

func (w Wording) missing(f store.AlertFacts) Item {
	x := f.Found
	line := fmt.Sprintf(": the page is not found. It was last read %s; %d looks since %s were told that it does not exist. It may have moved, or the list of places may be out of date.",
		moment(x.Since), x.Count, moment(x.First))
	return Item{Lines: []Words{{name(f), ours(line)}, w.place(f, "the page", f.ChannelURL)}}
}

func (w Wording) good(f store.AlertFacts) Item {
	x := f.Found
	line := fmt.Sprintf(": good news: replies came faster. In the last three months half of %d comments had their public answer within %s of working time; in the three months before it was %s, of %d.",
		x.Waits[1], length(x.Now), length(x.Before), x.Waits[0])
	return Item{Lines: []Words{{name(f), ours(line)}, w.place(f, "", "")}}
}

// unknownKind tells that there is an alert, and where more is known of it.
func (w Wording) unknownKind(f store.AlertFacts) Item {
	line := Words{name(f), ours(": an alert of the kind "), their(string(f.Kind), maxName),
		ours(", which this version of doorknock has no words for, was raised " + moment(f.ObservedAt) + ". A newer version wrote it, and shows it: doorknock alerts list.")}
	return Item{Lines: []Words{line, w.place(f, "the page", f.ChannelURL)}}
}

// place is a line with the channel, a link to what the alert is about, and one to the organisation's page.
func (w Wording) place(f store.AlertFacts, words, address string) Words {
	line := Words{their(f.ChannelURL, maxName)}
	if f.ChannelURL == "" {
		line = Words{name(f)}
	}
	return append(append(line, link(words, address)...), w.organisation(f)...)
}

func (w Wording) backlog(f store.AlertFacts) Item {
	line := ": comments from before our first look, from a time in which the place could not be read, or older than we alert about. None was sent by itself."
	b := f.Backlog
	if b != nil {
		line = fmt.Sprintf(": %s from before our first look, from a time in which the place could not be read, or older than we alert about. "+
			"Our method reads %d of them as complaints%s. None was sent by itself.", plural(b.Comments, "comment"), b.Complaints, dangers(b.Dangers))
	}
	item := Item{Lines: []Words{{name(f), ours(line + " Seen " + moment(f.ObservedAt) + ".")}}}
	if b != nil {
		for _, d := range b.Worst {
			said := "at an unknown time"
			if !d.Said.IsZero() {
				said = moment(d.Said)
			}
			item.Lines = append(item.Lines, append(Words{ours("Urgency " + d.Urgency + ": " + idWords(d.Hazards) + ", written " + said)}, link("the comment", d.URL)...))
		}
		item.Lines = append(item.Lines, Words{ours("To read on: doorknock explain "), their(f.Organisation, maxName), ours(" --comments")})
	}
	item.Lines = append(item.Lines, w.place(f, "", ""))
	return item
}

func dangers(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and finds a danger in %d", n)
}

// inDanger is all that is told of a comment that says so: neither the words nor which danger it is.
const inDanger = "a person may be in danger"

// goodNews stands after word of a door that opened.
func goodNews(to audit.State) string {
	if to == audit.Open {
		return " Good news."
	}
	return ""
}
