package store

import (
	"runtime"
	"testing"
	"time"

	"doorknock/audit"
)

// crowdOf writes that many comments of the public on oak's site, spread evenly over ten years before now, each assessed.
func crowdOf(t *testing.T, db *DB, n int, now time.Time) {
	t.Helper()
	record(t, db, look(oak(), now, audit.Open))
	err := db.write(t.Context(), "write a crowd's comments", func(t *tx) error {
		if err := t.exec(`WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?1)
			INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent, said_at, week, text_hash, length_class, observed_at, recorded_at)
			SELECT printf('%032x', n), 'oak', ?2, ?3, 'p' || (n % 1000), 'wordpress', 'https://oak.test/' || n, printf('%032x', n % 5000), 1, '',
				strftime('%Y-%m-%dT%H:%M:%fZ', at), strftime('%G-W%V', at), 'hash', 'short', strftime('%Y-%m-%dT%H:%M:%fZ', at), ?4
			FROM (SELECT n, julianday(?4) - n * 3650.0 / ?1 AS at FROM i)`, n, oak().ID, look(oak(), now, audit.Open).Visit.ID, stamp(now)); err != nil {
			return err
		}
		return t.exec(`INSERT INTO assessment (comment, complaint, is_complaint, hazards, urgency, lang, tier, spans, model, observed_at, recorded_at)
			SELECT id, 0.1, 0, '[]', 'none', 'en', 0, '[]', 'm', observed_at, recorded_at FROM comment`)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestManyComments: what figures about talk are made from is the last 52 weeks (twelve, and forty to compare with), whatever was said before;
// it takes some bytes for each comment of these weeks, and none for an older one.
func TestManyComments(t *testing.T) {
	db := open(t, nil)
	crowdOf(t, db, manyComments, day0)
	before := allocated()
	talk, err := db.Public(day0).Talk(t.Context(), "oak", day0.AddDate(0, 0, -84))
	if err != nil {
		t.Fatal(err)
	}
	took := allocated() - before
	if want := manyComments / 10; len(talk.Said) < want*95/100 || len(talk.Said) > want*105/100 {
		t.Errorf("%d comments were read of %d, want those of a year", len(talk.Said), manyComments)
	}
	each := took / uint64(len(talk.Said))
	if t.Logf("%d comments of %d: %d MB, %d bytes each", len(talk.Said), manyComments, took>>20, each); each > 2000 {
		t.Errorf("%d bytes for each comment of the window", each)
	}
	shown, err := db.AssessedComments(t.Context(), "oak", 50)
	if err != nil || len(shown) > 50 {
		t.Errorf("%d comments to explain, %v", len(shown), err)
	}
}

// allocated is all that was ever taken from the heap.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
