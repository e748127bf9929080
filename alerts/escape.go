package alerts

import (
	"strings"

	"doorknock/audit"
)

// Limits of foreign text, in characters.
const (
	maxQuote = 140 // of a person's words, in any alert
	maxName  = 120 // of an organisation's name or a title
)

// slackText is foreign text for Slack's fallback line, which is read as mrkdwn: one line, with & < > escaped so that it
// holds no link, mention or command, and with the marks of emphasis made literal by a zero-width space.
func slackText(u audit.Untrusted, limit int) string { return mrkdwn.Replace(u.Plain(limit)) }

var mrkdwn = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;",
	"*", "*\u200b", "_", "_\u200b", "~", "~\u200b", "`", "'", "@", "@\u200b", ":", ":\u200b")
