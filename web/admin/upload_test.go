package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/web"
)

// uploads is the page over a Take that remembers what it was given.
type uploads struct {
	d     *desk
	u     *Uploads
	given []Given
	files []string
	full  bool
}

func newUploads(t *testing.T, most int64) *uploads {
	t.Helper()
	d := newDesk(t, secret)
	dress, err := web.NewDress()
	if err != nil {
		t.Fatal(err)
	}
	x := &uploads{d: d}
	x.u = &Uploads{Dir: t.TempDir(), Dress: dress, Most: most, Room: func() error {
		if x.full {
			return errors.New("full")
		}
		return nil
	}, Take: func(_ context.Context, f *os.File, g Given) Taken {
		body, err := io.ReadAll(io.NewSectionReader(f, 0, g.Size))
		if err != nil {
			t.Error(err)
		}
		x.given, x.files = append(x.given, g), append(x.files, string(body))
		return Taken{Format: "warc", Records: 3, Pages: 2, Passed: map[string]int{"signed_in": 1, "login_wall": 2}, Strange: []string{"https://a.example/<b>"},
			Looks: []TakenLook{{At: time.Date(2019, 5, 3, 9, 0, 0, 0, time.UTC), Organisation: "oak", URL: "https://oak.example/", Answers: []TakenAnswer{{"May visitors comment?", audit.Open}}, Posts: 2},
				{Organisation: "elm", Known: true}, {Organisation: "ash", Unread: "login_wall"}}}
	}}
	o := Options{DB: d.db, Now: func() time.Time { return d.now }, Pages: x.u.Pages()}
	if o.Password, err = NewPassword(secret); err != nil {
		t.Fatal(err)
	}
	if d.h, err = New(o); err != nil {
		t.Fatal(err)
	}
	d.login(secret)
	return x
}

// send posts a form of pairs of name and content; a name that begins with "file:" is a file of that name.
func (x *uploads) send(token string, pairs ...string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		var w io.Writer
		var err error
		if name, ok := strings.CutPrefix(pairs[i], "file:"); ok {
			w, err = m.CreateFormFile("file", name)
		} else {
			w, err = m.CreateFormField(pairs[i])
		}
		if err == nil {
			_, err = io.WriteString(w, pairs[i+1])
		}
		if err != nil {
			x.d.t.Fatal(err)
		}
	}
	_ = m.Close()
	return x.d.ask("POST", "/upload?token="+token, b.String(), func(r *http.Request) { r.Header.Set("Content-Type", m.FormDataContentType()) })
}

func TestUploadSaysOfEachFileWhatWasRead(t *testing.T) {
	x := newUploads(t, 0)
	token := x.d.token()
	w := x.send(token, "by", " clerk\u202e ", "date", "2026-11-20T14:05", "url", "https://oak.example/", "file:a.html", "one", "file:", "", "file:../<b>.warc", "two")
	if w.Code != 200 {
		t.Fatalf("status %d\n%s", w.Code, w.Body)
	}
	at := time.Date(2026, 11, 20, 14, 5, 0, 0, time.UTC)
	want := []Given{{By: "clerk", URL: "https://oak.example/", At: at, Size: 3}, {By: "clerk", URL: "https://oak.example/", At: at, Size: 3}}
	if diff := cmp.Diff(want, x.given); diff != "" || strings.Join(x.files, ",") != "one,two" {
		t.Errorf("files %q, given:\n%s", x.files, diff)
	}
	page := w.Body.String()
	for _, want := range []string{"<h2>a.html</h2>", "&lt;b&gt;.warc", "May visitors comment? open; single posts: 2", "was taken in before", "could not be read: a sign-in page came instead",
		"Not taken: 1, saved by somebody who was signed in", "Not taken: 2, a sign-in page came instead", "https://a.example/&lt;b&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	left, err := os.ReadDir(x.u.Dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%d files are left behind, %v", len(left), err)
	}
}

func TestUploadRefuses(t *testing.T) {
	x := newUploads(t, 64<<10)
	token := x.d.token()
	many := make([]string, 0, 2*(maxFiles+1))
	for range maxFiles + 1 {
		many = append(many, "file:a", "x")
	}
	for _, c := range []struct {
		name, token string
		form        []string
		full        bool
		status      int
		says        string
	}{
		{"no token", "", []string{"file:a", "x"}, false, 403, ""},
		{"another's token", strings.Repeat("0", 64), []string{"file:a", "x"}, false, 403, ""},
		{"token in the form", "", []string{"token", token, "file:a", "x"}, false, 403, ""},
		{"no file", token, []string{"by", "x", "file:", ""}, false, 400, "No file was chosen"},
		{"a day that is none", token, []string{"date", "soon", "file:a", "x"}, false, 400, "2026-11-20T14:05"},
		{"too many", token, many, false, 400, "More than 50 files"},
		{"long field", token, []string{"url", strings.Repeat("x", 5000), "file:a", "x"}, false, 400, "could not be read"},
		{"full disk", token, []string{"file:a", "x"}, true, 400, "no room"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.full = c.full
			if w := x.send(c.token, c.form...); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("status %d, want %d and %q\n%.400s", w.Code, c.status, c.says, w.Body)
			}
		})
	}
	x.full, x.files = false, nil
	if w := x.send(token, "file:a", strings.Repeat("x", 2<<20)); w.Code == 200 || len(x.files) > 0 {
		t.Errorf("a form over the limit: status %d, %d files taken", w.Code, len(x.files))
	}
	if w := x.d.ask("POST", "/upload?token="+token, "by=x"); w.Code != 400 {
		t.Errorf("a form without files: status %d", w.Code)
	}
	x.d.cookie = ""
	if w := x.send(token, "file:a", "x"); w.Code != 303 || len(x.files) > 0 {
		t.Errorf("nobody logged in: status %d", w.Code)
	}
}
