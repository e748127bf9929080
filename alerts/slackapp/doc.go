// Package slackapp takes what people ask of doorknock in Slack: buttons under alerts, the command /doorknock, the app's Home,
// and Slack's own word that the app was taken away.
//
// In: requests of Slack, over Socket Mode (a connection that we open, so that nothing of ours needs a public address) or over
// HTTP with Slack's signature. Out: rows that say what was asked, written before Slack is answered; then what was asked for
// (an acknowledgement, a silence, a subscription, somebody's word that an alert is wrong) and an answer that only the one who
// asked sees.
// It never changes a state, a finding or a score, never does the same ask twice, never answers another workspace, and never
// sends anything anywhere but to Slack.
//
// The parts in the order of the flow: socket.go and hook.go (two ways in), ask.go (bytes to what is asked), app.go (asked to
// row), work.go (row to what is done), buttons.go, commands.go with a file each for what is long, home.go.
package slackapp
