package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"doorknock/audit"
	"doorknock/web"
)

const (
	// uploadMost is how many bytes one form with saved pages and archives may have, and uploadWithin how long it may take to arrive
	// and to be read. Larger archives are for `doorknock import`.
	uploadMost   = 2 << 30
	uploadWithin = 30 * time.Minute
	maxFiles     = 50
	maxField     = 4 << 10
)

// Uploads is what the page that takes saved pages and archives is made from.
type Uploads struct {
	Dir   string                                                  // a file lies here, without a name, while it is read
	Room  func() error                                            // why nothing may be taken now; nil: it may
	Take  func(ctx context.Context, file *os.File, g Given) Taken // imports one file
	Dress *web.Dress
	Most  int64 // bytes of one form; 0: uploadMost

	one sync.Mutex
}

// Given is what the form says of its files.
type Given struct {
	By, URL string
	At      time.Time
	Size    int64
}

// Taken says what a file came to.
type Taken struct {
	Name           string
	Format         string
	Records, Pages int
	Looks          []TakenLook
	More           int
	Passed         map[string]int // by why, or by the reason why a page could not be read
	Strange        []string       // addresses of no place on the list
	Error          string         // why it was not read, or not to its end; "" where it was
}

// TakenLook is one look that a file came to.
type TakenLook struct {
	At                time.Time
	Organisation, URL string
	Pages             int
	Known             bool // it was recorded before
	Answers           []TakenAnswer
	Posts             int    // answers about single posts
	Unread            string // why its pages could not be read, as a reason; "" where they were
}

// TakenAnswer is one answer about the whole place.
type TakenAnswer struct {
	Title string
	State audit.State
}

// uploadView is the page.
type uploadView struct {
	Files []takenView
	Most  int64 // MiB
}

type takenView struct {
	Taken

	Looks  []lookView
	Passed []string
}

type lookView struct {
	TakenLook

	Says string
}

// Pages gives the page.
func (u *Uploads) Pages() []Page {
	if u.Most == 0 {
		u.Most = uploadMost
	}
	return []Page{{Name: "upload", Path: "/upload", Template: builtIn("upload"), Get: u.form, Post: u.take, Body: u.Most, Within: uploadWithin, Streamed: true}}
}

func (u *Uploads) form(*http.Request) (View, error) { return u.view(nil), nil }

func (u *Uploads) view(files []takenView) View {
	return View{Title: u.Dress.Say("admin.upload.menu"), Data: uploadView{files, u.Most >> 20}}
}

// take reads a form as it comes, one file after the other: none of it is held in memory, and what has been read is gone.
func (u *Uploads) take(r *http.Request) (View, error) {
	if !u.one.TryLock() {
		return View{}, Refused(u.Dress.Say("admin.upload.busy"))
	}
	defer u.one.Unlock()
	if u.Room != nil {
		if err := u.Room(); err != nil {
			return View{}, Refused(u.Dress.Say("admin.upload.room"))
		}
	}
	form, err := r.MultipartReader()
	if err != nil {
		return View{}, Refused(u.Dress.Say("admin.upload.unclear"))
	}
	var g Given
	var files []takenView
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return View{}, u.cut(err)
		}
		if part.FormName() != "file" {
			if err := u.field(&g, part); err != nil {
				return View{}, err
			}
			continue
		}
		if part.FileName() == "" {
			continue // nothing was chosen
		}
		if len(files) == maxFiles {
			return View{}, Refused(u.Dress.Say("admin.upload.many", "n", maxFiles))
		}
		taken, err := u.file(r.Context(), part, g)
		if err != nil {
			return View{}, err
		}
		files = append(files, u.shown(taken))
	}
	if len(files) == 0 {
		return View{}, Refused(u.Dress.Say("admin.upload.nothing"))
	}
	return u.view(files), nil
}

// cut says why a form did not arrive whole.
func (u *Uploads) cut(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return Refused(u.Dress.Say("admin.upload.large", "most", u.Most>>20))
	}
	return Refused(u.Dress.Say("admin.upload.cut"))
}

// field reads what the form says of its files; it stands before them.
func (u *Uploads) field(g *Given, part *multipart.Part) error {
	raw, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return u.cut(err)
	}
	text := strings.TrimSpace(string(raw))
	switch part.FormName() {
	case "by":
		g.By = audit.Untrusted(text).Plain(80)
	case "url":
		g.URL = text
	case "date":
		if text == "" {
			return nil
		}
		if g.At, err = time.Parse("2006-01-02T15:04", text); err != nil {
			return Refused(u.Dress.Say("admin.upload.date"))
		}
	}
	if len(raw) > maxField {
		return Refused(u.Dress.Say("admin.upload.unclear"))
	}
	return nil
}

// file puts a file on the disk under no name, so that nothing stays of it whatever happens, and has it read.
func (u *Uploads) file(ctx context.Context, part *multipart.Part, g Given) (Taken, error) {
	f, err := os.CreateTemp(u.Dir, ".upload-*")
	if err != nil {
		return Taken{}, fmt.Errorf("take an uploaded file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it has no name any more
	if err := os.Remove(f.Name()); err != nil {
		return Taken{}, fmt.Errorf("take an uploaded file: %w", err)
	}
	read := &failure{r: part}
	g.Size, err = io.Copy(f, read)
	switch {
	case read.err != nil:
		return Taken{}, u.cut(read.err)
	case err != nil:
		return Taken{}, Refused(u.Dress.Say("admin.upload.room"))
	}
	taken := u.Take(ctx, f, g)
	taken.Name = audit.Untrusted(part.FileName()).Plain(120)
	return taken, ctx.Err() //nolint:wrapcheck // nobody waits any more
}

// failure keeps apart what fails on the way in from what fails on the disk.
type failure struct {
	r   io.Reader
	err error
}

// Read reads, and remembers what failed.
func (f *failure) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err //nolint:wrapcheck // passed on as it is
}

// shown puts what a file came to into words.
func (u *Uploads) shown(t Taken) takenView {
	v := takenView{Taken: t}
	for _, l := range t.Looks {
		v.Looks = append(v.Looks, lookView{l, u.says(l)})
	}
	for _, why := range slices.Sorted(maps.Keys(t.Passed)) {
		v.Passed = append(v.Passed, u.Dress.Say("admin.upload.passed.line", "n", t.Passed[why], "why", u.why(why)))
	}
	return v
}

// passed are the words for why something was not taken; any other why is a reason of unknown.
var passed = map[string]string{
	"unknown_address": "admin.upload.passed.unknown_address", "no_page": "admin.upload.passed.no_page", "damaged": "admin.upload.passed.damaged",
	"unreadable_coding": "admin.upload.passed.unreadable_coding", "no_date": "admin.upload.passed.no_date", "broken_off": "admin.upload.passed.broken_off",
	"repeats_unseen": "admin.upload.passed.repeats_unseen", "date_ahead": "admin.upload.passed.date_ahead", "signed_in": "admin.upload.passed.signed_in",
	"answers_nothing": "admin.upload.passed.answers_nothing", "same_page_again": "admin.upload.passed.same_page_again",
}

func (u *Uploads) why(why string) string {
	if key, ok := passed[why]; ok {
		return u.Dress.Say(key)
	}
	return u.Dress.Say("reason." + why)
}

func (u *Uploads) says(l TakenLook) string {
	switch {
	case l.Known:
		return u.Dress.Say("admin.upload.known")
	case len(l.Answers) == 0 && l.Posts == 0 && l.Unread != "":
		return u.Dress.Say("admin.upload.unread", "why", u.Dress.Say("reason."+l.Unread))
	case len(l.Answers) == 0 && l.Posts == 0:
		return u.Dress.Say("admin.upload.silent")
	}
	var parts []string
	for _, a := range l.Answers {
		parts = append(parts, a.Title+" "+u.Dress.Say("state."+a.State.String()))
	}
	if l.Posts > 0 {
		parts = append(parts, u.Dress.Say("admin.upload.posts", "n", l.Posts))
	}
	return strings.Join(parts, "; ")
}
