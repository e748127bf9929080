package store

import (
	"runtime"
	"testing"
	"time"

	"doorknock/audit"
)

// crowdOf writes that many comments of the public on oak's site, spread evenly over so many days before now, each assessed.
func crowdOf(t *testing.T, db *DB, n, days int, now time.Time) {
	t.Helper()
	record(t, db, look(oak(), now, audit.Open))
	err := db.write(t.Context(), "write a crowd's comments", func(t *tx) error {
		if err := t.exec(`WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?1)
			INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent, said_at, week, text_hash, length_class, observed_at, recorded_at)
			SELECT printf('%032x', n), 'oak', ?2, ?3, 'p' || (n % 1000), 'wordpress', 'https://oak.test/' || n, printf('%032x', n % 5000), 1, '',
				strftime('%Y-%m-%dT%H:%M:%fZ', at), strftime('%G-W%V', at), 'hash', 'short', strftime('%Y-%m-%dT%H:%M:%fZ', at), ?4
			FROM (SELECT n, julianday(?4) - n * (?5 + 0.0) / ?1 AS at FROM i)`, n, oak().ID, look(oak(), now, audit.Open).Visit.ID, stamp(now), days); err != nil {
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
	crowdOf(t, db, manyComments, 3650, day0)
	talk, each := talkOfOak(t, db)
	if want := min(manyComments/10, MostSaid); len(talk.Said) < want*95/100 || len(talk.Said) > want*105/100 {
		t.Errorf("%d comments were read of %d, want those of a year", len(talk.Said), manyComments)
	}
	if each > 2000 {
		t.Errorf("%d bytes for each comment of the window", each)
	}
	if MostSaid*each > 100<<20 {
		t.Errorf("%d comments are read at most, of %d bytes each: more than 100 MB", MostSaid, each)
	}
	shown, err := db.AssessedComments(t.Context(), "oak", 50)
	if err != nil || len(shown) > 50 {
		t.Errorf("%d comments to explain, %v", len(shown), err)
	}
}

// TestMoreThanIsRead: of a place where more was said within the year than is ever read, the newest whole weeks are, and since when is told;
// so of one channel. Where a single week holds more, nothing is.
func TestMoreThanIsRead(t *testing.T) {
	db := open(t, nil)
	db.mostSaid = crowdedYear / 20
	crowdOf(t, db, crowdedYear, 364, day0)
	talk, _ := talkOfOak(t, db)
	week := crowdedYear / 52
	if len(talk.Said) > db.mostSaid || len(talk.Said) <= db.mostSaid-2*week || len(talk.Said) == 0 {
		t.Errorf("%d comments were read of %d a week", len(talk.Said), week)
	}
	if read := talk.Read; read.Weekday() != time.Monday || !read.Equal(read.Truncate(24*time.Hour)) {
		t.Errorf("all is read since %s, want a Monday's beginning", read)
	}
	for _, s := range talk.Said {
		if s.From.Before(talk.Read) {
			t.Fatalf("a comment of %s was read, and all since %s", s.From, talk.Read)
		}
	}
	on, err := db.TalkOn(t.Context(), oak().ID, day0.AddDate(0, 0, -364), day0)
	if err != nil || len(on.Said) != len(talk.Said) || !on.Read.Equal(talk.Read) {
		t.Errorf("on the channel %d comments since %s, %v", len(on.Said), on.Read, err)
	}
	if err := db.write(t.Context(), "crowd them into one week", func(t *tx) error {
		return t.exec(`UPDATE comment SET week = ?`, weekOf(audit.Comment{}, day0))
	}); err != nil {
		t.Fatal(err)
	}
	if talk, _ = talkOfOak(t, db); len(talk.Said) != 0 || !talk.Read.After(day0) {
		t.Errorf("of a week with all of them %d were read, all since %s", len(talk.Said), talk.Read)
	}
}

// talkOfOak reads the talk of the last twelve weeks, and says how many bytes each comment took.
func talkOfOak(t *testing.T, db *DB) (talk Talk, each uint64) {
	t.Helper()
	before := allocated()
	talk, err := db.Public(day0).Talk(t.Context(), "oak", day0.AddDate(0, 0, -84))
	if err != nil {
		t.Fatal(err)
	}
	took := allocated() - before
	each = took / uint64(max(len(talk.Said), 1))
	t.Logf("%d comments: %d MB, %d bytes each", len(talk.Said), took>>20, each)
	return talk, each
}

// allocated is all that was ever taken from the heap.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
