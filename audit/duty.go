package audit

import (
	"slices"
	"time"
)

// Whom says for which organisations something is meant. An empty list limits nothing.
type Whom struct {
	Nations []string `json:"nations,omitempty"`
	Sectors []string `json:"sectors,omitempty"`
}

// Holds reports whether the organisation is among them.
func (w Whom) Holds(o Organisation) bool {
	return (len(w.Nations) == 0 || slices.Contains(w.Nations, o.Nation)) && (len(w.Sectors) == 0 || slices.Contains(w.Sectors, o.Sector))
}

// Duty says what one source asks, in the matter of one check, of the organisations of Whom, from a day and until another.
type Duty struct {
	Check   CheckID   `json:"check"`
	Source  string    `json:"source"`  // the law, standard or code by name
	Part    string    `json:"part"`    // of the source: "section 8.1", or ""
	Address string    `json:"address"` // where the source can be read
	From    time.Time `json:"from"`    // midnight UTC of the first day
	Until   time.Time `json:"until"`   // midnight UTC of the first day on which it holds no more; zero: it holds on
	// Binds says that the source obliges them to publish it. Where it does not, it is only named beside the practice.
	Binds bool `json:"binds"`
	// Sure says that it was seen in a source that it binds these organisations. What is not sure is in no score.
	Sure  bool   `json:"sure"`
	Words string `json:"words"` // what is asked, in plain words
	Whom
}

// Holds reports whether the row is in force for the organisation at a time.
func (d Duty) Holds(o Organisation, at time.Time) bool {
	return d.Whom.Holds(o) && !at.Before(d.From) && (d.Until.IsZero() || at.Before(d.Until))
}

// Binding says whether the law asks an organisation for what a check asks.
type Binding string

// The bindings. Practice is the zero value: nobody is accused of breaking a duty by a row that is missing.
const (
	Practice Binding = ""
	Bound    Binding = "duty"   // in force, and sure
	Doubted  Binding = "unsure" // in force for some; whether for this organisation is not sure. In no score
	Coming   Binding = "coming" // from a day that is still to come
)

// Duties are what is known of whom the checks are for, and of whom they bind. They are data (configs/duties.yaml) and are
// never changed once read. The zero value asks everybody everything and binds nobody.
type Duties struct {
	Asked map[CheckID]Whom // for whom a check is a question at all; of a check that is not here: for everybody
	Rows  []Duty
}

// Asks reports whether the check is a question to this organisation: the figures that England's regulator asks for are
// none to a landlord in Scotland or to a trade union, and that they are not there is no answer.
func (d Duties) Asks(c CheckID, o Organisation) bool { return d.Asked[c].Holds(o) }

// Of gives the rows of a check, in the order of the file.
func (d Duties) Of(c CheckID) []Duty {
	var of []Duty
	for _, row := range d.Rows {
		if row.Check == c {
			of = append(of, row)
		}
	}
	return of
}

// Binding says how a check stands to an organisation at a time, with the row that says so; nil for practice. A row that
// is sure goes before one that is not, and what is in force before what is to come.
func (d Duties) Binding(c CheckID, o Organisation, at time.Time) (Binding, *Duty) {
	if !d.Asks(c, o) {
		return Practice, nil
	}
	found, why := Practice, (*Duty)(nil)
	for i := range d.Rows {
		row := &d.Rows[i]
		switch {
		case row.Check != c || !row.Binds || !row.Whom.Holds(o):
		case row.Holds(o, at) && row.Sure:
			return Bound, row
		case row.Holds(o, at) && found != Doubted:
			found, why = Doubted, row
		case row.Sure && at.Before(row.From) && (found == Practice || found == Coming && row.From.Before(why.From)):
			found, why = Coming, row
		}
	}
	return found, why
}

// InForce lists the checks that bind an organisation at a time, each once, in the order of the file: those that its Duties
// are made of.
func (d Duties) InForce(o Organisation, at time.Time) []CheckID {
	var all []CheckID
	for _, row := range d.Rows {
		if row.Binds && row.Sure && row.Holds(o, at) && d.Asks(row.Check, o) && !slices.Contains(all, row.Check) {
			all = append(all, row.Check)
		}
	}
	return all
}

// Next is the first day after a time on which a row begins or ends, so that every score is to be made anew; zero: none
// is known.
func (d Duties) Next(after time.Time) time.Time {
	var next time.Time
	for _, row := range d.Rows {
		for _, day := range [...]time.Time{row.From, row.Until} {
			if row.Binds && day.After(after) && (next.IsZero() || day.Before(next)) {
				next = day
			}
		}
	}
	return next
}
