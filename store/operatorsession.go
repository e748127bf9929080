package store

import (
	"context"
	"fmt"
	"time"
)

// A Session is somebody logged in at the operator's pages.
type Session struct {
	TokenHash     string    // SHA-256 hex of the cookie's value
	PasswordPrint string    // which password it was opened with
	Expires       time.Time // from then on it is none
}

// SaveSession keeps a new session, and drops those that have ended.
func (db *DB) SaveSession(ctx context.Context, s Session) error {
	return db.write(ctx, "keep a session", func(t *tx) error {
		now := stamp(ms(db.o.Now()))
		if err := t.exec(`DELETE FROM operator_session WHERE expires_at <= ?`, now); err != nil {
			return err
		}
		return t.exec(`INSERT INTO operator_session (token_hash, password_print, expires_at, recorded_at) VALUES (?, ?, ?, ?)`,
			s.TokenHash, s.PasswordPrint, stamp(s.Expires), now)
	})
}

// HasSession reports whether a session of this token, opened with this password, has not ended.
func (db *DB) HasSession(ctx context.Context, tokenHash, passwordPrint string) (bool, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM operator_session WHERE token_hash = ? AND password_print = ? AND expires_at > ?`,
		tokenHash, passwordPrint, stamp(db.o.Now())).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a session: %w", err)
	}
	return n > 0, nil
}

// EndSession forgets a session; one that is not there is no error.
func (db *DB) EndSession(ctx context.Context, tokenHash string) error {
	return db.write(ctx, "end a session", func(t *tx) error {
		return t.exec(`DELETE FROM operator_session WHERE token_hash = ?`, tokenHash)
	})
}
