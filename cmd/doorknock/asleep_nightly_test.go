//go:build nightly

package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
	"doorknock/internal/fakeslack"
)

// wallclock is the program that runs another under a wall clock of its own.
var wallclock = sync.OnceValues(func() (string, error) {
	dir, err := binaries()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "wallclock")
	if out, err := exec.Command("gcc", "-O2", "-o", path, "testdata/wallclock.c").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build wallclock: %w\n%s", err, out)
	}
	return path, nil
})

// sleeper is a trial whose tried installation has a wall clock that the test sets. It looks at a town of its own, whose clock is
// right whatever the installation's says.
type sleeper struct {
	*trial
	clock *os.File      // the seconds that are added, as wallclock reads them
	ahead time.Duration // the same
}

func newSleeper(t *testing.T) *sleeper {
	t.Helper()
	s := &sleeper{trial: newTrial(t, openTown(t, town.Old()), openTown(t, town.Old()))}
	for _, host := range []string{town.Larkfield, town.Fernbank, town.Millrace, town.QuarryLane} { // none grows old on the days to come
		s.change(host, func(site *town.Site, _ time.Time) {
			for i := range site.Posts {
				site.Posts[i].At = site.Posts[i].At.AddDate(0, 0, -30)
			}
		})
	}
	clock, err := os.Create(s.path("clock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clock.Close() })
	s.clock = clock
	s.set(0)
	under, err := wallclock()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(under, clock.Name(), "/bin/true").CombinedOutput(); err != nil {
		t.Skipf("no process may be given another wall clock here: %v %s", err, out)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s.rig.write("under", fmt.Sprintf("#!/bin/sh\nexec %s %s %s \"$@\"\n", under, clock.Name(), bin))
	s.chmod("under", 0o700)
	s.built = func() (string, error) { return s.path("under"), nil }
	s.begin()
	return s
}

// set puts the installation's wall clock ahead of the machine's.
func (s *sleeper) set(ahead time.Duration) {
	s.t.Helper()
	s.ahead = ahead
	if _, err := s.clock.WriteAt(fmt.Appendf(nil, "%-20d", ahead/time.Second), 0); err != nil {
		s.t.Fatal(err)
	}
}

// freeze and thaw stop every thread and let them go on: what is done between the two, the program does not see happen.
func (s *sleeper) freeze() { freeze(s.t, s.cmd.Process.Pid) }

func (s *sleeper) thaw() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		s.t.Fatal(err)
	}
}

// moments are what a step of the clock can come into: each brings it about, leaves the program frozen in it, and says how it ends
// once the program goes on.
var moments = []struct {
	name string
	come func(*sleeper) (over func())
}{
	{"a moment like any", func(s *sleeper) func() { s.freeze(); return func() {} }},
	{"visits under way", (*sleeper).visiting},
	{"visits that wait to be recorded", (*sleeper).unrecorded},
	{"an alert that was not taken", func(s *sleeper) func() { return s.telling(fakeslack.Broken, fakeslack.Broken) }},
	{"an alert whose answer was lost", func(s *sleeper) func() { return s.telling(fakeslack.Cut) }},
}

// visiting lets no site answer from before the step until the queue has missed a word about the visits that wait for one.
func (s *sleeper) visiting() (over func()) {
	answer := make(chan struct{})
	go s.towns[0].Change(town.Larkfield, func(*town.Site) { <-answer })
	s.until("a site is asked", time.Minute, func() bool { return s.towns[0].Waiting() > 0 })
	s.freeze()
	return func() {
		time.Sleep(3 * time.Second) // three times --ack-wait, awake: the queue would give the job to somebody else
		close(answer)
	}
}

// unrecorded keeps the database from writing until visits wait for it.
func (s *sleeper) unrecorded() (over func()) {
	db, err := sql.Open("sqlite3", "file:"+s.path("data/doorknock.db")+"?mode=rw&_txlock=immediate&_busy_timeout=60000")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	tx, err := db.BeginTx(s.t.Context(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("visits wait to be recorded", time.Minute, func() bool { return s.out.line("visits cannot be recorded") != "-" })
	s.freeze()
	return func() {
		if err := tx.Rollback(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// telling has the receiver answer so, once a complaint is there to tell.
func (s *sleeper) telling(answers ...fakeslack.Answer) (over func()) {
	before := len(s.slack.Messages())
	s.slack.Script(answers...)
	s.write()
	s.until("it is told", time.Minute, func() bool { return len(s.slack.Messages()) > before })
	s.freeze()
	return func() {}
}

// goesOn wants the program well, and two more looks at each channel from now on, by the clock that it was given.
func (s *sleeper) goesOn(base string) {
	s.t.Helper()
	for _, page := range []string{"/healthz", "/readyz", "/"} {
		if code, body := get(s.t, base+page); code != http.StatusOK {
			s.t.Errorf("%s after the step: %d %.200s", page, code, body)
		}
	}
	last, now := s.rows(`SELECT max(rowid) FROM visit`)[0], time.Now().Add(s.ahead).UTC()
	s.until("two more looks at each channel", 3*time.Minute, func() bool {
		return s.has(fmt.Sprintf(`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM channel c WHERE
			(SELECT count(*) FROM visit WHERE channel = c.id AND rowid > %s AND observed_at BETWEEN '%s' AND '%s') < 2)`,
			last, now.Add(-time.Minute).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339)))
	})
}

// answersQuery is all that any look ever read, whenever and however often, but what a look reads of a door that turns under its eyes.
const answersQuery = `SELECT DISTINCT channel, check_id, scope, state FROM finding WHERE state IN ('open', 'closed', 'absent') ORDER BY 1, 2, 3, 4`

// finish ends both and wants the same of them; and nothing read that was never there, no look recorded twice, no work given up.
func (s *sleeper) finish() {
	s.t.Helper()
	s.rests()
	s.calm.rests()
	s.compare()
	s.same("what was ever read", answersQuery)
	if twice := s.rows(`SELECT channel, due_at, count(*) FROM visit GROUP BY 1, 2 HAVING count(*) > 1`); len(twice) > 0 {
		s.t.Errorf("looks recorded twice: %v", twice)
	}
	if given := s.rows(`SELECT stream, consumer, reason FROM dead_letter`); len(given) > 0 {
		s.t.Errorf("work given up: %v", given)
	}
	s.t.Logf("%s visits, %d letters, %d messages of which %d repeats", s.rows(`SELECT count(*) FROM visit`)[0], s.letters, len(s.slack.Messages()), s.repeats)
}

// The machine sleeps for three days: when it wakes, its wall clock and the world's are three days on, and the monotonic clock has
// not moved. It does so at every moment that such a sleep can come into, while a door that turned waits for its second look. What
// was in the queue is done, once; in the end all is as beside, where nobody slept.
func TestThreeDaysAsleep(t *testing.T) {
	s := newSleeper(t)
	base := s.out.address(t)
	for _, m := range moments {
		s.turn()
		s.until("the turned door was seen once", time.Minute, func() bool {
			want := map[bool]string{true: "open", false: "closed"}[s.open]
			return s.has(fmt.Sprintf(`SELECT 1 FROM state_now WHERE organisation = 'millrace-homes' AND check_id = 'comments' AND '%s' IN (pending, state)`, want))
		})
		s.write()
		over := m.come(s)
		s.set(s.ahead + 3*24*time.Hour)
		s.towns[0].Ahead(s.ahead)
		s.thaw()
		over()
		began := time.Now()
		s.goesOn(base)
		on := time.Since(began)
		s.write()
		s.agree()
		t.Logf("asleep in %s: looked at everybody twice after %v, as calm after %v", m.name, on.Round(time.Second), time.Since(began).Round(time.Second))
	}
	if said := s.out.line("clock is wrong"); said != "-" {
		t.Errorf("the world slept as long, and yet: %s", said)
	}
	s.finish()
	s.same("scores", scoresQuery)
}

// The machine's clock is set back by a day at each of those moments, and put right again: what is seen meanwhile is told, nothing that
// was known is, and in the end all is as beside. That the clock is wrong is told, since the sites agree on it. No door turns meanwhile:
// what is seen by the wrong clock stands in the order of its dates, and a score that it made stands until the next day's.
func TestClockADayBack(t *testing.T) {
	s := newSleeper(t)
	base := s.out.address(t)
	for _, m := range moments {
		s.write()
		over := m.come(s)
		s.set(-24 * time.Hour)
		s.thaw()
		over()
		began := time.Now()
		s.goesOn(base)
		on := time.Since(began)
		s.write()
		s.until("all complaints are told", 3*time.Minute, func() bool {
			return len(s.rows(lettersQuery)) == s.letters && s.undone() == ""
		})
		told := time.Since(began)
		s.freeze()
		s.set(0)
		s.thaw()
		s.goesOn(base)
		s.agree()
		t.Logf("set back in %s: looked at everybody twice after %v, told after %v, as calm after %v", m.name, on.Round(time.Second), told.Round(time.Second), time.Since(began).Round(time.Second))
	}
	if s.out.line("clock is wrong") == "-" {
		t.Error("nothing says that the clock was wrong")
	}
	s.turn()
	s.agree()
	s.finish()
}
