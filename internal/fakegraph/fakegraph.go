// Package fakegraph is a stand-in for Meta's Graph API with pages of its own: what a page's token may see, what an app's may,
// and how either is refused.
//
// In: pages, which may be changed while it serves. Out: answers as Meta's are recorded, errors included, with the token
// repeated in the address of a further page as Meta does it. It never sends anything.
package fakegraph

import (
	"encoding/json"

	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Page is one made-up page.
type Page struct {
	ID, Username, Name string
	Token              string // of the page itself
	MayPost            bool   // USERS_CAN_POST
	Reviewed           bool   // REVIEW_POSTS_BY_OTHER
	Ratings            int
	Posts              []Post
	Fails              *Failure // what every call with the page's token gets instead
}

// Post is one post of a page; From is the page's own id, or a visitor's.
type Post struct {
	Number, From, Text string
	At                 time.Time
	Comments           []Comment
}

// Comment is one comment; From is "" for one whose author is withheld.
type Comment struct {
	Number, Parent, From, Text string
	At                         time.Time
	Hidden                     bool
}

// Failure is an error as Meta words it.
type Failure struct {
	Status, Code, Subcode int
	Message               string
}

// Server answers for its pages. Its zero value knows none. Its methods may be called from any goroutine.
type Server struct {
	AppToken string

	mu    sync.Mutex
	pages []*Page
	calls map[string]int // by path without the version
}

// Add takes a page in.
func (s *Server) Add(p Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = append(s.pages, &p)
}

// Change changes a page while the server runs.
func (s *Server) Change(username string, change func(*Page)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.page(username); p != nil {
		change(p)
	}
}

// Calls counts the calls of a path, as "me" or "100/settings".
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

func (s *Server) page(name string) *Page {
	for _, p := range s.pages {
		if p.ID == name || strings.EqualFold(p.Username, name) {
			return p
		}
	}
	return nil
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet { // nothing of ours writes to a platform
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[path]++
	token := r.URL.Query().Get("access_token")
	own := s.holder(token)
	switch {
	case own != nil && own.Fails != nil:
		fail(w, *own.Fails)
	case own == nil && (token == "" || token != s.AppToken):
		fail(w, Failure{http.StatusBadRequest, 190, 0, "Invalid OAuth access token - Cannot parse access token"})
	case strings.HasPrefix(path, "me/") && own != nil:
		s.node(w, r.URL, own.ID+strings.TrimPrefix(path, "me"), own)
	case path == "me" && own != nil:
		answer(w, map[string]any{"id": own.ID, "name": own.Name, "username": own.Username})
	default:
		s.node(w, r.URL, path, own)
	}
}

func (s *Server) holder(token string) *Page {
	for _, p := range s.pages {
		if token != "" && p.Token == token {
			return p
		}
	}
	return nil
}

func (s *Server) node(w http.ResponseWriter, u *url.URL, path string, own *Page) {
	id, edge, _ := strings.Cut(path, "/")
	if number, post, ok := strings.Cut(id, "_"); ok && edge == "comments" {
		s.comments(w, u, number, post, own)
		return
	}
	p := s.page(id)
	switch {
	case p == nil:
		fail(w, Failure{http.StatusBadRequest, 803, 0, "(#803) Some of the aliases you requested do not exist: " + id})
	case edge == "":
		answer(w, map[string]any{"id": p.ID, "name": p.Name, "username": p.Username, "link": "https://www.facebook.com/" + p.Username, "is_published": true, "rating_count": p.Ratings})
	case edge == "feed":
		answer(w, map[string]any{"data": p.feed(), "paging": further(u)})
	case own != p:
		fail(w, Failure{http.StatusForbidden, 210, 0, "(#210) A page access token is required to request this resource."})
	case edge == "settings":
		answer(w, map[string]any{"data": []any{
			map[string]any{"setting": "USERS_CAN_POST", "value": p.MayPost}, map[string]any{"setting": "USERS_CAN_MESSAGE", "value": true},
			map[string]any{"setting": "REVIEW_POSTS_BY_OTHER", "value": p.Reviewed}, map[string]any{"setting": "PROFANITY_FILTER", "value": "Off"},
		}})
	case edge == "ratings":
		fail(w, Failure{http.StatusBadRequest, 12, 0, "(#12) recommendations are deprecated for versions v22.0 and higher"})
	default:
		fail(w, Failure{http.StatusBadRequest, 100, 0, "(#100) Tried accessing nonexisting field (" + edge + ")"})
	}
}

func (p *Page) feed() []any {
	rows := []any{}
	for _, x := range p.Posts {
		from := p.Name
		if x.From != p.ID {
			from = "A visitor"
		}
		rows = append(rows, map[string]any{
			"id": p.ID + "_" + x.Number, "created_time": stamp(x.At), "message": x.Text, "status_type": "mobile_status_update",
			"permalink_url": "https://www.facebook.com/" + p.ID + "/posts/" + x.Number, "from": map[string]any{"id": x.From, "name": from},
			"comments": map[string]any{"data": []any{}, "summary": map[string]any{"order": "ranked", "total_count": len(x.Comments), "can_comment": false}},
		})
	}
	return rows
}

func (s *Server) comments(w http.ResponseWriter, u *url.URL, page, post string, own *Page) {
	p := s.page(page)
	rows := []any{}
	for _, x := range p.find(post) {
		address := "https://www.facebook.com/" + page + "/posts/" + post + "?comment_id=" + x.Number
		row := map[string]any{"created_time": stamp(x.At), "message": x.Text, "permalink_url": address, "comment_count": 0}
		if own == p { // an app is told neither numbers nor authors
			row["id"], row["is_hidden"], row["can_hide"] = post+"_"+x.Number, x.Hidden, true
			row["from"] = map[string]any{"id": x.From, "name": "Somebody"}
			if x.Parent != "" {
				row["parent"] = map[string]any{"id": post + "_" + x.Parent}
			}
		}
		rows = append(rows, row)
	}
	answer(w, map[string]any{"data": rows, "paging": further(u)})
}

func (p *Page) find(post string) []Comment {
	if p == nil {
		return nil
	}
	for _, x := range p.Posts {
		if x.Number == post {
			return x.Comments
		}
	}
	return nil
}

// further is the address of a further page, which repeats the token.
func further(u *url.URL) map[string]any {
	return map[string]any{"cursors": map[string]any{"before": "QVF", "after": "QVG"}, "previous": "https://graph.facebook.com" + u.Path + "?access_token=" + u.Query().Get("access_token") + "&before=QVF"}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+0000") }

func answer(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func fail(w http.ResponseWriter, f Failure) {
	w.WriteHeader(f.Status)
	e := map[string]any{"message": f.Message, "type": "OAuthException", "code": f.Code, "fbtrace_id": "A1b2C3"}
	if f.Subcode != 0 {
		e["error_subcode"] = f.Subcode
	}
	answer(w, map[string]any{"error": e})
}
