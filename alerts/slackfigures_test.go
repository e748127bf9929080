package alerts

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
)

func leagueTable(n int) Table {
	t := Table{Caption: "Doors of this week", Head: []string{"Landlord", "Door", "Answered"}}
	for i := range n {
		t.Rows = append(t.Rows, []Cell{TextCell(fmt.Sprintf("Elm %d <Homes>", i)), NumberCell(float64(i), ""), NumberCell(50, "50 %")})
	}
	return t
}

// A table is Slack's own: a head, rows of equal length, numbers that sort. What has no room is counted in its caption.
func TestSlackTable(t *testing.T) {
	b, ok := SlackTable(leagueTable(3)).(*slack.DataTableBlock)
	if !ok || len(b.Rows) != 4 || b.Caption != "Doors of this week" {
		t.Fatalf("table %+v", b)
	}
	if cell, ok := b.Rows[2][2].(*slack.DataTableRawNumberCell); !ok || cell.Value != 50 || cell.Text != "50 %" {
		t.Errorf("cell %+v", b.Rows[2][2])
	}
	long := SlackTable(leagueTable(300)).(*slack.DataTableBlock)
	if n := len(long.Rows) - 1; n < 10 || n > slackTableRows || !strings.Contains(long.Caption, fmt.Sprintf("(the first %d of 300)", n)) {
		t.Errorf("%d rows, %q", len(long.Rows)-1, long.Caption)
	}
	for _, none := range []Table{{}, {Head: []string{"Landlord"}}, {Rows: [][]Cell{{TextCell("x")}}}} {
		if b := SlackTable(none); b != nil {
			t.Errorf("a table of nothing: %+v", b)
		}
	}
	if b := SlackTable(Table{Head: []string{"a", "b"}, Rows: [][]Cell{{TextCell("x")}, {TextCell("\x00"), NumberCell(math.Inf(1), "")}}}).(*slack.DataTableBlock); len(b.Rows[1]) != 2 {
		t.Errorf("rows %+v", b.Rows)
	}
}

// A chart is Slack's own where Slack takes it, else it is told in words.
func TestSlackChart(t *testing.T) {
	c := Chart{Title: "Complaints answered in public", Y: "of 100", Categories: []string{"W45", "W46"}, Series: []Series{{Name: "Elm", Values: []float64{40, 50}}}}
	if b, ok := SlackChart(c).(*slack.DataVisualizationBlock); !ok || b.Validate() != nil {
		t.Errorf("chart %+v", b)
	}
	c.Bars = true
	if b := SlackChart(c).(*slack.DataVisualizationBlock); b.Chart.DataVisualizationChartType() != slack.DataVisualizationChartBar {
		t.Errorf("chart %+v", b)
	}
	for name, spoil := range map[string]func(*Chart){
		"a value too few":       func(c *Chart) { c.Series[0].Values = []float64{1} },
		"a value too many":      func(c *Chart) { c.Series[0].Values = []float64{1, 2, 3} },
		"no number":             func(c *Chart) { c.Series[0].Values = []float64{1, math.NaN()} },
		"no series":             func(c *Chart) { c.Series = nil },
		"no name":               func(c *Chart) { c.Series[0].Name = "\u202e" },
		"two alike":             func(c *Chart) { c.Categories[1] = c.Categories[0] },
		"alike when cut":        func(c *Chart) { c.Categories = []string{strings.Repeat("w", 30) + "1", strings.Repeat("w", 30) + "2"} },
		"too many series":       func(c *Chart) { c.Series = make([]Series, 7) },
		"too many categories":   func(c *Chart) { c.Categories = make([]string, 21) },
		"no title":              func(c *Chart) { c.Title = "" },
		"two series of a name":  func(c *Chart) { c.Series = append(c.Series, c.Series[0]) },
		"nothing but its title": func(c *Chart) { *c = Chart{Title: "x"} },
	} {
		bad := Chart{Title: c.Title, Categories: []string{"W45", "W46"}, Series: []Series{{Name: "Elm", Values: []float64{40, 50}}}}
		spoil(&bad)
		if b := SlackChart(bad); b != nil {
			t.Errorf("%s: %+v", name, b)
		}
	}
	words := slackLook{}.figures(Message{Charts: []Chart{{Title: "Answered", Categories: []string{"W45", "W46"}, Series: []Series{{Name: "Elm", Values: []float64{1}}}}}})
	if data, err := json.Marshal(words); err != nil || !strings.Contains(string(data), `Answered:\nElm: W45 1`) {
		t.Errorf("%s, %v", data, err)
	}
}

// Where a workspace does not take tables yet, the message is sent with their words in their place, at once; and other receivers get the
// words always.
func TestFiguresInWords(t *testing.T) {
	m := Message{ID: "e", Title: Ours("doorknock"), Items: []Item{Told("", "One door opened.", "", "")}, Tables: []Table{leagueTable(2)}}
	for _, by := range []string{"bot", "webhook"} {
		fake := &fakeslack.Server{}
		fake.Script(fakeslack.NotOKFor("invalid_blocks"))
		server := httptest.NewServer(fake)
		var r Receiver = botAt(t, server.URL)
		if by == "webhook" {
			r = hookTo(t, server.URL+"/services/"+canary)
		}
		if err := r.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", by, err)
		}
		server.Close()
		all := fake.Messages()
		if len(all) != 2 || !strings.Contains(string(all[0].Raw), "data_table") || strings.Contains(string(all[1].Raw), "data_table") ||
			!strings.Contains(fake.Posts()[0].Shown(), "Elm 1 <Homes>: Door 1, Answered 50 %") {
			t.Errorf("%s: %d requests", by, len(all))
		}
	}
	if text := m.text(mailText); !strings.Contains(text, "One door opened.") || !strings.Contains(text, "Elm 0 <Homes>: Door 0, Answered 50 %") {
		t.Error(text)
	}
	if text := leagueTable(500).text(1000); len(text) > 1000 || !strings.Contains(text, "more.") {
		t.Errorf("%d: %s", len(text), text)
	}
	if text := (Chart{Title: "x", Categories: []string{"a"}, Series: []Series{{Name: audit.Untrusted("\x1bn"), Values: []float64{1, 2}}}}).text(100); text != "x:\nn: a 1" {
		t.Errorf("%q", text)
	}
}
