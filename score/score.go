// Package score turns an organisation's confirmed states into its Door and its Duties, by method 1.
//
// In: what each check says. Out: two marks that are never mixed. It is pure: no clock, no store, and the order of the
// inputs does not matter. What is unknown never lowers a mark, and no one's tone of voice is an input.
package score

import "doorknock/audit"

// Method is the version of the method; it changes when any figure below does.
const Method = 1

// The two parts of a score.
const (
	PartDoor   = "door"
	PartDuties = "duties"
)

// bands by the least value of each.
var bands = []struct {
	least float64
	name  string
}{{80, "A"}, {60, "B"}, {40, "C"}, {20, "D"}, {0, "E"}}

// A band and a rank need this much of the applicable checks known, in per cent.
const leastCoverage = 60

// Input is what one check says of one channel of the organisation.
type Input struct {
	Check audit.CheckID
	State audit.State
	// Counts says that the check is applicable: in force for this organisation, and answerable on this platform by
	// an anonymous look. What only a token or a witness can answer stands beside the score and is in no sum.
	Counts bool
}

// Door says how far people can talk back, from the practice checks: 100 × the mean worth of the known answers.
// Organisation and time are the caller's to fill in.
func Door(inputs []Input) audit.Score { return mark(PartDoor, inputs) }

// Duties says how far is published what the law requires, in the same way: from the checks that bind the organisation now,
// each once. Inputs of other checks are in no sum; a check in force of which there is no input is unknown.
func Duties(inForce []audit.CheckID, inputs []Input) audit.Score {
	seen := make(map[audit.CheckID]audit.State, len(inputs))
	for _, in := range inputs {
		if in.Counts {
			seen[in.Check] = in.State
		}
	}
	duties := make([]Input, 0, len(inForce))
	for _, c := range inForce {
		duties = append(duties, Input{Check: c, State: seen[c], Counts: true})
	}
	return mark(PartDuties, duties)
}

func mark(part string, inputs []Input) audit.Score {
	var c Counted
	for _, in := range inputs {
		if in.Counts {
			c[in.State]++
		}
	}
	return c.Mark(part)
}

// Counted says how many applicable checks have which answer: c[audit.Open] are open.
type Counted [audit.Absent + 1]int

// Mark is the score of a part whose answers are these.
func (c Counted) Mark(part string) audit.Score {
	s := audit.Score{Part: part, Method: Method}
	halves := 0 // the sum is kept in halves, so that no rounding depends on the order
	for state, n := range c {
		s.Applicable += n
		if state := audit.State(state); state != audit.Unknown {
			s.Known += n
			halves += n * worth(state)
		}
	}
	if s.Known == 0 {
		return s
	}
	value := 100 * float64(halves) / float64(2*s.Known)
	s.Value = &value
	if s.Known*100 >= s.Applicable*leastCoverage {
		s.Band = band(value)
	}
	return s
}

// worth of an answer in halves: open 1, restricted ½, closed and absent nothing.
func worth(s audit.State) int {
	switch s {
	case audit.Open:
		return 2
	case audit.Restricted:
		return 1
	}
	return 0
}

func band(value float64) string {
	for _, b := range bands {
		if value >= b.least {
			return b.name
		}
	}
	return ""
}
