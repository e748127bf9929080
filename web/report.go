package web

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"doorknock/audit"
)

// ReportRow is one door in the operator's report of an audit: with what one look saw and nothing has confirmed yet.
type ReportRow struct {
	Organisation, Name, Nation, Sector string
	Platform                           audit.Platform
	URL, Scope                         string
	Check                              audit.CheckID
	Title                              string
	State                              audit.State // confirmed, else what was seen once, else unknown
	Confirmed                          bool
	Reason                             audit.Reason
	Kind                               audit.Kind
	Since, SeenAt                      time.Time
	Evidence                           *audit.Evidence
	Finding                            string
	Held                               string // why the public does not see it, or ""
}

// Stage says in words how far the state has come.
func (r ReportRow) Stage() string {
	switch {
	case r.State == audit.Unknown:
		return "could not be seen"
	case r.Confirmed:
		return "confirmed"
	}
	return "seen once, not confirmed"
}

// Report is one pass over a list of organisations, for the operator and not for the public.
type Report struct {
	At   time.Time
	Rows []ReportRow
	Of   int // organisations looked at
}

// Count counts the rows of whole channels in a state, by its word.
func (r Report) Count(state string) int {
	n := 0
	for _, row := range r.Rows {
		if row.Scope == "" && row.State.String() == state {
			n++
		}
	}
	return n
}

// WriteCSV writes the report as a table, one row a door; cells from outside are guarded against formulas.
func (r Report) WriteCSV(w io.Writer) error {
	f := newCSV("organisation", "name", "nation", "sector", "platform", "url", "post", "check", "state", "stage", "reason", "kind",
		"since", "last_seen", "how", "rule", "rule_version", "offset", "length", "excerpt", "capture", "finding", "held")
	for _, x := range r.Rows {
		e := audit.Evidence{}
		if x.Evidence != nil {
			e = *x.Evidence
		}
		f.row(x.Organisation, x.Name, x.Nation, x.Sector, string(x.Platform), x.URL, x.Scope, string(x.Check), x.State.String(), x.Stage(),
			string(x.Reason), string(x.Kind), when(x.Since), when(x.SeenAt), string(e.How), e.Rule, e.Version, e.Offset, e.Length,
			e.Excerpt, e.Capture, x.Finding, x.Held)
	}
	f.writer.Flush()
	if _, err := w.Write(f.buffer.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

//go:embed report.html
var reportPage string

// WriteHTML writes the report as one file that needs nothing beside it.
func (r Report) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{"when": when}).Parse(reportPage)
	if err != nil {
		return fmt.Errorf("read the report's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := io.WriteString(w, harmless(&b)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
