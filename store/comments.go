package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// savePosts keeps what the organisation published; the newest look says what a post is called, and the newest that tells
// when it was published.
func (r *recorder) savePosts() error {
	for _, p := range r.visit.Posts {
		err := r.exec(`INSERT INTO post (id, channel, url, title, posted_at, observed_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET
				title = iif(excluded.observed_at >= post.observed_at, excluded.title, post.title),
				posted_at = iif(excluded.observed_at >= post.observed_at, coalesce(excluded.posted_at, post.posted_at), excluded.posted_at),
				observed_at = max(excluded.observed_at, post.observed_at), recorded_at = excluded.recorded_at
			WHERE excluded.observed_at >= post.observed_at OR post.posted_at IS NULL`,
			p.ID, r.channel.ID, p.URL, p.Title, orNull(p.Published), stamp(r.visit.ObservedAt), stamp(r.now))
		if err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
	}
	return nil
}

// saveComments keeps each comment once, as it was first brought, counts the new ones into their weeks, and raises one
// event a visit for them.
func (r *recorder) saveComments() error {
	if len(r.visit.Comments) == 0 {
		return nil
	}
	weeks := make(map[string]*[2]int) // all, by the organisation
	late, err := r.late()
	if err != nil {
		return err
	}
	here, err := r.commentsHere()
	if err != nil {
		return err
	}
	for _, c := range r.visit.Comments {
		week, n := weekOf(c, r.visit.ObservedAt), 0
		if !here.ids[c.ID] {
			if n, err = r.saveComment(c, week, here.prints[[2]string{c.Post, c.Print}]); err != nil {
				return fmt.Errorf("%s: %w", c.ID, err)
			}
			here.add(c)
		}
		if n == 0 && late {
			if err := r.backdate(c.ID); err != nil {
				return fmt.Errorf("backdate %s: %w", c.ID, err)
			}
		}
		if n == 0 {
			continue
		}
		if weeks[week] == nil {
			weeks[week] = &[2]int{}
		}
		weeks[week][0]++
		if c.By == audit.AuthorOrganisation {
			weeks[week][1]++
		}
		r.out.NewComments++
	}
	if r.out.NewComments == 0 {
		return nil
	}
	for week, n := range weeks {
		if err := r.addToWeek(week, n[0], n[1], 0, 0); err != nil {
			return err
		}
	}
	if err := r.exec(`UPDATE visit SET new_comments = ? WHERE id = ?`, r.out.NewComments, r.visit.ID); err != nil {
		return err
	}
	return r.raise(audit.Event{Kind: audit.EventComments, Ref: r.visit.ID, Count: r.out.NewComments, At: r.visit.ObservedAt}, r.now)
}

// addToWeek adds to the counts of a week of the channel.
func (r *recorder) addToWeek(week string, comments, byOrganisation, assessed, complaints int) error {
	err := r.exec(`INSERT INTO comment_week (channel, week, organisation, comments, by_organisation, assessed, complaints)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, week) DO UPDATE SET
			comments = comments + excluded.comments, by_organisation = by_organisation + excluded.by_organisation,
			assessed = assessed + excluded.assessed, complaints = complaints + excluded.complaints`,
		r.channel.ID, week, r.channel.Organisation, comments, byOrganisation, assessed, complaints)
	if err != nil {
		return fmt.Errorf("week %s: %w", week, err)
	}
	return nil
}

// late reports whether a newer visit of the channel is recorded already.
func (r *recorder) late() (late bool, err error) {
	_, err = r.row(`SELECT EXISTS (SELECT 1 FROM visit WHERE channel = ? AND observed_at > ?)`, []any{r.channel.ID, stamp(r.visit.ObservedAt)}, &late)
	return late, err
}

// backdate says of a comment that a late visit has seen it earlier. Where nobody knows when it was said, it moves to the
// week of its first sight.
func (r *recorder) backdate(id string) error {
	var was string
	var undated bool
	var byOrganisation, assessed, complaints int
	found, err := r.row(`SELECT m.week, m.said_at IS NULL, m.author_by = 2, a.comment IS NOT NULL, coalesce(a.is_complaint, 0)
		FROM comment m LEFT JOIN assessment a ON a.comment = m.id WHERE m.id = ? AND m.observed_at > ?`,
		[]any{id, stamp(r.visit.ObservedAt)}, &was, &undated, &byOrganisation, &assessed, &complaints)
	if err != nil || !found {
		return err
	}
	week := was
	if undated {
		week = weekOf(audit.Comment{}, r.visit.ObservedAt)
	}
	if err := r.exec(`UPDATE comment SET observed_at = ?, week = ? WHERE id = ?`, stamp(r.visit.ObservedAt), week, id); err != nil || week == was {
		return err
	}
	if err := r.addToWeek(was, -1, -byOrganisation, -assessed, -complaints); err != nil {
		return err
	}
	if err := r.exec(`DELETE FROM comment_week WHERE channel = ? AND week = ? AND comments = 0`, r.channel.ID, was); err != nil {
		return err
	}
	return r.addToWeek(week, 1, byOrganisation, assessed, complaints)
}

// commentsHere says which comments are there already: by their ids, and by the posts and prints of their texts. It is asked
// once for a visit: most bring what earlier ones brought.
type commentsHere struct {
	ids    map[string]bool
	prints map[[2]string]bool
}

func (h commentsHere) add(c audit.Comment) {
	h.ids[c.ID] = true
	if c.Print != "" {
		h.prints[[2]string{c.Post, c.Print}] = true
	}
}

// commentsHere looks for the visit's comments among those of its channel.
func (r *recorder) commentsHere() (commentsHere, error) {
	here := commentsHere{ids: map[string]bool{}, prints: map[[2]string]bool{}}
	var asked [][3]string
	for _, c := range r.visit.Comments {
		asked = append(asked, [3]string{c.ID, c.Post, c.Print})
	}
	err := r.rows(`SELECT m.id, m.post, m.print FROM json_each(?1) j JOIN comment m ON m.id = j.value ->> 0
		UNION ALL SELECT '', m.post, m.print FROM json_each(?1) j JOIN comment m ON m.post = j.value ->> 1 AND m.print = j.value ->> 2
			AND m.print <> '' AND m.channel = ?2`, []any{asJSON(asked), r.channel.ID}, func(row *sql.Rows) error {
		var c audit.Comment
		err := row.Scan(&c.ID, &c.Post, &c.Print)
		here.add(c)
		return err
	})
	if err != nil {
		return here, fmt.Errorf("look for known comments: %w", err)
	}
	return here, nil
}

const insertComment = `INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent,
		said_at, said_max, week, text, text_hash, length_class, print, native, standing, observed_at, recorded_at)
	SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, nullif(?14, ''), ?15, ?16, ?17, ?18, ?19, ?20, ?21`

// saveComment keeps a comment unless it is known, by its id or otherwise: from a page that gives no numbers and now by the
// interface that does, or from a system whose comments another took over. Two numbers of one system are two comments,
// whatever they say, and so are two fingerprints of one system. Where each says when it was said, the times have to overlap.
// alike says that some comment on the post has the same print.
func (r *recorder) saveComment(c audit.Comment, week string, alike bool) (int, error) {
	args := []any{c.ID, r.channel.Organisation, r.channel.ID, r.visit.ID, c.Post, c.System, c.URL, c.Author, int(c.By), c.Parent,
		orNull(c.Time), orNull(c.TimeMax), week, c.Text, c.TextHash, lengthClass(c.Text), c.Print, c.Native, c.Standing,
		stamp(r.visit.ObservedAt), stamp(r.now)}
	if !alike {
		return r.count(insertComment+` WHERE true ON CONFLICT (id) DO NOTHING`, args...)
	}
	until := c.TimeMax
	if until.IsZero() {
		until = c.Time
	}
	return r.count(insertComment+`
		WHERE NOT EXISTS (SELECT 1 FROM comment WHERE post = ?5 AND print = ?17 AND print <> '' AND channel = ?3 AND id <> ?1
			AND (native <> ?18 OR system <> ?6)
			AND (said_at IS NULL OR ?11 IS NULL OR said_at <= ?22 AND coalesce(said_max, said_at) >= ?11))
		ON CONFLICT (id) DO NOTHING`, append(args, orNull(until))...)
}

// weekOf is the ISO week in which a comment was said, or seen where nobody knows when it was said.
func weekOf(c audit.Comment, observed time.Time) string {
	when := c.Time
	if when.IsZero() {
		when = observed
	}
	year, week := when.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// lengthClass is what remains of a text's length; "" where the text was not sent.
func lengthClass(text string) string {
	switch n := len(text); {
	case n == 0:
		return ""
	case n < 80:
		return "short"
	case n < 400:
		return "medium"
	case n < 2000:
		return "long"
	}
	return "very_long"
}

const commentColumns = `m.id, m.post, m.system, m.url, m.author, m.author_by, m.parent, m.said_at, m.said_max, coalesce(m.text, ''), m.text_hash`

func commentInto(c *audit.Comment) []any {
	return []any{&c.ID, &c.Post, &c.System, &c.URL, &c.Author, &c.By, &c.Parent, at(&c.Time), at(&c.TimeMax), &c.Text, &c.TextHash}
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
	n, err := t.count(`INSERT INTO assessment (comment, complaint, is_complaint, praise, question, idea, threat, spam, hazards, urgency,
			lang, tier, spans, model, observed_at, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (comment) DO NOTHING`,
		a.Comment, a.Complaint, a.IsComplaint, a.Praise, a.Question, a.Idea, a.Threat, a.Spam, asJSON(orEmpty(a.Hazards)), a.Urgency,
		a.Lang, a.Tier, asJSON(orEmpty(a.Spans)), a.Model, stamp(a.At), stamp(now))
	if err != nil || n == 0 {
		return e, false, err
	}
	err = t.exec(`UPDATE comment_week SET assessed = assessed + 1, complaints = complaints + ? WHERE channel = ? AND week = ?`, a.IsComplaint, e.Channel, week)
	if err != nil {
		return e, false, err
	}
	return e, true, t.saveEvent(e, now, now)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
