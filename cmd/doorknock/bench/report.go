package bench

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Report is what was measured.
type Report struct {
	V     int    `json:"v"`
	Go    string `json:"go"`
	CPUs  int    `json:"cpus"`
	Seed  int    `json:"seed"`
	Fsync Sync   `json:"fsync_us"`
	Steps []Step `json:"steps"`
}

// Step is what one step measured. Bare and Ratio are null where there is nothing bare to compare with.
type Step struct {
	ID     string   `json:"id"`
	Unit   string   `json:"unit"`
	Bare   *float64 `json:"bare"`
	Ours   float64  `json:"ours"`
	Ratio  *Spread  `json:"ratio"`
	Goal   float64  `json:"goal"`
	Better string   `json:"better"`
	OK     *bool    `json:"ok"` // null: reported only, or this machine's disk cannot tell
	Rounds int      `json:"rounds"`

	// For people: never held against anything.
	Median     *float64 `json:"median,omitempty"` // of the rounds, where Ours is the best of them
	BareRate   *float64 `json:"bare_per_s,omitempty"`
	OurRate    *float64 `json:"ours_per_s,omitempty"`
	PeakMB     *float64 `json:"peak_rss_mb,omitempty"`
	Goroutines *int     `json:"goroutines,omitempty"`
}

// Spread is a ratio over the rounds.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// figures are the rounds of one step as they were measured.
type figures struct {
	bare, ours []took    // of steps with a bare limit: in turn, one of each a round
	invert     bool      // the ratio is bare over ours
	values     []float64 // of steps without
	goroutines int
	peak       float64
}

// judged makes the step's report and holds it against its goal: the median of its rounds, and the best of them where the
// figure is of the clock.
func (f figures) judged(s step, disk Sync) Step {
	out := Step{ID: s.id, Unit: s.unit, Goal: s.goal, Better: s.better, Rounds: len(f.values) + len(f.ours)}
	value := f.best(s)
	if len(f.ours) > 0 {
		value = f.compare(&out)
	} else {
		out.Ours = value
		if m := median(f.values); s.wall {
			out.Median = &m
		}
	}
	if f.goroutines > 0 {
		out.Goroutines = &f.goroutines
	}
	if f.peak > 0 {
		out.PeakMB = &f.peak
	}
	slow := s.disk && disk.P99/1e3 > s.goal/5
	if !s.report && !slow {
		ok := out.reaches(value)
		out.OK = &ok
	}
	return out
}

func (s Step) reaches(value float64) bool {
	if s.Better == higher {
		return value >= s.Goal
	}
	return value <= s.Goal
}

// HeldTo holds what was measured against another limit than the goal, unless it is reported only.
func (s Step) HeldTo(limit float64) Step {
	s.Goal = limit
	if s.OK != nil {
		ok := s.reaches(s.judgedBy())
		s.OK = &ok
	}
	return s
}

// judgedBy is the figure that is held against the goal.
func (s Step) judgedBy() float64 {
	if s.Ratio != nil {
		return s.Ratio.Median
	}
	return s.Ours
}

func (f figures) best(s step) float64 {
	if s.wall && len(f.values) > 0 {
		return slices.Min(f.values)
	}
	return median(f.values)
}

// compare fills in the two sides and gives the median of their ratio.
func (f figures) compare(out *Step) float64 {
	var bare, ours, bareRate, ourRate, ratios []float64
	for i := range f.ours {
		b, o := f.bare[i].each(), f.ours[i].each()
		bare, ours = append(bare, b), append(ours, o)
		bareRate, ourRate = append(bareRate, f.bare[i].rate()), append(ourRate, f.ours[i].rate())
		if f.invert {
			b, o = o, b
		}
		ratios = append(ratios, o/b)
	}
	b, br, or := median(bare), median(bareRate), median(ourRate)
	out.Bare, out.Ours, out.BareRate, out.OurRate = &b, median(ours), &br, &or
	out.Ratio = &Spread{slices.Min(ratios), median(ratios), slices.Max(ratios)}
	return out.Ratio.Median
}

// Missed names each goal that was not reached, with what was measured.
func (r Report) Missed() []string {
	var missed []string
	for _, s := range r.Steps {
		if s.OK == nil || *s.OK {
			continue
		}
		missed = append(missed, fmt.Sprintf("%s is %s, want %s", s.ID, short(s.judgedBy()), s.want()))
	}
	return missed
}

func (s Step) want() string {
	if s.Better == higher {
		return "at least " + short(s.Goal)
	}
	return "at most " + short(s.Goal)
}

// Print writes the report as a table for people.
func (r Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %d processors. This disk makes 4 KiB durable in %s us, one time in a hundred in %s us or more.\n\n",
		r.Go, r.CPUs, short(r.Fsync.P50), short(r.Fsync.P99))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "step\tbare\tours\tunit\tratio (least, most)\tgoal\t")
	for _, s := range r.Steps {
		bare, ratio := "-", "-"
		if s.Ratio != nil {
			bare = short(*s.Bare)
			ratio = fmt.Sprintf("%s (%s, %s)", short(s.Ratio.Median), short(s.Ratio.Min), short(s.Ratio.Max))
		}
		if s.Median != nil {
			ratio = fmt.Sprintf("best of %d, median %s", s.Rounds, short(*s.Median))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, bare, short(s.Ours), s.Unit, ratio, s.want(), s.word())
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	fmt.Fprintln(&b, "\nus are of processor time, ms of the clock. Rates a second, which other programs disturb and nothing is held against:")
	for _, s := range r.Steps {
		if s.OurRate != nil {
			fmt.Fprintf(&b, "  %s: bare %s, ours %s\n", s.ID, short(*s.BareRate), short(*s.OurRate))
		}
	}
	_, err := io.WriteString(w, b.String())
	if err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}

func (s Step) word() string {
	switch {
	case s.OK == nil:
		return "reported only"
	case *s.OK:
		return "reached"
	}
	return "MISSED"
}

// short writes a figure with three digits.
func short(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
