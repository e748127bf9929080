package store

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// SlowDisk says when a commit last took longer than it ever should, and how long. Its zero value: none did in the last hour.
type SlowDisk struct {
	At   time.Time     `json:"at,omitzero"`
	Took time.Duration `json:"took_ns,omitempty"`
}

const (
	// slowDisk is the key in meta under which that is kept. The next transaction writes it: this one is over.
	slowDisk = "slow_disk"
	// slowCommit is from how long on a commit is told of. It is one flush, of milliseconds; a spinning disk takes some tens.
	slowCommit = time.Second
	// tellSlow is for how long status tells of it, and how often the log does.
	tellSlow = time.Hour
)

// commits is what is remembered of commits; DB.mu guards it.
type commits struct {
	slow   SlowDisk
	unkept bool
	logged time.Time
}

// commit ends a transaction, and remembers where that took too long.
func (t *tx) commit() error {
	c := &t.db.commits
	keeps := c.unkept
	if keeps {
		if err := t.exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, slowDisk, fromJSON(c.slow)); err != nil {
			return fmt.Errorf("keep that the disk is slow: %w", err)
		}
	}
	began := time.Now()
	if err := t.exec(`COMMIT`); err != nil {
		return err
	}
	if keeps {
		c.unkept = false
	}
	if took := time.Since(began); took >= cmp.Or(t.db.slowFrom, slowCommit) {
		t.db.isSlow(took)
	}
	return nil
}

func (db *DB) isSlow(took time.Duration) {
	c, now := &db.commits, time.Now()
	c.slow, c.unkept = SlowDisk{At: now.UTC(), Took: took}, true
	if now.Sub(c.logged) >= tellSlow {
		c.logged = now
		db.log.Warn("the disk of the database is slow: all waits for it, and nothing is lost", "commit_took", took.Round(time.Millisecond))
	}
}

// SlowDisk reads it.
func (db *DB) SlowDisk(ctx context.Context, now time.Time) (s SlowDisk, err error) {
	if err = db.read.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = ?)`, slowDisk).Scan(fromJSON(&s)); err != nil {
		return s, db.explain(fmt.Errorf("read whether the disk is slow: %w", err))
	}
	if now.Sub(s.At) > tellSlow {
		return SlowDisk{}, nil
	}
	return s, nil
}
