package platform

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// answerCase is one made-up answer and what it says.
type answerCase struct {
	Name    string
	Status  int
	Body    json.RawMessage
	Text    string                   // where the body is no JSON
	Want    map[audit.CheckID]string // "closed", "restricted approval", or the reason of unknown
	Counts  map[audit.CheckID]int
	Claimed map[audit.CheckID]int
	Replied *bool
	Posts   []string
}

func (c answerCase) bytes() []byte {
	if c.Text != "" {
		return []byte(c.Text)
	}
	return c.Body
}

func answerCases(t testing.TB, p audit.Platform) (cases []answerCase) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "answers", string(p)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return cases
}

// Every platform with an interface has its table of answers, and each is read as it says; the bytes of every verdict are where
// its evidence says.
func TestAnswers(t *testing.T) {
	for p := range interfaces {
		for _, c := range answerCases(t, p) {
			t.Run(string(p)+"/"+c.Name, func(t *testing.T) {
				if c.Status == 0 {
					c.Status = http.StatusOK
				}
				facets, known := ReadAnswer(p, c.bytes(), c.Status)
				if !known {
					t.Fatal("no reader")
				}
				said := map[audit.CheckID]string{}
				counts, claimed := map[audit.CheckID]int{}, map[audit.CheckID]int{}
				var replied *bool
				var posts []string
				for _, f := range facets {
					said[f.Check] = said1(f.Verdict)
					keep(counts, f.Check, f.Count)
					keep(claimed, f.Check, f.Claimed)
					if f.OwnerReplied != nil {
						replied = f.OwnerReplied
					}
					for _, p := range f.Posts {
						posts = append(posts, postLine(p))
					}
					checkBytes(t, c.bytes(), f.Verdict)
				}
				for id, want := range c.Want {
					if said[id] != want {
						t.Errorf("%s: %s, want %s", id, said[id], want)
					}
				}
				if diff := cmp.Diff(c.Counts, counts); diff != "" && (len(c.Counts) > 0 || len(counts) > 0) {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.Claimed, claimed); diff != "" && (len(c.Claimed) > 0 || len(claimed) > 0) {
					t.Errorf("claimed (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.Replied, replied); diff != "" {
					t.Errorf("owner replied (-want +got):\n%s", diff)
				}
				if c.Posts != nil {
					if diff := cmp.Diff(c.Posts, posts); diff != "" {
						t.Errorf("posts (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

func said1(v audit.Verdict) string {
	if v.State() == audit.Unknown {
		return string(v.Reason())
	}
	return strings.TrimSpace(v.State().String() + " " + string(v.Kind()))
}

func keep(into map[audit.CheckID]int, id audit.CheckID, n *int) {
	if n != nil {
		into[id] = *n
	}
}

func postLine(p RecordedPost) string {
	parts := []string{p.ID, p.State.String(), string(p.Reason), string(p.Kind)}
	if p.Count != nil {
		parts = append(parts, fmt.Sprint(*p.Count))
	}
	if !p.Created.IsZero() {
		parts = append(parts, p.Created.Format(time.RFC3339))
	}
	parts = append(parts, p.Type)
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

func checkBytes(t *testing.T, body []byte, v audit.Verdict) {
	t.Helper()
	e := v.Evidence()
	if e == nil {
		return
	}
	if e.Offset+e.Length > len(body) || !strings.HasPrefix(string(body[e.Offset:e.Offset+e.Length]), e.Excerpt) {
		t.Errorf("evidence at %d, %d bytes, says %q", e.Offset, e.Length, e.Excerpt)
	}
}

// No spoilt answer is closed that was not, and none is a panic: cut short, or with a stretch lost, it says nothing.
func TestSpoiltAnswersAccuseNobody(t *testing.T) {
	for p := range interfaces {
		for _, c := range answerCases(t, p) {
			body := c.bytes()
			if c.Text != "" {
				continue // spoilt already
			}
			want := fmt.Sprint(c.Want)
			closed := strings.Contains(want, "closed") || strings.Contains(want, "some_posts")
			for cut := range len(body) {
				facets, _ := ReadAnswer(p, body[:cut], http.StatusOK)
				for _, f := range facets {
					if f.Verdict.State() != audit.Unknown {
						t.Errorf("%s, %s, cut at %d: %s is %v", p, c.Name, cut, f.Check, f.Verdict.State())
					}
				}
				for _, n := range []int{1, 7, 40} {
					lost := slices.Concat(body[:cut], body[min(cut+n, len(body)):])
					facets, _ := ReadAnswer(p, lost, http.StatusOK)
					for _, f := range facets {
						if f.Verdict.State() == audit.Closed && !closed {
							t.Errorf("%s, %s, %d bytes lost at %d: %s is closed\n%s", p, c.Name, n, cut, f.Check, lost)
						}
					}
				}
			}
		}
	}
}

func answerMarksStandInside(t *testing.T, p audit.Platform, body []byte, status int) {
	t.Helper()
	facets, _ := ReadAnswer(p, body, status)
	for _, facet := range facets {
		checkBytes(t, body, facet.Verdict)
		if facet.Verdict.State() == audit.Absent {
			t.Error("an answer is never absent")
		}
	}
}
