package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"doorknock/audit"
)

// AlertKind says what kind of thing an alert tells.
type AlertKind string

// The kinds of alert.
const (
	AlertComplaint  AlertKind = "complaint"  // a comment read as a complaint, or one that speaks of a duty
	AlertHazard     AlertKind = "hazard"     // a comment that names a danger
	AlertUnanswered AlertKind = "unanswered" // one of those that has no public answer in the stated time
	AlertChange     AlertKind = "change"     // a confirmed change of a door
	AlertSpike      AlertKind = "spike"      // a post with more comments than nearly all of its channel before it
	AlertReviews    AlertKind = "reviews"    // reviews that were shown, and are no longer
	AlertMissing    AlertKind = "missing"    // a page that was there, and is not found
	AlertGood       AlertKind = "good"       // replies got faster
	AlertBacklog    AlertKind = "backlog"    // what a first look found, or what is too old to tell one by one
	AlertPrivate    AlertKind = "private"    // a comment that says a person may be in danger: for one person's eyes
	AlertOperator   AlertKind = "operator"   // our own trouble, or a silence: for whoever runs this installation
)

// AlertKinds lists them.
func AlertKinds() []AlertKind {
	return []AlertKind{AlertComplaint, AlertHazard, AlertUnanswered, AlertChange, AlertSpike, AlertReviews, AlertMissing, AlertGood, AlertBacklog,
		AlertPrivate, AlertOperator}
}

// Alert is one thing worth telling. Its id is made from kind and ref, so the same event twice makes one alert.
type Alert struct {
	ID           string         `json:"id"`
	Kind         AlertKind      `json:"kind"`
	Ref          string         `json:"ref"` // comment, change, visit, post or channel; what it is about
	Event        string         `json:"event"`
	Organisation string         `json:"organisation"`
	Sector       string         `json:"sector"`
	Channel      string         `json:"channel"`
	Platform     audit.Platform `json:"platform"`
	Check        audit.CheckID  `json:"check,omitempty"`
	Urgency      string         `json:"urgency"`
	ObservedAt   time.Time      `json:"observed_at"`
	Found        Found          `json:"found,omitzero"`
}

// Found is what a watcher found when it raised an alert: numbers, times and addresses of posts. Which are set depends on the kind.
type Found struct {
	Within time.Duration `json:"within,omitempty"` // unanswered: the time that was stated
	Counts string        `json:"counts,omitempty"` // unanswered: which time it counts: all, working_hours, working_days
	Own    bool          `json:"own,omitempty"`    // unanswered: the organisation states it itself

	Post   string        `json:"post,omitempty"`   // spike: address of the post
	Age    time.Duration `json:"age,omitempty"`    // spike: of the post
	Count  int           `json:"count,omitempty"`  // spike: comments by the public; reviews, missing: looks
	Median int           `json:"median,omitempty"` // spike: comments that half of the posts before had at that age
	Of     int           `json:"of,omitempty"`     // spike: posts before it that it is compared with

	Before time.Duration `json:"before,omitempty"` // good: time in which half were answered, before and now
	Now    time.Duration `json:"now,omitempty"`
	Waits  [2]int        `json:"waits,omitzero"` // good: comments that this is made of, before and now

	Since time.Time `json:"since,omitzero"` // reviews, missing: last time it was there
	First time.Time `json:"first,omitzero"` // reviews, missing: first look without it

	Reason audit.Reason `json:"reason,omitempty"` // operator, a place that cannot be read: of the newest look then; Count is how many there were
}

// AlertID names the alert of a kind about one thing.
func AlertID(k AlertKind, ref string) string { return audit.LongHash("alert", string(k), ref) }

// AlertFacts is an alert with what the rows say now of its subject. At most one of Change to Matter is set; none is
// where the subject was erased.
type AlertFacts struct {
	Alert
	OrganisationName string
	Nation           string
	ChannelURL       string
	Change           *ChangeFacts
	Comment          *CommentFacts
	Backlog          *BacklogFacts
	Flap             *FlapFacts
	Matter           *Matter
	ResolvedAt       time.Time   // when the organisation's public answer was seen; zero: none was
	Reply            *ReplyFacts // that answer; nil: none, or it was erased
}

// ChangeFacts is a confirmed change, as an alert needs it.
type ChangeFacts struct {
	audit.Change
	How       audit.How
	Withdrawn bool          // a late visit undid it
	Covered   bool          // the same visit changed the whole channel's state of the same check, which tells this too
	Sites     []audit.State // what the organisation's other sites said of the question then; none for a post, or where it has one site
}

// CommentFacts is an assessed comment, as an alert needs it.
type CommentFacts struct {
	Visit       string        // that brought it
	Connected   time.Time     // start of the first look at its channel by the same eyes
	Gap         time.Duration // for how long the place had not been read when it should have been
	FirstLook   bool          // it was the channel's first
	Followed    bool          // the organisation wrote something under the same post that was recorded with it or later
	Standing    bool          // it has no date of its own, and stood there when its page was first read
	URL         string
	By          audit.Author
	Said        time.Time // earliest the page allows; zero: not known
	Latest      time.Time // latest it can have been said: the page's word, else when it was seen
	Text        string    // redacted; "" once forgotten
	IsComplaint bool
	Hazards     []string // ids of the affirmed dangers
	Duties      []string // ids of the affirmed duties
	Private     bool     // it says that a person may be in danger
	Hits        []audit.Hazard
	Clauses     []audit.Span // what each clause of Text moved; none where the encoder did not answer
	Complaint   float64      // probability
	Threat      float64      // probability, 0 where nothing is told
	Spam        float64
	Signs       []audit.Sign // for and against those two
	Model       string
	Lang        string
	Urgency     string
}

// sort names what the rules affirmed, by kind.
func (c *CommentFacts) sort() {
	for _, h := range c.Hits {
		switch {
		case !h.Affirmed:
		case h.Kind == "private":
			c.Private = true
		case h.Kind == "duty" && !slices.Contains(c.Duties, h.ID):
			c.Duties = append(c.Duties, h.ID)
		case h.Kind != "duty" && !slices.Contains(c.Hazards, h.ID):
			c.Hazards = append(c.Hazards, h.ID)
		}
	}
}

// BacklogFacts counts the comments a visit brought.
type BacklogFacts struct {
	Comments   int
	Complaints int
	Dangers    int
	Worst      []BacklogDanger // at most mostWorst, the most urgent and newest first; none that says that a person may be in danger
}

// BacklogDanger is a comment of a backlog that names a danger.
type BacklogDanger struct {
	URL     string
	Said    time.Time // zero: not known
	Urgency string
	Hazards []string // ids of the affirmed dangers
}

// mostWorst is how many comments the summary of a backlog names.
const mostWorst = 5

// AlertTarget is a group that an alert joins.
type AlertTarget struct {
	Group    string
	Route    string
	Receiver string
	Wait     time.Duration
	Interval time.Duration
	Repeat   time.Duration // 0: never
	// Flapping is the alert that tells in this one's place that its door changes back and forth; "": it is told by itself.
	Flapping string
	// Escalates: the alerts are those that nobody took on in time where they were told first.
	Escalates bool
}

// Held is what keeps an alert from being told now: an alert that inhibits it, by its id, for as long as that one holds; a
// silence by its id, for good; or a time until which its route is muted. The zero value is nothing.
type Held struct {
	Inhibitor string
	Silence   string
	Until     time.Time
}

// Occasion is why an alert would be told.
type Occasion int

// The occasions.
const (
	FirstTold Occasion = iota
	Reminded           // it was told, and no answer has been seen
	Resolved           // it was told, and its answer has been seen
)

// Hold says of an alert that a route (by its id) would tell what keeps it back. nil keeps back nothing. It is pure.
type Hold func(route string, a Alert, on Occasion) Held

// EventFacts loads what an event speaks of. ErrNotFound: it was erased, or its kind is not told.
func (db *DB) EventFacts(ctx context.Context, e audit.Event) (AlertFacts, error) {
	f := AlertFacts{Alert: Alert{Ref: e.Ref, Organisation: e.Organisation, Channel: e.Channel, Check: e.Check, ObservedAt: e.At}}
	var kind AlertKind
	switch e.Kind {
	case audit.EventChange:
		kind = AlertChange
	case audit.EventAssessed:
		kind = AlertComplaint
	default:
		return f, fmt.Errorf("event %s of kind %s: %w", e.ID, e.Kind, ErrNotFound)
	}
	if err := db.loadPlace(ctx, &f); err != nil {
		return f, fmt.Errorf("load place of event %s: %w", e.ID, err)
	}
	if err := db.loadSubject(ctx, &f, kind); err != nil {
		return f, fmt.Errorf("load subject of event %s: %w", e.ID, err)
	}
	if f.Change == nil && f.Comment == nil {
		return f, fmt.Errorf("subject of event %s: %w", e.ID, ErrNotFound)
	}
	return f, nil
}

// AlertFacts loads alerts with what the rows say now, in the order of ids. An alert that is gone is left out; one
// whose subject was erased comes without it.
func (db *DB) AlertFacts(ctx context.Context, ids []string) ([]AlertFacts, error) {
	facts := make([]AlertFacts, 0, len(ids))
	for _, id := range ids {
		f, found, err := db.alertFacts(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("load alert %s: %w", id, err)
		}
		if found {
			facts = append(facts, f)
		}
	}
	return facts, nil
}

func (db *DB) alertFacts(ctx context.Context, id string) (AlertFacts, bool, error) {
	var f AlertFacts
	found := false
	err := db.list(ctx, `SELECT `+alertColumns+` FROM alert a WHERE id = ?`, []any{id}, func(r *sql.Rows) (err error) {
		found = true
		f.Alert, err = scanAlert(r)
		return err
	})
	if err != nil || !found {
		return f, found, err
	}
	if err := db.loadPlace(ctx, &f); err != nil && !errors.Is(err, ErrNotFound) {
		return f, true, err
	}
	if err := db.loadAnswer(ctx, &f); err != nil {
		return f, true, err
	}
	return f, true, db.loadSubject(ctx, &f, f.Kind)
}

// loadPlace fills in the organisation's and the channel's part.
func (db *DB) loadPlace(ctx context.Context, f *AlertFacts) error {
	err := ErrNotFound
	scanned := db.list(ctx, `SELECT o.name, o.nation, o.sector, c.url, c.platform FROM channel c JOIN organisation o ON o.id = c.organisation
		WHERE c.id = ?`, []any{f.Channel}, func(r *sql.Rows) error {
		err = nil
		return r.Scan(&f.OrganisationName, &f.Nation, &f.Sector, &f.ChannelURL, &f.Platform)
	})
	return errors.Join(err, scanned)
}

func (db *DB) loadSubject(ctx context.Context, f *AlertFacts, kind AlertKind) error {
	if f.Began() != "" {
		return db.loadFlap(ctx, f)
	}
	switch kind {
	case AlertChange:
		if err := db.loadChange(ctx, f); err != nil || f.Change == nil || f.Change.Scope != "" {
			return err
		}
		var err error
		f.Change.Sites, err = db.otherSites(ctx, f.Change.Change, false, db.o.Now())
		return err
	case AlertComplaint, AlertHazard, AlertUnanswered, AlertPrivate:
		return db.loadComment(ctx, f)
	case AlertBacklog:
		return db.loadBacklog(ctx, f)
	case AlertOperator:
		return db.loadMatter(ctx, f)
	}
	return nil
}

func (db *DB) loadChange(ctx context.Context, f *AlertFacts) error {
	return db.list(ctx, `SELECT c.id, c.channel, c.check_id, c.scope, c.from_state, c.to_state, c.first_finding, c.finding,
			c.first_seen, c.observed_at, c.withdrawn_at IS NOT NULL, f.how,
			c.scope <> '' AND EXISTS (SELECT 1 FROM state_change w JOIN finding g ON g.id = w.finding
				WHERE w.channel = c.channel AND w.check_id = c.check_id AND w.scope = '' AND w.withdrawn_at IS NULL
				AND g.visit = f.visit)
		FROM state_change c JOIN finding f ON f.id = c.finding WHERE c.id = ?`, []any{f.Ref}, func(r *sql.Rows) error {
		c := &ChangeFacts{}
		var from, to string
		err := r.Scan(&c.ID, &c.Channel, &c.Check, &c.Scope, &from, &to, &c.FirstFinding, &c.Finding, at(&c.FirstSeen),
			at(&c.ConfirmedAt), &c.Withdrawn, &c.How, &c.Covered)
		if err != nil {
			return err
		}
		var errFrom, errTo error
		c.From, errFrom = audit.ParseState(from)
		c.To, errTo = audit.ParseState(to)
		f.Change, f.ObservedAt = c, c.ConfirmedAt
		return errors.Join(errFrom, errTo)
	})
}

func (db *DB) loadComment(ctx context.Context, f *AlertFacts) error {
	return db.list(ctx, `SELECT c.visit, v.first, iif(v.due_at IS NULL, NULL, coalesce(`+visitMissed+`, v.due_at)), v.started_at,
			(SELECT n.started_at FROM visit n WHERE n.channel = c.channel AND n.how = v.how ORDER BY n.observed_at LIMIT 1), c.url, c.author_by, c.said_at, c.said_max, c.standing, c.observed_at, coalesce(c.text, ''),
			a.is_complaint, a.hazards, a.urgency, a.complaint, a.model, a.lang, a.clauses, coalesce(a.threat, 0), coalesce(a.spam, 0), a.signs,
			EXISTS (SELECT 1 FROM comment r WHERE r.channel = c.channel AND r.author_by = 2 AND r.recorded_at >= c.recorded_at AND r.post = c.post)
		FROM comment c JOIN assessment a ON a.comment = c.id JOIN visit v ON v.id = c.visit WHERE c.id = ?`,
		[]any{f.Ref}, func(r *sql.Rows) error {
			c := &CommentFacts{}
			var missed, began time.Time
			err := r.Scan(&c.Visit, &c.FirstLook, at(&missed), at(&began), at(&c.Connected), &c.URL, &c.By, at(&c.Said), at(&c.Latest), &c.Standing, at(&f.ObservedAt), &c.Text,
				&c.IsComplaint, fromJSON(&c.Hits), &c.Urgency, &c.Complaint, &c.Model, &c.Lang, fromJSON(&c.Clauses), &c.Threat, &c.Spam, fromJSON(&c.Signs), &c.Followed)
			if c.Latest.IsZero() {
				c.Latest = c.Said
			}
			if c.Latest.IsZero() {
				c.Latest = f.ObservedAt
			}
			if !missed.IsZero() {
				c.Gap = began.Sub(missed)
			}
			c.sort()
			f.Comment = c
			return err
		})
}

// loadBacklog counts the comments of a visit, and names those with a danger that were not told by themselves.
func (db *DB) loadBacklog(ctx context.Context, f *AlertFacts) error {
	b := &BacklogFacts{}
	f.Backlog = b
	return db.list(ctx, `SELECT c.url, c.said_at, coalesce(a.is_complaint, 0), coalesce(a.urgency, ''), coalesce(a.hazards, '[]'),
			EXISTS (SELECT 1 FROM alert w WHERE w.ref = c.id)
		FROM comment c LEFT JOIN assessment a ON a.comment = c.id WHERE c.visit = ? AND c.author_by <> 2
		ORDER BY CASE a.urgency WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 ELSE 2 END, coalesce(c.said_at, c.observed_at) DESC, c.id`,
		[]any{f.Ref}, func(r *sql.Rows) error {
			var d BacklogDanger
			var c CommentFacts
			var told bool
			err := r.Scan(&d.URL, at(&d.Said), &c.IsComplaint, &d.Urgency, fromJSON(&c.Hits), &told)
			c.sort()
			b.Comments++
			if c.IsComplaint {
				b.Complaints++
			}
			if d.Hazards = c.Hazards; len(d.Hazards) == 0 || c.Private {
				return err
			}
			b.Dangers++
			if !told && len(b.Worst) < mostWorst {
				b.Worst = append(b.Worst, d)
			}
			return err
		})
}

// RaiseAlert writes an alert, puts it into its groups, flushes those that wait for nothing, and marks the event that
// raised it ("" where none did) as done, in one transaction. A nil alert only marks. The same alert again joins nothing: each is told once.
// It gives the receivers that have a delivery to send now.
func (db *DB) RaiseAlert(ctx context.Context, event string, alert *Alert, targets []AlertTarget, hold Hold, now time.Time) (due []string, err error) {
	err = db.write(ctx, "raise alert", func(t *tx) error {
		due = nil
		if alert != nil {
			if due, err = t.raise(*alert, targets, hold, now); err != nil {
				return err
			}
		}
		if event == "" {
			return nil
		}
		return t.mark(AlertStage, event, now)
	})
	return due, err
}

func (t *tx) raise(a Alert, targets []AlertTarget, hold Hold, now time.Time) (due []string, err error) {
	n, err := t.count(`INSERT INTO alert (id, kind, ref, event, organisation, sector, channel, platform, check_id, urgency,
		observed_at, found, recorded_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`, a.ID, string(a.Kind), a.Ref, a.Event,
		a.Organisation, a.Sector, a.Channel, string(a.Platform), string(a.Check), a.Urgency, stamp(a.ObservedAt), asJSON(a.Found), stamp(now))
	if err != nil || n == 0 {
		return nil, err
	}
	return t.tell(a.ID, targets, hold, now)
}

// Escalate puts an alert that was told before into more groups, and gives the receivers that have a delivery to send now.
func (db *DB) Escalate(ctx context.Context, alert string, targets []AlertTarget, hold Hold, now time.Time) (due []string, err error) {
	err = db.write(ctx, "escalate alert "+alert, func(t *tx) error {
		due, err = t.tell(alert, targets, hold, now)
		return err
	})
	return due, err
}

// tell puts an alert into groups and flushes those that wait for nothing.
func (t *tx) tell(alert string, targets []AlertTarget, hold Hold, now time.Time) (due []string, err error) {
	for _, target := range targets {
		if err := t.join(alert, target, now); err != nil {
			return nil, fmt.Errorf("join group %s: %w", target.Group, err)
		}
		g := flushing{tx: t, id: target.Group, now: ms(now), hold: hold}
		if err := g.flush(); err != nil {
			return nil, fmt.Errorf("flush group %s: %w", target.Group, err)
		}
		if g.told {
			due = append(due, g.receiver)
		}
	}
	return due, nil
}

// join puts an alert into a group. A group that waits already keeps its time, unless that is later, as of one whose route is
// muted; a quiet one waits group_wait, and at
// least until group_interval after its last message.
func (t *tx) join(alert string, g AlertTarget, now time.Time) error {
	err := t.exec(`INSERT INTO alert_group (id, route, receiver, interval_ms, repeat_ms, escalates, recorded_at) VALUES (?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET interval_ms = excluded.interval_ms, repeat_ms = excluded.repeat_ms`,
		g.Group, g.Route, g.Receiver, g.Interval.Milliseconds(), g.Repeat.Milliseconds(), g.Escalates, stamp(now))
	if err != nil {
		return err
	}
	n, err := t.count(`INSERT INTO alert_told (alert, receiver, alert_group, flapping) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`,
		alert, g.Receiver, g.Group, g.Flapping)
	if err != nil || n == 0 || g.Flapping != "" {
		return err
	}
	var flushed time.Time
	if _, err := t.row(`SELECT flushed_at FROM alert_group WHERE id = ?`, []any{g.Group}, at(&flushed)); err != nil {
		return err
	}
	due := now.Add(g.Wait)
	if next := flushed.Add(g.Interval); !flushed.IsZero() && next.After(due) {
		due = next
	}
	return t.exec(`UPDATE alert_group SET flush_at = min(coalesce(flush_at, ?1), ?1) WHERE id = ?2`, stamp(due), g.Group)
}
