package store

import (
	"context"
	"database/sql"
	"fmt"

	"doorknock/audit"
)

// savePages keeps, of each page of the visit, what asking for changes and walking on needs. Of a page that is as it was
// the outline stays where it is; where that is gone by now, or of another body, the page is not remembered by this visit:
// an outline without links would say that the page leads nowhere.
func (r *recorder) savePages() error {
	if err := r.touchPages(); err != nil {
		return err
	}
	for url, p := range r.visit.Memory.Pages {
		var err error
		if p.Outline == "" {
			err = r.exec(`UPDATE page_seen SET etag = ?4, last_modified = ?5, hash = ?6, reader = ?7, looked_at = ?8, observed_at = ?9, recorded_at = ?10
				WHERE channel = ?1 AND url = ?2 AND capture = ?3 AND observed_at <= ?9`,
				r.channel.ID, url, p.Capture, p.ETag, p.LastModified, p.Hash, p.Reader, orNull(p.At), stamp(r.visit.ObservedAt), stamp(r.now))
		} else {
			err = r.savePage(url, p)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
	}
	return nil
}

// touchPages says of all pages of a visit that found everything as before that they were looked at.
func (r *recorder) touchPages() error {
	if r.visit.Same == nil {
		return nil
	}
	var captures []string
	for _, p := range r.visit.Unchanged {
		captures = append(captures, p.Capture)
	}
	return r.exec(`UPDATE page_seen SET observed_at = ?2, recorded_at = ?3
		WHERE channel = ?1 AND observed_at <= ?2 AND capture IN (SELECT value FROM json_each(?4))`,
		r.channel.ID, stamp(r.visit.ObservedAt), stamp(r.now), asJSON(captures))
}

func (r *recorder) savePage(url string, p audit.PageMemory) error {
	return r.exec(`INSERT INTO page_seen
		(channel, url, etag, last_modified, hash, capture, reader, outline, looked_at, until, observed_at, recorded_at, moved_from)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (channel, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
			hash = excluded.hash, capture = excluded.capture, reader = excluded.reader, outline = excluded.outline,
			looked_at = excluded.looked_at, until = excluded.until, observed_at = excluded.observed_at, recorded_at = excluded.recorded_at, moved_from = excluded.moved_from
		WHERE excluded.observed_at >= page_seen.observed_at`,
		r.channel.ID, url, p.ETag, p.LastModified, p.Hash, p.Capture, p.Reader, string(p.Outline), orNull(p.At), orNull(p.Until),
		stamp(r.visit.ObservedAt), stamp(r.now), p.From)
}

// PageReadings gives the readings that stand for pages which a visit found unchanged, each with the time of the new
// look. A page whose readings are gone is ErrNotFound: a caller that left it out would call a door absent that the
// page may hold.
func (db *DB) PageReadings(ctx context.Context, channel string, pages []audit.PageRef) ([]audit.Reading, error) {
	var all []audit.Reading
	for _, p := range pages {
		var of audit.Readings
		found := false
		err := db.list(ctx, `SELECT readings FROM capture WHERE id = ? AND channel = ? AND readings IS NOT NULL`, []any{p.Capture, channel}, func(r *sql.Rows) error {
			found = true
			return r.Scan(fromJSON(&of))
		})
		if err != nil {
			return nil, fmt.Errorf("readings of unchanged page %s: %w", p.URL, err)
		}
		if !found {
			return nil, fmt.Errorf("readings of unchanged page %s, capture %s: %w", p.URL, p.Capture, ErrNotFound)
		}
		for i := range of {
			of[i].At = p.At
		}
		all = append(all, of...)
	}
	return all, nil
}
