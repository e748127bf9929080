package comment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The kinds of rule.
const (
	Danger  = "danger"  // a state of a home that may hurt somebody
	Duty    = "duty"    // something that a law or code gives a date or a right for; it tells of no danger
	Private = "private" // a person may be in danger: for one person's eyes, and no shared place
)

// Rules are the words that the scorer goes by: data, as configs/hazards.yaml holds it.
type Rules struct {
	// Words are classes of words, each a row of forms with blanks between; a phrase of these rules that holds <child> takes
	// any form of the class child there.
	Words map[string]string `yaml:"words"`
	// Lists are rows of phrases that a rule's raised_by names, such as vulnerable.
	Lists map[string][]string `yaml:"lists"`
	// Contexts are the phrases that say in which context a danger's words stand.
	Contexts Contexts `yaml:"contexts"`
	// Spellings are the misspellings of a word, for all rules.
	Spellings map[string][]string `yaml:"spellings"`
	// Laws are what rules rest on, by the names that their law lists use.
	Laws    map[string]Law `yaml:"laws"`
	Hazards []Rule         `yaml:"hazards"`
	// Threat and Spam are the labels that are told by rules; without signs nothing is said of them.
	Threat Signed `yaml:"threat"`
	Spam   Signed `yaml:"spam"`
}

// Contexts are phrases that make the words around them something else than a danger told of. Each is narrow on purpose:
// a danger called over costs a glance, one called resolved may cost more.
type Contexts struct {
	Hypothetical []string `yaml:"hypothetical"` // before the words: a case thought of
	Promotional  []string `yaml:"promotional"`  // in the sentence: an organisation speaks
	Own          []string `yaml:"own"`          // in the sentence: somebody speaks of a home, so that it is no advertisement
	Done         []string `yaml:"done"`         // in the sentence or the next: it is over
	Doing        []string `yaml:"doing"`        // in the sentence: thanks for its being over
	Undone       []string `yaml:"undone"`       // after those: it is not over after all
	Elsewhere    []string `yaml:"elsewhere"`    // in the text: it is told of some other place, so nothing is urgent here
}

// Rule is one danger or duty by its words. See parsePhrase for how phrases are written.
type Rule struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"` // as pages and messages say it
	Kind string `yaml:"kind"` // danger, duty or private
	// HHSRS are the hazards of the housing health and safety rating system it belongs to, by name: numbers may change.
	HHSRS   []string `yaml:"hhsrs"`
	Urgency string   `yaml:"urgency"` // urgent, high or normal, where affirmed
	// Raised is the urgency where a phrase of a list in RaisedBy stands in the text too; empty: the same.
	Raised   string   `yaml:"raised"`
	RaisedBy []string `yaml:"raised_by"`
	Law      []string `yaml:"law"`
	Phrases  []string `yaml:"phrases"`
	Welsh    []string `yaml:"welsh"` // phrases in Welsh, read as Phrases are
	// Always are phrases that say the danger with a "no" of their own ("no heating"), so that no negation is looked for.
	Always []string `yaml:"always"`
	// Except are phrases that hold the same words and mean something else ("gas bill").
	Except []string `yaml:"except"`
	// Spellings are misspellings of words that matter here.
	Spellings map[string][]string `yaml:"spellings"`
	// Examples: texts in which the rule is affirmed, in which it stands in another context, and in which it does not stand.
	Says         []string `yaml:"says"`
	Negated      []string `yaml:"negated"`
	Resolved     []string `yaml:"resolved"`
	Hypothetical []string `yaml:"hypothetical"`
	Promotional  []string `yaml:"promotional"`
	Silent       []string `yaml:"silent"`
}

// Law is what a rule rests on. Without From it is announced for the time that Words say, and not known to be in force.
type Law struct {
	Act     string   `yaml:"act" json:"act"`
	Nations []string `yaml:"nations" json:"nations,omitempty"` // empty: all of them
	From    string   `yaml:"from" json:"from"`                 // 2025-10-27
	Words   string   `yaml:"words" json:"words"`
}

// InForce gives the laws that a rule rests on in a nation at a time. It judges no case.
func (r Rules) InForce(id, nation string, at time.Time) []Law {
	rule, _ := r.Rule(id)
	var all []Law
	for _, name := range rule.Law {
		l := r.Laws[name]
		from, err := time.Parse(time.DateOnly, l.From)
		if err == nil && !at.Before(from) && (len(l.Nations) == 0 || slices.Contains(l.Nations, nation)) {
			all = append(all, l)
		}
	}
	return all
}

// Rule gives the rule of an id; ok is false where there is none.
func (r Rules) Rule(id string) (rule Rule, ok bool) {
	i := slices.IndexFunc(r.Hazards, func(h Rule) bool { return h.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return r.Hazards[i], true
}

type hazard struct {
	Rule
	phrases, always, except int // sets of the scorer's lexicon
	raisedBy                []phrases
}

var ruleID = regexp.MustCompile(`^[a-z][a-z_]{1,40}$`)

// ruleReader makes rules ready for use and notes every mistake under the key that it stands at.
type ruleReader struct {
	words *strings.Replacer // <child> by the forms of the class
	lists map[string]phrases
	laws  map[string]Law
	wrong []error
}

func (r *ruleReader) fail(key, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

func (r *ruleReader) phrases(key string, all []string) phrases {
	made := phrases{}
	for i, s := range all {
		if err := made.add(r.words.Replace(s)); err != nil {
			r.fail(fmt.Sprintf("%s[%d]", key, i), "%v", err)
		}
	}
	return made
}

// hazard reads one rule; key is where it stands.
func (r *ruleReader) hazard(key string, h Rule, into *lexicon) hazard {
	if !ruleID.MatchString(h.ID) {
		r.fail(key+".id", "%q is not lower-case words joined by _", h.ID)
	}
	r.oneOf(key+".kind", h.Kind, Danger, Duty, Private)
	r.oneOf(key+".urgency", h.Urgency, Urgent, High, Normal)
	if (h.Raised == "") != (len(h.RaisedBy) == 0) {
		r.fail(key+".raised", "raised and raised_by go together")
	} else if h.Raised != "" {
		r.oneOf(key+".raised", h.Raised, Urgent, High, Normal)
	}
	affirm := r.phrases(key+".phrases", h.Phrases)
	affirm.merge(r.phrases(key+".welsh", h.Welsh))
	made := hazard{Rule: h, phrases: into.add(affirm), always: into.add(r.phrases(key+".always", h.Always)),
		except: into.add(r.phrases(key+".except", h.Except))}
	for i, name := range h.RaisedBy {
		list, known := r.lists[name]
		if !known {
			r.fail(fmt.Sprintf("%s.raised_by[%d]", key, i), "%q is none of the lists", name)
		}
		made.raisedBy = append(made.raisedBy, list)
	}
	for i, name := range h.Law {
		if _, known := r.laws[name]; !known {
			r.fail(fmt.Sprintf("%s.law[%d]", key, i), "%q is none of the laws", name)
		}
	}
	return made
}

func (r *ruleReader) oneOf(key, got string, words ...string) {
	if !slices.Contains(words, got) {
		r.fail(key, "%q is none of %s", got, strings.Join(words, ", "))
	}
}

// spellings adds the misspellings of one section to those of all.
func (r *ruleReader) spellings(key string, all map[string][]string, into map[string]string) {
	for right, wrong := range all {
		for i, w := range wrong {
			at := fmt.Sprintf("%s.%s[%d]", key, right, i)
			if was, twice := into[w]; twice && was != right {
				r.fail(at, "%q is a misspelling of %q already", w, was)
			}
			if one := words(w); len(one) != 1 || one[0].text != w {
				r.fail(at, "%q is not one lower-case word", w)
			}
			into[w] = right
		}
	}
}

// wordClasses puts the forms of a class where its name stands. A name that is none stays, and is no word then.
func wordClasses(all map[string]string) *strings.Replacer {
	var pairs []string
	for name, forms := range all {
		pairs = append(pairs, "<"+name+">", strings.Join(strings.Fields(forms), "|"))
	}
	return strings.NewReplacer(pairs...)
}

// readRules fills the scorer. All mistakes of the rules are told at once, each beginning with its key.
func (s *Scorer) readRules(r Rules) error {
	reader := &ruleReader{words: wordClasses(r.Words), lists: map[string]phrases{}, laws: r.Laws}
	for name, l := range r.Laws {
		if _, err := time.Parse(time.DateOnly, l.From); l.From != "" && err != nil {
			reader.fail("laws."+name+".from", "%q is no day as 2025-10-27", l.From)
		}
	}
	for name, list := range r.Lists {
		reader.lists[name] = reader.phrases("lists."+name, list)
	}
	s.vulnerable = reader.lists["vulnerable"]
	c := r.Contexts
	s.context = contexts{
		hypothetical: reader.phrases("contexts.hypothetical", c.Hypothetical), promotional: reader.phrases("contexts.promotional", c.Promotional),
		own: reader.phrases("contexts.own", c.Own), done: reader.phrases("contexts.done", c.Done), doing: reader.phrases("contexts.doing", c.Doing),
		undone: reader.phrases("contexts.undone", c.Undone), elsewhere: reader.phrases("contexts.elsewhere", c.Elsewhere),
	}
	s.spellings = map[string]string{}
	reader.spellings("spellings", r.Spellings, s.spellings)
	seen := map[string]bool{}
	for i, h := range r.Hazards {
		key := fmt.Sprintf("hazards[%d]", i)
		if seen[h.ID] {
			reader.fail(key+".id", "%q stands twice", h.ID)
		}
		seen[h.ID] = true
		reader.spellings(key+".spellings", h.Spellings, s.spellings)
		s.hazards = append(s.hazards, reader.hazard(key, h, &s.lexicon))
	}
	s.threat, s.spam = reader.signed("threat", r.Threat, &s.signs), reader.signed("spam", r.Spam, &s.signs)
	s.lexicon.ready()
	s.signs.ready()
	return errors.Join(reader.wrong...)
}
