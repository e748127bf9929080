package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// told are words that stand in the towns' comments: none may be logged above debug.
var told = []string{"disgrace", "Ruth P", "07700 900123"}

// checkSaid searches all that the program printed in all its starts for secrets and for people's words. It ends every
// test that starts the program.
func (r *rig) checkSaid() {
	secrets := []string{"canary"}
	if key, err := os.ReadFile(r.path("doorknock.key")); err == nil && len(key) >= 32 {
		secrets = append(secrets, strings.TrimSpace(string(key)))
	}
	for _, l := range r.said {
		l.mu.Lock()
		for _, line := range l.all {
			for _, s := range secrets {
				if strings.Contains(line, s) {
					r.t.Errorf("a secret was printed: %s", line)
				}
			}
			for _, words := range told {
				if strings.Contains(line, words) && !strings.Contains(line, "level=DEBUG") {
					r.t.Errorf("a person's words were logged: %s", line)
				}
			}
			if strings.Contains(line, "level=") && len(line) > 20_000 {
				r.t.Errorf("a line of %d bytes", len(line))
			}
		}
		l.mu.Unlock()
	}
}

// Secrets from a file and from the environment are in nothing that is printed, logged or shown, at the most talkative
// level and with receivers that fail in every way.
func TestSecretsDoNotLeak(t *testing.T) {
	t.Parallel()
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte("no such hook: " + req.URL.Path)) // a receiver that repeats the secret
	}))
	t.Cleanup(hook.Close)
	at := strings.TrimPrefix(hook.URL, "http://")
	r := quiet(t, `
log: {level: debug}
alerts:
  complaints: each
  route: {receiver: env, group_wait: 100ms}
  receivers:
    - name: env
      slack: {webhook_url: "${HOOK}"}
    - name: file
      slack: {webhook_url_file: hook}
    - name: away
      slack: {webhook_url_file: away}
    - name: log
      log: {}
`)
	r.write("hook", "http://"+at+"/services/T0/B0/canary-file\n")
	r.write("away", "http://127.0.0.1:1/services/T0/B0/canary-away\n")
	r.write("doorknock.yaml", strings.ReplaceAll(r.settings(), "webhook_url_file: ", "webhook_url_file: "+r.dir+"/"))
	r.env = append(r.env, "HOOK=http://"+at+"/services/T0/B0/canary-env")
	r.start()
	base := r.out.address(t)
	r.until("a look was tried", 30*time.Second, func() bool {
		return r.has(`SELECT 1 FROM channel WHERE due_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`)
	})
	var all strings.Builder
	for _, page := range []string{"/", "/league", "/method", "/metrics", "/healthz", "/organisations/alder", "/organisations/alder.csv", "/nothing"} {
		_, body := get(t, base+page)
		all.WriteString(body)
	}
	for _, page := range []string{"/", "/metrics"} {
		_, body := get(t, r.out.operator(t)+page)
		all.WriteString(body)
	}
	r.hangUp() // and once more with the settings read anew
	r.says(1, inForce)
	for _, args := range [][]string{{"alerts", "test"}, {"status", "--json"}, {"explain", "alder", "--json"}, {"digest", "preview"}, {"orgs", "show", "--json"}} {
		_, out, errs := r.do(append(args, "--config", r.config)...)
		all.WriteString(out + errs)
	}
	_, out, errs := r.do("config", "check", r.config)
	all.WriteString(out + errs)
	r.write("hook", "ftp://"+at+"/services/T0/B0/canary-bad\n") // the error of a secret that is wrong
	_, out, errs = r.do("alerts", "test", "--config", r.config)
	all.WriteString(out + errs)
	if i := strings.Index(all.String(), "canary"); i >= 0 {
		t.Errorf("a secret is told: %.300s", all.String()[max(0, i-200):])
	}
	if !strings.Contains(all.String(), "not delivered") {
		t.Errorf("the receivers were not tried:\n%s", all.String())
	}
}
