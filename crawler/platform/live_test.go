package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
	"doorknock/evidence"
)

// live is a crawler with the table of platforms before a server that stands for all of them.
type live struct {
	*crawler.Crawler
	t      *testing.T
	keeper *kept
	log    *bytes.Buffer
	memory audit.Memory
	n      int
}

type kept struct {
	mu  sync.Mutex
	all []*evidence.Exchange
}

func (k *kept) Keep(_ context.Context, _ string, x *evidence.Exchange, _ bool) (evidence.Kept, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, x)
	return evidence.Kept{File: "f", Offset: int64(len(k.all))}, nil
}

func (*kept) Flush(context.Context, string) error { return nil }

// canary is in every key of these tests, and may be nowhere else.
const canary = "canary-0123456789"

// goLive starts a crawler; keys are files of keys by platform, change may alter its options.
func goLive(t *testing.T, far http.Handler, keys map[string]string, change func(*crawler.Options)) *live {
	t.Helper()
	s := httptest.NewServer(far)
	t.Cleanup(s.Close)
	secret, err := audit.NewKeys(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	l := &live{t: t, keeper: &kept{}, log: &bytes.Buffer{}}
	o := crawler.Options{
		Config:    crawler.Config{Workers: 2, Pace: time.Millisecond, MaxPages: 40, MaxDepth: 2, UserAgent: "doorknock/test"},
		Platforms: platform.All(), Checks: checks.All(), Keys: secret, KeepText: true, Keeper: l.keeper, Hosts: map[string]string{},
		Log: slog.New(slog.NewTextHandler(l.log, nil)), Held: map[string]crawler.Credential{}, Interfaces: map[audit.Platform]crawler.Interface{},
	}
	for _, p := range platform.All() {
		i := p.Interface
		i.Origin, i.Gap = "http://"+string(p.Name)+".far.test", 0
		o.Interfaces[p.Name], o.Hosts[string(p.Name)+".far.test"] = i, s.Listener.Addr().String()
		held, err := platform.Credentials(string(p.Name), keys[string(p.Name)], i.Origin, 0)
		if err != nil && keys[string(p.Name)] != "" {
			t.Fatal(err)
		}
		maps.Copy(o.Held, held)
	}
	if change != nil {
		change(&o)
	}
	if l.Crawler, err = crawler.New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { _ = l.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	return l
}

// look visits a channel, with what the look before it remembered.
func (l *live) look(p audit.Platform, address string) audit.Visit {
	l.t.Helper()
	l.n++
	ctx, cancel := context.WithTimeout(l.t.Context(), 30*time.Second)
	defer cancel()
	v, err := l.Visit(ctx, audit.Job{V: 1, ID: fmt.Sprintf("job%d", l.n), OrganisationName: "Ash Homes", Due: time.Now(), Memory: l.memory,
		Channel: audit.Channel{ID: "c1", Organisation: "ash", Platform: p, URL: address, Lane: crawler.Lane(strings.Split(address, "/")[2])}})
	if err != nil {
		l.t.Fatal(err)
	}
	l.memory = v.Memory
	l.clean(v)
	return v
}

// clean reports a key in anything that is kept or told.
func (l *live) clean(v audit.Visit) {
	l.t.Helper()
	told, err := json.Marshal(v)
	if err != nil {
		l.t.Fatal(err)
	}
	all := string(told) + l.log.String()
	for _, x := range l.keeper.all {
		all += x.URL + string(x.RequestHead) + string(x.ResponseHead) + string(x.Body)
	}
	if i := strings.Index(all, canary); i >= 0 {
		l.t.Errorf("a key stands in: %.200s", all[max(0, i-150):])
	}
}

// states are the answers of a visit after folding: "comments closed 2/3" is closed on two of three posts.
func states(t *testing.T, v audit.Visit) []string {
	t.Helper()
	found, err := crawler.Fold(checks.All(), v, v.Readings, "")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range found {
		if f.Scope != "" || f.Check == "recency" { // that one has TestNewestPostOfAccounts
			continue
		}
		s := string(f.Check) + " " + f.Verdict.State().String()
		if f.Verdict.State() == audit.Unknown {
			s += "/" + string(f.Verdict.Reason())
		}
		if k := f.Verdict.Kind(); k != "" {
			s += "/" + string(k)
		}
		if of := f.Of; of != nil && of.Total() > 0 {
			s += fmt.Sprintf(" o%d r%d c%d u%d", of.Open, of.Restricted, of.Closed, of.Unknown)
		}
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// wantStates compares, and checks that whatever is not unknown says by whose eyes and where it was seen.
func wantStates(t *testing.T, v audit.Visit, want ...string) {
	t.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, states(t, v)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", v.Channel.URL, diff)
	}
	for _, r := range v.Readings {
		e := r.Verdict.Evidence()
		if e != nil && (e.Capture == "" || e.URL == "" || e.How != v.How || e.Path == "" && e.Type == audit.JSONPath) {
			t.Errorf("%s: evidence %+v of a visit by %s", r.Check, e, v.How)
		}
	}
}

// said lists comments as "author answers text": who is "us", "public" or "?".
func said(v audit.Visit) (all []string) {
	by := map[audit.Author]string{audit.AuthorOrganisation: "us", audit.AuthorPublic: "public", audit.AuthorUnknown: "?"}
	for _, c := range v.Comments {
		s := by[c.By] + ": " + c.Text
		if c.Parent != "" {
			i := slices.IndexFunc(v.Comments, func(o audit.Comment) bool { return o.ID == c.Parent })
			if i >= 0 {
				s += " (to " + v.Comments[i].Text + ")"
			}
		}
		if c.Hidden {
			s += " [hidden]"
		}
		all = append(all, s)
	}
	return all
}
