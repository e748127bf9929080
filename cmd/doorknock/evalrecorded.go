package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
)

// recordedEval is what the readers got right on recorded answers, of which each folder's index.csv says what follows from
// them (columns file, platform, http_status, expected).
type recordedEval struct {
	scripts *crawler.Scripts
	items   int // files
	right   int // expectations
	said    []string
	wrong   []evalWrong
	// falseClosed are closed, restricted or absent answers where another was expected.
	falseClosed int
}

// add reads one folder with an index, or each folder below one that has none.
func (e *recordedEval) add(ctx context.Context, folder string) error {
	if _, err := os.Stat(filepath.Join(folder, "index.csv")); err != nil {
		below, err := filepath.Glob(filepath.Join(folder, "*", "index.csv"))
		if err != nil || len(below) == 0 {
			return fmt.Errorf("read recorded answers: no index.csv in %s or a folder of it", folder)
		}
		for _, index := range below {
			if err := e.add(ctx, filepath.Dir(index)); err != nil {
				return err
			}
		}
		return nil
	}
	rows, err := readTable(filepath.Join(folder, "index.csv"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := e.compare(folder, row); err != nil {
			return err
		}
	}
	return nil
}

// recordedAnswer is what was read of one file: a state a question, and the posts of an answer that lists them.
type recordedAnswer struct {
	states  map[audit.CheckID]audit.Verdict
	posts   map[string]platform.RecordedPost
	replied *bool
	count   *int // comments in the answer
	listed  bool
}

func (e *recordedEval) compare(folder string, row map[string]string) error {
	name := filepath.Base(folder) + "/" + row["file"]
	var expected map[string]json.RawMessage
	if err := json.Unmarshal([]byte(row["expected"]), &expected); err != nil {
		return fmt.Errorf("read index of %s: expected of %s: %w", folder, row["file"], err)
	}
	e.items++
	got, err := e.read(folder, row)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(expected)) {
		e.judge(name, key, expected[key], got)
	}
	return nil
}

// facetOf gives the questions by the names that the indexes use.
var facetOf = map[string]audit.CheckID{"visitor_post": "visitor_posts", "review": "reviews", "comment": "comments", "reply": "replies",
	"comment_page_alone": "comments"}

// judge compares one expectation. Keys that speak of more than one answer, or of what no reader says, are passed over.
func (e *recordedEval) judge(name, key string, want json.RawMessage, got recordedAnswer) {
	var words string
	_ = json.Unmarshal(want, &words)
	switch id, facet := facetOf[key]; {
	case facet && words != "":
		if v, asked := got.states[id]; asked {
			e.note(name, key, words, stateWords(v))
		}
	case key == "all" && strings.HasPrefix(words, "unknown/"):
		for _, id := range slices.Sorted(maps.Keys(got.states)) {
			e.note(name, string(id), words, stateWords(got.states[id]))
		}
	case key == "wall":
		for _, id := range slices.Sorted(maps.Keys(got.states)) {
			if r := got.states[id].Reason(); slices.Contains(wallReasons, r) {
				e.note(name, string(id), "no wall", string(r))
			}
		}
	case key == "never":
		var never []string
		_ = json.Unmarshal(want, &never)
		for _, id := range slices.Sorted(maps.Keys(got.states)) {
			if s := stateWords(got.states[id]); slices.Contains(never, s) {
				e.note(name, string(id), "never "+s, s)
			}
		}
	case key == "owner_replied" && (string(want) == "true" || string(want) == "false"):
		said := "not told"
		if got.replied != nil {
			said = strconv.FormatBool(*got.replied)
		}
		e.note(name, key, string(want), said)
	case key == "posts" && got.listed:
		e.judgePosts(name, want, got)
	}
}

var wallReasons = []audit.Reason{audit.ReasonBlocked, audit.ReasonConsentWall, audit.ReasonLoginWall, audit.ReasonNeedsJS}

// judgePosts compares the posts of a list: the state that is expected of each, and how many comments or replies it has.
func (e *recordedEval) judgePosts(name string, want json.RawMessage, got recordedAnswer) {
	var posts []map[string]json.RawMessage
	if json.Unmarshal(want, &posts) != nil {
		return
	}
	for _, w := range posts {
		var id string
		if json.Unmarshal(w["id"], &id) != nil {
			continue
		}
		p, there := got.posts[id]
		if !there {
			e.note(name, "post "+id, "listed", "not listed")
			continue
		}
		for key := range facetOf {
			var words string
			if json.Unmarshal(w[key], &words) == nil && words != "" {
				e.note(name, "post "+id, words, cmp.Or(p.State.String()+reasonWords(p.Reason)))
			}
		}
		for _, key := range [...]string{"comments", "replies"} {
			if n := string(w[key]); n != "" {
				said := "null"
				if p.Count != nil {
					said = strconv.Itoa(*p.Count)
				}
				e.note(name, "post "+id+" "+key, n, said)
			}
		}
	}
}

// note keeps what was expected and what was said; several states parted by | are each right.
func (e *recordedEval) note(name, what, want, got string) {
	alternatives := strings.Split(want, "|")
	for i, a := range alternatives[1:] { // "unknown/blocked|needs_js": the reasons of one state
		if strings.HasPrefix(alternatives[0], "unknown/") && audit.Reason(a).Valid() {
			alternatives[i+1] = "unknown/" + a
		}
	}
	ok := slices.Contains(alternatives, got)
	verdict := "wrong"
	if ok {
		verdict = "right"
		e.right++
	} else {
		e.wrong = append(e.wrong, evalWrong{File: name, Want: what + " " + want, Got: got})
		if got == "closed" || got == "restricted" || got == "absent" {
			e.falseClosed++
		}
	}
	e.said = append(e.said, fmt.Sprintf("%-5s  %s: %s %s, wanted %s", verdict, audit.Untrusted(name), audit.Untrusted(what), got, audit.Untrusted(want)))
}

func stateWords(v audit.Verdict) string { return v.State().String() + reasonWords(v.Reason()) }

func reasonWords(r audit.Reason) string {
	if r == "" {
		return ""
	}
	return "/" + string(r)
}

// read reads one file as what it is: a page, the head of an answer without its body, or an interface's answer.
func (e *recordedEval) read(folder string, row map[string]string) (recordedAnswer, error) {
	path := filepath.Join(folder, row["file"])
	s := saved{contentType: "text/html", status: statusOf(row["http_status"])}
	on := recordedPlatform(cmp.Or(row["platform"], filepath.Base(folder)), row["file"])
	if on == audit.Facebook {
		s.platform = string(on)
	}
	if strings.HasSuffix(path, ".headers.txt") {
		return e.headed(path)
	}
	body, _, err := readSaved(path)
	if err != nil {
		return recordedAnswer{}, err
	}
	if strings.Contains(row["file"], ".html") {
		return e.page(s, body), nil
	}
	facets, _ := platform.ReadAnswer(on, body, s.status)
	return answerOf(facets), nil
}

// headed reads the head of an answer, with the body that lies beside it where there is one.
func (e *recordedEval) headed(path string) (recordedAnswer, error) {
	s, err := readHead(path)
	if err != nil {
		return recordedAnswer{}, err
	}
	body, _, err := readSaved(strings.TrimSuffix(path, ".headers.txt") + ".html")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return recordedAnswer{}, err
	}
	return e.page(s, body), nil
}

// recordedPlatform is the platform or the system that an index, or a file's own name, says.
func recordedPlatform(name, file string) audit.Platform {
	switch name {
	case "facebook-graph":
		return audit.Facebook
	case "comment-systems":
		system, _, _ := strings.Cut(file, "-")
		return audit.Platform(system)
	}
	return audit.Platform(name)
}

// statusOf reads the status that an index tells; 200 where it tells none.
func statusOf(s string) int {
	first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	n, err := strconv.Atoi(first)
	if err != nil {
		return http.StatusOK
	}
	return n
}

// readHead reads a recorded status line and the type of the content, and before them the line that tells the request where there
// is one.
func readHead(path string) (s saved, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return saved{}, fmt.Errorf("read recorded head: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name == "GET":
			s.url = value
		case strings.HasPrefix(name, "HTTP"):
			s.status = statusOf(value)
		case strings.EqualFold(name, "content-type:"):
			s.contentType = value
		}
	}
	return s, nil
}

func (e *recordedEval) page(s saved, body []byte) recordedAnswer {
	page := s.page(body, e.scripts)
	a := recordedAnswer{states: map[audit.CheckID]audit.Verdict{}}
	for _, r := range slices.Backward(page.Read(checks.All())) { // of the page itself, and not of one of its posts
		if _, facet := slices.BinarySearch([]audit.CheckID{"comments", "replies", "reviews", "visitor_posts"}, r.Check); facet {
			a.states[r.Check] = r.Verdict
			if r.Check == "comments" {
				a.count = r.Count
				a.replied = platform.OwnerReplied(page.Comments(r.System), r.System)
			}
		}
	}
	if s.platform != string(audit.Facebook) {
		delete(a.states, "visitor_posts") // no other platform has the facility
	}
	return a
}

func answerOf(facets []platform.Facet) recordedAnswer {
	a := recordedAnswer{states: map[audit.CheckID]audit.Verdict{}, posts: map[string]platform.RecordedPost{}, listed: true}
	for _, f := range facets {
		a.states[f.Check] = f.Verdict
		a.replied = cmp.Or(a.replied, f.OwnerReplied)
		a.count = cmp.Or(a.count, f.Count)
		for _, p := range f.Posts {
			a.posts[p.ID] = p
		}
	}
	return a
}

func (e *recordedEval) metrics() map[string]*float64 {
	right := share{e.right, e.right + len(e.wrong)}
	closed := float64(e.falseClosed)
	return map[string]*float64{"false_closed": &closed, "right": right.value()}
}

func (e *recordedEval) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(struct {
			V       int                 `json:"v"`
			Suite   string              `json:"suite"`
			Items   int                 `json:"items"`
			Metrics map[string]*float64 `json:"metrics"`
			Wrong   []evalWrong         `json:"wrong"`
		}{1, "recorded", e.items, e.metrics(), append([]evalWrong{}, e.wrong...)})
	}
	for _, line := range e.said {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return fmt.Errorf("print readings: %w", err)
		}
	}
	_, err := fmt.Fprintf(out, "%s: %d right, %d wrong, %d wrongly closed, restricted or absent\n", counted(e.items, "answer"), e.right, len(e.wrong), e.falseClosed)
	if err != nil {
		return fmt.Errorf("print readings: %w", err)
	}
	return nil
}
