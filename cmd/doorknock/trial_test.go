package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/cmd/doorknock/town"
)

// trial is an installation to which something is done, beside one that is left in peace.
type trial struct {
	*rig
	calm    *rig
	towns   []*town.Town // what they look at: one town, or one each, where the same happens
	letters int          // complaints written so far
	open    bool         // Millrace's door
	repeats int          // messages that came more than once
}

// newTrial makes both installations, each of which looks at its town. They are not started.
func newTrial(t *testing.T, tried, calm *town.Town) *trial {
	t.Helper()
	return trialOf(newRig(t, tried, trialAlerts), newRig(t, calm, trialAlerts), tried, calm)
}

func trialOf(tried, calm *rig, towns ...*town.Town) *trial {
	two := &trial{rig: tried, calm: calm, towns: slices.Compact(towns)}
	two.change(town.QuarryLane, func(s *town.Site, _ time.Time) { s.Down = false })
	return two
}

// trialAlerts are settings of a trial's alerts: a door that is turned again and again is told of each time; of what time alone
// brings, nothing.
const trialAlerts = "  flapping: {changes: 0}\n  unanswered_after: 8760h"

// begin starts both and waits until each has looked at everybody.
func (two *trial) begin() {
	two.t.Helper()
	for _, r := range []*rig{two.rig, two.calm} {
		r.start()
	}
	for _, r := range []*rig{two.rig, two.calm} {
		r.looked()
	}
}

// looked waits until the rig has looked at everybody in the town, and seen again what has to be seen twice: what follows is a
// change.
func (r *rig) looked() {
	r.t.Helper()
	r.until("a first look at everybody, confirmed", time.Minute, func() bool {
		return r.has(`SELECT 1 WHERE (SELECT count(DISTINCT channel) FROM visit) >= 6`) && r.has(`SELECT 1 FROM score`) &&
			!r.has(`SELECT 1 FROM state_now WHERE pending <> 'unknown'`) &&
			r.has(`SELECT 1 FROM state_now WHERE organisation = 'millrace-homes' AND check_id = 'comments' AND scope = '' AND state = 'closed'`)
	})
}

// change changes one site wherever it is looked at.
func (two *trial) change(host string, change func(*town.Site, time.Time)) {
	for _, where := range two.towns {
		where.Do(town.Scene{Host: host, Change: change})
	}
}

// letterIn finds the number of a letter in what was made of it.
var letterIn = regexp.MustCompile(`Letter (\d{4})`)

// write puts a complaint under a post of one of three organisations.
func (two *trial) write() {
	hosts := []string{town.Larkfield, town.Fernbank, town.QuarryLane}
	two.change(hosts[two.letters%len(hosts)], func(s *town.Site, now time.Time) {
		p := &s.Posts[two.letters/len(hosts)%len(s.Posts)]
		p.Comments = append(p.Comments, town.Comment{ID: 1000 + two.letters, Name: "Ruth P", At: now.Truncate(time.Second),
			Text: fmt.Sprintf("Letter %04d: no heating or hot water for nine days and nobody has come, ring me on 07700 900123. This is a disgrace.", two.letters)})
	})
	two.letters++
}

// tidy takes the letters out of the town again, for a site's interface lists no more than a hundred comments.
func (two *trial) tidy() {
	for _, host := range []string{town.Larkfield, town.Fernbank, town.QuarryLane} {
		two.change(host, func(s *town.Site, _ time.Time) {
			for i := range s.Posts {
				s.Posts[i].Comments = slices.DeleteFunc(s.Posts[i].Comments, func(c town.Comment) bool { return c.ID >= 1000 })
			}
		})
	}
}

// turn opens Millrace's door or closes it.
func (two *trial) turn() {
	two.open = !two.open
	two.change(town.Millrace, func(s *town.Site, _ time.Time) {
		for i := range s.Posts {
			s.Posts[i].Open = two.open
		}
	})
}

// agree waits until both are at rest and say the same.
func (two *trial) agree() {
	two.t.Helper()
	quiet, missing := 0, ""
	defer func() {
		if two.t.Failed() {
			two.t.Log("the last difference: " + missing)
		}
	}()
	two.until("both are at rest and say the same", 3*time.Minute, func() bool {
		if missing = two.restless(two.calm, "calm"); missing == "" {
			missing = two.restless(two.rig, "tried")
		}
		if missing == "" {
			missing = cmp.Diff(two.calm.rows(statesQuery), two.rows(statesQuery))
		}
		if quiet++; missing != "" {
			quiet = 0
		}
		return quiet == 2
	})
}

// ends lets both come to rest, ends them and wants the same of them, to the last message and score.
func (two *trial) ends() {
	two.t.Helper()
	two.out.address(two.t) // it may have been started a moment ago, and hears no signal yet
	two.agree()
	two.rests()
	two.calm.rests()
	two.calm.checkWhole()
	two.checkEnd()
}

// checkEnd wants the same of both, where the tried one has ended and the calm one is at rest, and that to be true.
func (two *trial) checkEnd() {
	two.t.Helper()
	if diff := cmp.Diff(townEnds, two.rows(endsQuery)); diff != "" {
		two.t.Errorf("states in the end (-true +told):\n%s", diff)
	}
	two.compare()
	two.same("complaint alerts", complaintsQuery)
	two.same("scores", scoresQuery)
	two.checkScores()
	two.t.Logf("%d letters, %d messages of which %d repeats", two.letters, len(two.slack.Messages()), two.repeats)
}

// compare wants the same of both, where the tried one has ended, and every table what its findings and comments make of it.
func (two *trial) compare() {
	two.t.Helper()
	two.same("changes", changesQuery)
	two.same("complaints told", lettersQuery)
	two.same("change alerts", changeAlertsQuery)
	two.checkWhole()
	two.checkSums()
	two.repeats = checkMessages(two.t, two.rig)
	if n := checkMessages(two.t, two.calm); n > 0 {
		two.t.Errorf("%d repeats where nothing was done", n)
	}
}

func (two *trial) same(what, query string) {
	two.t.Helper()
	if diff := cmp.Diff(two.calm.rows(query), two.rows(query)); diff != "" {
		two.t.Errorf("%s (-calm +tried):\n%s", what, diff)
	}
}

// lettersQuery are the complaints that are told, each by itself, or in the summary of a visit that found it late.
const lettersQuery = `SELECT m.id FROM comment m WHERE m.text LIKE 'Letter %'
	AND EXISTS (SELECT 1 FROM alert a WHERE a.kind IN ('complaint', 'hazard') AND a.ref = m.id OR a.kind = 'backlog' AND a.ref = m.visit) ORDER BY 1`

// changeAlertsQuery tells the alerts about whole channels by what they say: their ids hold times.
const changeAlertsQuery = `SELECT c.organisation, c.check_id, c.from_state, c.to_state FROM alert a JOIN state_change c ON c.id = a.ref
	WHERE a.kind = 'change' AND c.scope = '' AND c.withdrawn_at IS NULL ORDER BY 1, 2, c.first_seen`

// restless says what is left to do, or "".
func (two *trial) restless(r *rig, name string) string {
	want := map[bool]string{true: "open", false: "closed"}[two.open]
	for what, query := range map[string]string{
		"states to be confirmed": `SELECT organisation, check_id, scope, state, pending FROM state_now WHERE pending <> 'unknown'`,
		"Millrace's door":        `SELECT state FROM state_now WHERE organisation = 'millrace-homes' AND check_id = 'comments' AND state <> '` + want + `'`,
		"events to be marked":    `SELECT kind, ref FROM event WHERE alert_marked_at IS NULL OR score_marked_at IS NULL`,
		"deliveries to be sent":  `SELECT state, last_error FROM delivery WHERE state <> 'sent'`,
		"alerts to be told":      `SELECT t.alert ` + untold,
		"complaints to be told":  fmt.Sprintf(`SELECT count(*) FROM (%s) HAVING count(*) <> %d`, lettersQuery, two.letters),
	} {
		if left := r.rows(query); len(left) > 0 {
			return fmt.Sprintf("%s, %s: %v", name, what, left)
		}
	}
	return ""
}

// checkSums compares what is counted as it comes with a count from the beginning.
func (two *trial) checkSums() {
	two.t.Helper()
	for what, query := range map[string]string{
		"comments of a week": `SELECT m.channel, m.week, count(*), sum(m.author_by = 2), count(a.comment), coalesce(sum(a.is_complaint), 0)
				FROM comment m LEFT JOIN assessment a ON a.comment = m.id GROUP BY 1, 2
			EXCEPT SELECT channel, week, comments, by_organisation, assessed, complaints FROM comment_week`,
		"weeks without comments":     `SELECT channel, week FROM comment_week EXCEPT SELECT channel, week FROM comment`,
		"new comments of a visit":    `SELECT id FROM visit v WHERE new_comments <> (SELECT count(*) FROM comment WHERE visit = v.id)`,
		"comments not assessed":      `SELECT id FROM comment EXCEPT SELECT comment FROM assessment`,
		"refusals that nobody made":  `SELECT stream, consumer, reason FROM dead_letter WHERE reason <> ''`,
		"the newest visit":           `SELECT id FROM channel c WHERE last_visit_at <> (SELECT max(observed_at) FROM visit WHERE channel = c.id)`,
		"visits without their event": `SELECT id FROM visit v WHERE new_comments > 0 AND NOT EXISTS (SELECT 1 FROM event WHERE kind = 'comments' AND ref = v.id)`,
	} {
		if wrong := two.rows(query); len(wrong) > 0 {
			two.t.Errorf("%s do not add up: %v", what, wrong)
		}
	}
}

// scoresQuery is what the pages say of each organisation.
const scoresQuery = `SELECT organisation, part, band, known, applicable FROM score ORDER BY 1, 2`

// checkScores compares every score with one made anew.
func (two *trial) checkScores() {
	two.t.Helper()
	ctx := context.Background()
	in, err := openReader(ctx, two.config)
	if err != nil {
		two.t.Fatal(err)
	}
	defer in.Close()
	var want []string
	for _, id := range two.rows(`SELECT id FROM organisation ORDER BY id`) {
		answers, err := in.db.ScoreInputs(ctx, id)
		if err != nil {
			two.t.Fatal(err)
		}
		of, err := in.db.Organisation(ctx, id)
		if err != nil {
			two.t.Fatal(err)
		}
		for _, s := range in.rate(of, answers, time.Now()) {
			want = append(want, fmt.Sprintf("%s|%s|%s|%d|%d", id, s.Part, s.Band, s.Known, s.Applicable))
		}
	}
	if diff := cmp.Diff(sorted(want), sorted(two.rows(scoresQuery))); diff != "" {
		two.t.Errorf("scores (-made anew +stored):\n%s", diff)
	}
}

// checkMessages reads what the receiver took and counts the messages that came again. A delivery came at least once; only
// the first of its messages may leave unsaid that it is a repeat; and where there are more, or one says so, an answer was
// lost.
func checkMessages(t *testing.T, r *rig) (repeats int) {
	t.Helper()
	of := map[string]string{} // a letter's delivery
	tells := map[string]int{} // how many letters are a delivery's
	doubted := map[string]bool{}
	for _, row := range r.rows(`SELECT d.id, d.doubted, m.text FROM delivery d, json_each(d.alerts) j JOIN alert a ON a.id = j.value JOIN comment m ON m.id = a.ref WHERE d.carried_by = ''`) {
		cells := strings.SplitN(row, "|", 3)
		of[letterIn.FindString(cells[2])], doubted[cells[0]] = cells[0], cells[1] == "1"
		tells[cells[0]]++
	}
	came, whole := map[string]int{}, map[string]bool{}
	for _, m := range r.slack.Messages() {
		if m.Path != r.hook {
			t.Errorf("a message of somebody else's: %s", m.Path)
		}
		letter := letterIn.Find(m.Raw)
		if !m.Taken || letter == nil {
			continue
		}
		id, marked := of[string(letter)], bytes.Contains(m.Raw, []byte(alerts.RepeatNote))
		said := map[string]bool{}
		for _, l := range letterIn.FindAll(m.Raw, -1) {
			said[string(l)] = true
		}
		// Of a group that gathered while nobody was there to send it, a message counts those for which it has no room.
		left := tells[id] - len(said)
		whole[id] = whole[id] || left == 0 || bytes.Contains(m.Raw, fmt.Appendf(nil, "And %d more.", left))
		if marked != doubted[id] && (marked || came[id] > 0) {
			t.Errorf("delivery %s: message %d marked as a repeat: %v, its answer was lost: %v", id, came[id]+1, marked, doubted[id])
		}
		if came[id]++; came[id] > 1 {
			repeats++
			if !marked {
				t.Errorf("delivery %s: message %d, of %v, does not say that it is a repeat: %v", id, came[id], m.At,
					r.rows(`SELECT state, doubted, attempts, recorded_at, tried_at, sent_at, last_error FROM delivery WHERE id = '`+id+`'`))
			}
		}
	}
	for letter, id := range of {
		if !whole[id] {
			t.Errorf("%s never came, of %d of delivery %s, of which %d messages came", letter, tells[id], id, came[id])
		}
	}
	return repeats
}
