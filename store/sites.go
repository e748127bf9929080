package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"doorknock/audit"
)

// siteAnswer is a door's word in doorsSeen as an answer of one site.
func siteAnswer(word string) audit.SiteAnswer {
	s, err := audit.ParseState(word)
	if err != nil { // stale, or being checked
		s = audit.Unknown
	}
	return audit.SiteAnswer{State: s, Checking: word == shownChecking}
}

// siteDoor is one site's door of a question that is asked of an organisation's sites as a whole.
type siteDoor struct {
	organisation string
	asked        Asked
	word, reason string // as in doorsSeen
	unseen       bool   // nobody has looked
}

// severalSites gives, for each organisation with several listed sites and each question asked of sites as a whole, the
// doors of all its sites, in the order of their addresses. Organisations with one site are nearly all, and cost nothing.
func (p *Public) severalSites(ctx context.Context, asked []Asked, only []string) (groups [][]siteDoor, err error) {
	var whole []Asked
	for _, a := range asked {
		if a.Site && a.Platform == audit.Web {
			whole = append(whole, a)
		}
	}
	if len(whole) == 0 {
		return nil, nil
	}
	sites, kinds, order, err := p.sitesOfMany(ctx)
	if err != nil || len(order) == 0 {
		return nil, err
	}
	type door struct {
		channel string
		check   audit.CheckID
	}
	seen := map[door]siteDoor{}
	with, args := p.asked(whole, only)
	err = p.db.list(ctx, with+`SELECT channel, check_id, word, last_reason FROM door JOIN asked USING (platform, check_id)
		WHERE organisation IN (SELECT organisation FROM channel WHERE listed = 1 AND platform = 'web' GROUP BY organisation HAVING count(*) > 1)`,
		args, func(r *sql.Rows) error {
			var at door
			var s siteDoor
			err := r.Scan(&at.channel, &at.check, &s.word, &s.reason)
			seen[at] = s
			return err //nolint:wrapcheck // wrapped below
		})
	if err != nil {
		return nil, fmt.Errorf("read doors of organisations with several sites: %w", err)
	}
	for _, organisation := range order {
		if only != nil && !slices.Contains(only, organisation) {
			continue
		}
		for _, a := range whole {
			if !a.Of.Holds(kinds[organisation]) {
				continue
			}
			var group []siteDoor
			for _, channel := range sites[organisation] {
				s, ok := seen[door{channel, a.Check}]
				if !ok {
					s = siteDoor{word: "unknown", unseen: true}
				}
				s.organisation, s.asked = organisation, a
				group = append(group, s)
			}
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// sitesOfMany lists the sites of each organisation that has several, and what nation and sector it is of.
func (p *Public) sitesOfMany(ctx context.Context) (sites map[string][]string, kinds map[string]audit.Organisation, order []string, err error) {
	sites, kinds = map[string][]string{}, map[string]audit.Organisation{}
	err = p.db.list(ctx, `SELECT c.organisation, c.id, o.nation, o.sector FROM channel c JOIN organisation o ON o.id = c.organisation
		WHERE c.listed = 1 AND o.listed = 1 AND c.platform = 'web' AND c.organisation IN (
			SELECT organisation FROM channel WHERE listed = 1 AND platform = 'web' GROUP BY organisation HAVING count(*) > 1)
		ORDER BY c.organisation, c.url`, nil, func(r *sql.Rows) error {
		var organisation, channel string
		var of audit.Organisation
		err := r.Scan(&organisation, &channel, &of.Nation, &of.Sector)
		if len(sites[organisation]) == 0 {
			order, kinds[organisation] = append(order, organisation), of
		}
		sites[organisation] = append(sites[organisation], channel)
		return err //nolint:wrapcheck // wrapped below
	})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("list organisations with several sites: %w", err)
	}
	return sites, kinds, order, nil
}

// best is the one door of a group that stands for the organisation.
func best(group []siteDoor) siteDoor {
	answers := make([]audit.SiteAnswer, len(group))
	for i, d := range group {
		answers[i] = siteAnswer(d.word)
	}
	return group[audit.BestSite(answers)]
}

// otherSites gives what the organisation's other sites said of a question when a site's answer changed: of two sites
// that changed, the later one finds the earlier one changed, whichever is told first. published says that only what the
// public may see is asked for; what it may not see is unknown.
func (db *DB) otherSites(ctx context.Context, c audit.Change, published bool, now time.Time) (states []audit.State, err error) {
	err = db.list(ctx, `SELECT coalesce((SELECT x.from_state FROM state_change x WHERE x.channel = s.channel AND x.check_id = s.check_id
				AND x.scope = '' AND x.withdrawn_at IS NULL AND (x.observed_at, x.id) > (?3, ?4)
				AND (NOT ?5 OR x.hold_reason = '' AND x.published_at <= ?6) ORDER BY x.observed_at, x.id LIMIT 1),
			iif(NOT ?5 OR s.hold_reason = '' AND s.published_at <= ?6, s.state, 'unknown'))
		FROM channel own JOIN channel other ON other.organisation = own.organisation AND other.platform = own.platform AND other.id <> own.id
		JOIN state_now s ON s.channel = other.id AND s.check_id = ?2 AND s.scope = ''
		WHERE own.id = ?1 AND other.listed = 1 AND own.platform = 'web' ORDER BY other.url`,
		[]any{c.Channel, string(c.Check), stamp(c.ConfirmedAt), c.ID, published, stamp(now)}, func(r *sql.Rows) error {
			var word string
			if err := r.Scan(&word); err != nil {
				return err //nolint:wrapcheck // wrapped below
			}
			s, err := audit.ParseState(word)
			states = append(states, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read what other sites said at change %s: %w", c.ID, err)
	}
	return states, nil
}
