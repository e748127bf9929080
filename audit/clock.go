package audit

import (
	"fmt"
	"slices"
	"time"
)

// ComplaintClock is how soon a code would have a complaint acknowledged and answered, in working days of its nation.
type ComplaintClock struct {
	Source           string // the code by name
	Nations          []string
	Sectors          []string
	From             time.Time // the first day on which it holds
	Acknowledge      int       // working days after it was made; 0: the code names none
	Answer           int       // working days of the first stage's answer
	FromAcknowledged bool      // the answer's days begin with the acknowledgement, not with the complaint
}

// Clocks are the complaint clocks, and the days that are no working days.
type Clocks struct {
	Rows     []ComplaintClock
	Holidays Holidays
}

// ComplaintDates are the days by which a code would have a complaint acknowledged and answered. They say nothing about
// whether something is a complaint, nor whether anybody missed a day.
type ComplaintDates struct {
	Source      string
	Acknowledge time.Time // zero: the code names none
	Answer      time.Time // at the latest
}

// Dates gives what the code of an organisation would ask of a complaint that was made at a time; ok is false where none is
// known, or the year's holidays are not.
func (c Clocks) Dates(nation, sector string, made time.Time) (d ComplaintDates, ok bool) {
	i := slices.IndexFunc(c.Rows, func(r ComplaintClock) bool {
		return slices.Contains(r.Nations, nation) && slices.Contains(r.Sectors, sector) && !made.Before(r.From)
	})
	if i < 0 || made.IsZero() {
		return d, false
	}
	r := c.Rows[i]
	if zone, err := time.LoadLocation("Europe/London"); err == nil {
		made = made.In(zone) // what is said at half past midnight in summer is said on that day
	}
	d.Source = r.Source
	from := made
	if r.Acknowledge > 0 {
		d.Acknowledge = c.Holidays.After(nation, made, r.Acknowledge)
		if r.FromAcknowledged {
			from = d.Acknowledge
		}
	}
	d.Answer = c.Holidays.After(nation, from, r.Answer)
	return d, c.Holidays.Known(d.Answer) && c.Holidays.Known(made)
}

// String says the dates in words of fact, with the "if" that belongs to them.
func (d ComplaintDates) String() string {
	const day = "Monday 2 January 2006"
	if d.Acknowledge.IsZero() {
		return fmt.Sprintf("If this is a complaint, the date for a first answer by the %s would be %s.", d.Source, d.Answer.Format(day))
	}
	return fmt.Sprintf("If this is a complaint, the dates by the %s would be %s to acknowledge it and %s at the latest to answer it.",
		d.Source, d.Acknowledge.Format(day), d.Answer.Format(day))
}
