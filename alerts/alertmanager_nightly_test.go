//go:build nightly

package alerts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"

	"doorknock/internal/servers"
)

func TestClockTableWithRestarts(t *testing.T) { playTable(t, true) }

// Every case that can be: its settings, tried on what other settings left on record.
func TestPreviewOfOtherSettingsInEveryCase(t *testing.T) {
	for _, c := range readClockTable(t) {
		if c.foretellable() && !slices.ContainsFunc(c.Events, func(e clockEvent) bool { return e.Sees != "" }) { // what was over is seen a look later: TestClockTable
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				playElsewhere(t, c)
			})
		}
	}
}

// faster is how many times faster than the table's clock the real Alertmanager is played.
const faster = 20

// TestBesideAlertmanager plays the cases that say `same` to a real Alertmanager, by its API and with a webhook as receiver. Each
// receiver must be told of the same alerts in the same messages and the same order. Of an Alertmanager's message, which holds
// all that goes on in its group, only what the receiver was not told before counts: docs/alerts.md says why ours has no more.
func TestBesideAlertmanager(t *testing.T) {
	dir := os.Getenv("DOORKNOCK_ALERTMANAGER")
	if cache, err := os.UserCacheDir(); dir == "" && err == nil {
		dir = filepath.Join(cache, "doorknock", "alertmanager")
	}
	program := filepath.Join(dir, "alertmanager")
	if _, err := os.Stat(program); err != nil {
		t.Skip("there is no Alertmanager to compare with: .ci/alertmanager builds one")
	}
	played := 0
	for _, c := range readClockTable(t) {
		if !c.Same {
			continue
		}
		played++
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(byReceiver(c.Want, c.Want), byReceiver(startRival(t, program, c).play(), c.Want)); diff != "" {
				t.Errorf("(-ours +Alertmanager's):\n%s", diff)
			}
		})
	}
	if played < 10 {
		t.Errorf("only %d cases are compared", played)
	}
}

// byReceiver gives what each receiver but the operator's was told, in order, of lines as the table has them. Groups that are
// due at one time are told side by side there, in no order, and here a second after each other.
func byReceiver(lines, table []string) map[string][]string {
	told, times := map[string][]string{}, map[string][]time.Duration{}
	for _, line := range table {
		clock, line, _ := strings.Cut(line, " ")
		to, _, _ := strings.Cut(line, ": ")
		at, _ := time.ParseDuration(clock) // the table was read
		times[to] = append(times[to], at)
	}
	for _, line := range lines {
		_, line, _ = strings.Cut(line, " ")
		to, alerts, _ := strings.Cut(line, ": ")
		if to != "op" {
			names := strings.Fields(alerts)
			slices.Sort(names)
			told[to] = append(told[to], strings.Join(names, " "))
		}
	}
	for to, all := range told {
		at := times[to]
		for from, end := 0, 0; from < min(len(all), len(at)); from = end {
			for end = from + 1; end < min(len(all), len(at)) && at[end]-at[end-1] <= time.Second; end++ {
			}
			slices.Sort(all[from:end])
		}
	}
	return told
}

// rival is a real Alertmanager with the settings of a case.
type rival struct {
	t      *testing.T
	c      clockCase
	api    string
	labels map[string]map[string]string // of alerts, by name
	mu     sync.Mutex
	told   []string
	known  map[string]bool // receiver and alert
}

func startRival(t *testing.T, program string, c clockCase) *rival {
	t.Helper()
	r := &rival{t: t, c: c, labels: map[string]map[string]string{}, known: map[string]bool{}}
	hook := httptest.NewServer(r)
	t.Cleanup(hook.Close)
	dir, port := t.TempDir(), strconv.Itoa(servers.Port(t))
	r.api = "http://127.0.0.1:" + port + "/api/v2"
	settings, err := yaml.Marshal(r.settings(hook.URL))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "am.yml"), settings, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	run := exec.Command(program, "--config.file="+dir+"/am.yml", "--storage.path="+dir+"/data", "--web.listen-address=127.0.0.1:"+port, "--cluster.listen-address=")
	run.Stderr = &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if a, err := http.Get(r.api + "/status"); err == nil {
			_ = a.Body.Close()
			return r
		}
		if time.Now().After(end) {
			t.Fatalf("Alertmanager does not start with\n%s\n%s", settings, log.String())
		}
	}
}

// settings are the case's, in the names that both have, with shorter times.
func (r *rival) settings(hook string) map[string]any {
	var receivers []any
	for _, name := range receiversOf(r.c.Config.Route) {
		receivers = append(receivers, map[string]any{"name": name, "webhook_configs": []any{map[string]any{"url": hook + "/" + name, "send_resolved": false}}})
	}
	top := r.c.Config.Route
	if top.GroupBy == nil {
		top.GroupBy = []string{"organisation"}
	}
	var rules []any
	for _, i := range r.c.Config.InhibitRules {
		rules = append(rules, map[string]any{"source_matchers": i.SourceMatchers, "target_matchers": i.TargetMatchers, "equal": i.Equal})
	}
	return map[string]any{"global": map[string]any{"resolve_timeout": "1h"}, "route": routeOf(top), "receivers": receivers, "inhibit_rules": rules}
}

func routeOf(c RouteConfig) map[string]any {
	route := map[string]any{}
	set := func(key string, value any, is bool) {
		if is {
			route[key] = value
		}
	}
	set("receiver", c.Receiver, c.Receiver != "")
	set("matchers", c.Matchers, len(c.Matchers) > 0)
	set("continue", true, c.Continue)
	set("group_by", c.GroupBy, c.GroupBy != nil)
	for key, d := range map[string]*time.Duration{"group_wait": c.GroupWait, "group_interval": c.GroupInterval} {
		if d != nil {
			set(key, fmt.Sprintf("%dms", d.Milliseconds()/faster), true)
		} else if len(c.Matchers) == 0 {
			set(key, map[string]string{"group_wait": "1500ms", "group_interval": "15s"}[key], true)
		}
	}
	var below []any
	for _, child := range c.Routes {
		below = append(below, routeOf(child))
	}
	set("routes", below, len(below) > 0)
	return route
}

// ServeHTTP is the receiver of every route: it notes what its name was not told before.
func (r *rival) ServeHTTP(_ http.ResponseWriter, q *http.Request) {
	var message struct {
		Alerts []struct{ Labels map[string]string }
	}
	if err := json.NewDecoder(q.Body).Decode(&message); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	to := strings.TrimPrefix(q.URL.Path, "/")
	var fresh []string
	for _, a := range message.Alerts {
		if name := a.Labels["alertname"]; !r.known[to+" "+name] {
			r.known[to+" "+name] = true
			fresh = append(fresh, name)
		}
	}
	if len(fresh) > 0 {
		r.told = append(r.told, fmt.Sprintf("- %s: %s", to, strings.Join(fresh, " ")))
	}
}

func (r *rival) play() []string {
	begin := time.Now()
	until := func(d time.Duration) { time.Sleep(time.Until(begin.Add(d / faster))) }
	for _, e := range r.c.Events {
		at, err := time.ParseDuration(e.At)
		if err != nil {
			r.t.Fatal(err)
		}
		until(at)
		r.happens(e)
	}
	until(r.c.For)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told
}

func (r *rival) happens(e clockEvent) {
	now := time.Now().UTC()
	switch {
	case e.Complaint != "" || e.Change != "":
		r.labels[e.As] = labelsOf(e)
		r.post("/alerts", []any{map[string]any{"labels": r.labels[e.As], "startsAt": now}})
	case e.Answer != "":
		r.post("/alerts", []any{map[string]any{"labels": r.labels[e.Answer], "endsAt": now}})
	case len(e.Silence) > 0:
		var matchers []any
		for _, m := range e.Silence {
			read, err := parseMatcher(m)
			if err != nil {
				r.t.Fatal(err)
			}
			matchers = append(matchers, map[string]any{"name": read.label, "value": read.value, "isRegex": read.pattern != nil, "isEqual": !read.not})
		}
		r.post("/silences", map[string]any{"matchers": matchers, "startsAt": now, "endsAt": now.Add(e.For), "createdBy": "sam", "comment": "a test"})
	default:
		r.t.Fatalf("no event of an Alertmanager's: %+v", e)
	}
}

// labelsOf are the labels that our alert of such an event has; its name makes each another alert.
func labelsOf(e clockEvent) map[string]string {
	l := map[string]string{"alertname": e.As, "organisation": e.Complaint + e.Change, "platform": "web", "kind": "complaint", "urgency": "normal"}
	if e.Change != "" {
		l["kind"], l["check"] = "change", "comments"
	}
	if e.Urgency != "" {
		l["urgency"] = e.Urgency
	}
	return l
}

func (r *rival) post(path string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := http.Post(r.api+path, "application/json", bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s %s", path, answer.Status, said)
	}
}
