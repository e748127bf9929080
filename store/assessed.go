package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// AssessedComment is a comment with what the scorer said of it.
type AssessedComment struct {
	ID         string           `json:"id"`
	URL        string           `json:"url"`
	Place      string           `json:"place"` // the channel's address
	Said       time.Time        `json:"said,omitzero"`
	Seen       time.Time        `json:"seen"`
	Text       string           `json:"-"` // redacted; "" once forgotten
	Assessment audit.Assessment `json:"assessment"`
}

// Made is when the comment was made, as far as anybody knows: when it was said, else when it was first seen.
func (c AssessedComment) Made() time.Time {
	if c.Said.IsZero() {
		return c.Seen
	}
	return c.Said
}

// AssessedComments lists an organisation's newest comments, of others than itself, that read as a complaint or in which a
// rule stands, newest first.
func (db *DB) AssessedComments(ctx context.Context, organisation string, most int) ([]AssessedComment, error) {
	var all []AssessedComment
	err := db.list(ctx, `SELECT m.id, m.url, c.url, m.said_at, m.observed_at, coalesce(m.text, ''), a.complaint, a.is_complaint, a.praise, a.question, a.idea,
			a.threat, a.spam, a.hazards, a.urgency, a.lang, a.tier, a.spans, a.clauses, a.signs, a.model, a.observed_at
		FROM comment m JOIN assessment a ON a.comment = m.id JOIN channel c ON c.id = m.channel
		WHERE m.organisation = ? AND m.author_by <> 2 AND (a.is_complaint = 1 OR a.hazards <> '[]')
		ORDER BY coalesce(m.said_at, m.observed_at) DESC, m.id LIMIT ?`, []any{organisation, most}, func(r *sql.Rows) error {
		var c AssessedComment
		a := &c.Assessment
		err := r.Scan(&c.ID, &c.URL, &c.Place, at(&c.Said), at(&c.Seen), &c.Text, &a.Complaint, &a.IsComplaint, &a.Praise, &a.Question, &a.Idea,
			&a.Threat, &a.Spam, fromJSON(&a.Hazards), &a.Urgency, &a.Lang, &a.Tier, fromJSON(&a.Spans), fromJSON(&a.Clauses), fromJSON(&a.Signs), &a.Model, at(&a.At))
		a.Comment = c.ID
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list assessed comments of %s: %w", organisation, err)
	}
	return all, nil
}

// KeptText is the words of a comment that are still kept, with how likely the scorer held it to be a complaint.
type KeptText struct {
	ID, Text  string // redacted
	Stream    audit.Stream
	Complaint float64
	Wrong     bool // somebody called an alert about it wrong
}

// KeptTexts gives the words that are kept of comments by others than the organisations, without those that say a person may be
// in danger: they are for one person's eyes.
func (db *DB) KeptTexts(ctx context.Context) ([]KeptText, error) {
	var all []KeptText
	err := db.list(ctx, `SELECT m.id, m.organisation, c.platform, m.text, a.complaint, a.hazards, EXISTS (SELECT 1 FROM alert_wrong w WHERE w.ref = m.id)
		FROM comment m JOIN assessment a ON a.comment = m.id JOIN channel c ON c.id = m.channel
		WHERE m.text IS NOT NULL AND m.text <> '' AND m.author_by <> 2 ORDER BY m.id`, nil, func(r *sql.Rows) error {
		var k KeptText
		var a audit.Assessment
		err := r.Scan(&k.ID, &k.Stream.Organisation, &k.Stream.Platform, &k.Text, &k.Complaint, fromJSON(&a.Hazards), &k.Wrong)
		if err == nil && !a.Private() {
			all = append(all, k)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list kept texts: %w", err)
	}
	return all, nil
}

// Unassessed lists the comments a visit first brought that have text and no assessment yet.
func (db *DB) Unassessed(ctx context.Context, visit string) ([]audit.Comment, error) {
	var all []audit.Comment
	err := db.list(ctx, `SELECT `+commentColumns+` FROM comment m LEFT JOIN assessment a ON a.comment = m.id
		WHERE m.visit = ? AND a.comment IS NULL AND m.text IS NOT NULL ORDER BY m.id`, []any{visit}, func(r *sql.Rows) error {
		var c audit.Comment
		err := r.Scan(commentInto(&c)...)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list unassessed comments of visit %s: %w", visit, err)
	}
	return all, nil
}

// SaveAssessments keeps what the scorer said, counts it into the weeks, raises an event for each assessed comment and
// marks the event that asked for it, all in one transaction. A comment that has an assessment keeps it. The returned
// events are to be announced now.
func (db *DB) SaveAssessments(ctx context.Context, event string, assessments []audit.Assessment, now time.Time) ([]audit.Event, error) {
	var raised []audit.Event
	err := db.write(ctx, "save assessments for event "+event, func(t *tx) error {
		raised = nil
		complained := make(map[string]bool) // channels whose next visit a spike may bring nearer
		for _, a := range assessments {
			e, isNew, err := t.saveAssessment(a, ms(now))
			if err != nil {
				return fmt.Errorf("comment %s: %w", a.Comment, err)
			}
			if isNew {
				raised = append(raised, e)
				complained[e.Channel] = complained[e.Channel] || a.IsComplaint
			}
		}
		for channel, has := range complained {
			if !has {
				continue
			}
			if _, err := t.setDue(channel); err != nil {
				return fmt.Errorf("next visit of channel %s: %w", channel, err)
			}
		}
		return t.mark(ScoreStage, event, now)
	})
	if err != nil {
		return nil, err
	}
	return raised, nil
}

func (t *tx) saveAssessment(a audit.Assessment, now time.Time) (e audit.Event, isNew bool, err error) {
	e = audit.Event{V: 1, ID: audit.EventID(audit.EventAssessed, a.Comment), Kind: audit.EventAssessed, Ref: a.Comment, At: now}
	var week string
	found, err := t.row(`SELECT organisation, channel, week FROM comment WHERE id = ?`, []any{a.Comment}, &e.Organisation, &e.Channel, &week)
	if err != nil || !found {
		return e, false, err // a comment that was erased meanwhile needs no assessment
	}
	if a.At.IsZero() {
		a.At = now
	}
	if a.Private() {
		a.IsComplaint = false // on no page is such a comment counted among complaints; its probability stays
	}
	n, err := t.count(`INSERT INTO assessment (comment, complaint, is_complaint, praise, question, idea, threat, spam, hazards, urgency,
			lang, tier, spans, clauses, signs, model, observed_at, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (comment) DO NOTHING`,
		a.Comment, a.Complaint, a.IsComplaint, a.Praise, a.Question, a.Idea, a.Threat, a.Spam, asJSON(orEmpty(a.Hazards)), a.Urgency,
		a.Lang, a.Tier, asJSON(orEmpty(a.Spans)), asJSON(orEmpty(a.Clauses)), asJSON(orEmpty(a.Signs)), a.Model, stamp(a.At), stamp(now))
	if err != nil || n == 0 {
		return e, false, err
	}
	if a.Manner != "" {
		if err := t.exec(`UPDATE comment SET manner = ? WHERE id = ?`, string(a.Manner), a.Comment); err != nil {
			return e, false, err
		}
	}
	err = t.exec(`UPDATE comment_week SET assessed = assessed + 1, complaints = complaints + ? WHERE channel = ? AND week = ?`, a.IsComplaint, e.Channel, week)
	if err != nil {
		return e, false, err
	}
	return e, true, t.saveEvent(e, now, now)
}
