package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"doorknock/audit"
)

// Subject is by what a person's data is found. Any of them is enough.
type Subject struct {
	Authors    []string // pseudonyms
	Permalinks []string // addresses of comments, as stored
	Comments   []string // ids
	// Organisation, if given, is where everybody's comments are meant.
	Organisation string
}

// HeldComment is what is kept of one comment.
type HeldComment struct {
	audit.Comment
	Organisation string            `json:"organisation"`
	Channel      string            `json:"channel"`
	Platform     audit.Platform    `json:"platform"`
	Place        string            `json:"place"` // the channel's address
	Length       string            `json:"length_class"`
	FirstSeen    time.Time         `json:"first_seen"`
	RecordedAt   time.Time         `json:"recorded_at"`
	ForgottenAt  time.Time         `json:"forgotten_at,omitzero"` // when the words were dropped
	Wordings     int               `json:"wordings"`              // of which hashes are kept; 0 or 1: never edited
	Assessment   *audit.Assessment `json:"assessment"`            // nil: none
	Captures     []string          `json:"captures"`              // sealed captures of its channel, any of which may show it
	Told         []Told            `json:"told"`
}

// Told is a message to a receiver that an alert about the comment went out in, or may have.
type Told struct {
	Receiver string    `json:"receiver"`
	SentAt   time.Time `json:"sent_at"`          // when the receiver said that it has it, else when it was last tried
	Doubted  bool      `json:"doubted,omitzero"` // an attempt's answer was lost: there may be one more message than we know of
	Message  Standing  `json:"-"`                // where it stands and can be taken away; zero: it cannot
	Others   bool      `json:"-"`                // it tells of other things too
}

// HeldOf gives what is kept of a person, oldest first, one comment after the other: of an organisation's everybody there may be
// a million. An error ends it.
func (db *DB) HeldOf(ctx context.Context, s Subject) iter.Seq2[HeldComment, error] {
	return func(yield func(HeldComment, error) bool) {
		ids, err := db.words(ctx, `SELECT m.id FROM comment m WHERE `+ofSubject+` ORDER BY coalesce(m.said_at, m.observed_at), m.id`, s.args()...)
		if err != nil {
			yield(HeldComment{}, fmt.Errorf("look for a person's comments: %w", err))
			return
		}
		captures := map[string][]string{} // by channel
		for _, id := range ids {
			h, err := db.held(ctx, id, captures)
			if errors.Is(err, ErrNotFound) {
				continue // erased meanwhile
			}
			if err != nil {
				err = fmt.Errorf("load what is kept of comment %s: %w", id, err)
			}
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
}

func (db *DB) held(ctx context.Context, id string, captures map[string][]string) (h HeldComment, err error) {
	found := false
	err = db.list(ctx, `SELECT `+commentColumns+`, m.organisation, m.channel, c.platform, c.url, m.length_class, m.observed_at, m.recorded_at,
			m.forgotten_at, (SELECT count(*) FROM comment_version w WHERE w.comment = m.id)
		FROM comment m JOIN channel c ON c.id = m.channel WHERE m.id = ?`,
		[]any{id}, func(r *sql.Rows) error {
			found = true
			return r.Scan(append(commentInto(&h.Comment), &h.Organisation, &h.Channel, &h.Platform, &h.Place, &h.Length, at(&h.FirstSeen), at(&h.RecordedAt),
				at(&h.ForgottenAt), &h.Wordings)...)
		})
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return h, err
	}
	return h, db.loadHeld(ctx, &h, captures)
}

// ofSubject picks rows m of comment. Authors are looked for from end to end of the index that has them, and no row is read for it.
const ofSubject = `(m.author <> '' AND m.channel IN (SELECT id FROM channel) AND m.author IN (SELECT value FROM json_each(?1))
	OR m.url <> '' AND m.url IN (SELECT value FROM json_each(?2))
	OR m.id IN (SELECT value FROM json_each(?3))
	OR m.channel IN (SELECT id FROM channel WHERE organisation = ?4))`

func (s Subject) args() []any {
	return []any{asJSON(orEmpty(s.Authors)), asJSON(orEmpty(s.Permalinks)), asJSON(orEmpty(s.Comments)), s.Organisation}
}

// heldCaptures picks the sealed captures of a channel that may show its comments. What a witness handed in is no page that
// we fetched, and stays: it is withdrawn by the witness.
const heldCaptures = `sealed = 1 AND dropped_at IS NULL AND channel = ?1 AND id NOT IN (SELECT artefact FROM witness)`

func (db *DB) loadHeld(ctx context.Context, h *HeldComment, captures map[string][]string) (err error) {
	known := false
	if h.Captures, known = captures[h.Channel]; !known {
		if h.Captures, err = db.words(ctx, `SELECT id FROM capture WHERE `+heldCaptures+` ORDER BY id`, h.Channel); err != nil {
			return err
		}
		captures[h.Channel] = h.Captures
	}
	if err := db.loadTold(ctx, h); err != nil {
		return err
	}
	return db.list(ctx, `SELECT complaint, is_complaint, praise, question, idea, threat, spam, hazards, urgency, lang, tier, spans, clauses, signs, model, observed_at
		FROM assessment WHERE comment = ?`, []any{h.ID}, func(r *sql.Rows) error {
		a := &audit.Assessment{Comment: h.ID}
		h.Assessment = a
		return r.Scan(&a.Complaint, &a.IsComplaint, &a.Praise, &a.Question, &a.Idea, &a.Threat, &a.Spam, fromJSON(&a.Hazards), &a.Urgency,
			&a.Lang, &a.Tier, fromJSON(&a.Spans), fromJSON(&a.Clauses), fromJSON(&a.Signs), &a.Model, at(&a.At))
	})
}

// loadTold lists the messages about a comment, the newest first: an answer is taken away before what it stands under.
func (db *DB) loadTold(ctx context.Context, h *HeldComment) error {
	const mine, other = `EXISTS (SELECT 1 FROM json_each(%s.alerts) j JOIN alert a ON a.id = j.value WHERE a.ref = ?1)`,
		`EXISTS (SELECT 1 FROM json_each(m.alerts) j JOIN alert a ON a.id = j.value WHERE a.ref <> ?1)`
	return db.list(ctx, `SELECT d.receiver, coalesce(d.sent_at, d.tried_at) AS at, d.doubted, coalesce(m.id, ''), coalesce(m.place, ''), coalesce(m.stamp, ''),
			m.root = m.id, `+other+` FROM delivery d LEFT JOIN slack_message m ON m.delivery = d.id
			WHERE (d.sent_at IS NOT NULL OR d.doubted) AND `+fmt.Sprintf(mine, "d")+`
		UNION ALL SELECT m.receiver, m.recorded_at, 0, m.id, m.place, m.stamp, m.root = m.id, `+other+` FROM slack_message m
			WHERE m.delivery NOT IN (SELECT id FROM delivery) AND `+fmt.Sprintf(mine, "m")+` ORDER BY at DESC`,
		[]any{h.ID}, func(r *sql.Rows) error {
			var t Told
			var root sql.NullBool
			err := r.Scan(&t.Receiver, at(&t.SentAt), &t.Doubted, &t.Message.ID, &t.Message.At.Channel, &t.Message.At.Stamp, &root, &t.Others)
			t.Message.Receiver, t.Message.Root = t.Receiver, root.Bool
			h.Told = append(h.Told, t)
			return err
		})
}

// Erased says what Erase took away.
type Erased struct {
	Comments int
	Captures int
	Files    []string // evidence files, relative to the evidence folder, to be deleted; their keys are gone already
}

// Erase takes away what is kept of a person: comments, wordings, assessments, and every sealed capture that may show them.
// What was counted stays counted. Marks of hashes keep the same comments from being taken in again when they are seen once
// more; with object, whatever these authors write. It then empties the log file, where the words would otherwise remain.
//
// It takes some thousand comments at a time, so that what runs beside it can write; cut off, it goes on when it is asked again.
func (db *DB) Erase(ctx context.Context, s Subject, object bool, now time.Time) (out Erased, err error) {
	most := cmp.Or(db.eraseAtOnce, eraseAtOnce)
	for more := true; more; {
		var part Erased
		err = db.write(ctx, "erase", func(t *tx) (err error) {
			part, err = t.erase(s, object, most, now)
			return err
		})
		if err != nil {
			return out, err
		}
		out.Comments, out.Captures, out.Files = out.Comments+part.Comments, out.Captures+part.Captures, append(out.Files, part.Files...)
		more = part.Comments == most
	}
	return out, db.emptyLog(ctx)
}

// eraseAtOnce is how many comments one transaction erases at most.
const eraseAtOnce = 5000

func (t *tx) erase(s Subject, object bool, most int, now time.Time) (out Erased, err error) {
	var ids, channels []string
	marks := map[string]string{}
	err = t.rows(`SELECT m.id, m.channel, m.post, m.print FROM comment m WHERE `+ofSubject+` LIMIT ?5`, append(s.args(), most), func(r *sql.Rows) error {
		var id, channel, post, print string
		if err := r.Scan(&id, &channel, &post, &print); err != nil {
			return err
		}
		ids, channels = append(ids, id), append(channels, channel)
		marks[objection("comment", id)] = "comment"
		if print != "" {
			marks[objection("words", post, print)] = "words"
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("find comments: %w", err)
	}
	if object {
		for _, author := range s.Authors {
			marks[objection("author", author)] = "author"
		}
	}
	for mark, kind := range marks {
		if err := t.exec(`INSERT INTO objection (mark, kind, recorded_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, mark, kind, stamp(now)); err != nil {
			return out, fmt.Errorf("mark: %w", err)
		}
	}
	out.Comments = len(ids)
	slices.Sort(channels)
	for _, channel := range slices.Compact(channels) {
		if err := t.dropCaptures(heldCaptures, channel, channel, now, &out); err != nil {
			return out, fmt.Errorf("captures of channel %s: %w", channel, err)
		}
	}
	return out, errors.Join(t.dropComments(ids), t.noteErasure(out, object, now))
}

// oneCapture picks a sealed capture, and those that lie in the same file.
const oneCapture = `sealed = 1 AND dropped_at IS NULL AND (id = ?1 OR file <> '' AND file = (SELECT x.file FROM capture x WHERE x.id = ?1))`

// EraseCapture takes one sealed capture away, whatever it shows: its key, what was read in it, and its file, which is for the
// caller to delete. Comments that were read in it stay. ErrNotFound, ErrPlain and ErrDropped say why it cannot be. It gives
// when the capture was recorded: backups made since hold it.
func (db *DB) EraseCapture(ctx context.Context, id string, now time.Time) (out Erased, since time.Time, err error) {
	err = db.write(ctx, "erase a capture", func(t *tx) error {
		out = Erased{}
		c, err := t.sealedCapture(id)
		if err != nil {
			return fmt.Errorf("erase capture %s: %w", id, err)
		}
		since = c.at
		if err := t.dropCaptures(oneCapture, id, c.channel, now, &out); err != nil {
			return err
		}
		return t.noteErasure(out, false, now)
	})
	if err != nil {
		return out, since, err
	}
	return out, since, db.emptyLog(ctx)
}

func (t *tx) noteErasure(out Erased, objected bool, now time.Time) error {
	return t.exec(`INSERT INTO erasure (id, comments, captures, objected, recorded_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET comments = comments + excluded.comments, captures = captures + excluded.captures`,
		audit.LongHash("erasure", stamp(now)), out.Comments, out.Captures, objected, stamp(now))
}

// dropCaptures takes the keys of sealed captures of a channel away, by a condition and its value, and has their pages read anew.
func (t *tx) dropCaptures(which, value, channel string, now time.Time, out *Erased) error {
	err := t.rows(`SELECT DISTINCT file FROM capture WHERE file <> '' AND `+which, []any{value}, func(r *sql.Rows) error {
		var file string
		err := r.Scan(&file)
		out.Files = append(out.Files, file)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.exec(`DELETE FROM page_seen WHERE capture IN (SELECT id FROM capture WHERE `+which+`)`, value); err != nil {
		return err
	}
	if err := t.exec(`DELETE FROM route WHERE channel = ?`, channel); err != nil {
		return err
	}
	if err := t.exec(`DELETE FROM kept WHERE capture IN (SELECT id FROM capture WHERE `+which+`)`, value); err != nil {
		return err
	}
	n, err := t.count(`UPDATE capture SET file = '', seal_key = NULL, readings = NULL, asked = iif(asked IS NULL, NULL, '{}'), dropped_at = ?2 WHERE `+which, value, stamp(now))
	out.Captures += n
	return err
}

func (t *tx) dropComments(ids []string) error {
	for _, query := range []string{
		`DELETE FROM comment_version WHERE comment IN (SELECT value FROM json_each(?))`,
		`DELETE FROM assessment WHERE comment IN (SELECT value FROM json_each(?))`,
		`DELETE FROM alert_wrong WHERE ref IN (SELECT value FROM json_each(?))`,
		`UPDATE listing SET comments = (SELECT json_group_array(value) FROM json_each(listing.comments) WHERE value NOT IN (SELECT value FROM json_each(?1)))
			WHERE comments IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(listing.comments) WHERE value IN (SELECT value FROM json_each(?1)))`,
		`DELETE FROM comment WHERE id IN (SELECT value FROM json_each(?))`,
	} {
		if err := t.exec(query, asJSON(orEmpty(ids))); err != nil {
			return fmt.Errorf("drop comments: %w", err)
		}
	}
	return nil
}

func objection(kind string, of ...string) string {
	return audit.LongHash(append([]string{"objection", kind}, of...)...)
}

// objected leaves out of the visit the comments that are not to be taken in. Where it holds one, its sealed captures do
// too: their keys are not kept, so that nobody can read them, and their files are swept.
func (r *recorder) objected() error {
	var some bool
	if _, err := r.row(`SELECT EXISTS (SELECT 1 FROM objection)`, nil, &some); err != nil || !some || len(r.visit.Comments) == 0 {
		return err
	}
	var kept []audit.Comment
	gone := map[string]bool{}
	for _, c := range r.visit.Comments {
		marks := []string{objection("comment", c.ID), objection("words", c.Post, c.Print), objection("author", c.Author)}
		var is bool
		if _, err := r.row(`SELECT EXISTS (SELECT 1 FROM objection WHERE mark IN (SELECT value FROM json_each(?)))`, []any{asJSON(marks)}, &is); err != nil {
			return err
		}
		if is {
			gone[c.ID] = true
		} else {
			kept = append(kept, c)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	r.visit.Comments = kept
	listings := slices.Clone(r.visit.Listings)
	for i, l := range listings {
		listings[i].Comments = slices.DeleteFunc(slices.Clone(l.Comments), func(id string) bool { return gone[id] })
	}
	r.visit.Listings = listings
	return errors.Join(
		r.exec(`DELETE FROM page_seen WHERE capture IN (SELECT id FROM capture WHERE visit = ? AND sealed = 1)`, r.visit.ID),
		r.exec(`DELETE FROM route WHERE channel = ?`, r.channel.ID),
		r.exec(`UPDATE capture SET file = '', seal_key = NULL, readings = NULL, asked = iif(asked IS NULL, NULL, '{}'), dropped_at = ? WHERE visit = ? AND sealed = 1`,
			stamp(r.now), r.visit.ID))
}

// Haunt is an organisation on a platform: an author has one pseudonym at each.
type Haunt struct {
	Organisation string
	Platform     audit.Platform
}

// Haunts lists where authors can have been seen.
func (db *DB) Haunts(ctx context.Context) ([]Haunt, error) {
	var all []Haunt
	err := db.list(ctx, `SELECT DISTINCT organisation, platform FROM channel ORDER BY 1, 2`, nil, func(r *sql.Rows) error {
		var p Haunt
		err := r.Scan(&p.Organisation, &p.Platform)
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list organisations and platforms: %w", err)
	}
	return all, nil
}
