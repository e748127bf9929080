package alerts

import (
	"fmt"
	"strings"

	"doorknock/audit"
	"doorknock/store"
)

func operatorHeadline(t store.Topic) string {
	switch t {
	case store.SilenceStarted:
		return "a silence began"
	case store.SilenceEnded:
		return "a silence ended"
	case store.Quarantined:
		return "a question is held"
	case store.GaveUp:
		return "work was given up"
	case store.Undelivered:
		return "a message could not be delivered"
	case store.Disconnected:
		return "Slack no longer takes our app"
	case store.DigestFailed:
		return "the digest could not be sent to everybody"
	case store.Blind:
		return "a platform cannot be read"
	case store.Unreadable:
		return "a place could not be read"
	case store.KeyRefused:
		return "a key is refused"
	}
	return "something to look at"
}

// operator says what the operator should know, and what to do.
func operator(f store.AlertFacts) Item {
	m := f.Matter
	if m == nil {
		return Item{Lines: []Words{{ours("Something to look at was on record at " + moment(f.ObservedAt) + ", and is no longer.")}}}
	}
	lines := operatorLines(*m)
	since := m.At
	if u := m.Unread(); !u.Since.IsZero() {
		since = u.Since
	}
	return Item{Lines: append(lines, Words{ours("Since " + moment(since) + ".")})}
}

func operatorLines(m store.Matter) []Words {
	switch m.Topic {
	case store.SilenceStarted:
		return []Words{append(Words{ours("A silence began: ")}, silenceWords(m.Silence)...),
			{ours("It ends " + moment(m.Silence.EndsAt) + ". What is seen is recorded and shown as always. To end it now: doorknock silence expire " + m.Key)}}
	case store.SilenceEnded:
		return []Words{append(Words{ours("A silence ended: ")}, silenceWords(m.Silence)...),
			{ours(fmt.Sprintf("It kept back %s, which are not told later: doorknock alerts list shows them.", plural(m.Silence.Kept, "alert")))}}
	case store.Quarantined:
		return []Words{{ours(fmt.Sprintf("%d of %d places on %s showed a new answer to %q within a day. The fault is likely ours, so nothing of it is confirmed or told.",
			m.Of, m.Read, platformWords(m.Platform), strings.ReplaceAll(string(m.Check), "_", " ")))},
			{ours(fmt.Sprintf("Look at some of them, then: doorknock quarantine release %s %s", m.Platform, m.Check))}}
	case store.GaveUp:
		return []Words{{ours(fmt.Sprintf("Work was given up after %s", plural(m.Read, "attempt"))), their(orNothing(": ", m.Place), maxName), ours(".")},
			{ours("Nothing is lost. To have it done again: doorknock dead replay " + m.Key)}}
	case store.Undelivered:
		return []Words{{ours("A message to the receiver "), their(m.Place, maxName), ours(fmt.Sprintf(" was given up after %s: ", plural(m.Read, "attempt"))), their(m.Detail, maxQuote), ours(".")},
			{ours("Mend the receiver, then: doorknock deliveries retry " + m.Key)}}
	case store.Disconnected:
		return []Words{{ours("Slack no longer takes the app of the receiver "), their(m.Place, maxName), ours(": it says "), their(m.Detail, maxName), ours(". Nothing comes in from it, and what is sent to it is refused.")},
			{ours("Nothing is lost. Install the app again or make its tokens anew (docs/slack.md), put them into their files, have the settings read again (SIGHUP), then: doorknock deliveries retry for what doorknock deliveries list shows as given up.")}}
	case store.DigestFailed:
		return []Words{{ours(fmt.Sprintf("The edition of the week %s could not be sent to %d of %d subscribers: ", m.Key, m.Read, m.Of)), their(m.Detail, maxQuote), ours(".")},
			{ours("Mend the mail server or the address; doorknock digest --help says how an edition is sent again. Nobody is sent two.")}}
	case store.Blind:
		return []Words{{ours(fmt.Sprintf("%d of %d places on %s that could be read before could not be read at the last look. What cannot be seen changes no door.",
			m.Of, m.Read, platformWords(m.Platform)))}, {ours("doorknock explain and the page of health say why.")}}
	case store.Unreadable:
		return unreadable(m)
	case store.KeyRefused:
		return []Words{{ours("The key "), their(m.Place, maxName), ours(fmt.Sprintf(" is refused by %s", platformWords(m.Platform))), their(orNothing(": ", m.Detail), maxName),
			ours(". What it opened reads \"could not be seen\" until then; it is tried once a day.")},
			{ours("To see what each key opens, and what to do: doorknock doctor")}}
	}
	return []Words{{ours("Something to look at: doorknock status.")}}
}

// unreadable says why one place could not be read at its last looks, and what a person can do that the program does not.
func unreadable(m store.Matter) []Words {
	u := m.Unread()
	do := "It is tried again as always. If the address is no longer theirs, put the right one into the list of organisations."
	switch u.Cause {
	case store.TurnedAway:
		do = "It is asked once a week from now on. Whoever runs the site may let doorknock in, which says its name in the User-Agent of every request."
	case store.NoRobots:
		do = "Nothing else is asked of the site without it. Whoever runs the site may not know."
	}
	return []Words{{their(m.Place, maxName), ours(fmt.Sprintf(" could not be read at %s: %s. What cannot be seen changes no door.",
		plural(m.Read, "look"), reasonWords(audit.Reason(m.Detail))))}, {ours(do + " For what is known: doorknock explain "), their(u.Organisation, maxName)}}
}

// reasonWords are those of the reasons for which a place cannot be read.
func reasonWords(r audit.Reason) string {
	switch r {
	case audit.ReasonDNS:
		return "its name leads nowhere"
	case audit.ReasonNetwork:
		return "the connection failed or broke off"
	case audit.ReasonTLS:
		return "no trustworthy encrypted connection could be made"
	case audit.ReasonTimeout:
		return "no answer came in time"
	case audit.ReasonServerError:
		return "it answered with an error of its own"
	case audit.ReasonBlocked:
		return "it turned our reader away"
	case audit.ReasonRateLimited:
		return "it asked us to slow down"
	case audit.ReasonRobots:
		return "its robots.txt could not be read"
	}
	return string(r)
}

func silenceWords(s store.Silence) Words {
	return Words{their(strings.Join(s.Matchers, ", "), maxName), ours(" (by "), their(s.Author, maxName), ours(": "), their(s.Comment, maxQuote), ours(").")}
}

func platformWords(p audit.Platform) string {
	if p == "" {
		return "a platform"
	}
	return string(p)
}

func orNothing(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}
