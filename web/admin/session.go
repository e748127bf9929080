package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"time"

	"doorknock/store"
)

const (
	// cookieName begins with __Host-: a browser keeps it only from this host, for every path, and sends it over TLS
	// or on the machine itself.
	cookieName  = "__Host-doorknock"
	sessionLife = 12 * time.Hour

	triesMost = 10               // wrong passwords from one address
	triesSpan = 15 * time.Minute // within this
)

// session gives the cookie's value of a session that has not ended, and "" where there is none.
func (s *site) session(r *http.Request) (string, error) {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) != 64 {
		return "", nil //nolint:nilerr // no cookie is no session
	}
	ok, err := s.db.HasSession(r.Context(), hashOf(c.Value), s.password.print())
	if err != nil || !ok {
		return "", err
	}
	return c.Value, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// formToken is what a form of this session carries. Who has it does not have the session.
func formToken(session string) string {
	h := hmac.New(sha256.New, []byte(session))
	h.Write([]byte("doorknock form"))
	return hex.EncodeToString(h.Sum(nil))
}

// mayPost reports whether the form was given to this session.
func (s *site) mayPost(r *http.Request, p Page, session string) bool {
	got := r.URL.Query().Get("token")
	if got == "" && !p.Streamed {
		got = r.PostFormValue("token")
	}
	return hmac.Equal([]byte(got), []byte(formToken(session)))
}

func (s *site) loginForm(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "login", layout{Title: s.dress.Say("admin.login.title"), Page: map[string]string{"Next": s.known(r.URL.Query().Get("next"))}})
}

// known is a path of the table that anybody may be sent to after the login, else the front page.
func (s *site) known(path string) string {
	for _, p := range s.all {
		if p.Path == path && !p.Hidden {
			return path
		}
	}
	return "/"
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	if !s.tries.Allowed(from) {
		w.Header().Set("Retry-After", fmt.Sprint(int(triesSpan.Seconds())))
		s.fail(w, r, http.StatusTooManyRequests)
		return
	}
	next := s.known(r.PostFormValue("next"))
	if !s.matches(r.PostFormValue("password")) {
		s.tries.Note(from)
		s.log.Warn("a wrong password was given at the operator's pages", "from", from)
		s.show(w, r, http.StatusUnauthorized, "login", layout{Title: s.dress.Say("admin.login.title"), Page: map[string]string{"Next": next, "Wrong": "yes"}})
		return
	}
	token := make([]byte, 32)
	_, _ = rand.Read(token) // never fails (crypto/rand)
	value := hex.EncodeToString(token)
	err := s.db.SaveSession(r.Context(), store.Session{TokenHash: hashOf(value), PasswordPrint: s.password.print(), Expires: s.now().Add(sessionLife)})
	if err != nil {
		s.log.Error("a session could not be kept", "error", err)
		s.fail(w, r, http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, cookie(value, int(sessionLife.Seconds())))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *site) matches(plain string) bool {
	s.hashing.Lock()
	defer s.hashing.Unlock()
	return s.password.Matches(plain)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	token, err := s.session(r)
	if err == nil && token != "" && s.mayPost(r, Page{}, token) {
		err = s.db.EndSession(r.Context(), hashOf(token))
	}
	if err != nil {
		s.log.Error("a session could not be ended", "error", err)
		s.fail(w, r, http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, cookie("", -1))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func cookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: seconds, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
