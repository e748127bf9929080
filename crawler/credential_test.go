package crawler

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"doorknock/audit"
)

const canary = "canary+0123456789/abcdef"

// TestKeyIsNowhere: a key goes to its own origin and nowhere else, and stands in no record, visit, log or error, whatever
// the interface sends back.
func TestKeyIsNowhere(t *testing.T) {
	repeats := func(r *http.Request) string {
		return r.URL.Query().Get("api_key") + " " + r.URL.RawQuery
	}
	for name, c := range map[string]struct {
		serve  func(w http.ResponseWriter, r *http.Request)
		reason audit.Reason
		sent   int // requests that bore the key
	}{
		"an answer": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"code":0}`) }, "", 1},
		"a body that repeats it": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"asked":"`+repeats(r)+`"}`)
		},
			audit.ReasonParseChanged, 1},
		"a packed body that repeats it": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, repeats(r))
			_ = z.Close()
		}, audit.ReasonParseChanged, 1},
		"a refusal that repeats it": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Asked", repeats(r))
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "no such key: "+repeats(r))
		}, audit.ReasonBlocked, 1},
		"a body cut short": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "900")
			_, _ = io.WriteString(w, repeats(r))
		}, audit.ReasonNetwork, 1},
		"a redirect to itself that repeats it": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/again" {
				_, _ = io.WriteString(w, `{"code":0}`)
				return
			}
			w.Header().Set("Location", "/again?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		}, "", 2},
		"a redirect to another host": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Host, "www.") {
				_, _ = io.WriteString(w, `{"code":0}`)
				return
			}
			w.Header().Set("Location", "http://www.hollybank.test/else")
			w.WriteHeader(http.StatusFound)
		}, audit.ReasonRedirectedAway, 1},
	} {
		t.Run(name, func(t *testing.T) {
			sent := 0
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Query().Get("api_key") == canary:
					sent++
					if r.Host != "api.hollybank.test" {
						t.Errorf("the key was sent to %s", r.Host)
					}
				case r.URL.Path == "/robots.txt":
					w.WriteHeader(http.StatusNotFound)
					return
				case r.URL.Path == "/":
					_, _ = io.WriteString(w, "<title>Hollybank</title>")
					return
				}
				w.Header().Set("Content-Type", "application/json")
				c.serve(w, r)
			})
			var log bytes.Buffer
			o := Options{Config: testConfig(), Hosts: hostsFor(s.Server, "hollybank.test", "api.hollybank.test", "www.hollybank.test"),
				Log:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Held: map[string]Credential{"talk": {Origin: "http://api.hollybank.test", Param: "api_key", Value: canary}}}
			plan := &listPlan{requests: home(
				Request{URL: "http://api.hollybank.test/details?forum=a", For: "thread", Accept: "application/json", Key: "talk", Priority: 9},
				Request{URL: "http://api.hollybank.test/plain", For: "thread", Accept: "application/json", Priority: 8})}
			r := newRig(t, o, plan)
			v := look(t, r, jobFor("http://hollybank.test/"))
			if sent != c.sent {
				t.Errorf("the key was sent %d times, want %d: %q", sent, c.sent, s.asked)
			}
			for _, p := range plan.pages {
				if p.Answer.Request.Key != "" && p.Answer.Problem != c.reason {
					t.Errorf("problem %q, want %q", p.Answer.Problem, c.reason)
				}
				if p.Answer.URL != nil && strings.Contains(p.Answer.URL.String(), "api_key=canary") {
					t.Errorf("a plan is told %s", p.Answer.URL)
				}
			}
			told, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			all := string(told) + log.String() + fmt.Sprintf("%+v %#v", r.o, r.o.Held)
			for _, x := range r.keeper.kept {
				all += x.URL + string(x.RequestHead) + string(x.ResponseHead) + string(x.Body)
				if z, err := gzip.NewReader(bytes.NewReader(x.Body)); err == nil {
					plain, _ := io.ReadAll(z)
					all += string(plain)
				}
			}
			for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary)} {
				if i := strings.Index(all, form); i >= 0 {
					t.Errorf("the key stands in: %.300s", all[max(0, i-150):])
				}
			}
		})
	}
}

// TestKeyIsSentSafely: not over a connection that others can read, unless the operator gave the host's address himself.
func TestKeyIsSentSafely(t *testing.T) {
	for origin, want := range map[string]bool{"https://x.test": true, "http://x.test": false, "http://own.test": true, "": false, "x.test": false} {
		o := Options{Config: testConfig(), Hosts: map[string]string{"own.test": "127.0.0.1:9"}, Held: map[string]Credential{"talk": {Origin: origin, Param: "k", Value: canary}}}
		if _, err := New(o); (err == nil) != want || err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", origin, err)
		}
	}
}

// TestKeyOfNobody: a key that is no key, or too short to be told from a word, is a mistake of the settings that is told
// without it.
func TestKeyOfNobody(t *testing.T) {
	for _, value := range []audit.Secret{"", "short", "canary 0123456789 with blanks", audit.Secret("canary0123456789\nX: y"), audit.Secret(strings.Repeat("canary", 100))} {
		_, err := New(Options{Config: testConfig(), Held: map[string]Credential{"talk": {Origin: "https://x.test", Param: "k", Value: value}}})
		if err == nil || !strings.Contains(err.Error(), "platforms.talk") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", value.Reveal(), err)
		}
	}
}
