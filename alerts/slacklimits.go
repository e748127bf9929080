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

	slackTableRows    = 100 // beside the head
	slackTableColumns = 20
	slackTableCell    = 2000
	slackTablePage    = 20 // rows that are seen at once; Slack shows 5 where nothing is said, and at most 100
	slackChartTitle   = 50 // and the axes' names
	slackChartLabel   = 20 // of a category or a series
	slackChartSeries  = 6  // the library takes no more; Slack documents 12
	slackChartPoints  = 20
	slackFigure       = 4000 // bytes of one table or chart, so that two and the words fit into a message

	// slackMessage is for a whole message as sent. Messages were refused at about 13,200, below what the limits of their
	// parts add up to.
	slackMessage = 10000
	// slackItems is how many alerts a message of ours tells one by one; more are counted.
	slackItems = 10
)
