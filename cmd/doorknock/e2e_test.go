package main

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/cmd/doorknock/town"
	"doorknock/store"
)

// townEnds are the states in which a trial ends, organisation by organisation: those that the town's sites truly have, Millrace's door
// left open.
var townEnds = []string{
	"fernbank-housing|comments||open",
	"harbour-coop|comments||unknown",
	"larkfield-homes|comments||open",
	"millrace-homes|comments||open",
	"quarry-lane|comments||open",
	"stonegate-council|comments||absent",
}

const (
	endsQuery = `SELECT organisation, check_id, scope, state FROM state_now WHERE check_id = 'comments' AND scope = '' ORDER BY 1`
	// projection is what must not depend on crashes: times and the ids made from them aside.
	statesQuery  = `SELECT organisation, channel, check_id, scope, state, kind, evidence ->> '$.rule' FROM state_now ORDER BY 1, 2, 3, 4`
	changesQuery = `SELECT organisation, channel, check_id, scope, from_state, to_state FROM state_change WHERE withdrawn_at IS NULL ORDER BY 1, 2, 3, 4, first_seen`
	// complaint alerts are named after the comment, so their ids are the same in every run.
	complaintsQuery = `SELECT id, kind, ref FROM alert WHERE kind IN ('complaint', 'hazard') ORDER BY 1`
)

func openTown(t *testing.T, quarters ...town.Quarter) *town.Town {
	t.Helper()
	where, err := town.Open(context.Background(), quarters...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = where.Close() })
	return where
}

// untold is what was told to nobody. What was answered in public before it could be told is not told, by intent.
const untold = `FROM alert_told t JOIN alert a ON a.id = t.alert WHERE t.delivery IS NULL AND a.resolved_at IS NULL`

// undone says what is on its way still, or "".
func (r *rig) undone() string {
	for what, query := range map[string]string{
		"event to be marked": `SELECT kind || ' ' || ref || ' score ' || ifnull(score_marked_at, '-') || ' alert ' || ifnull(alert_marked_at, '-')
			FROM event WHERE alert_marked_at IS NULL OR score_marked_at IS NULL`,
		"delivery to be sent": `SELECT state || ' ' || last_error FROM delivery WHERE state <> 'sent'`,
		"alert to be told":    `SELECT t.alert ` + untold,
	} {
		if left := r.rows(query); len(left) > 0 {
			return what + ": " + strings.Join(left, "; ")
		}
	}
	return ""
}

// rests ends the program. What it took on between the last look and its end is on its way still: as for its users, another
// run does that.
func (r *rig) rests() {
	r.t.Helper()
	for range 10 {
		if code, took := r.stop(syscall.SIGTERM); code != 0 || took > stopsWithin {
			r.t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
		}
		if r.undone() == "" {
			return
		}
		r.start()
		r.until("what was on its way has arrived", time.Minute, func() bool { return r.undone() == "" })
	}
	r.t.Errorf("never at rest: %s", r.undone())
}

// checkWhole asks the database of itself: intact, nothing undone, and every projection what the fold gives.
func (r *rig) checkWhole() {
	r.t.Helper()
	if got := r.rows(`PRAGMA integrity_check`); len(got) != 1 || got[0] != "ok" {
		r.t.Errorf("integrity_check: %v", got)
	}
	if lost := r.rows(`SELECT t.alert ` + untold + ` UNION SELECT t.alert FROM alert_told t JOIN delivery d ON d.id = t.delivery WHERE d.state <> 'sent'`); len(lost) > 0 {
		r.t.Errorf("alerts that were never delivered: %v", lost)
	}
	if got := r.rows(`SELECT c.id FROM state_change c LEFT JOIN event e ON e.ref = c.id AND e.kind = 'change' WHERE e.id IS NULL`); len(got) > 0 {
		r.t.Errorf("changes without an event: %v", got)
	}
	if got := r.rows(`SELECT c.id FROM state_change c LEFT JOIN alert a ON a.ref = c.id AND a.kind = 'change'
		WHERE c.scope = '' AND c.withdrawn_at IS NULL AND a.id IS NULL`); len(got) > 0 {
		r.t.Errorf("changes of whole sites without an alert: %v", got)
	}
	for _, row := range r.rows(`SELECT id, kind, ref FROM alert`) {
		if cells := strings.Split(row, "|"); cells[0] != store.AlertID(store.AlertKind(cells[1]), cells[2]) {
			r.t.Errorf("an alert's id is not made from what it tells: %s", row)
		}
	}
	db, err := store.Open(context.Background(), store.Options{Dir: filepath.Join(r.dir, "data"), ReadOnly: true})
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	states, err := db.OperatorStates(context.Background(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	var changes []string
	for _, s := range states {
		findings, err := db.Findings(context.Background(), s.Channel, s.Check, s.Scope)
		if err != nil {
			r.t.Fatal(err)
		}
		holds, err := db.QuarantineHolds(context.Background(), s.Platform, s.Check)
		if err != nil {
			r.t.Fatal(err)
		}
		want := audit.Confirm(findings, 2*time.Second, holds...)
		if want.State != s.Verdict.State() || want.Stage != s.Stage || want.Pending != s.Pending {
			r.t.Errorf("%s %s %s: stored %v %s, the fold gives %v %s", s.Organisation, s.Check, s.Scope, s.Verdict.State(), s.Stage, want.State, want.Stage)
		}
		for _, c := range want.Changes {
			changes = append(changes, c.ID)
		}
	}
	stored := r.rows(`SELECT id FROM state_change WHERE withdrawn_at IS NULL`)
	if diff := cmp.Diff(sorted(changes), sorted(stored)); diff != "" {
		r.t.Errorf("changes (-fold +stored):\n%s", diff)
	}
}

// The queue's folder may be deleted between two runs: it is transport, and all it held is made again. In the end everything is
// as beside, where nobody deleted it.
func TestQueueFolderDeleted(t *testing.T) {
	t.Parallel() // it waits most of the time
	where := openTown(t, town.Old())
	r := newTrial(t, where, where)
	r.begin()
	r.write()
	r.until("the complaint is recorded", time.Minute, func() bool { return r.has(`SELECT 1 FROM comment WHERE text LIKE 'Letter 0000%'`) })
	r.kill()
	before := r.rows(`SELECT id FROM finding ORDER BY 1`)
	if err := os.RemoveAll(filepath.Join(r.dir, "data", "jetstream")); err != nil {
		t.Fatal(err)
	}
	r.turn()
	for range 3 {
		r.write()
	}
	r.start()
	r.ends()
	const lost = "the queue is new, or what it held is gone"
	if n := r.said[1].count(lost); n != 1 || r.said[0].count(lost) != 0 {
		t.Errorf("the loss is told %d times, want once and at the second start only\n%s", n, r.said[1])
	}
	after := strings.Join(r.rows(`SELECT id FROM finding`), " ")
	for _, id := range before {
		if !strings.Contains(after, id) {
			t.Errorf("finding %s is gone", id)
		}
	}
	r.checkPrivate("Ruth P", "07700 900123", "e2e-canary-secret")
}

// checkPrivate searches every file of the installation for what must not be there in plain: the names of those who
// commented, a telephone number, the secret address of the webhook.
func (r *rig) checkPrivate(secrets ...string) {
	r.t.Helper()
	for _, secret := range secrets {
		out, err := exec.Command("grep", "-rlF", secret, filepath.Join(r.dir, "data")).Output()
		if len(out) > 0 {
			r.t.Errorf("%q stands in plain in %s", secret, out)
		} else if code := err.(*exec.ExitError).ExitCode(); code != 1 { //nolint:errorlint // grep's own
			r.t.Errorf("search for %q: exit %d", secret, code)
		}
	}
}

// The demo in a folder with nothing in it: the first line is the dashboard, within ten seconds a page, and in the end
// a change and a complaint that a team can read.
func TestDemo(t *testing.T) {
	t.Parallel() // it waits for the script most of the time
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "demo", "--listen", "127.0.0.1:0")
	cmd.Dir = t.TempDir()
	out := capture(t, cmd)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() //nolint:errcheck // it may have ended
	base := out.address(t)
	if code, body := get(t, base+"/"); code != 200 || !strings.Contains(body, "doorknock") {
		t.Errorf("first page: %d\n%s", code, body)
	}
	if took := time.Since(begin); took > slower*10*time.Second {
		t.Errorf("first page after %v, want within 10 s on a quiet machine", took)
	}
	waitPage(t, out, base+"/changes", "Fernbank", "Millrace")
	waitPage(t, out, base+"/organisations/stonegate-council", "Stonegate Council")
	waitPage(t, out, base+"/organisations/heron-homes", "Their 2 web sites together", "web site (heron-group.test)", "web site (heron-customers.test)")
	waitPage(t, out, base+"/organisations/glasswing-homes", "a script draws this part")
	lookSecond(t, strings.Fields(out.line("you are the second person"))[0])
	waitPage(t, out, base+"/organisations/glasswing-homes", "2 volunteers saw no way to write a review")
	waitPage(t, out, base+"/organisations/copperfield-homes", "What they say changed", "<del>We aim to reply within one working day</del>")
	waitPage(t, out, base+"/organisations/lapwing-homes", "By a review, on their Facebook page")
	waitPage(t, out, base+"/organisations/magpie-homes", "Of 2 posts looked at: 2 closed")
	waitPage(t, out, base+"/organisations/nuthatch-homes", "a sign-in page came instead")
	waitPage(t, out, base+"/organisations/oriole-homes", "By posting, on their Facebook page", "the page owner")
	stand := strings.Fields(out.line("Slack stand-in"))[0]
	waitPage(t, out, stand, "Larkfield Homes", "No heating", "answered in public", "(edited)", "✅ 1", "1 in the thread")
	for deadline := time.Now().Add(slower * time.Minute); out.line("The script has ended") == "-"; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no edition:\n%s", out)
		}
	}
	for _, words := range []string{"Fernbank Housing", "Millrace Homes"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("the edition does not tell of %s:\n%s", words, out)
		}
	}
	begin = time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || time.Since(begin) > stopsWithin {
		t.Errorf("Ctrl-C: exit %d after %v", code, time.Since(begin))
	}
	if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v in its folder (%v)", left, err)
	}
}

// lookSecond fills in the form of the demo's campaign, which is one person short.
func lookSecond(t *testing.T, link string) {
	t.Helper()
	_, list := get(t, link)
	form := regexp.MustCompile(`/look/[^"/]+/[0-9a-f]{16}`).FindString(list)
	u, err := url.Parse(link)
	if err != nil || form == "" {
		t.Fatalf("the link %s leads to no form: %v\n%s", link, err, list)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range map[string]string{"in": "yes", "blocked": "no", "saw_reviews": "no", "posts": "5", "boxes": "0", "control_reviews": "yes", "control_comments": "yes"} {
		_ = w.WriteField(k, v) // into memory
	}
	_ = w.Close()
	client := &http.Client{Timeout: slower * 10 * time.Second}
	res, err := client.Post(u.Scheme+"://"+u.Host+form, w.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if said, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || !strings.Contains(string(said), "Thank you") {
		t.Errorf("the second look: status %d\n%s", res.StatusCode, said)
	}
}

func waitPage(t *testing.T, out *lines, url string, words ...string) {
	t.Helper()
	deadline := time.Now().Add(slower * time.Minute)
	for {
		_, body := get(t, url)
		missing := ""
		for _, w := range words {
			if !strings.Contains(body, w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not say %q:\n%s\n%s", url, missing, body, out)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
