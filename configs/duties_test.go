package configs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler/checks"
)

func builtInDuties(t *testing.T) (audit.Duties, []audit.CheckID) {
	t.Helper()
	var ids []audit.CheckID
	for _, c := range checks.All() {
		ids = append(ids, c.ID)
	}
	d, err := Duties(ids)
	if err != nil {
		t.Fatal(err)
	}
	return d, ids
}

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

// TestDutiesInForce: whom the law binds to what, on which day, worked out by hand from the sources.
func TestDutiesInForce(t *testing.T) {
	d, _ := builtInDuties(t)
	code := []audit.CheckID{
		"complaints_channels", "complaints_page", "complaints_policy", "complaints_report", "ombudsman_link", "responsible_member", "self_assessment",
	}
	tsm := []audit.CheckID{"tsm_method", "tsm_results"}
	stairs := []audit.CheckID{"minutes", "people_senior", "stairs_scheme"}
	for _, test := range []struct {
		nation, sector, day string
		want                []audit.CheckID
	}{
		{audit.England, "housing_association", "2022-03-31", nil},
		{audit.England, "housing_association", "2022-04-01", []audit.CheckID{"rules_complaint_route"}},
		{audit.England, "housing_association", "2024-03-31", append([]audit.CheckID{"rules_complaint_route"}, tsm...)},
		{audit.England, "housing_association", "2024-04-01", slices.Concat(code, tsm)},
		{audit.England, "housing_association", "2026-09-30", slices.Concat(code, tsm)},
		{audit.England, "housing_association", "2026-10-01", slices.Concat(code, tsm, stairs)},
		{audit.England, "co_op", "2026-10-01", slices.Concat(tsm, stairs)},
		{audit.England, "almo", "2026-10-01", nil},
		{audit.England, "council", "2018-09-22", nil},
		{audit.England, "council", "2018-09-23", []audit.CheckID{"accessibility_statement"}},
		{audit.England, "council", "2026-10-01", slices.Concat(code, tsm, []audit.CheckID{"accessibility_statement"})},
		{audit.Scotland, "council", "2026-10-01", []audit.CheckID{"accessibility_statement"}},
		{audit.Scotland, "housing_association", "2026-10-01", nil},
		{audit.Wales, "housing_association", "2026-10-01", nil},
		{audit.NorthernIreland, "housing_association", "2026-10-01", nil},
		{audit.UK, "trade_union", "2026-10-01", nil},
	} {
		got := d.InForce(audit.Organisation{Nation: test.nation, Sector: test.sector}, on(test.day))
		for _, c := range got {
			if others := []audit.CheckID{"stairs_requests"}; slices.Contains(others, c) {
				t.Errorf("%s binds before its day", c)
			}
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s in %s on %s (-want +got):\n%s", test.sector, test.nation, test.day, diff)
		}
	}
}

// TestAsked: what a law of England asks of landlords is no question to others.
func TestAsked(t *testing.T) {
	d, _ := builtInDuties(t)
	of := func(nation, sector string) audit.Organisation {
		return audit.Organisation{Nation: nation, Sector: sector}
	}
	for id, want := range map[audit.CheckID][4]bool{ // association in England, council in England, association in Scotland, trade union
		"comments":          {true, true, true, true},
		"rules_page":        {true, true, true, true},
		"complaints_policy": {true, true, true, false},
		"ombudsman_link":    {true, true, true, false},
		"tsm_results":       {true, true, false, false},
		"self_assessment":   {true, true, false, false},
		"stairs_scheme":     {true, false, true, false},
	} {
		got := [4]bool{d.Asks(id, of(audit.England, "housing_association")), d.Asks(id, of(audit.England, "council")),
			d.Asks(id, of(audit.Scotland, "housing_association")), d.Asks(id, of(audit.UK, "trade_union"))}
		if got != want {
			t.Errorf("%s is asked %v, want %v", id, got, want)
		}
	}
}

func TestBinding(t *testing.T) {
	d, _ := builtInDuties(t)
	association := audit.Organisation{Nation: audit.England, Sector: "housing_association"}
	council := audit.Organisation{Nation: audit.England, Sector: "council"}
	landlord := func(nation string) audit.Organisation {
		return audit.Organisation{Nation: nation, Sector: "housing_association"}
	}
	for _, test := range []struct {
		check audit.CheckID
		of    audit.Organisation
		day   string
		want  audit.Binding
	}{
		{"stairs_scheme", association, "2026-09-30", audit.Coming},
		{"stairs_scheme", association, "2026-10-01", audit.Bound},
		{"stairs_scheme", council, "2026-10-01", audit.Practice},
		{"accessibility_statement", association, "2026-10-01", audit.Doubted},
		{"accessibility_statement", council, "2026-10-01", audit.Bound},
		{"damp_page", association, "2026-10-01", audit.Practice}, // the law sets times and asks for no page
		{"rules_complaint_route", association, "2023-01-01", audit.Bound},
		{"rules_complaint_route", association, "2024-04-01", audit.Practice}, // superseded
		{"comments", association, "2026-10-01", audit.Practice},
		{"complaints_policy", landlord(audit.Scotland), "2026-10-01", audit.Doubted},
		{"complaints_policy", landlord(audit.Scotland), "2012-03-31", audit.Practice}, // what is not sure does not come either
		{"minutes", landlord(audit.Scotland), "2019-11-11", audit.Doubted},
		{"stairs_scheme", landlord(audit.Scotland), "2019-11-10", audit.Practice},
		{"stairs_scheme", landlord(audit.Scotland), "2019-11-11", audit.Doubted},
		{"minutes", landlord(audit.Wales), "2026-10-01", audit.Practice},
		{"ombudsman_link", landlord(audit.Wales), "2026-10-01", audit.Doubted},
		{"ombudsman_link", landlord(audit.NorthernIreland), "2026-10-01", audit.Doubted},
		{"self_assessment", landlord(audit.Scotland), "2026-10-01", audit.Practice},
	} {
		got, row := d.Binding(test.check, test.of, on(test.day))
		if got != test.want || (got == audit.Practice) != (row == nil) {
			t.Errorf("%s of a %s on %s: %q (row %v), want %q", test.check, test.of.Sector, test.day, got, row, test.want)
		}
	}
	if next := d.Next(on("2026-09-30")); !next.Equal(on("2026-10-01")) {
		t.Errorf("the next day is %v, want 1 October 2026", next)
	}
	if next := d.Next(on("2026-10-01")); !next.IsZero() && !next.After(on("2026-10-01")) {
		t.Errorf("the next day %v is not after", next)
	}
}

// TestDutiesAndBasesAgree: a check whose basis is a duty has a row that binds somebody, one of the Door has none in force,
// and no date stands in code.
func TestDutiesAndBasesAgree(t *testing.T) {
	d, _ := builtInDuties(t)
	for _, c := range checks.All() {
		binds := slices.ContainsFunc(d.Of(c.ID), func(row audit.Duty) bool { return row.Binds && row.Until.IsZero() })
		if duty := strings.HasPrefix(c.Basis, "duty"); duty != binds {
			t.Errorf("%s: basis %q, and in the file it binds: %v", c.ID, c.Basis, binds)
		}
		if c.Door && binds {
			t.Errorf("%s counts in the Door and in the Duties", c.ID)
		}
		if strings.HasPrefix(c.Basis, "practice, in the Door") != c.Door {
			t.Errorf("%s: basis %q, Door %v", c.ID, c.Basis, c.Door)
		}
		for _, text := range []string{c.Basis, c.Why, c.Title} {
			if strings.Contains(text, "20") {
				t.Errorf("%s holds a date: %q; dates belong in duties.yaml", c.ID, text)
			}
		}
	}
}

// TestDutyMistakes: all of them at once, each with its line and key.
func TestDutyMistakes(t *testing.T) {
	const file = `asked:
  comments: {sectors: [landlord]}
  commments: {}
duties:
  - source: A Code
    address: nowhere
    nations: [England]
    sectors: [council]
    from: 1 April 2024
    until: 2023-01-01
    binds: yes
    checks:
      comments: {part: section 1}
      nothing: {words: "x"}
  - from: 2024-02-30
    until: 2024-01-01
    binds: true
    sure: true
    section: 3
`
	_, err := readDuties("duties.yaml", []byte(file), []audit.CheckID{"comments"})
	if err == nil {
		t.Fatal("the file was taken")
	}
	for _, want := range []string{
		`duties.yaml:2:24: asked.comments.sectors[0]: "landlord" is not one of`,
		`duties.yaml:3:3: asked.commments: "commments" is no check`,
		`duties.yaml:6:5: duties[0].address: "nowhere" is not`,
		`duties.yaml:9:5: duties[0].from: "1 April 2024" is not a day`,
		`duties.yaml:11:12: duties[0].binds: is text; want true or false`,
		`duties.yaml:5:11: duties[0].sure: missing`,
		`duties.yaml:13:7: duties[0].checks.comments.words: missing`,
		`duties.yaml:14:7: duties[0].checks.nothing: "nothing" is no check`,
		`duties[1].source: missing`,
		`duties[1].nations: missing`,
		`duties[1].sectors: missing`,
		`duties[1].checks: missing`,
		`duties[1].from: "2024-02-30" is not a day`,
		`duties[1].section: unknown key`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}
