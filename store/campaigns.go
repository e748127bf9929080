package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// A Campaign is a call to look at some places.
type Campaign struct {
	ID      string    `json:"id"` // made here
	Title   string    `json:"title"`
	Opened  time.Time `json:"opened"`
	Closes  time.Time `json:"closes"`
	Targets []Target  `json:"targets,omitempty"`
}

// A Target is a place that a campaign asks about, and beside which page that is known to be open.
type Target struct {
	Channel audit.Channel `json:"channel"`
	Name    string        `json:"name"` // of the organisation
	Control string        `json:"control"`
}

// An Invite is one link for one person.
type Invite struct {
	ID       string    `json:"id"`
	Campaign string    `json:"campaign"`
	Inviter  string    `json:"inviter"`
	N        int       `json:"n"`
	Expires  time.Time `json:"expires"`
	Revoked  time.Time `json:"revoked,omitzero"`
}

// OpenCampaign keeps a new campaign and gives its id. The same title at the same time is the same campaign.
func (db *DB) OpenCampaign(ctx context.Context, c Campaign) (string, error) {
	c.Opened = ms(c.Opened)
	c.ID = audit.Hash("campaign", c.Title, stamp(c.Opened))
	err := db.write(ctx, "open a campaign", func(t *tx) error {
		err := t.exec(`INSERT INTO witness_campaign (id, title, opened_at, closes_at, recorded_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.ID, c.Title, stamp(c.Opened), stamp(c.Closes), stamp(db.o.Now()))
		if err != nil {
			return err
		}
		for _, target := range c.Targets {
			err := t.exec(`INSERT INTO witness_target (campaign, channel, control) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET control = excluded.control`,
				c.ID, target.Channel.ID, target.Control)
			if err != nil {
				return fmt.Errorf("channel %s: %w", target.Channel.ID, err)
			}
		}
		return nil
	})
	return c.ID, err
}

// Campaigns lists all campaigns without their targets, newest first.
func (db *DB) Campaigns(ctx context.Context) ([]Campaign, error) {
	var all []Campaign
	err := db.list(ctx, `SELECT id, title, opened_at, closes_at FROM witness_campaign ORDER BY opened_at DESC, id`, nil, func(r *sql.Rows) error {
		var c Campaign
		err := r.Scan(&c.ID, &c.Title, at(&c.Opened), at(&c.Closes))
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return all, nil
}

// Campaign gives one campaign with its targets.
func (db *DB) Campaign(ctx context.Context, id string) (Campaign, error) {
	c := Campaign{ID: id}
	err := db.read.QueryRowContext(ctx, `SELECT title, opened_at, closes_at FROM witness_campaign WHERE id = ?`, id).Scan(&c.Title, at(&c.Opened), at(&c.Closes))
	if err != nil {
		return c, fmt.Errorf("read campaign %s: %w", id, notFound(err))
	}
	err = db.list(ctx, `SELECT `+channelColumns+`, o.name, t.control FROM witness_target t JOIN channel c ON c.id = t.channel
		JOIN organisation o ON o.id = c.organisation WHERE t.campaign = ? ORDER BY o.name, c.url`, []any{id}, func(r *sql.Rows) error {
		var x Target
		err := r.Scan(append(channelInto(&x.Channel), &x.Name, &x.Control)...)
		c.Targets = append(c.Targets, x)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("read targets of campaign %s: %w", id, err)
	}
	return c, nil
}

// Invite makes n new invitations of a campaign that this inviter hands on.
func (db *DB) Invite(ctx context.Context, campaign, inviter string, n int, expires time.Time) ([]Invite, error) {
	var all []Invite
	err := db.write(ctx, "invite to campaign "+campaign, func(t *tx) error {
		var has, there int
		_, err := t.row(`SELECT coalesce(max(n), 0), (SELECT count(*) FROM witness_campaign WHERE id = ?1) FROM witness_invite WHERE campaign = ?1 AND inviter = ?2`,
			[]any{campaign, inviter}, &has, &there)
		if err == nil && there == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		for i := has + 1; i <= has+n; i++ {
			v := Invite{ID: audit.Hash("invite", campaign, inviter, fmt.Sprint(i)), Campaign: campaign, Inviter: inviter, N: i, Expires: expires.UTC().Truncate(time.Second)}
			err := t.exec(`INSERT INTO witness_invite (id, campaign, inviter, n, expires_at, recorded_at) VALUES (?, ?, ?, ?, ?, ?)`,
				v.ID, v.Campaign, v.Inviter, v.N, stamp(v.Expires), stamp(db.o.Now()))
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Revoke ends an invitation: its link opens nothing any more. What was said by it stands until it is withdrawn.
func (db *DB) Revoke(ctx context.Context, invite string) error {
	return db.write(ctx, "revoke invitation "+invite, func(t *tx) error {
		n, err := t.count(`UPDATE witness_invite SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?`, stamp(db.o.Now()), invite)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
}

// ErrInviteOver is wrapped where an invitation, or its campaign, has ended.
var ErrInviteOver = errors.New("this invitation has ended")

// Invitation is an invitation with what it asks for.
type Invitation struct {
	Invite
	Title   string
	Targets []Target
	Looked  map[string]time.Time // by channel, when this person's look was recorded; withdrawn ones too
	Missing map[string]bool      // channels of which one more person's look is wanted most
}

// Invitation gives an invitation that still holds; ErrInviteOver, or ErrNotFound.
func (db *DB) Invitation(ctx context.Context, id string, now time.Time) (Invitation, error) {
	v := Invitation{Invite: Invite{ID: id}, Looked: map[string]time.Time{}, Missing: map[string]bool{}}
	err := db.read.QueryRowContext(ctx, `SELECT campaign, inviter, n, expires_at, revoked_at FROM witness_invite WHERE id = ?`, id).
		Scan(&v.Campaign, &v.Inviter, &v.N, at(&v.Expires), at(&v.Revoked))
	if err != nil {
		return v, fmt.Errorf("read invitation %s: %w", id, notFound(err))
	}
	c, err := db.Campaign(ctx, v.Campaign)
	if err != nil {
		return v, err
	}
	if !v.Revoked.IsZero() || !now.Before(v.Expires) || !now.Before(c.Closes) {
		return v, fmt.Errorf("invitation %s: %w", id, ErrInviteOver)
	}
	v.Title, v.Targets = c.Title, c.Targets
	err = db.list(ctx, `SELECT channel, recorded_at FROM witness WHERE invite = ?`, []any{id}, func(r *sql.Rows) error {
		var channel string
		var when time.Time
		err := r.Scan(&channel, at(&when))
		v.Looked[channel] = when
		return err
	})
	if err != nil {
		return v, fmt.Errorf("read the looks of invitation %s: %w", id, err)
	}
	err = db.list(ctx, `SELECT DISTINCT s.channel FROM state_now s JOIN witness_target t ON t.channel = s.channel
		WHERE t.campaign = ? AND s.stage = 'pending' AND s.check_id IN (`+witnessedList+`)`, []any{v.Campaign}, func(r *sql.Rows) error {
		var channel string
		err := r.Scan(&channel)
		v.Missing[channel] = true
		return err
	})
	if err != nil {
		return v, fmt.Errorf("read what campaign %s waits for: %w", v.Campaign, err)
	}
	return v, nil
}

// witnessedList is audit.Witnessed as SQL.
const witnessedList = `'visitor_posts', 'reviews', 'comments'`
