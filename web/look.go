package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/store"
)

// Looks takes what invited people saw: pipeline.Witnesses.
type Looks interface {
	// Open gives the invitation of a link's ticket: store.ErrNotFound, store.ErrInviteOver.
	Open(ctx context.Context, ticket string) (store.Invitation, error)
	// Asked gives the questions that are asked about a place of this platform.
	Asked(p audit.Platform) []audit.CheckID
	// Take commits a look before it returns. Errors that wrap audit.ErrStatement, audit.ErrLooked or evidence.ErrArtefact
	// are for the person.
	Take(ctx context.Context, v store.Invitation, s audit.Statement, file []byte) (store.Recorded, error)
	Withdraw(ctx context.Context, visit, why string) error
}

const (
	lookTries  = 40 // forms of one invitation
	lookSpan   = time.Hour
	lookWithin = 2 * time.Minute // for a form with a picture to arrive from a phone
	lookForms  = evidence.MaxArtefact + 64<<10
)

// takesLooks lets the forms of invited people through.
func (s *site) takesLooks(r *http.Request) (most int64, within time.Duration, ok bool) {
	return lookForms, lookWithin, s.looks != nil && strings.HasPrefix(r.URL.Path, "/look/")
}

func (s *site) lookRoutes(mux *http.ServeMux) {
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request, store.Invitation) error{
		"GET /look/{ticket}":                     s.look,
		"GET /look/{ticket}/guide":               s.lookGuide,
		"GET /look/{ticket}/{channel}":           s.lookForm,
		"POST /look/{ticket}/{channel}":          s.lookTake,
		"POST /look/{ticket}/{channel}/withdraw": s.lookWithdraw,
	} {
		mux.HandleFunc(pattern, s.page(func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Robots-Tag", "noindex, nofollow")
			v, err := s.looks.Open(r.Context(), r.PathValue("ticket"))
			if errors.Is(err, store.ErrInviteOver) {
				s.fail(w, r, http.StatusGone)
				return nil
			}
			if err != nil {
				return err
			}
			return page(w, r, v)
		}))
	}
}

// lookPage is the list of places that an invitation asks about.
type lookPage struct {
	Title  string
	Ends   time.Time
	Guide  string
	Places []lookPlace
	Thanks string // name of the place whose look has just come
	Left   int
}

type lookPlace struct {
	Name, Place, URL, Form string
	Looked                 time.Time // zero: not yet
	Missing                bool      // one more person is wanted here most
}

func (s *site) look(w http.ResponseWriter, r *http.Request, v store.Invitation) error {
	base := "/look/" + r.PathValue("ticket")
	p := lookPage{Title: v.Title, Ends: v.Expires, Guide: base + "/guide"}
	for _, t := range v.Targets {
		x := lookPlace{
			Name: t.Name, Place: s.place(t.Channel.Platform, ""), URL: t.Channel.URL, Form: base + "/" + t.Channel.ID,
			Looked: v.Looked[t.Channel.ID], Missing: v.Missing[t.Channel.ID],
		}
		if x.Looked.IsZero() {
			p.Left++
		} else if r.URL.Query().Get("thanks") == t.Channel.ID {
			p.Thanks = t.Name
		}
		p.Places = append(p.Places, x)
	}
	slices.SortStableFunc(p.Places, func(a, b lookPlace) int { return a.rank() - b.rank() })
	return s.show(w, r, "look", s.words.say("look.title"), time.Time{}, p)
}

// rank orders places: where one more is wanted, where this person has not looked, the rest.
func (p lookPlace) rank() int {
	switch {
	case !p.Looked.IsZero():
		return 2
	case p.Missing:
		return 0
	}
	return 1
}

func (s *site) lookGuide(w http.ResponseWriter, r *http.Request, v store.Invitation) error {
	return s.show(w, r, "lookguide", s.words.say("look.guide.title"), time.Time{}, lookPage{Title: v.Title, Ends: v.Expires, Guide: "/look/" + r.PathValue("ticket")})
}

// lookFormPage is the form about one place, with what was filled in where it comes back.
type lookFormPage struct {
	lookPlace

	Back, Control string
	Asked         []lookAsk
	Comments      *lookAsk // the question about the last posts; nil: it is not asked here
	LoggedIn      []lookChoice
	Blocked       []lookChoice
	Posts, Boxes  []lookChoice
	Wrong         string
	Withdraw      string // where a look that is there can be taken back
}

// lookAsk is one question about the place, and the same about the control page.
type lookAsk struct {
	ID, Question, Control string
	Answers, Controls     []lookChoice
}

type lookChoice struct {
	ID, Value, Words string
	Chosen           bool
}

func (s *site) lookForm(w http.ResponseWriter, r *http.Request, v store.Invitation) error {
	return s.showLookForm(w, r, v, http.StatusOK, audit.Statement{Posts: audit.LastPosts, Boxes: -1}, "")
}

func target(r *http.Request, v store.Invitation) (store.Target, error) {
	id := r.PathValue("channel")
	i := slices.IndexFunc(v.Targets, func(t store.Target) bool { return t.Channel.ID == id })
	if i < 0 {
		return store.Target{}, fmt.Errorf("place %.20q of an invitation: %w", id, store.ErrNotFound)
	}
	return v.Targets[i], nil
}

func (s *site) showLookForm(w http.ResponseWriter, r *http.Request, v store.Invitation, status int, given audit.Statement, wrong string) error {
	t, err := target(r, v)
	if err != nil {
		return err
	}
	back := "/look/" + r.PathValue("ticket")
	p := lookFormPage{
		lookPlace: lookPlace{Name: t.Name, Place: s.place(t.Channel.Platform, ""), URL: t.Channel.URL, Looked: v.Looked[t.Channel.ID], Form: back + "/" + t.Channel.ID},
		Back:      back, Control: t.Control, Wrong: wrong,
		LoggedIn: s.choices("in", string(given.LoggedIn), "yes", "no"), Blocked: s.choices("blocked", string(given.Blocked), "no", "yes"),
		Posts: numbers("posts", given.Posts), Boxes: numbers("boxes", given.Boxes), Withdraw: back + "/" + t.Channel.ID + "/withdraw",
	}
	for _, id := range s.looks.Asked(t.Channel.Platform) {
		ask := lookAsk{
			ID: string(id), Question: s.words.say("look.ask." + string(id)), Control: s.words.say("look.control." + string(id)),
			Answers: s.choices("saw_"+string(id), string(given.Saw[id]), "yes", "no", "unsure"), Controls: s.choices("control_"+string(id), string(given.ControlSaw[id]), "yes", "no"),
		}
		if id == "comments" {
			p.Comments = &ask
		}
		p.Asked = append(p.Asked, ask)
	}
	return s.render(w, r, status, "lookform", layout{Title: s.words.say("look.form.title", "name", t.Name), Nav: "look", Page: p})
}

func (s *site) choices(name, chosen string, values ...string) []lookChoice {
	all := make([]lookChoice, 0, len(values))
	for _, v := range values {
		all = append(all, lookChoice{name + "_" + v, v, s.words.first("look."+name+"."+v, "look.answer."+v), v == chosen})
	}
	return all
}

// numbers are the choices from 0 to the last posts; a number that is none of them chooses none.
func numbers(name string, chosen int) []lookChoice {
	all := make([]lookChoice, 0, audit.LastPosts+1)
	for n := range audit.LastPosts + 1 {
		all = append(all, lookChoice{name + "_" + strconv.Itoa(n), strconv.Itoa(n), strconv.Itoa(n), n == chosen})
	}
	return all
}

// lookTake takes the form: it is committed before it is answered.
func (s *site) lookTake(w http.ResponseWriter, r *http.Request, v store.Invitation) error {
	if !s.tries.Allowed(v.ID) {
		s.fail(w, r, http.StatusTooManyRequests)
		return nil
	}
	s.tries.Note(v.ID)
	t, err := target(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return s.showLookForm(w, r, v, http.StatusBadRequest, audit.Statement{}, s.words.say("look.wrong.large", "mb", evidence.MaxArtefact>>20))
	}
	defer r.MultipartForm.RemoveAll() //nolint:errcheck // a file of the form that stays is the system's to remove
	given, wrong := s.said(r, t)
	file, err := formFile(r)
	if err != nil {
		return err
	}
	if wrong != "" {
		return s.showLookForm(w, r, v, http.StatusBadRequest, given, wrong)
	}
	switch _, err := s.looks.Take(r.Context(), v, given, file); {
	case errors.Is(err, audit.ErrLooked):
		return s.showLookForm(w, r, v, http.StatusConflict, given, s.words.say("look.wrong.looked"))
	case errors.Is(err, evidence.ErrArtefact):
		return s.showLookForm(w, r, v, http.StatusBadRequest, given, s.words.say("look.wrong.file", "mb", evidence.MaxArtefact>>20))
	case errors.Is(err, audit.ErrStatement):
		return s.showLookForm(w, r, v, http.StatusBadRequest, given, s.words.say("look.wrong.answers"))
	case err != nil:
		return fmt.Errorf("take a look: %w", err)
	}
	http.Redirect(w, r, "/look/"+r.PathValue("ticket")+"?thanks="+t.Channel.ID, http.StatusSeeOther)
	return nil
}

// said reads the answers of a form. It does not judge them: Take does.
func (s *site) said(r *http.Request, t store.Target) (given audit.Statement, wrong string) {
	given = audit.Statement{
		V: 1, Channel: t.Channel.ID, At: s.now().UTC(), LoggedIn: answer(r, "in"), Blocked: answer(r, "blocked"),
		Saw: map[audit.CheckID]audit.Answer{}, ControlSaw: map[audit.CheckID]audit.Answer{}, Boxes: -1,
	}
	for _, id := range s.looks.Asked(t.Channel.Platform) {
		given.ControlSaw[id] = answer(r, "control_"+string(id))
		if id == "comments" {
			posts, err1 := strconv.Atoi(r.PostFormValue("posts"))
			boxes, err2 := strconv.Atoi(r.PostFormValue("boxes"))
			if err1 != nil || err2 != nil || posts > audit.LastPosts || boxes > posts || boxes < 0 {
				wrong = s.words.say("look.wrong.posts")
				continue
			}
			given.Posts, given.Boxes = posts, boxes
			continue
		}
		given.Saw[id] = answer(r, "saw_"+string(id))
	}
	if given.Boxes < 0 && !slices.Contains(s.looks.Asked(t.Channel.Platform), "comments") {
		given.Boxes = 0
	}
	if when := r.PostFormValue("when"); when != "" && wrong == "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", when, london())
		if err != nil {
			return given, s.words.say("look.wrong.when")
		}
		given.At = at.UTC()
	}
	return given, wrong
}

// london is the clock of those who look; UTC where the machine knows no zones.
func london() *time.Location {
	if zone, err := time.LoadLocation("Europe/London"); err == nil {
		return zone
	}
	return time.UTC
}

func answer(r *http.Request, name string) audit.Answer {
	a := audit.Answer(r.PostFormValue(name))
	if !a.Valid() {
		return ""
	}
	return a
}

// formFile reads the picture or page of a form; nil: none was chosen.
func formFile(r *http.Request) ([]byte, error) {
	f, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the file of a form: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	all, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the file of a form: %w", err)
	}
	return all, nil
}

// lookWithdraw takes back this person's own look.
func (s *site) lookWithdraw(w http.ResponseWriter, r *http.Request, v store.Invitation) error {
	t, err := target(r, v)
	if err != nil {
		return err
	}
	visit := audit.Statement{Invite: v.ID, Channel: t.Channel.ID}.VisitID()
	if err := s.looks.Withdraw(r.Context(), visit, "by the person who looked"); err != nil {
		return fmt.Errorf("take back a look: %w", err)
	}
	http.Redirect(w, r, "/look/"+r.PathValue("ticket"), http.StatusSeeOther)
	return nil
}
