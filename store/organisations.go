package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"doorknock/audit"
)

// SyncOrganisations makes the list of organisations and channels what the operator's file says. What is no longer
// listed stays, unvisited and unshown. A new channel is due at once. A channel that a fetch has confirmed stays confirmed.
func (db *DB) SyncOrganisations(ctx context.Context, organisations []audit.Organisation, channels []audit.Channel) error {
	return db.write(ctx, "sync organisations", func(t *tx) error {
		now := ms(db.o.Now())
		if err := t.unlist(organisations, channels); err != nil {
			return err
		}
		for _, o := range organisations {
			if err := t.saveOrganisation(o, stamp(now)); err != nil {
				return fmt.Errorf("organisation %s: %w", o.ID, err)
			}
		}
		for _, c := range channels {
			if err := t.saveChannel(c, stamp(now)); err != nil {
				return fmt.Errorf("channel %s: %w", c.URL, err)
			}
			if !c.Confirmed {
				continue
			}
			if err := t.releaseSite(c, now); err != nil {
				return fmt.Errorf("channel %s: %w", c.URL, err)
			}
		}
		return nil
	})
}

// unlist takes off the list what is not in these, and touches nothing else: a row that is written again looks changed.
func (t *tx) unlist(organisations []audit.Organisation, channels []audit.Channel) error {
	ids, places := make([]string, len(organisations)), make([]string, len(channels))
	for i, o := range organisations {
		ids[i] = o.ID
	}
	for i, c := range channels {
		places[i] = c.ID
	}
	err := t.exec(`UPDATE organisation SET listed = 0 WHERE listed = 1 AND id NOT IN (SELECT value FROM json_each(?))`, asJSON(ids))
	if err != nil {
		return err
	}
	return t.exec(`UPDATE channel SET listed = 0 WHERE listed = 1 AND id NOT IN (SELECT value FROM json_each(?))`, asJSON(places))
}

func (t *tx) saveOrganisation(o audit.Organisation, now string) error {
	if !audit.ValidOrganisationID(o.ID) {
		return fmt.Errorf("id %q is not of the form [a-z0-9-]{1,64}", o.ID)
	}
	return t.exec(`INSERT INTO organisation
		(id, name, nation, sector, homes, website, predecessors, rp_code, parent, note, areas, old_pages, listed, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, nation = excluded.nation, sector = excluded.sector,
			homes = excluded.homes, website = excluded.website, predecessors = excluded.predecessors,
			rp_code = excluded.rp_code, parent = excluded.parent, note = excluded.note, areas = excluded.areas,
			old_pages = excluded.old_pages, listed = 1,
			recorded_at = excluded.recorded_at`,
		o.ID, o.Name, o.Nation, o.Sector, o.Homes, o.Website, asJSON(o.Predecessors), o.RPCode, o.Parent, o.Note, asJSON(o.Areas), asJSON(o.OldPages), now)
}

func (t *tx) saveChannel(c audit.Channel, now string) error {
	return t.exec(`INSERT INTO channel
		(id, organisation, platform, url, lane, confirmed, listed, due_at, moved_to, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, 1, ?, '', ?)
		ON CONFLICT (id) DO UPDATE SET lane = excluded.lane, listed = 1,
			confirmed = max(confirmed, excluded.confirmed), recorded_at = excluded.recorded_at`,
		c.ID, c.Organisation, string(c.Platform), c.URL, c.Lane, c.Confirmed, now, now)
}

const organisationColumns = `o.id, o.name, o.nation, o.sector, o.homes, o.website, o.predecessors, o.rp_code, o.parent, o.note, o.areas, o.old_pages`

func organisationInto(o *audit.Organisation) []any {
	return []any{&o.ID, &o.Name, &o.Nation, &o.Sector, &o.Homes, &o.Website, fromJSON(&o.Predecessors), &o.RPCode, &o.Parent, &o.Note, fromJSON(&o.Areas), fromJSON(&o.OldPages)}
}

const channelColumns = `c.id, c.organisation, c.platform, c.url, c.lane, c.confirmed`

func channelInto(c *audit.Channel) []any {
	return []any{&c.ID, &c.Organisation, &c.Platform, &c.URL, &c.Lane, &c.Confirmed}
}

// Organisations lists every listed organisation by name.
func (db *DB) Organisations(ctx context.Context) ([]audit.Organisation, error) {
	var all []audit.Organisation
	err := db.list(ctx, `SELECT `+organisationColumns+` FROM organisation o WHERE o.listed = 1 ORDER BY o.name, o.id`, nil, func(r *sql.Rows) error {
		var o audit.Organisation
		err := r.Scan(organisationInto(&o)...)
		all = append(all, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	return all, nil
}

// OrganisationOf gives the organisation of a channel, listed or not.
func (db *DB) OrganisationOf(ctx context.Context, channel string) (audit.Organisation, error) {
	o, err := db.organisation(ctx, `channel c JOIN organisation o ON o.id = c.organisation WHERE c.id = ?`, channel)
	if err != nil {
		return o, fmt.Errorf("organisation of channel %s: %w", channel, err)
	}
	return o, nil
}

// Organisation gives one organisation, listed or not.
func (db *DB) Organisation(ctx context.Context, id string) (audit.Organisation, error) {
	o, err := db.organisation(ctx, `organisation o WHERE o.id = ?`, id)
	if err != nil {
		return o, fmt.Errorf("organisation %s: %w", id, err)
	}
	return o, nil
}

func (db *DB) organisation(ctx context.Context, from, id string) (o audit.Organisation, err error) {
	err = ErrNotFound
	listErr := db.list(ctx, `SELECT `+organisationColumns+` FROM `+from, []any{id}, func(r *sql.Rows) error {
		err = nil
		return r.Scan(organisationInto(&o)...)
	})
	return o, errors.Join(listErr, err)
}

// Stream gives where the comments of a channel come from. ErrNotFound: there is no such channel.
func (db *DB) Stream(ctx context.Context, channel string) (of audit.Stream, err error) {
	err = ErrNotFound
	listed := db.list(ctx, `SELECT organisation, platform FROM channel WHERE id = ?`, []any{channel}, func(r *sql.Rows) error {
		err = nil
		return r.Scan(&of.Organisation, &of.Platform)
	})
	return of, errors.Join(err, listed)
}

// Channels lists the listed channels of an organisation, or of all where organisation is "".
func (db *DB) Channels(ctx context.Context, organisation string) ([]audit.Channel, error) {
	var all []audit.Channel
	err := db.list(ctx, `SELECT `+channelColumns+` FROM channel c WHERE c.listed = 1 AND (?1 = '' OR c.organisation = ?1)
		ORDER BY c.organisation, c.platform, c.url`, []any{organisation}, func(r *sql.Rows) error {
		var c audit.Channel
		err := r.Scan(channelInto(&c)...)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list channels of %q: %w", organisation, err)
	}
	return all, nil
}
