package alerts

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Lines says the tree to a person, one line a route, those below a route indented by two spaces, Slack channels that asked last.
func (r *Route) Lines() []string {
	lines := []string{r.Line()}
	for _, child := range slices.Concat(r.routes, r.beside) {
		for _, line := range child.Lines() {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// Line says one route: who is told, of what, and when.
func (r *Route) Line() string {
	parts := []string{"everything"}
	if len(r.Matchers) > 0 {
		parts = []string{strings.Join(r.Matchers, " and ")}
	}
	together := "one message for all"
	if len(r.GroupBy) > 0 {
		together = "one message by " + strings.Join(r.GroupBy, ", ")
	}
	parts = append(parts, together, "waits "+Brief(r.GroupWait)+" for others", Brief(r.GroupInterval)+" between messages")
	if r.RepeatInterval > 0 {
		parts = append(parts, "unanswered complaints again after "+Brief(r.RepeatInterval))
	}
	if len(r.Muted) > 0 {
		parts = append(parts, "quiet in "+strings.Join(r.Muted, ", "))
	}
	if len(r.Active) > 0 {
		parts = append(parts, "only in "+strings.Join(r.Active, ", "))
	}
	if e := r.Escalate; e != nil {
		parts = append(parts, fmt.Sprintf("then %s where nobody takes it on in %s", e.Receiver, Brief(e.After)))
	}
	if r.Continue {
		parts = append(parts, "and the routes after it are asked as well")
	}
	return fmt.Sprintf("%s  (%s) %s", r.Receiver, r.Key, strings.Join(parts, "; "))
}

// Brief writes a duration without the parts that are zero: 5m, not 5m0s.
func Brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
