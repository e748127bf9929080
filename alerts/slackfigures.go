package alerts

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/slack-go/slack"

	"doorknock/audit"
)

// figures are the tables and charts of a message, as Slack's own where it takes them, else in words.
func (l slackLook) figures(m Message) []slack.Block {
	var blocks []slack.Block
	for _, t := range m.Tables {
		blocks = append(blocks, l.figure(SlackTable(t), t.text))
	}
	for _, c := range m.Charts {
		blocks = append(blocks, l.figure(SlackChart(c), c.text))
	}
	return blocks
}

// figure is the block, or as many of the words as there is room for where there is none or it is not to be shown.
func (l slackLook) figure(b slack.Block, words func(limit int) string) slack.Block {
	if b != nil && !l.words {
		return b
	}
	for limit := slackSection; ; limit /= 2 {
		b := slack.NewRichTextBlock("", slack.NewRichTextSection(slack.NewRichTextSectionTextElement(words(limit), nil)))
		if written(b) <= slackFigure || limit < maxName {
			return b
		}
	}
}

// SlackTable is a table as Slack's own, which can be sorted and paged, or nil where it has no rows or columns. Rows for which
// there is no room are counted in the caption.
func SlackTable(t Table) slack.Block {
	columns := min(len(t.Head), slackTableColumns)
	if columns == 0 || len(t.Rows) == 0 {
		return nil
	}
	b := slack.NewDataTableBlock(t.Caption)
	b.PageSize = slackTablePage
	head := make([]slack.DataTableCell, columns)
	for i := range head {
		head[i] = slack.NewDataTableRawTextCell(audit.Untrusted(t.Head[i]).Plain(maxName))
	}
	b.Rows = append(b.Rows, head)
	room := slackFigure - written(b) - len(" (the first 100 of 10000)")
	for _, row := range t.Rows[:min(len(t.Rows), slackTableRows)] {
		cells := make([]slack.DataTableCell, columns)
		for i := range cells {
			cells[i] = slackCell(row, i)
		}
		if room -= written(cells) + len(","); room < 0 {
			break
		}
		b.Rows = append(b.Rows, cells)
	}
	switch shown := len(b.Rows) - 1; {
	case shown == 0:
		return nil
	case shown < len(t.Rows):
		b.Caption += fmt.Sprintf(" (the first %d of %d)", shown, len(t.Rows))
	}
	return b
}

// written is how many bytes a part of a message takes; what cannot be written takes too many.
func written(part any) int {
	data, err := json.Marshal(part)
	if err != nil {
		return slackMessage
	}
	return len(data)
}

// slackCell is the cell of a column; a row that is too short has a dash there.
func slackCell(row []Cell, column int) slack.DataTableCell {
	if column >= len(row) {
		return slack.NewDataTableRawTextCell("–")
	}
	c := row[column]
	if c.Sorts && finite(c.Number) {
		return slack.NewDataTableRawNumberCell(c.Number).WithText(c.plain(slackTableCell))
	}
	return slack.NewDataTableRawTextCell(c.plain(maxName))
}

// SlackChart is a chart as Slack's own, or nil where Slack would not take it: too many categories or series, a value missing, or
// two labels that are one when cut. Its words tell it then.
func SlackChart(c Chart) slack.Block {
	if len(c.Categories) > slackChartPoints || len(c.Series) > slackChartSeries {
		return nil
	}
	axes := slack.DataVisualizationAxisConfig{XLabel: audit.Cut(c.X, slackChartTitle), YLabel: audit.Cut(c.Y, slackChartTitle)}
	for _, category := range c.Categories {
		axes.Categories = append(axes.Categories, audit.Untrusted(category).Plain(slackChartLabel))
	}
	var series []slack.DataVisualizationDataSeries
	for _, s := range c.Series {
		points := make([]slack.DataVisualizationDataPoint, 0, len(s.Values))
		for i, v := range s.Values {
			if i >= len(axes.Categories) || !finite(v) {
				return nil
			}
			points = append(points, slack.NewDataVisualizationDataPoint(axes.Categories[i], v))
		}
		series = append(series, slack.NewDataVisualizationDataSeries(s.Name.Plain(slackChartLabel), points...))
	}
	var chart slack.DataVisualizationChart = slack.NewDataVisualizationLineChart(axes, series...)
	if c.Bars {
		chart = slack.NewDataVisualizationBarChart(axes, series...)
	}
	b := slack.NewDataVisualizationBlock(audit.Cut(c.Title, slackChartTitle), chart)
	if written(b) > slackFigure || b.Validate() != nil {
		return nil
	}
	return b
}

func finite(n float64) bool { return !math.IsNaN(n) && !math.IsInf(n, 0) }
