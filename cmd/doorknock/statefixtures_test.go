package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestEveryPromisedStateHasAFixture: of each state whose meaning `doorknock checks` prints for a check, something shows that
// it is given: a page in testdata, a made-up site on which it is the answer, a recorded look of a platform's tests, or what a
// person who looks may say. And nothing shows a state whose meaning it does not print.
func TestEveryPromisedStateHasAFixture(t *testing.T) {
	shown := shownStates(t)
	for _, c := range checks.All() {
		means := statesOf(c)
		for _, state := range []audit.State{audit.Unknown, audit.Open, audit.Restricted, audit.Closed, audit.Absent} {
			switch promised := means[state.String()] != ""; {
			case promised && !shown[c.ID][state]:
				t.Errorf("%s: nothing gives %s, of which it is said that it means %q", c.ID, state, means[state.String()])
			case !promised && shown[c.ID][state]:
				t.Errorf("%s: something gives %s, and nobody is told what that means", c.ID, state)
			}
		}
	}
}

// shownStates are the states that pages, sites, recorded looks and witnesses give, by check.
func shownStates(t *testing.T) map[audit.CheckID]map[audit.State]bool {
	shown := map[audit.CheckID]map[audit.State]bool{}
	show := func(id audit.CheckID, word string) {
		state, err := audit.ParseState(word)
		if err != nil {
			return // another word: a check that is not asked
		}
		if shown[id] == nil {
			shown[id] = map[audit.State]bool{}
		}
		shown[id][state] = true
	}
	for _, c := range checks.All() {
		for _, page := range glob(t, filepath.Join(filepath.Dir(madeUp), string(c.ID), "*.html")) {
			word, _, _ := strings.Cut(filepath.Base(page), "-")
			show(c.ID, word)
		}
	}
	for site := range madeUpSites {
		for id, words := range wanted(t, site) {
			show(id, words[0])
		}
	}
	for _, file := range glob(t, "../../crawler/platform/*live_test.go") {
		showRecorded(t, file, checks.All(), show)
	}
	for _, id := range audit.Witnessed() {
		for _, answer := range []audit.Answer{audit.Yes, audit.No} {
			show(id, said(id, answer).String())
		}
	}
	return shown
}

// showRecorded shows the states that the tables of a platform's tests want: "replies closed o0 r0 c2 u0".
func showRecorded(t *testing.T, file string, all []crawler.Check, show func(audit.CheckID, string)) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		for _, rest := range strings.Split(string(source), `"`+string(c.ID)+" ")[1:] {
			if end := strings.IndexAny(rest, " /\""); end > 0 {
				show(c.ID, rest[:end])
			}
		}
	}
}

// said is what a witness's answer about a page makes of a question.
func said(id audit.CheckID, answer audit.Answer) audit.State {
	s := audit.Statement{V: 1, LoggedIn: audit.Yes, Blocked: audit.No, Posts: audit.LastPosts, Saw: map[audit.CheckID]audit.Answer{id: answer},
		ControlSaw: map[audit.CheckID]audit.Answer{id: audit.Yes}}
	if answer == audit.Yes {
		s.Boxes = s.Posts
	}
	return s.Findings([]audit.CheckID{id})[0].Verdict.State()
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || slices.Equal(files, nil) && !strings.Contains(pattern, "testdata") {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	return files
}
