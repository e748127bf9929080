package store

import (
	"context"
	"database/sql"

	"doorknock/audit"
)

// sameAs names the visit whose coverage and findings stand for this one too, "" where it has its own.
func sameAs(v audit.Visit) string {
	if v.Same == nil {
		return ""
	}
	return v.Same.Visit
}

// saveRoute keeps the way of a visit that a plan led, and forgets the older one where the next cannot go the same way; a visit that
// comes late, after a newer one of ours, does neither. The
// newest visit that went a way stands for it, so that its findings are never old enough to be rolled up.
func (r *recorder) saveRoute(findings int) error {
	v := r.visit
	switch route := v.Memory.Route; {
	case !r.ours() || v.Light:
		return nil
	case v.Same != nil:
		return r.exec(`UPDATE route SET visit = ?1, observed_at = ?2, recorded_at = ?3 WHERE channel = ?4 AND visit = ?5 AND observed_at <= ?2`,
			v.ID, stamp(v.ObservedAt), stamp(r.now), r.channel.ID, v.Same.Visit)
	case route == nil:
		return r.exec(`DELETE FROM route WHERE channel = ? AND observed_at <= ?`, r.channel.ID, stamp(v.ObservedAt))
	default:
		return r.exec(`INSERT INTO route (channel, visit, findings, plan, steps, observed_at, recorded_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
			WHERE NOT EXISTS (SELECT 1 FROM visit n WHERE n.channel = ?1 AND n.observed_at > ?6 AND n.light = 0 AND n.got IS NOT NULL)
			ON CONFLICT (channel) DO UPDATE SET visit = excluded.visit, findings = excluded.findings, plan = excluded.plan,
				steps = excluded.steps, observed_at = excluded.observed_at, recorded_at = excluded.recorded_at
			WHERE excluded.observed_at >= route.observed_at`,
			r.channel.ID, v.ID, findings, route.Plan, asJSON(route.Steps), stamp(v.ObservedAt), stamp(r.now))
	}
}

// routeOf gives the way of the channel's newest visit, nil where there is none to be gone again.
func (db *DB) routeOf(ctx context.Context, channel string) (*audit.Route, error) {
	var route *audit.Route
	err := db.list(ctx, `SELECT visit, findings, plan, steps FROM route WHERE channel = ?`, []any{channel}, func(r *sql.Rows) error {
		route = new(audit.Route)
		return r.Scan(&route.Visit, &route.Findings, &route.Plan, fromJSON(&route.Steps))
	})
	return route, err
}
