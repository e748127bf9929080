package store

import (
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// saveFindings appends the visit's findings and settles each state they speak of.
func (r *recorder) saveFindings(findings []audit.Finding) error {
	own, there := make([]audit.Finding, 0, len(findings)), make(map[string]bool, len(findings))
	for _, f := range findings {
		f.Channel, f.Visit = r.channel.ID, r.visit.ID
		f.ID = audit.FindingID(f.Visit, f.Check, f.Scope)
		if f.How == "" {
			f.How = r.visit.How
		}
		if f.ObservedAt.IsZero() {
			f.ObservedAt = r.visit.ObservedAt
		}
		f.ObservedAt = ms(f.ObservedAt)
		if err := r.saveWording(f); err != nil {
			return fmt.Errorf("wording of %s: %w", f.Check, err)
		}
		if !f.Check.Valid() || !f.How.Valid() {
			return fmt.Errorf("check %q, seen %q: not a finding", f.Check, f.How)
		}
		if !there[f.ID] { // of two answers to one question the first counts
			there[f.ID], own = true, append(own, f)
		}
	}
	if err := r.append(own); err != nil {
		return err
	}
	return r.settleAll(own)
}

// append writes findings, except those that are there.
func (r *recorder) append(findings []audit.Finding) error {
	rows := make([][]any, len(findings))
	for i, f := range findings {
		v := f.Verdict
		rows[i] = []any{f.ID, f.Visit, f.Channel, string(f.Check), f.Scope, v.State().String(), string(v.Reason()), string(v.Kind()),
			evidenceColumn(v.Evidence()), string(f.How), f.System, f.Count, f.CountClaimed, ofColumn(f.Of), valuesColumn(f.Values),
			stamp(f.ObservedAt), stamp(r.now)}
	}
	return r.insert(`INSERT INTO finding (id, visit, channel, check_id, scope, state, reason, kind, evidence, how, system,
			count_seen, count_claimed, of_posts, named, observed_at, recorded_at)`,
		`(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, `ON CONFLICT (id) DO NOTHING`, rows)
}

func ofColumn(o *audit.Of) any {
	if o == nil {
		return nil
	}
	return asJSON(o)
}

const findingColumns = `f.id, f.visit, f.channel, f.check_id, f.scope, f.state, f.reason, f.kind, f.evidence, f.how, f.system,
	f.count_seen, f.count_claimed, f.of_posts, f.named, f.observed_at, coalesce(w.clock_off_s, 0), n.first, n.from_at, n.looks,
	p.invite, p.inviter, p.artefact, p.approved_at`

// findingRows are findings, each with its visit, the run that it ends, where there is one, and the person whose look it was.
const findingRows = `finding f LEFT JOIN visit w ON w.id = f.visit LEFT JOIN finding_run n ON n.finding = f.id LEFT JOIN witness p ON p.visit = f.visit`

func scanFinding(r *sql.Rows) (audit.Finding, error) {
	var f audit.Finding
	var v verdictColumns
	var first sql.NullString
	var run audit.Run
	var looks sql.NullInt64
	var off int64
	var invite, inviter, artefact, approved sql.NullString
	err := r.Scan(&f.ID, &f.Visit, &f.Channel, &f.Check, &f.Scope, &v.state, &v.reason, &v.kind, fromJSON(&v.evidence), &f.How, &f.System,
		&f.Count, &f.CountClaimed, fromJSON(&f.Of), fromJSON(&f.Values), at(&f.ObservedAt), &off, &first, at(&run.From), &looks,
		&invite, &inviter, &artefact, &approved)
	if err != nil {
		return f, fmt.Errorf("read finding: %w", err)
	}
	f.ClockOff = time.Duration(off) * time.Second
	if first.Valid {
		run.First, run.Looks = first.String, int(looks.Int64)
		f.Run = &run
	}
	if invite.Valid {
		f.By = &audit.Person{Invite: invite.String, Inviter: inviter.String, Artefact: artefact.String != "", Approved: approved.Valid}
	}
	if f.Verdict, err = v.verdict(); err != nil {
		return f, fmt.Errorf("finding %s: %w", f.ID, err)
	}
	return f, nil
}

// inForce keeps out findings that a correction has taken back, readings whose correction is not in force yet, and what a
// person has withdrawn.
const inForce = `NOT EXISTS (SELECT 1 FROM witness y WHERE y.visit = f.visit AND y.withdrawn_at IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM correction x WHERE x.finding = f.id AND x.settled_at IS NOT NULL)
	AND NOT EXISTS (SELECT 1 FROM correction x WHERE x.by_finding = f.id AND x.settled_at IS NULL)`

const historyQuery = `SELECT ` + findingColumns + ` FROM ` + findingRows + ` WHERE f.channel = ? AND f.check_id = ? AND f.scope = ? AND ` + inForce + `
	ORDER BY f.observed_at, f.id`

// history loads every finding in force of one (channel, check, scope).
func (t *tx) history(channel string, c audit.CheckID, scope string) ([]audit.Finding, error) {
	var all []audit.Finding
	err := t.rows(historyQuery, []any{channel, string(c), scope}, func(r *sql.Rows) error {
		f, err := scanFinding(r)
		all = append(all, f)
		return err
	})
	return all, err
}
