package talk

import (
	"time"

	"doorknock/audit"
)

// Settled is how long a comment has to have been watched before it counts in the rate of answers: of a younger one it is
// too early to say.
const Settled = 7 * 24 * time.Hour

// LeastThreads and LeastComplaints are the fewest of which a rate or a time is told, of all and of complaints.
const (
	LeastThreads    = 10
	LeastComplaints = 30
)

// Replies are the figures of who is answered, and how soon.
type Replies struct {
	Threads  int // begun by the public
	Untold   int // of them, of which nobody can tell whether they were answered
	Early    int // of the others, watched for less than Settled
	Settled  int // watched for longer
	Answered int // of Settled
	ByPlace  int // of Answered, by a comment that stands beside it or below it in the list
	// AllHours and AtWork are the waits of those whose times are told to the minute, answered or not: in all hours, and in
	// working hours of the nation.
	AllHours, AtWork Waited
	HolidaysUnknown  bool // some waits lie in years whose bank holidays nobody told us
	Manners          Manners
}

// Manners counts answers by what they do for the one they answer.
type Manners struct{ Stock, Action, Other, Unread int }

// Read is the number of answers whose words were read.
func (m Manners) Read() int { return m.Stock + m.Action + m.Other }

// Answers makes the figures of threads; pass those that are complaints to have theirs alone.
func Answers(threads []Thread, c Calendar) Replies {
	r := Replies{Threads: len(threads)}
	var all, work []Wait
	for _, t := range threads {
		if t.Untold {
			r.Untold++
			continue
		}
		r.count(t)
		from, to, answered, ok := t.Wait()
		if !ok {
			continue
		}
		all = append(all, Wait{to.Sub(from), answered})
		work = append(work, Wait{c.Between(from, to), answered})
		r.HolidaysUnknown = r.HolidaysUnknown || !c.Knows(from, to)
	}
	r.AllHours, r.AtWork = Estimate(all), Estimate(work)
	return r
}

func (r *Replies) count(t Thread) {
	if t.Answer != nil {
		r.Manners.add(t.Answer.Manner)
	}
	if t.Begins.Watched.Sub(t.Begins.Began()) < Settled {
		r.Early++
		return
	}
	r.Settled++
	if t.Answer != nil {
		r.Answered++
		if t.ByPlace {
			r.ByPlace++
		}
	}
}

func (m *Manners) add(how audit.Manner) {
	switch how {
	case audit.MannerStock:
		m.Stock++
	case audit.MannerAction:
		m.Action++
	case audit.MannerOther:
		m.Other++
	default:
		m.Unread++
	}
}

// Complaints are the threads that begin with what the scorer reads as a complaint.
func Complaints(threads []Thread) []Thread {
	var some []Thread
	for _, t := range threads {
		if t.Begins.Complaint {
			some = append(some, t)
		}
	}
	return some
}
