package slackapp

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// How much an answer tells: the rest is a link away.
const (
	mostNamed = 8  // organisations that a name may mean
	mostLines = 14 // of one channel
)

// explain says how each door of an organisation stands. It names what is not public yet as such: who reads it here may know,
// and should not pass it on.
func (a *App) explain(ctx context.Context, _ ask, words string, _ time.Time) (*alerts.Message, error) {
	if words == "" {
		return said("Of whom? " + Command + " explain ORGANISATION, or the address of one of its places or of a page of ours."), nil
	}
	found, err := a.find(ctx, words)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return whichOne(words, found), nil
	}
	states, err := a.o.Store.OperatorStates(ctx, found[0].ID)
	if err != nil {
		return nil, err
	}
	channels, err := a.o.Store.Channels(ctx, found[0].ID)
	if err != nil {
		return nil, err
	}
	m := &alerts.Message{Title: alerts.Words{theirs(found[0].Name, 100), {Ours: ": doors"}}, More: audit.Untrusted(a.page("/organisations/" + found[0].ID))}
	for _, c := range channels {
		m.Items = append(m.Items, a.channel(c, states))
	}
	if len(channels) == 0 {
		m.Items = []alerts.Item{{Lines: []alerts.Words{alerts.Ours("No place of it is on the list.")}}}
	}
	if link := m.More.Link(); link != "" {
		last := &m.Items[len(m.Items)-1]
		last.Lines = append(last.Lines, alerts.Words{{Ours: "All about it", URL: audit.Untrusted(link)}})
	}
	return m, nil
}

// channel says how the doors at one place stand.
func (a *App) channel(c audit.Channel, states []store.OperatorState) alerts.Item {
	item := alerts.Item{Lines: []alerts.Words{{{Ours: string(c.Platform) + ", "}, theirs(c.URL, 100)}}}
	left := 0
	for _, s := range states {
		if s.Channel != c.ID || s.Scope != "" {
			continue
		}
		if len(item.Lines) >= mostLines {
			left++
			continue
		}
		item.Lines = append(item.Lines, a.door(s))
	}
	switch {
	case left > 0:
		item.Lines = append(item.Lines, alerts.Ours(fmt.Sprintf("And %d more.", left)))
	case len(item.Lines) == 1:
		item.Lines = append(item.Lines, alerts.Ours("Not looked at yet."))
	}
	return item
}

// door says one state in words of fact.
func (a *App) door(s store.OperatorState) alerts.Words {
	now := a.o.Now()
	line := alerts.Words{{Ours: "• " + alerts.Sentence(a.title(s.Check)) + " "}}
	switch public := !s.PublishedAt.IsZero() && !s.PublishedAt.After(now); {
	case s.Verdict.State() == audit.Unknown && s.Stage == audit.Pending:
		return append(line, alerts.Piece{Ours: fmt.Sprintf("Seen once on %s: %s. It is being checked, is not public and may be wrong; a second look from %s on decides.",
			a.day(s.PendingAt), alerts.StateWords(s.Pending, a.o.Wording.Published[s.Check]), a.day(s.DueAgain))})
	case s.Verdict.State() == audit.Unknown:
		return append(line, alerts.Piece{Ours: "Could not be seen: " + a.reason(s.Verdict.Reason()) + "."})
	case public:
		line = append(line, alerts.Piece{Ours: fmt.Sprintf("%s since %s, last seen %s.", a.stateWords(s), a.day(s.Since), a.day(s.SeenAt))})
		line = append(line, a.link("evidence", "/findings/"+s.Finding)...)
	default:
		line = append(line, alerts.Piece{Ours: fmt.Sprintf("%s since %s, last seen %s. Not public: %s.", a.stateWords(s), a.day(s.Since), a.day(s.SeenAt), a.held(s))})
	}
	if s.Stage == audit.Pending {
		line = append(line, alerts.Piece{Ours: fmt.Sprintf(" Something else was seen on %s and is being checked; a second look from %s on decides.", a.day(s.PendingAt), a.day(s.DueAgain))})
	}
	return line
}

// held says why a confirmed state is not public.
func (a *App) held(s store.OperatorState) string {
	switch s.HoldReason {
	case "":
		if s.PublishedAt.IsZero() {
			return "it is held"
		}
		return "the organisation has notice until " + a.day(s.PublishedAt)
	case store.HoldSite:
		return "no look has shown that the place is the organisation's own"
	case store.HoldQuarantine:
		return "many answers to this question moved at once, and a person looks first"
	}
	return "whoever runs this doorknock holds it"
}

func (a *App) stateWords(s store.OperatorState) string {
	words := alerts.StateWords(s.Verdict.State(), a.o.Wording.Published[s.Check])
	return strings.ToUpper(words[:1]) + words[1:]
}

func (a *App) title(c audit.CheckID) string {
	if t := a.o.Wording.Titles[c]; t != "" {
		return t
	}
	return strings.ReplaceAll(string(c), "_", " ")
}

func (a *App) reason(r audit.Reason) string {
	if a.o.Reason != nil {
		return a.o.Reason(r)
	}
	return strings.ReplaceAll(string(r), "_", " ")
}

func (a *App) day(t time.Time) string {
	if t.IsZero() {
		return "a day we do not know"
	}
	return t.In(a.o.Place).Format("2 Jan 2006")
}

// page is the address of a page of ours, "" where there are none.
func (a *App) page(path string) string {
	if a.o.Wording.Base == "" {
		return ""
	}
	return a.o.Wording.Base + path
}

func (a *App) link(words, path string) alerts.Words {
	if a.page(path) == "" {
		return nil
	}
	return alerts.Words{{Ours: " · "}, {Ours: words, URL: audit.Untrusted(a.page(path))}}
}

func theirs(text string, limit int) alerts.Piece {
	return alerts.Piece{Foreign: audit.Untrusted(text), Limit: limit}
}

// find gives the organisations that words may mean: an id, a name or a former one, a part of one, the address of one of their
// places, or the address of a page of ours.
func (a *App) find(ctx context.Context, words string) ([]audit.Organisation, error) {
	all, err := a.o.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	words = strings.Trim(words, `"' `)
	if link := unescaped(words); strings.Contains(link, "://") {
		id, err := a.linked(ctx, link)
		return slices.DeleteFunc(all, func(o audit.Organisation) bool { return o.ID != id }), err
	}
	part := []audit.Organisation{}
	for _, o := range all {
		if strings.EqualFold(o.ID, words) || strings.EqualFold(o.Name, words) {
			return []audit.Organisation{o}, nil
		}
		if slices.ContainsFunc(append([]string{o.Name}, o.Predecessors...), func(name string) bool { return holds(name, words) }) {
			part = append(part, o)
		}
	}
	return part, nil
}

func holds(name, words string) bool {
	return words != "" && strings.Contains(strings.ToLower(name), strings.ToLower(words))
}

// unescaped gives the address that Slack wrote as <https://a.test|a.test>.
func unescaped(words string) string {
	words = strings.TrimSuffix(strings.TrimPrefix(words, "<"), ">")
	address, _, _ := strings.Cut(words, "|")
	return strings.ReplaceAll(address, "&amp;", "&")
}

// linked gives the organisation that an address belongs to, "" where none does: by a page of ours, else by the longest address
// of a place that it begins with, else by the only organisation with a place on that host.
func (a *App) linked(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil //nolint:nilerr // no address of ours or of theirs
	}
	if base, err := url.Parse(a.o.Wording.Base); err == nil && base.Host != "" && u.Host == base.Host {
		return a.ownLink(ctx, u.Path)
	}
	channels, err := a.o.Store.Channels(ctx, "")
	if err != nil {
		return "", err
	}
	best, longest, same := "", 0, map[string]bool{}
	for _, c := range channels {
		at, err := url.Parse(c.URL)
		if err != nil || bare(at.Host) != bare(u.Host) {
			continue
		}
		same[c.Organisation] = true
		if path := strings.TrimSuffix(at.Path, "/"); len(path) >= longest && (u.Path == path || strings.HasPrefix(u.Path, path+"/")) && at.RawQuery == "" {
			best, longest = c.Organisation, len(path)
		}
	}
	if longest == 0 && len(same) != 1 {
		return "", nil // a host that many share, as a platform's
	}
	return best, nil
}

func bare(host string) string { return strings.TrimPrefix(strings.ToLower(host), "www.") }

// ownLink gives the organisation that one of our pages is about.
func (a *App) ownLink(ctx context.Context, path string) (string, error) {
	kind, id, _ := strings.Cut(strings.Trim(path, "/"), "/")
	id, _, _ = strings.Cut(id, "/")
	switch kind {
	case "organisations":
		return id, nil
	case "findings":
		f, err := a.o.Store.Finding(ctx, id)
		if absent(err) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		o, err := a.o.Store.OrganisationOf(ctx, f.Channel)
		if absent(err) {
			return "", nil
		}
		return o.ID, err
	}
	return "", nil
}

// whichOne says that words mean nobody, or whom they may mean.
func whichOne(words string, found []audit.Organisation) *alerts.Message {
	m := said()
	line := alerts.Words{{Ours: "No organisation on the list is or was called “"}, theirs(words, 80), {Ours: "”, and no place of one has that address."}}
	if len(found) > 0 {
		line = alerts.Words{{Ours: "“"}, theirs(words, 80), {Ours: "” may be "}}
		for i, o := range found[:min(len(found), mostNamed)] {
			if i > 0 {
				line = append(line, alerts.Piece{Ours: ", "})
			}
			line = append(line, theirs(o.Name, 80), alerts.Piece{Ours: " ("}, theirs(o.ID, 60), alerts.Piece{Ours: ")"})
		}
		if more := len(found) - mostNamed; more > 0 {
			line = append(line, alerts.Piece{Ours: fmt.Sprintf(" and %d more", more)})
		}
		line = append(line, alerts.Piece{Ours: ". Give one of the names in brackets."})
	}
	m.Items[0].Lines = append(m.Items[0].Lines, line)
	return m
}
