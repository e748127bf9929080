package crawler

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// TestDocumentByHashAndDate: a document is known by its link, its hash and the server's date; its bytes are not kept, no
// check reads it, and unchanged it is not sent again.
func TestDocumentByHashAndDate(t *testing.T) {
	const body = "%PDF-1.7 a policy of many pages"
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/policy.pdf" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Tue, 03 Mar 2026 09:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, body)
	})
	read := 0
	o := Options{Hosts: hostsFor(s.Server, "hollybank.test"), Checks: []Check{{ID: "comments", On: []audit.Platform{audit.Web}, Look: func(*Page) Look {
		read++
		return Look{}
	}}}}
	document := Request{URL: "http://hollybank.test/policy.pdf", For: "document", Accept: "application/pdf", HashOnly: true}
	job := jobFor("http://hollybank.test/")
	for n, unchanged := range []bool{false, true} {
		r := newRig(t, o, &listPlan{requests: []Request{document}})
		v := look(t, r, job)
		c := v.Captures[len(v.Captures)-1]
		if c.Hash != hashOf([]byte(body)) || !c.Modified.Equal(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)) || (c.Unchanged != "") != unchanged {
			t.Errorf("visit %d: capture %+v", n, c)
		}
		x := r.keeper.kept[len(r.keeper.kept)-1]
		if len(x.Body) > 0 || !strings.Contains(string(x.ResponseHead), "Last-Modified") || (!unchanged && x.Truncated != "length") {
			t.Errorf("visit %d: kept %d bytes, cut short by %q", n, len(x.Body), x.Truncated)
		}
		job.ID, job.Memory = "job2", v.Memory
	}
	if read != 0 {
		t.Errorf("checks read it %d times", read)
	}
}
