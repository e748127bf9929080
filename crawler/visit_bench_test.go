package crawler

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"doorknock/audit"
)

// BenchmarkVisit measures one page of 120 KB as gzip, whole and as "not modified", against a bare client that reads
// and gunzips the same answer. Nothing is parsed: what is measured is the way through lanes, transport and fetcher.
func BenchmarkVisit(b *testing.B) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	words := strings.Fields("homes repairs <p> residents </p> news <b> complaint </b> Hollybank meeting <li> damp </li> office rent heating")
	for n, x := 0, uint32(1); n < 120_000; { // packs about 6 to 1, as pages do
		x = x*1664525 + 1013904223
		w := words[x>>16%uint32(len(words))] + strconv.Itoa(int(x>>28)) + " "
		n += len(w)
		_, _ = io.WriteString(z, w)
	}
	_ = z.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	defer s.Close()
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bare(b, s.URL)
		}
	})
	o := Options{Config: testConfig(), Hosts: hostsFor(s, "hollybank.test"),
		Platforms: []Platform{{Name: audit.Web, Plan: func(audit.Job, Settings) Plan { return onePage{} }}}}
	c, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}()
	first, err := c.Visit(ctx, jobFor("http://hollybank.test/"))
	if err != nil {
		b.Fatal(err)
	}
	for name, pages := range map[string]map[string]audit.PageMemory{"whole": nil, "unchanged": first.Memory.Pages} {
		job := jobFor("http://hollybank.test/")
		job.Memory = audit.Memory{Host: first.Memory.Host, Pages: pages}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Visit(ctx, job); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// onePage asks for one page and never has it parsed.
type onePage struct{}

func (onePage) First() []Request {
	return []Request{{URL: "http://hollybank.test/", For: ForPage, Accept: "text/html"}}
}
func (onePage) Next(*Page) []Request { return nil }
func (onePage) Done([]Request) Walk {
	return Walk{Pages: map[string]audit.Outline{"http://hollybank.test/": {}}}
}

func bare(b *testing.B, address string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.Fatal(err)
	}
}
