package alerts

// Slack's limits, the one table of them: in characters, unless it says otherwise. Every block of ours keeps them, and
// TestSlackLimits reads them back out of what is sent.
const (
	slackMaxBlocks   = 50 // of a message; a home page or a dialogue has 100
	slackHeader      = 150
	slackSection     = 3000
	slackContext     = 10 // elements of a context block
	slackActions     = 25 // elements of an actions block
	slackButtonText  = 75
	slackButtonValue = 2000 // counted in bytes, to be safe
	slackURL         = 3000
	slackID          = 255 // of a block or an action

	// slackMessage is for a whole message as sent. Messages were refused at about 13,200, below what the limits of their
	// parts add up to.
	slackMessage = 10000
	// slackItems is how many alerts a message of ours tells one by one; more are counted.
	slackItems = 10
)
