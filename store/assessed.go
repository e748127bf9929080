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
