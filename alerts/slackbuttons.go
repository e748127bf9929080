package alerts

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"doorknock/audit"
	"doorknock/store"
)

// SlackAction is the action_id of a button under a message: what Slack sends back when somebody presses it.
type SlackAction string

// The actions. SlackActions lists them all.
const (
	SlackAck      SlackAction = "doorknock_ack"      // value: ids of alerts, with spaces between
	SlackSnooze   SlackAction = "doorknock_snooze"   // value: see Snooze
	SlackEvidence SlackAction = "doorknock_evidence" // a link: Slack tells of it, and nothing is to be done
	SlackWrong    SlackAction = "doorknock_wrong"    // value: the id of an alert
)

// SlackActions gives every action that a message of ours can carry.
func SlackActions() []SlackAction {
	return []SlackAction{SlackAck, SlackSnooze, SlackEvidence, SlackWrong}
}

// SlackButtons is the row of buttons under a message about alerts, or nil where it is about none (a test message) or only
// about our own trouble, which nobody can call wrong or take on as a complaint: it is mended.
func SlackButtons(m Message) slack.Block {
	var about []Item
	for _, i := range m.Items {
		if i.Alert.ID != "" && i.Alert.Kind != store.AlertOperator {
			about = append(about, i)
		}
	}
	if len(about) == 0 {
		return nil
	}
	elements := []slack.BlockElement{ackButton(about), snoozeMenu(about)}
	if page := ownPage(m, about[0]); page != "" {
		b := slackButton(SlackEvidence, "", "Evidence")
		b.URL = page
		elements = append(elements, b)
	}
	return slack.NewActionBlock("", append(elements, wrongButton(about))...)
}

func slackButton(id SlackAction, value, words string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(string(id), value, plainText(words))
}

func plainText(words string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, audit.Cut(words, slackButtonText), false, false)
}

// ackButton takes on every alert of the message that its value has room for.
func ackButton(about []Item) slack.BlockElement {
	var value strings.Builder
	n := 0
	for _, i := range about {
		if value.Len()+1+len(i.Alert.ID) > slackButtonValue {
			break
		}
		if n++; n > 1 {
			value.WriteByte(' ')
		}
		value.WriteString(i.Alert.ID)
	}
	words := "Acknowledge"
	if n < len(about) {
		words += " the first " + plural(n, "alert")
	}
	return slackButton(SlackAck, value.String(), words)
}

// snoozeMenu offers times for a silence over what the message's alerts have in common.
func snoozeMenu(about []Item) slack.BlockElement {
	var options []*slack.OptionBlockObject
	for _, t := range snoozeTimes {
		s := Snooze{When: t.id, Alert: about[0].Alert.ID, Labels: common(about)}
		options = append(options, slack.NewOptionBlockObject(s.String(), plainText(t.words), nil))
	}
	return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("Snooze"), string(SlackSnooze), options...)
}

// wrongButton is for one alert; of several, a menu asks which.
func wrongButton(about []Item) slack.BlockElement {
	if len(about) == 1 {
		return slackButton(SlackWrong, about[0].Alert.ID, "This is wrong")
	}
	var options []*slack.OptionBlockObject
	for _, i := range about[:min(len(about), slackItems)] {
		words := i.Alert.ID
		if len(i.Lines) > 0 {
			words = i.Lines[0].Plain()
		}
		options = append(options, slack.NewOptionBlockObject(i.Alert.ID, plainText(words), nil))
	}
	return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("This is wrong"), string(SlackWrong), options...)
}

// ownPage is the first of our own pages that an item links to, else the dashboard, "" where there is none.
func ownPage(m Message, i Item) string {
	base := m.More.Link()
	if base == "" {
		return ""
	}
	for _, words := range i.Lines {
		for _, p := range words {
			if u := p.URL.Link(); strings.HasPrefix(u, base+"/") {
				return u
			}
		}
	}
	return base
}

// common names the labels in which all alerts of the message are alike, of those that name a subject. How urgent they are is
// one only where all are urgent: a snooze never keeps back what is more urgent than what it was pressed on.
func common(about []Item) []string {
	first := labels(about[0].Alert).all()
	var names []string
	for _, name := range []string{"organisation", "platform", "check", "kind", "urgency"} {
		alike := first[name] != "" && !slices.ContainsFunc(about, func(i Item) bool { return labels(i.Alert).all()[name] != first[name] })
		if alike && (name != "urgency" || first[name] == "urgent") {
			names = append(names, name)
		}
	}
	return names
}

// SlackSection is a heading with what stands under it, a block each, for the app's Home.
func SlackSection(title string, items []Item) []slack.Block {
	blocks := []slack.Block{slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, audit.Cut(title, slackHeader), false, false))}
	for _, i := range items {
		blocks = append(blocks, richText(i))
	}
	return blocks
}
