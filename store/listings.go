package store

import (
	"context"
	"fmt"
	"time"

	"doorknock/audit"
)

// keepListed is how long it is kept which comments an old listing showed, for pages and files tell of twelve weeks. How many
// they were is kept without end.
const keepListed = 120 * 24 * time.Hour

// saveVersion keeps another wording of a comment that is known. Where the same method shows other words than before, both
// wordings are kept, each with its first sight. Two methods set the same words differently, so theirs are not compared.
func (r *recorder) saveVersion(was wording, c audit.Comment) error {
	if was.print == "" || c.Print == "" || was.method != c.Method || c.Method == "" {
		return nil
	}
	if was.print == c.Print { // its own first wording once more, perhaps by a look that comes late
		return r.exec(`UPDATE comment_version SET first_at = ?3 WHERE comment = ?1 AND print = ?2 AND first_at > ?3`, c.ID, c.Print, stamp(r.visit.ObservedAt))
	}
	// Of the first wording nothing else was seen until now, or it has its row.
	if err := r.addVersion(c.ID, was, `NOTHING`); err != nil {
		return err
	}
	return r.addVersion(c.ID, wording{c.Print, c.TextHash, lengthClass(c.Text), c.Method, r.visit.ObservedAt}, `UPDATE SET first_at = min(first_at, excluded.first_at)`)
}

// addVersion writes a wording; otherwise (constant words) says what to do where it is there.
func (r *recorder) addVersion(comment string, w wording, otherwise string) error {
	err := r.exec(`INSERT INTO comment_version (comment, print, text_hash, length_class, first_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (comment, print) DO `+otherwise, comment, w.print, w.hash, w.length, stamp(w.seen), stamp(r.now))
	if err != nil {
		return fmt.Errorf("version: %w", err)
	}
	return nil
}

// saveListings keeps what this visit's captures show of comments, and counts its looks at pages that show what an earlier
// capture does. A look at an unchanged page that was recorded before the visit that brought the capture is counted with it.
func (r *recorder) saveListings() error {
	seen := stamp(r.visit.ObservedAt)
	for _, l := range r.visit.Listings {
		ids := make([]string, len(l.Comments))
		for i, id := range l.Comments {
			ids[i] = r.keptAs(id)
		}
		err := r.exec(`INSERT INTO listing (capture, post, channel, method, complete, since, comments, listed, first_at, last_at, looks)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (capture, post) DO NOTHING`,
			l.Capture, l.Post, r.channel.ID, string(l.Method), l.Complete, orNull(l.Since), asJSON(ids), len(ids), seen, seen)
		if err != nil {
			return fmt.Errorf("of capture %s: %w", l.Capture, err)
		}
	}
	if err := r.catchUp(); err != nil || len(r.visit.Unchanged) == 0 {
		return err
	}
	captures := capturesOf(r.visit.Unchanged, func(p audit.PageRef) string { return p.Capture })
	return r.exec(`UPDATE listing SET first_at = min(first_at, ?1), last_at = max(last_at, ?1), looks = looks + 1
		WHERE capture IN (SELECT value FROM json_each(?2))`, seen, asJSON(captures))
}

// catchUp counts later looks that were recorded before this visit.
func (r *recorder) catchUp() error {
	if len(r.visit.Listings) == 0 {
		return nil
	}
	late, err := r.late()
	if err != nil || !late {
		return err
	}
	return r.exec(`WITH again AS (SELECT c.unchanged AS capture, v.id AS visit, v.observed_at AS seen FROM visit v JOIN capture c ON c.visit = v.id
			WHERE v.channel = ?1 AND v.observed_at > ?2 AND c.unchanged <> '')
		UPDATE listing SET last_at = (SELECT max(seen) FROM again WHERE again.capture = listing.capture),
			looks = looks + (SELECT count(DISTINCT visit) FROM again WHERE again.capture = listing.capture)
		WHERE capture IN (SELECT value FROM json_each(?3)) AND capture IN (SELECT capture FROM again)`,
		r.channel.ID, stamp(r.visit.ObservedAt), asJSON(capturesOf(r.visit.Listings, func(l audit.Listing) string { return l.Capture })))
}

func capturesOf[T any](list []T, of func(T) string) []string {
	captures := make([]string, len(list))
	for i, x := range list {
		captures[i] = of(x)
	}
	return captures
}

// thinListings lets go of which comments a channel's old listings showed.
func (db *DB) thinListings(ctx context.Context, channel string, now time.Time, out *Tidied) error {
	return db.repeat(ctx, "thin listings", &out.Rows, `UPDATE listing SET comments = NULL WHERE (capture, post) IN (SELECT capture, post FROM listing
		WHERE channel = ?1 AND last_at < ?2 AND comments IS NOT NULL LIMIT ?3)`, channel, stamp(now.Add(-keepListed)))
}
