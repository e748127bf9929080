package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorknock/internal/emptystore"
	"doorknock/store"
)

const secret = "correct horse battery staple"

// desk is the operator's listener over a store, and a browser in front of it.
type desk struct {
	t      *testing.T
	h      http.Handler
	db     *store.DB
	now    time.Time
	cookie string
	took   string // what the test's form sent last
}

func newDesk(t *testing.T, password string) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	var err error
	d.db, err = store.Open(context.Background(), store.Options{Dir: emptystore.In(t, t.TempDir()), ConfirmAfter: time.Hour, Interval: time.Hour, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.db.Close() })
	d.open(password)
	return d
}

// open makes the listener, as a start with this password does.
func (d *desk) open(password string) {
	d.t.Helper()
	o := Options{DB: d.db, Now: func() time.Time { return d.now }, Pages: []Page{
		{
			Name: "upload", Path: "/upload", Template: `<h1>Form</h1><form method="post">{{template "token" .}}</form>{{.Page}}`,
			Get:  func(*http.Request) (View, error) { return View{Title: "Form", Data: "<b>hostile</b>"}, nil },
			Post: func(r *http.Request) (View, error) { d.took = r.PostFormValue("what"); return View{To: "/upload"}, nil },
		},
		{
			Name: "big", Path: "/big/{id}", Hidden: true, Template: `x`, Streamed: true, Body: 8 << 20, Within: time.Minute,
			Get: func(r *http.Request) (View, error) {
				return View{File: &File{Name: `a"b/../c.html`, Type: r.PathValue("id") + "/html", Content: []byte("<script>1</script>")}}, nil
			},
			Post: func(r *http.Request) (View, error) {
				body, err := io.ReadAll(r.Body)
				d.took = r.PathValue("id") + string(body[:min(len(body), 4)])
				return View{To: "//evil.test"}, err
			},
		},
		{
			Name: "picky", Path: "/picky", Hidden: true, Template: `x`, Get: func(*http.Request) (View, error) { return View{}, errors.New("SECRET") },
			Post: func(*http.Request) (View, error) { return View{}, Refused("The file is no picture.") },
		},
	}}
	if password != "" {
		var err error
		if o.Password, err = NewPassword(password); err != nil {
			d.t.Fatal(err)
		}
	}
	var err error
	if d.h, err = New(o); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) ask(method, path, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8081"+path, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if d.cookie != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: d.cookie})
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	return w
}

func (d *desk) status(want int, method, path, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	d.t.Helper()
	w := d.ask(method, path, form, change...)
	if w.Code != want {
		d.t.Errorf("%s %s: status %d, want %d\n%.300s", method, path, w.Code, want, w.Body)
	}
	return w
}

func (d *desk) login(password string) *httptest.ResponseRecorder {
	d.t.Helper()
	w := d.ask("POST", "/login", url.Values{"password": {password}}.Encode())
	for _, c := range w.Result().Cookies() {
		d.cookie = c.Value
	}
	return w
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]{64})"`)

func (d *desk) token() string {
	d.t.Helper()
	m := tokenField.FindStringSubmatch(d.status(200, "GET", "/upload", "").Body.String())
	if m == nil {
		d.t.Fatal("the page has no token")
	}
	return m[1]
}

func TestWithoutAPasswordOnlyFiguresAreServed(t *testing.T) {
	d := newDesk(t, "")
	if w := d.status(200, "GET", "/", ""); !strings.Contains(w.Body.String(), "doorknock config password") {
		t.Errorf("the first page does not say what to do: %s", w.Body)
	}
	if w := d.status(200, "GET", "/metrics", ""); !strings.Contains(w.Body.String(), "doorknock_channels 0") || !strings.Contains(w.Body.String(), "go_goroutines") {
		t.Errorf("no figures: %.200s", w.Body)
	}
	for _, path := range []string{"/login", "/upload", "/big/1"} {
		d.status(404, "GET", path, "")
	}
	d.status(404, "POST", "/login", "password="+url.QueryEscape(secret))
}

func TestNobodyIsLetInWithoutThePassword(t *testing.T) {
	d := newDesk(t, secret)
	for _, path := range []string{"/", "/upload", "/big/1", "/picky"} {
		if w := d.status(303, "GET", path, ""); !strings.HasPrefix(w.Header().Get("Location"), "/login?next=/") {
			t.Errorf("GET %s leads to %s", path, w.Header().Get("Location"))
		}
	}
	d.status(303, "POST", "/upload", "what=x")
	for _, bad := range []string{"", "x", strings.Repeat("0", 64), strings.Repeat("z", 64)} {
		d.cookie = bad
		d.status(303, "GET", "/upload", "")
	}
	if d.cookie = ""; d.took != "" {
		t.Errorf("a form of nobody was taken: %q", d.took)
	}
	w := d.login(secret + " ")
	if w.Code != 401 || d.cookie != "" {
		t.Errorf("a wrong password: status %d, cookie %q", w.Code, d.cookie)
	}
}

func TestASessionLastsTwelveHoursAndEndsWithItsPassword(t *testing.T) {
	d := newDesk(t, secret)
	w := d.login(secret)
	if w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Fatalf("login: status %d, to %q", w.Code, w.Header().Get("Location"))
	}
	set := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-doorknock=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=43200"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q has no %s", set, want)
		}
	}
	if len(d.cookie) != 64 {
		t.Errorf("the cookie holds %d characters, want 256 bits", len(d.cookie))
	}
	if ok, err := d.db.HasSession(context.Background(), d.cookie, ""); ok || err != nil {
		t.Errorf("the cookie's value itself is kept: %v, %v", ok, err)
	}
	page := d.status(200, "GET", "/upload", "").Body.String()
	if !strings.Contains(page, "&lt;b&gt;hostile") || strings.Contains(page, d.cookie) {
		t.Errorf("the page is not escaped, or holds the cookie: %s", page)
	}
	mine := d.cookie
	d.now = d.now.Add(12*time.Hour - time.Second)
	d.status(200, "GET", "/", "")
	d.now = d.now.Add(time.Second)
	d.status(303, "GET", "/", "")

	d.login(secret)
	d.status(200, "GET", "/", "")
	d.open("another good password")
	d.status(303, "GET", "/", "")
	d.open(secret) // a hash with another salt is another password: all sessions end when the file is written anew
	d.status(303, "GET", "/", "")

	d.login(secret)
	if d.cookie == mine {
		t.Error("two sessions are one")
	}
	d.status(303, "POST", "/logout", "token="+d.token())
	d.status(303, "GET", "/", "")
}

func TestAFormIsTakenOnceAskedFromHere(t *testing.T) {
	d := newDesk(t, secret)
	d.login(secret)
	token := d.token()
	from := func(site string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) }
	}
	old := func(r *http.Request) { // a browser that says only where it was
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", "https://evil.test")
	}
	for _, path := range []string{"/upload", "/login", "/logout", "/picky", "/big/1?token=" + token} {
		form := "what=x&token=" + token + "&password=" + url.QueryEscape(secret)
		d.status(403, "POST", path, form, from("cross-site"))
		d.status(403, "POST", path, form, from("same-site"))
		d.status(403, "POST", path, form, old)
	}
	d.status(403, "POST", "/upload", "what=x")
	d.status(403, "POST", "/upload", "what=x&token="+strings.Repeat("0", 64))
	d.status(403, "POST", "/big/1", "token="+token) // read by its page alone: the token stands in the address
	if d.took != "" {
		t.Fatalf("a form from elsewhere was taken: %q", d.took)
	}
	if w := d.status(303, "POST", "/upload", "what=picture&token="+token); d.took != "picture" || w.Header().Get("Location") != "/upload" {
		t.Errorf("the form was not taken: %q", d.took)
	}
	large := strings.Repeat("y", 4<<20)
	if w := d.status(303, "POST", "/big/7?token="+token, large); d.took != "7yyyy" || w.Header().Get("Location") != "/" {
		t.Errorf("a large form: %q, leads to %q", d.took, w.Header().Get("Location"))
	}
	d.status(403, "POST", "/upload", "what="+large+"&token="+token)
	if w := d.status(400, "POST", "/picky", "token="+token); !strings.Contains(w.Body.String(), "The file is no picture.") {
		t.Errorf("a refusal is not told: %s", w.Body)
	}
	if w := d.status(500, "GET", "/picky", ""); strings.Contains(w.Body.String(), "SECRET") {
		t.Errorf("an error is told: %s", w.Body)
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		d.status(405, method, "/upload", "token="+token)
	}
	outer, err := NewPassword(secret)
	if err != nil || !outer.Matches(secret) {
		t.Errorf("%v", err)
	}
}

func TestTenWrongPasswordsCloseTheDoorForAQuarterOfAnHour(t *testing.T) {
	d := newDesk(t, secret)
	for range 10 {
		if w := d.login("wrong wrong wrong"); w.Code != 401 {
			t.Fatalf("status %d", w.Code)
		}
	}
	if w := d.login(secret); w.Code != 429 || w.Header().Get("Retry-After") != "900" || d.cookie != "" {
		t.Errorf("the eleventh: status %d", w.Code)
	}
	elsewhere := func(r *http.Request) { r.RemoteAddr = "192.0.2.7:99" }
	d.status(303, "POST", "/login", "password="+url.QueryEscape(secret), elsewhere)
	d.now = d.now.Add(15 * time.Minute)
	if w := d.login(secret); w.Code != 303 {
		t.Errorf("after a quarter of an hour: status %d", w.Code)
	}
}

func TestTheWayAfterTheLoginIsOneOfOurs(t *testing.T) {
	d := newDesk(t, secret)
	for next, want := range map[string]string{"/upload": "/upload", "//evil.test": "/", "/\\evil.test": "/", "https://evil.test": "/", "/big/1": "/", "": "/", "/upload\r\nX: y": "/"} {
		w := d.ask("POST", "/login", url.Values{"password": {secret}, "next": {next}}.Encode())
		if got := w.Header().Get("Location"); w.Code != 303 || got != want {
			t.Errorf("next %q leads to %q (status %d), want %q", next, got, w.Code, want)
		}
	}
}

func TestWhatOthersMadeIsNoPage(t *testing.T) {
	d := newDesk(t, secret)
	d.login(secret)
	h := d.status(200, "GET", "/big/text", "").Header()
	if h.Get("Content-Type") != "application/octet-stream" || h.Get("Content-Disposition") != `attachment; filename="ab..c.html"` || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("headers %v", h)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	d := newDesk(t, secret)
	look := func(path string) {
		h := d.ask("GET", path, "").Header()
		for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
			if h.Get(key) != want {
				t.Errorf("%s: %s is %q", path, key, h.Get(key))
			}
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	for _, path := range []string{"/", "/login", "/metrics", "/nothing", "/favicon.ico"} {
		look(path)
	}
	d.login(secret)
	look("/")
	look("/upload")
	d.status(421, "GET", "/", "", func(r *http.Request) { r.Host = "evil.test" })
}

func TestAPasswordFile(t *testing.T) {
	p, err := NewPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "password")
	write := func(text string, mode os.FileMode) error {
		if err := errors.Join(os.WriteFile(file, []byte(text), mode), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		_, err := ReadPassword(file)
		return err
	}
	if err := write(p.String()+"\n", 0o600); err != nil {
		t.Error(err)
	}
	if err := write(p.String(), 0o644); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others can read: %v", err)
	}
	for _, bad := range []string{"", secret, "$argon2id$v=19$m=1,t=1,p=1$YWFhYWFhYWFhYWFhYWFhYQ$YWFh", strings.Replace(p.String(), "$m=", "$m=9", 1), p.String()[:len(p.String())-2]} {
		if err := write(bad, 0o600); !errors.Is(err, ErrNoHash) || (bad != "" && strings.Contains(err.Error(), bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := NewPassword("short"); err == nil {
		t.Error("a short password is taken")
	}
	if (Password{}).Matches("") {
		t.Error("no password lets in")
	}
}
