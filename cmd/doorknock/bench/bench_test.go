package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"doorknock/score/comment"
)

// The pages are the same on every machine and at every run, or two measurements could not be compared.
func TestPages(t *testing.T) {
	t.Parallel()
	pages := Pages()
	total, sum := 0, sha256.New()
	for i, p := range pages {
		if len(p) < 45<<10 || len(p) > 200<<10 {
			t.Errorf("page %d has %d bytes, want 50 to 200 KB", i, len(p))
		}
		total += len(p)
		sum.Write(p)
	}
	if mean := total / len(pages); mean < 110<<10 || mean > 130<<10 {
		t.Errorf("pages have %d bytes in the mean, want about 120 KB", mean)
	}
	for i, p := range Pages() {
		if !slices.Equal(p, pages[i]) {
			t.Fatalf("page %d is another one when made again", i)
		}
	}
	t.Log("sha256 of all pages", hex.EncodeToString(sum.Sum(nil)))
}

// Each selector finds what a crawler made of selectors would find; a list that matches nothing measures nothing.
func TestSelectors(t *testing.T) {
	t.Parallel()
	selectors, err := compile()
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(Pages()[0])))
	if err != nil {
		t.Fatal(err)
	}
	if n := matches(root, selectors); len(selectors) != 20 || n < 50 {
		t.Errorf("%d selectors match %d times, want 20 that match 50 times or more", len(selectors), n)
	}
}

func rounds(each ...time.Duration) (all []took) {
	for _, d := range each {
		all = append(all, took{cpu: d, wall: d, items: 1})
	}
	return all
}

// A ratio is judged by its median, a figure of the clock by its best round, and a figure of a slow disk not at all.
func TestJudged(t *testing.T) {
	t.Parallel()
	fast, slow := Sync{P50: 50, P99: 500}, Sync{P50: 5000, P99: 20000}
	ratio := step{id: "r", goal: 0.5, better: higher}
	clock := step{id: "c", goal: 25, better: lower, wall: true, disk: true}
	for _, c := range []struct {
		name string
		f    figures
		s    step
		disk Sync
		want string
	}{
		{"median reaches", figures{bare: rounds(10, 10, 10), ours: rounds(10, 12, 90), invert: true}, ratio, fast, "reached"},
		{"median misses", figures{bare: rounds(10, 10, 10), ours: rounds(10, 30, 90), invert: true}, ratio, fast, "MISSED"},
		{"best round of a clock", figures{values: []float64{20, 80, 90}}, clock, fast, "reached"},
		{"no round of a clock", figures{values: []float64{30, 80, 90}}, clock, fast, "MISSED"},
		{"slow disk", figures{values: []float64{80}}, clock, slow, "reported only"},
	} {
		if got := c.f.judged(c.s, c.disk).word(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestMissed(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	r := Report{Steps: []Step{{ID: "a", Ours: 52, Goal: 40, Better: lower, OK: &no}, {ID: "b", OK: &yes}, {ID: "c"}}}
	if got := r.Missed(); len(got) != 1 || got[0] != "a is 52.0, want at most 40.0" {
		t.Errorf("missed %q", got)
	}
}

// Each tier is measured once a round.
func TestScored(t *testing.T) {
	t.Parallel()
	for _, may := range comment.Tiers {
		f, err := scored(may, 8)(t.Context(), &rig{o: Options{Rounds: 2}})
		if err != nil || len(f.values) != 2 || min(f.values[0], f.values[1]) <= 0 {
			t.Errorf("%v: %v, %v", may, f.values, err)
		}
	}
}

// The cascade is measured with as many texts of which the linear model is sure as others, or it would be another model's speed.
func TestHalfAsked(t *testing.T) {
	texts, err := halfAsked()
	if err != nil || len(texts) < 8 || len(texts)%2 != 0 {
		t.Errorf("%d texts, %v", len(texts), err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	if _, err := choose([]string{"cpu_pages"}); !errors.Is(err, ErrNoStep) {
		t.Errorf("a step there is not: %v", err)
	}
	if all, err := choose(nil); err != nil || len(all) != 15 {
		t.Errorf("%d steps, %v", len(all), err)
	}
}
