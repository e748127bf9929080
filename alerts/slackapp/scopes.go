package slackapp

import (
	"slices"
	"strings"
)

// Scopes gives the permission that each of Slack's methods which doorknock calls needs; "" is none. connections:write belongs to the
// app-level token, the others to the bot's.
func Scopes() map[string]string {
	return map[string]string{
		"auth.test": "", "views.publish": "", "apps.connections.open": connections,
		"chat.postMessage": "chat:write", "chat.update": "chat:write", "chat.delete": "chat:write", "reactions.add": "reactions:write",
	}
}

const connections = "connections:write"

// BotScopes lists what the bot's token needs, sorted: for its methods, and for the command, which Slack sends to none without.
func BotScopes() []string {
	all := []string{"commands"}
	for _, scope := range Scopes() {
		if scope != "" && scope != connections {
			all = append(all, scope)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Events lists the events that the app has Slack tell it, sorted.
func Events() []string { return []string{eventHome, eventUninstalled, eventRevoked} }

// Verbs lists what may stand after the command, in the order of the help.
func Verbs() []string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return names
}

// Missing lists the scopes that a bot's token lacks, by what Slack says it has (the header X-OAuth-Scopes).
func Missing(has string) []string {
	var given []string
	for s := range strings.SplitSeq(has, ",") {
		given = append(given, strings.TrimSpace(s))
	}
	return slices.DeleteFunc(BotScopes(), func(s string) bool { return slices.Contains(given, s) })
}
