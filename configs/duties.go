package configs

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/token"

	"doorknock/audit"
)

//go:embed duties.yaml
var dutiesFile []byte

const dutiesName = "configs/duties.yaml"

// Duties gives whom the checks are for and whom they bind, from which day. checks are the ids there are: a row of any other
// is a mistake.
func Duties(checks []audit.CheckID) (audit.Duties, error) {
	return readDuties(dutiesName, dutiesFile, checks)
}

// dutiesYAML is the file as it is written: a source once, with the checks that stand on it.
type dutiesYAML struct {
	Asked  map[string]whomYAML `yaml:"asked"`
	Duties []dutyYAML          `yaml:"duties"`
}

type whomYAML struct {
	Nations []string `yaml:"nations"`
	Sectors []string `yaml:"sectors"`
}

type dutyYAML struct {
	Source  string `yaml:"source"`
	Address string `yaml:"address"`
	From    string `yaml:"from"`
	Until   string `yaml:"until"`
	Binds   *bool  `yaml:"binds"`
	Sure    *bool  `yaml:"sure"`

	whomYAML `yaml:",inline"`

	Checks map[string]partYAML `yaml:"checks"`
}

type partYAML struct {
	Part  string `yaml:"part"`
	Words string `yaml:"words"`
}

func readDuties(file string, data []byte, checks []audit.CheckID) (audit.Duties, error) {
	d := decoder{file: file, env: func(string) (string, bool) { return "", false }, at: map[string]*token.Position{}}
	var y dutiesYAML
	d.decode(data, &y)
	k := &dutyChecker{checker: checker{d: &d}, checks: checks}
	duties := audit.Duties{Asked: map[audit.CheckID]audit.Whom{}}
	for id, w := range y.Asked {
		k.check("asked."+id, id)
		duties.Asked[audit.CheckID(id)] = k.whom("asked."+id, w)
	}
	for i, row := range y.Duties {
		duties.Rows = append(duties.Rows, k.rows(fmt.Sprintf("duties[%d]", i), row)...)
	}
	unread := d.mistakes
	for _, m := range k.got {
		if !unread.about(m.Key) {
			d.mistakes = append(d.mistakes, m)
		}
	}
	if len(d.mistakes) > 0 {
		return audit.Duties{}, d.mistakes.err()
	}
	return duties, nil
}

// dutyChecker notes what is wrong with rows that could be read.
type dutyChecker struct {
	checker
	checks []audit.CheckID
}

func (k *dutyChecker) check(key, id string) {
	if !slices.Contains(k.checks, audit.CheckID(id)) {
		k.wrong(key, "%q is no check; `doorknock checks` lists them", id)
	}
}

func (k *dutyChecker) whom(key string, w whomYAML) audit.Whom {
	for i, v := range w.Nations {
		k.oneOf(fmt.Sprintf("%s.nations[%d]", key, i), v, audit.Nations()...)
	}
	for i, v := range w.Sectors {
		k.oneOf(fmt.Sprintf("%s.sectors[%d]", key, i), v, audit.Sectors()...)
	}
	return audit.Whom{Nations: w.Nations, Sectors: w.Sectors}
}

// rows makes the row of each check that stands on one source, by the checks' names, so that the order is always the same.
func (k *dutyChecker) rows(key string, y dutyYAML) []audit.Duty {
	k.source(key, y)
	base := audit.Duty{Source: y.Source, Address: y.Address, Whom: k.whom(key, y.whomYAML)}
	base.From, base.Until = k.day(key+".from", y.From), k.day(key+".until", y.Until)
	if !base.Until.IsZero() && !base.Until.After(base.From) {
		k.wrong(key+".until", "%s is not after from, %s", y.Until, y.From)
	}
	for _, said := range []struct {
		name string
		is   *bool
		into *bool
	}{{"binds", y.Binds, &base.Binds}, {"sure", y.Sure, &base.Sure}} {
		if said.is == nil {
			k.wrong(key+"."+said.name, "missing; say true or false")
			continue
		}
		*said.into = *said.is
	}
	ids := make([]string, 0, len(y.Checks))
	for id := range y.Checks {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	all := make([]audit.Duty, 0, len(ids))
	for _, id := range ids {
		k.check(key+".checks."+id, id)
		row := base
		row.Check, row.Part, row.Words = audit.CheckID(id), y.Checks[id].Part, y.Checks[id].Words
		if strings.TrimSpace(row.Words) == "" {
			k.wrong(key+".checks."+id+".words", "missing; say in plain words what the source asks")
		}
		all = append(all, row)
	}
	return all
}

// source wants a row to say on what it stands and whom it speaks of: what is not said must not be read as "everybody".
func (k *dutyChecker) source(key string, y dutyYAML) {
	for _, need := range []struct {
		name    string
		missing bool
		want    string
	}{
		{"source", strings.TrimSpace(y.Source) == "", "name the law, standard or code"},
		{"from", y.From == "", "name the first day, as 2024-04-01"},
		{"nations", len(y.Nations) == 0, "list the nations in which it holds"},
		{"sectors", len(y.Sectors) == 0, "list the kinds of organisation that it speaks of"},
		{"checks", len(y.Checks) == 0, "list the checks that stand on it"},
	} {
		if need.missing {
			k.wrong(key+"."+need.name, "missing; %s", need.want)
		}
	}
	if !isURL(y.Address) {
		k.wrong(key+".address", "%q is not an http(s) address where the source can be read", y.Address)
	}
}

func (k *dutyChecker) day(key, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		k.wrong(key, "%q is not a day, as 2024-04-01", s)
	}
	return t
}
