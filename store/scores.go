package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// ScoreInput is one published answer that a score is computed from.
type ScoreInput struct {
	Channel  string
	Platform audit.Platform
	Check    audit.CheckID
	State    audit.State // unknown while it is checked, held or stale
	Kind     audit.Kind
}

// ScoreInputs gives an organisation's answers as the public may see them now, so that no score tells what is held. A
// question asked of one of its places of a platform is unknown at the others where nobody has looked.
func (db *DB) ScoreInputs(ctx context.Context, organisation string) ([]ScoreInput, error) {
	shown, err := db.Public(db.o.Now()).states(ctx, `organisation = ? AND scope = '' ORDER BY channel, check_id`, organisation)
	if err != nil {
		return nil, fmt.Errorf("score inputs of %s: %w", organisation, err)
	}
	inputs := make([]ScoreInput, 0, len(shown))
	for _, s := range shown {
		if s.Checking {
			s.State, s.Kind = audit.Unknown, "" // as on the pages: what is being checked is in no sum
		}
		inputs = append(inputs, ScoreInput{Channel: s.Channel, Platform: s.Platform, Check: s.Check, State: s.State, Kind: s.Kind})
	}
	channels, err := db.Channels(ctx, organisation)
	if err != nil {
		return nil, err
	}
	return withUnseen(inputs, channels), nil
}

func withUnseen(inputs []ScoreInput, channels []audit.Channel) []ScoreInput {
	type door struct {
		channel string
		check   audit.CheckID
	}
	seen := map[door]bool{}
	for _, in := range inputs {
		seen[door{in.Channel, in.Check}] = true
	}
	for _, in := range inputs {
		for _, c := range channels {
			if d := (door{c.ID, in.Check}); c.Platform == in.Platform && !seen[d] {
				seen[d] = true
				inputs = append(inputs, ScoreInput{Channel: c.ID, Platform: c.Platform, Check: in.Check})
			}
		}
	}
	return inputs
}

// Scores gives an organisation's stored scores, the Door first; none where it was never scored.
func (db *DB) Scores(ctx context.Context, organisation string) ([]audit.Score, error) {
	var all []audit.Score
	err := db.list(ctx, `SELECT organisation, part, value, band, known, applicable, method, observed_at FROM score WHERE organisation = ? ORDER BY part`,
		[]any{organisation}, func(r *sql.Rows) error {
			var s audit.Score
			err := r.Scan(&s.Organisation, &s.Part, &s.Value, &s.Band, &s.Known, &s.Applicable, &s.Method, at(&s.At))
			all = append(all, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read scores of %s: %w", organisation, err)
	}
	return all, nil
}

// SaveScores replaces organisations' scores and marks the event they follow from ("" for none) in one transaction. A score
// made of what was to be read earlier (its At) never replaces a later one's, but for one that a wrong clock put into the future.
func (db *DB) SaveScores(ctx context.Context, event string, scores []audit.Score, now time.Time) error {
	return db.write(ctx, "save scores for event "+event, func(t *tx) error {
		for _, s := range scores {
			err := t.exec(`INSERT INTO score (organisation, part, value, band, known, applicable, method, observed_at, recorded_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organisation, part) DO UPDATE SET value = excluded.value,
					band = excluded.band, known = excluded.known, applicable = excluded.applicable, method = excluded.method,
					observed_at = excluded.observed_at, recorded_at = excluded.recorded_at
				WHERE excluded.observed_at >= score.observed_at OR score.observed_at > excluded.recorded_at`,
				s.Organisation, s.Part, s.Value, s.Band, s.Known, s.Applicable, s.Method, stamp(s.At), stamp(now))
			if err != nil {
				return fmt.Errorf("%s of %s: %w", s.Part, s.Organisation, err)
			}
		}
		if event == "" {
			return nil
		}
		return t.mark(ScoreStage, event, now)
	})
}
