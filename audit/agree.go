package audit

import (
	"slices"
	"time"
)

// witnessSpan is within which time of each other people have to look so that their answers stand side by side.
const witnessSpan = 7 * 24 * time.Hour

// A Person is whom a witness's finding comes from, as far as agreeing asks. Nothing in it names anybody.
type Person struct {
	Invite   string `json:"invite"`             // one invite is one person
	Inviter  string `json:"inviter"`            // who asked this person: two whom one person asked may be one, or friends
	Artefact bool   `json:"artefact,omitempty"` // a picture or the saved page came with the answer
	Approved bool   `json:"approved,omitempty"` // the operator has looked at the answer and vouches for its being another person's
}

// witness takes one person's answer. A negative answer, or one that would change a state, is confirmed by two people who
// looked within a week, whom different people asked (or whom the operator approved), with one artefact between them.
// While people say different things nothing is confirmed: a negative needs two more who say so than who do not, an open
// door one more. (design.md section 2, "Witnesses who disagree")
func (f *folding) witness(x *Finding) {
	s := &f.standing
	state := x.Verdict.State()
	f.people = beside(f.people, x)
	var same []*Finding
	for _, p := range f.people {
		if p.Verdict.State() == state && p.Verdict.Kind() == x.Verdict.Kind() {
			same = append(same, p)
		}
	}
	others := len(f.people) - len(same)
	if f.held(x) && state != s.State || !f.settles(state, same, others) {
		f.disagree(x, state, others)
		return
	}
	if s.State == state && s.Stage != NeverSeen {
		s.Finding, s.LastSeen = x, x.ObservedAt
		f.clear()
	} else {
		if f.first == nil || f.first.Verdict.State() != state || f.first.Verdict.Kind() != x.Verdict.Kind() {
			f.first = same[0]
		}
		f.confirm(x, state)
	}
	s.Witnesses = len(same)
}

// settles reports whether these people are enough.
func (f *folding) settles(state State, same []*Finding, others int) bool {
	fresh := f.standing.State == Unknown
	switch {
	case state == f.standing.State && others == 0:
		return true
	case !state.Negative():
		return fresh && others == 0 || len(same) > others && apart(same)
	}
	return (others == 0 || len(same) >= others+2) && apart(same) && shown(same)
}

// apart reports whether two of them are surely two people.
func apart(people []*Finding) bool {
	for i, a := range people {
		for _, b := range people[:i] {
			if a.By != nil && b.By != nil && (a.By.Inviter != b.By.Inviter || a.By.Approved || b.By.Approved) {
				return true
			}
		}
	}
	return false
}

// shown reports whether one of them brought something that others can look at.
func shown(people []*Finding) bool {
	for _, p := range people {
		if p.By != nil && p.By.Artefact {
			return true
		}
	}
	return false
}

// disagree leaves what is confirmed as it is and has it checked: by one more person, or because people saw different things.
func (f *folding) disagree(x *Finding, state State, others int) {
	s := &f.standing
	s.Contested = others > 0
	if state == s.State && s.Stage != NeverSeen {
		if x = f.against(state); x == nil {
			return // held, and nothing new
		}
		state = x.Verdict.State()
	}
	if f.first == nil || s.Pending != state || f.first.Verdict.Kind() != x.Verdict.Kind() {
		f.first, s.Pending, s.PendingAt = x, state, x.ObservedAt
	}
	s.Stage, s.DueAgain = Pending, time.Time{} // a person is needed: our own second look would see nothing
}

// against is the newest answer of a person who saw something else than the state; nil: nobody did.
func (f *folding) against(state State) *Finding {
	for _, p := range slices.Backward(f.people) {
		if p.Verdict.State() != state {
			return p
		}
	}
	return nil
}

// beside gives the newest answer of each person within the span before x, oldest first, x last.
func beside(people []*Finding, x *Finding) []*Finding {
	kept := make([]*Finding, 0, len(people)+1)
	for _, p := range people {
		if x.ObservedAt.Sub(p.ObservedAt) <= witnessSpan && !samePerson(p, x) {
			kept = append(kept, p)
		}
	}
	return append(kept, x)
}

func samePerson(a, b *Finding) bool { return a.By != nil && b.By != nil && a.By.Invite == b.By.Invite }
