package checks

import (
	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// RulesPromise asks whether the rules for talking say when somebody watches, and how soon one is answered.
func RulesPromise() crawler.Check {
	return crawler.Check{
		ID:    "rules_promise",
		Title: "Do the rules say when somebody watches, and how soon one is answered?",
		Why:   "Who knows when an answer may be expected knows when to ask again.",
		Basis: "practice, in no score: it says how to talk, not whether one can",
		Rule: "Asked of the page of rules for talking (rules_page). Open where its sentences give hours in which somebody watches or answers, and a time within which one " +
			"is answered; restricted (partial) where they give one of both. The values are what is said: days and hours, minutes, and whether every " +
			"hour counts, those of work, or whole days of work; for one channel where the sentence names one. Times of the complaints procedure, of the " +
			"telephone and of the office are none.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     rulesLinks,
		Look:      lookPromise,
		Fold:      foldRules,
	}
}

// promiseStems are words that a page holds if it promises anything of the kind.
var promiseStems = []string{"respond", "reply", "replies", "response", "answer", "monitor", "staffed", "working day", "ymateb", "ateb", "monitro", "o fewn"}

func lookPromise(p *crawler.Page) crawler.Look {
	if !speaksOf(p, rulesStems) {
		return quietUnless(p, rulesStems)
	}
	c := contentOf(p)
	if rulesHead(p, c) == nil {
		return quietUnless(p, rulesStems)
	}
	values, timed, watched := promised(c)
	switch {
	case timed != nil && watched != nil:
		return crawler.Look{State: audit.Open, Rule: "hours-and-reply-time", Mark: timed, Values: values}
	case timed != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "reply-time-alone", Mark: timed, Values: values}
	case watched != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "hours-alone", Mark: watched, Values: values}
	}
	return quietUnless(p, promiseStems)
}

// promised gives what the sentences promise, and the blocks that hold the first reply time and the first hours. Of one
// channel, and of all of them, the first promise stands.
func promised(c content) (values audit.Values, timed, watched *html.Node) {
	values = audit.Values{}
	put := func(k audit.ValueKey, channel string, x audit.Value) {
		if channel != "" {
			k = k.Of(channel)
		}
		if _, said := values[k]; !said {
			values[k] = x
		}
	}
	for _, b := range c.blocks {
		for _, s := range sentences(b) {
			if stemIn(s, complaintStems) || stemIn(s, notWatching) {
				continue
			}
			channel := channelIn(s)
			if t, ok := replyTime(s); ok {
				key := audit.ValueReplyMinutes
				if channel != "" {
					key = key.Of(channel)
				}
				if _, said := values[key]; !said {
					put(audit.ValueReplyMinutes, channel, audit.Number(t.minutes))
					put(audit.ValueReplyWithin, channel, audit.Text(t.within))
				}
				if timed == nil {
					timed = b.n
				}
			}
			if hours, ok := watchHours(s); ok {
				put(audit.ValueHours, channel, audit.Text(hours))
				if watched == nil {
					watched = b.n
				}
			}
		}
	}
	return values, timed, watched
}
