package pipeline

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/internal/servers"
)

// apart is an installation that keeps, a NATS server between, and a crawler on another machine.
type apart struct {
	*rig
	dir    string
	server *server.Server
	home   *Broker
	far    *Broker
	folder *evidence.Folder
	ship   *Shipper
}

func newApart(t *testing.T, hosts ...string) *apart {
	t.Helper()
	a := &apart{rig: newRig(t, hosts...), dir: t.TempDir()}
	a.server = outsideServer(t, a.dir, servers.Port(t))
	a.home, a.far = a.connect(false), a.connect(true)
	folder, err := evidence.OpenFolder(filepath.Join(a.rig.dir, "evidence"))
	must(t, err)
	a.folder, a.ship = folder, &Shipper{Broker: a.far, Keys: a.keys, Log: a.log}
	t.Cleanup(func() {
		a.far.Close()
		a.home.Close()
		a.server.Shutdown()
		a.server.WaitForShutdown()
		_ = folder.Close()
		a.close()
	})
	return a
}

func (a *apart) connect(crawler bool) *Broker {
	a.t.Helper()
	b, err := Open(a.t.Context(), Options{Config: Config{URL: "nats://" + a.server.Addr().String()}, AckWait: 2 * time.Second,
		Crawler: crawler, KeyPrint: a.keys.Print(), Log: a.log})
	must(a.t, err)
	return b
}

// walk is what a crawler does: a page with an open form, and beside it the comments, each kept as they come.
func (a *apart) walk(ctx context.Context, job audit.Job) (audit.Visit, error) {
	v, err := a.look(ctx, job)
	if err != nil {
		return v, err
	}
	page := job.Channel.URL + "news"
	for i, seal := range []bool{false, true} {
		body, url := []byte("0123456789<form"), page
		if seal {
			body, url = []byte(secretWords), page+"/comments"
		}
		kept, err := a.ship.Keep(ctx, job.ID, &evidence.Exchange{Method: "GET", URL: url, RequestHead: []byte("GET / HTTP/1.1\r\n"),
			ResponseHead: []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"), Body: body, At: v.ObservedAt}, seal)
		if err != nil {
			return v, err
		}
		c := audit.Capture{ID: v.Captures[0].ID, URL: url, Status: 200, Type: "text/html", Bytes: len(body), At: v.ObservedAt}
		if i > 0 {
			c.ID = audit.LongHash("capture", job.ID, url)
		} else {
			v.Captures = nil
		}
		c.File, c.Offset, c.Sealed, c.Key = kept.File, kept.Offset, kept.Sealed, kept.Key
		v.Captures = append(v.Captures, c)
	}
	v.Memory.Pages = map[string]audit.PageMemory{page: {Hash: "aa", ETag: `"1"`, Capture: v.Captures[0].ID, Reader: 1, Outline: ".", At: v.ObservedAt}}
	return v, nil
}

func (a *apart) crawl() Stage {
	return Stage{"crawl", (&Crawl{Broker: a.far, Keys: a.keys, Visit: a.walk, Shipper: a.ship, Hands: 4, Log: a.log}).Run}
}

func (a *apart) record() *Record {
	return &Record{Broker: a.home, Keys: a.keys, DB: a.db, Checks: checks(), Keeper: a.folder, Log: a.log}
}

// crawled has everything visited and nothing recorded.
func (a *apart) crawled(visits uint64) {
	a.t.Helper()
	schedule := &Schedule{Broker: a.home, Keys: a.keys, Due: a.db.Due, Memory: a.db.Memory, Every: 50 * time.Millisecond, Log: a.log}
	stop := a.run(a.crawl(), Stage{"schedule", schedule.Run})
	a.until("visited", func() bool {
		n, err := a.home.waiting(a.t.Context(), streamVisits)
		jobs, jerr := a.home.waiting(a.t.Context(), streamJobs)
		return err == nil && jerr == nil && n == visits && jobs == 0
	})
	stop()
}

func (a *apart) recorded() {
	a.t.Helper()
	stop := a.run(Stage{"record", a.record().Run})
	a.until("recorded", func() bool {
		n, err := a.home.waiting(a.t.Context(), streamVisits)
		return err == nil && n == 0
	})
	stop()
}

// objects counts the parcels in the bucket.
func (a *apart) objects() int {
	a.t.Helper()
	bucket, err := a.home.js.ObjectStore(a.t.Context(), bucketCaptures)
	must(a.t, err)
	all, err := bucket.List(a.t.Context())
	if err != nil && !strings.Contains(err.Error(), "no objects") {
		a.t.Fatal(err)
	}
	return len(all)
}

func (a *apart) captures() []audit.Capture {
	a.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(a.rig.dir, "db", "doorknock.db")+"?mode=ro")
	must(a.t, err)
	defer db.Close() //nolint:errcheck // only read
	rows, err := db.Query(`SELECT id, url, file, file_offset, sealed, seal_key FROM capture ORDER BY url`)
	must(a.t, err)
	defer rows.Close() //nolint:errcheck // only read
	var all []audit.Capture
	for rows.Next() {
		var c audit.Capture
		must(a.t, rows.Scan(&c.ID, &c.URL, &c.File, &c.Offset, &c.Sealed, &c.Key))
		all = append(all, c)
	}
	must(a.t, rows.Err())
	return all
}

func (a *apart) files() (n int) {
	a.t.Helper()
	must(a.t, filepath.WalkDir(filepath.Join(a.rig.dir, "evidence"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

// Captures of a crawler on another machine lie sealed on the server, come home as files like those of a crawler at home,
// each that holds people's words with a key of its own, and leave nothing on the server.
func TestCapturesTravel(t *testing.T) {
	a := newApart(t, "a.example", "b.example")
	a.crawled(2)
	if n := a.objects(); n != 2 {
		t.Errorf("%d parcels for two visits, want one each", n)
	}
	if holds(t, a.dir, secretWords) || holds(t, a.dir, "0123456789<form") {
		t.Error("the server's files hold what a page says")
	}
	a.recorded()
	if n := a.objects(); n != 0 {
		t.Errorf("%d parcels left behind", n)
	}
	got := a.captures()
	if len(got) != 4 {
		t.Fatalf("%d captures, want 4", len(got))
	}
	for i, c := range got {
		stored, err := a.folder.Body(c)
		if err != nil {
			t.Errorf("%s: %v", c.URL, err)
			continue
		}
		want := []string{"0123456789<form", secretWords}[i%2]
		if string(stored.Body) != want || c.Sealed != (i%2 == 1) || c.Sealed != (len(c.Key) > 0) {
			t.Errorf("%s: %q, sealed %t, key of %d bytes", c.URL, stored.Body, c.Sealed, len(c.Key))
		}
	}
	if holds(t, filepath.Join(a.rig.dir, "evidence"), secretWords) {
		t.Error("the evidence folder holds a resident's words in plain")
	}
	a.answers("open", "")
}

// answers wants every finding to be of this state and reason.
func (a *apart) answers(state, reason string) {
	a.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(a.rig.dir, "db", "doorknock.db")+"?mode=ro")
	must(a.t, err)
	defer db.Close() //nolint:errcheck // only read
	var all, right int
	must(a.t, db.QueryRow(`SELECT count(*), count(*) FILTER (WHERE state = ? AND reason = ?) FROM finding`, state, reason).Scan(&all, &right))
	if all == 0 || all != right {
		a.t.Errorf("%d of %d findings are %s %s", right, all, state, reason)
	}
}

// A parcel whose time has ended costs the visit only what rested on it: the visit is recorded, nothing positive is said
// that nobody could show, and the page is read anew.
func TestCapturesGone(t *testing.T) {
	for name, lose := range map[string]func(*testing.T, *apart){
		"all of it": func(t *testing.T, a *apart) {
			s, err := a.home.js.Stream(t.Context(), "OBJ_"+bucketCaptures)
			must(t, err)
			must(t, s.Purge(t.Context()))
		},
		"its contents": func(t *testing.T, a *apart) {
			s, err := a.home.js.Stream(t.Context(), "OBJ_"+bucketCaptures)
			must(t, err)
			must(t, s.Purge(t.Context(), jetstream.WithPurgeSubject("$O."+bucketCaptures+".C.>")))
		},
		"the bucket": func(t *testing.T, a *apart) { must(t, a.home.js.DeleteObjectStore(t.Context(), bucketCaptures)) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newApart(t, "a.example")
			a.crawled(1)
			lose(t, a)
			a.recorded()
			a.answers("unknown", "internal")
			for _, c := range a.captures() {
				if c.File != "" || c.Sealed || len(c.Key) > 0 {
					t.Errorf("a capture nobody has is said to be in %q", c.File)
				}
			}
			jobs, err := a.db.Due(t.Context(), time.Now().Add(2*time.Hour), 0)
			must(t, err)
			if len(jobs) != 1 || jobs[0].First {
				t.Fatalf("the visit is not recorded: %+v", jobs)
			}
			for url, p := range jobs[0].Memory.Pages {
				if p.Hash != "" || p.ETag != "" || p.Reader != 0 {
					t.Errorf("%s would be taken for unchanged: %+v", url, p)
				}
			}
		})
	}
}

// Killed between any two steps the stage does the rest when the visit comes again: recorded and not yet removed, it only
// removes; unpacked and not yet recorded, it unpacks again.
func TestCapturesTwice(t *testing.T) {
	a := newApart(t, "a.example")
	a.crawled(1)
	s, err := a.home.js.Stream(t.Context(), streamVisits)
	must(t, err)
	m, err := s.GetMsg(t.Context(), s.CachedInfo().State.FirstSeq)
	must(t, err)
	unpacked := func() (*Record, audit.Visit) {
		r := a.record()
		v, err := r.read(m.Data)
		must(t, err)
		must(t, r.unpack(t.Context(), &v))
		return r, v
	}
	unpacked() // and killed
	r, v := unpacked()
	must(t, r.record(t.Context(), v)) // and killed
	files := a.files()
	if n := a.objects(); n != 1 {
		t.Fatalf("%d parcels before the removal", n)
	}
	a.recorded()
	if n := a.objects(); n != 0 {
		t.Errorf("%d parcels left behind", n)
	}
	if again := a.files(); again != files {
		t.Errorf("a visit that is recorded was unpacked again: %d files, then %d", files, again)
	}
	a.answers("open", "")
	for _, c := range a.captures() {
		if _, err := a.folder.Body(c); err != nil {
			t.Error(err)
		}
	}
}

// A parcel holds about partBytes: a long visit sends several, and what a crawler keeps in memory stays small.
func TestParcels(t *testing.T) {
	a := newApart(t, "a.example")
	files := map[string]bool{}
	for i := range 10 {
		body := make([]byte, 200<<10)
		kept, err := a.ship.Keep(t.Context(), "visit", &evidence.Exchange{Method: "GET", URL: fmt.Sprint("http://a.example/", i), Body: body}, false)
		must(t, err)
		files[kept.File] = true
	}
	must(t, a.ship.Ship(t.Context(), "visit"))
	if len(files) != 4 || a.objects() != 4 || len(a.ship.visits) != 0 {
		t.Errorf("%d parcels named, %d sent, %d visits remembered; want 4, 4, 0", len(files), a.objects(), len(a.ship.visits))
	}
	if _, err := a.ship.Keep(t.Context(), "another", &evidence.Exchange{Body: make([]byte, 10)}, false); err != nil {
		t.Fatal(err)
	}
	a.ship.forget("another")
	must(t, a.ship.Ship(t.Context(), "another"))
	if n := a.objects(); n != 4 {
		t.Errorf("a visit that was given up sent its captures: %d parcels", n)
	}
}

// A crawler that the server has not heard from ends its visit before somebody else may have it, and does not
// acknowledge what is another's by then.
func TestVisitEndsWithItsLease(t *testing.T) {
	a := newApart(t, "a.example")
	dir, port := a.dir, a.server.Addr().(*net.TCPAddr).Port
	var now, most, ended atomic.Int32
	visit := func(ctx context.Context, job audit.Job) (audit.Visit, error) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		if ended.Load() > 0 {
			return a.look(ctx, job)
		}
		<-ctx.Done()
		ended.Add(1)
		return audit.Visit{}, ctx.Err()
	}
	var crawlers []Stage
	for range 2 {
		b := a.connect(true)
		t.Cleanup(b.Close)
		crawl := &Crawl{Broker: b, Keys: a.keys, Visit: visit, Shipper: &Shipper{Broker: b, Keys: a.keys, Log: a.log}, Hands: 1, Log: a.log}
		crawlers = append(crawlers, Stage{"crawl", crawl.Run})
	}
	schedule := &Schedule{Broker: a.home, Keys: a.keys, Due: a.db.Due, Memory: a.db.Memory, Every: 50 * time.Millisecond, Log: a.log}
	stop := a.run(append(crawlers, Stage{"schedule", schedule.Run}, Stage{"record", a.record().Run})...)
	a.until("a visit has begun", func() bool { return now.Load() == 1 })
	a.server.Shutdown()
	a.server.WaitForShutdown()
	a.until("the visit is given up", func() bool { return ended.Load() == 1 })
	a.server = outsideServer(t, dir, port)
	a.until("and made again", func() bool { return len(a.due()) == 0 })
	stop()
	if most.Load() != 1 || a.visits() != 1 {
		t.Errorf("%d visits at once, %d made", most.Load(), a.visits())
	}
}

// A crawler makes nothing on the server, and one whose key is not the installation's says so and ends.
func TestCrawlerDeclaresNothing(t *testing.T) {
	dir := t.TempDir()
	s := outsideServer(t, dir, servers.Port(t))
	defer s.Shutdown()
	open := func(crawler bool, key byte) (*Broker, *audit.Keys, error) {
		keys, err := audit.NewKeys([]byte(strings.Repeat(string(rune('a'+key)), 32)))
		must(t, err)
		b, err := Open(t.Context(), Options{Config: Config{URL: "nats://" + s.Addr().String()}, Crawler: crawler, KeyPrint: keys.Print(), Log: testLog(t)})
		return b, keys, err
	}
	far, _, err := open(true, 0)
	must(t, err)
	defer far.Close()
	if _, err := far.js.Stream(t.Context(), streamJobs); err == nil {
		t.Error("a crawler made the stream of jobs")
	}
	home, _, err := open(false, 0)
	must(t, err)
	defer home.Close()
	other, keys, err := open(true, 1)
	must(t, err)
	defer other.Close()
	err = (&Crawl{Broker: other, Keys: keys, Log: testLog(t)}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "key_file") {
		t.Errorf("a crawler with another key: %v", err)
	}
	if _, _, err := open(false, 1); err == nil || !strings.Contains(err.Error(), "another installation's") {
		t.Errorf("a second installation on the same streams: %v", err)
	}
}
