package crawler

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func TestAheadOf(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		date, age string
		want      time.Duration
		ok        bool
	}{
		{"Sun, 22 Nov 2026 12:00:00 GMT", "", 0, true},
		{"Sat, 21 Nov 2026 12:00:00 GMT", "", 24 * time.Hour, true},
		{"Sun, 22 Nov 2026 13:00:00 GMT", "", -time.Hour, true},
		{"Sun, 22 Nov 2026 11:00:00 GMT", "3600", 0, true}, // a cache's copy of an hour ago
		{"Sun, 22 Nov 2026 11:00:00 GMT", "long", 0, false},
		{"Sun, 22 Nov 2026 11:00:00 GMT", "99999999999", 0, false},
		{"Mon, 01 Jan 0001 00:00:00 GMT", "", 0, false},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "", 0, false},
		{"yesterday", "", 0, false},
		{"", "", 0, false},
	} {
		got, ok := aheadOf(http.Header{"Date": {x.date}, "Age": {x.age}}, now)
		if ok != x.ok || ok && got != x.want {
			t.Errorf("%q aged %q: %v, %v, want %v, %v", x.date, x.age, got, ok, x.want, x.ok)
		}
	}
}

func clockIsNear(t *testing.T, date, age string) {
	t.Helper()
	got, ok := aheadOf(http.Header{"Date": {date}, "Age": {age}}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	if ok && got.Abs() >= clockAbsurd {
		t.Errorf("%q aged %q: %v", date, age, got)
	}
}

// shelf is a machine whose clock can be set and which can sleep, among sites whose clocks are right unless said otherwise.
type shelf struct {
	*clock
	log        bytes.Buffer
	true, ours time.Time
	awake      map[time.Time]time.Duration // how long it had run when its clock said so
	up         time.Duration
}

func newShelf() *shelf {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := &shelf{true: start, ours: start, awake: map[time.Time]time.Duration{}}
	s.clock = newClock(slog.New(slog.NewTextHandler(&s.log, nil)))
	s.ran = func(from, to time.Time) time.Duration { return s.awake[to] - s.awake[from] }
	return s
}

func (s *shelf) run(d time.Duration)   { s.true, s.ours, s.up = s.true.Add(d), s.ours.Add(d), s.up+d }
func (s *shelf) sleep(d time.Duration) { s.true, s.ours = s.true.Add(d), s.ours.Add(d) }
func (s *shelf) set(by time.Duration)  { s.ours = s.ours.Add(by) }

// answers come from each lane a second apart; the site's clock is ahead of the true time by so much.
func (s *shelf) answers(ahead ...time.Duration) {
	for i, d := range ahead {
		s.run(time.Second)
		s.awake[s.ours] = s.up
		s.note("lane"+strconv.Itoa(i), http.Header{"Date": {s.true.Add(d).Format(http.TimeFormat)}}, s.ours)
	}
}

func (s *shelf) says(t *testing.T, when string, want time.Duration) {
	t.Helper()
	s.run(time.Second)
	s.awake[s.ours] = s.up
	if got := s.ahead(s.ours); got != want {
		t.Errorf("%s: ahead by %v, want %v", when, got, want)
	}
}

// A visit whose last page came just before the clock was set says by how much the clock was wrong then, not by how much it is since.
func TestClockSetAtTheEndOfAVisit(t *testing.T) {
	const day = 24 * time.Hour
	s := newShelf()
	s.answers(0, 0, 0)
	right := s.ours
	s.set(-day)
	s.answers(0, 0, 0)
	behind := s.ours
	s.says(t, "set back a day", -day)
	if got := s.ahead(right); got != 0 {
		t.Errorf("before it was set back: ahead by %v, want 0", got)
	}
	s.says(t, "set back a day, and an older visit has ended", -day)
	s.set(day)
	s.answers(0, 0, 0)
	s.says(t, "put right", 0)
	if got := s.ahead(behind); got != -day {
		t.Errorf("before it was put right: ahead by %v, want %v", got, -day)
	}
}

func TestClockAgreement(t *testing.T) {
	const day, wrong = 24 * time.Hour, 7 * time.Hour
	s := newShelf()
	s.says(t, "nobody has answered", 0)
	s.answers(-wrong)
	s.says(t, "one wrong site", 0)
	s.answers(-wrong, -wrong)
	s.says(t, "two wrong sites", 0)
	s.run(2 * time.Hour)
	s.answers(-wrong, 0, 0)
	s.says(t, "one wrong site of three", 0)
	s.set(day)
	s.says(t, "set on a day, and nobody has answered since", 0)
	s.answers(-wrong, 0)
	s.says(t, "two have", 0)
	s.answers(-wrong, 0, 0)
	s.says(t, "three have, one of them wrong itself", day)
	s.run(30 * time.Minute)
	s.says(t, "half an hour later", day)
	s.run(time.Hour)
	s.says(t, "long after", 0)
	s.answers(0, 0, 0, 0)
	s.says(t, "four say so again", day)
	s.set(-day)
	s.says(t, "put right", 0)
	s.answers(0, 0, 0)
	s.says(t, "put right, as three say", 0)
	s.set(-day - time.Hour)
	s.answers(0, 0, 0)
	s.says(t, "a day and an hour behind", -day-time.Hour)
	s.set(day + time.Hour - 4*time.Minute)
	s.answers(0, 0, 0)
	s.says(t, "four minutes behind", 0)
	s.sleep(3 * day)
	s.says(t, "on waking from three days, what was said before counts no more", 0)
	s.answers(0, 0, 0)
	s.says(t, "and the clock is right", 0)
	s.answers(time.Hour, 2*time.Hour, 3*time.Hour, 4*time.Hour, 5*time.Hour)
	s.run(2 * time.Hour)
	s.answers(time.Hour, 2*time.Hour, 3*time.Hour, 4*time.Hour, 5*time.Hour)
	s.says(t, "sites that do not agree say nothing", 0)
	var told []string
	for line := range strings.Lines(s.log.String()) {
		_, line, _ = strings.Cut(line, "level=")
		told = append(told, line)
	}
	if diff := cmp.Diff([]string{
		`WARN msg="this machine's clock is wrong, as the visited sites agree: set it by network time" ahead=24h0m0s` + "\n",
		`INFO msg="this machine's clock is right again"` + "\n",
		`WARN msg="this machine's clock is wrong, as the visited sites agree: set it by network time" ahead=-25h0m0s` + "\n",
		`INFO msg="this machine's clock is right again"` + "\n",
	}, told); diff != "" {
		t.Error(diff)
	}
}

// What lanes said is forgotten with time, however many there were, and of one lane little is kept.
func TestClockForgets(t *testing.T) {
	s := newShelf()
	s.answers(make([]time.Duration, 1000)...)
	for range 100 {
		s.answers(0)
	}
	if n := len(s.lanes["lane0"]); n != clockWords {
		t.Errorf("%d words of one lane kept", n)
	}
	s.run(2 * time.Hour)
	s.says(t, "two hours later", 0)
	if len(s.lanes) != 0 {
		t.Errorf("%d lanes kept", len(s.lanes))
	}
}

// A visit says by how much our clock was off: four sites whose clocks are a day behind ours agree, one does not count.
func TestVisitSaysWhatClockItWasMadeBy(t *testing.T) {
	for _, x := range []struct {
		name  string
		wrong int
		want  time.Duration
	}{{"one site is wrong", 1, 0}, {"our clock is", 4, 24 * time.Hour}} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hosts := []string{"a.example", "b.example", "c.example", "d.example"}
				b := newBubble(t, Config{Workers: 8, Pace: 5 * time.Second, MaxPages: 9, UserAgent: "doorknock/t"}, func(w http.ResponseWriter, r *http.Request) {
					for _, h := range hosts[:x.wrong] {
						if r.Host == h {
							w.Header().Set("Date", time.Now().Add(-24*time.Hour).UTC().Format(http.TimeFormat))
						}
					}
					w.Header().Set("Content-Type", "text/html")
					_, _ = io.WriteString(w, "<p>hello")
				})
				defer b.stop()
				var jobs []audit.Job
				for _, h := range hosts {
					jobs = append(jobs, b.job(h, "http://"+h+"/", pagesOf(h, 3)...))
				}
				var all sync.WaitGroup
				for _, job := range jobs {
					all.Go(func() {
						v, err := b.Visit(t.Context(), job)
						if err != nil || (v.ClockOff-x.want).Abs() > time.Second {
							t.Errorf("%s: off by %v, %v, want %v", job.Channel.URL, v.ClockOff, err, x.want)
						}
					})
				}
				all.Wait()
			})
		})
	}
}
