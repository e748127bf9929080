package web

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
)

// said lists every key that templates and code ask for, and the beginnings of keys that are put together.
func said(t *testing.T) (keys, starts map[string]bool) {
	t.Helper()
	keys, starts = map[string]bool{}, map[string]bool{}
	quoted := regexp.MustCompile(`"([a-z][a-z0-9]*\.(?:[a-z0-9_]+\.?)*)"`)
	read := func(text string) {
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			if strings.HasSuffix(m[1], ".") {
				starts[m[1]] = true
			} else {
				keys[m[1]] = true
			}
		}
	}
	err := fs.WalkDir(templateFiles, "templates", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			body, err := templateFiles.ReadFile(path)
			read(string(body))
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"admin/*.go", "admin/templates/*.html"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		read(string(body))
	}
	return keys, starts
}

func TestEveryStringIsInTheCatalogueAndUsed(t *testing.T) {
	w, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	keys, starts := said(t)
	for key := range keys {
		_, plain := w[key]
		_, one := w[key+".one"]
		_, other := w[key+".other"]
		file := slices.Contains([]string{".css", ".svg", ".csv", ".html"}, path.Ext(key))
		if plain || file || (one && other) {
			continue
		}
		t.Errorf("%q is asked for and not in the catalogue", key)
	}
	for key := range w {
		if ofPages(key) { // the digest's own test looks at these
			continue
		}
		plain := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		used := keys[key] || keys[plain] || key == "lang" || key == "months"
		for start := range starts {
			used = used || strings.HasPrefix(key, start)
		}
		if !used {
			t.Errorf("%q is in the catalogue and nobody asks for it", key)
		}
	}
}

func TestEveryReasonStateKindAndSectorHasWords(t *testing.T) {
	w, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range audit.Reasons() {
		want = append(want, "reason."+string(r))
	}
	for _, s := range audit.Sectors() {
		want = append(want, "sector."+s)
	}
	for _, s := range shapes {
		want = append(want, "state."+s, "duty."+s, "means."+s, "method.states."+s)
	}
	for _, s := range shapes[:5] {
		want = append(want, "finding.what."+s, "posts."+s)
	}
	for _, k := range []audit.Kind{audit.KindLogin, audit.KindMembers, audit.KindFollowers, audit.KindApproval, audit.KindSomePosts, audit.KindPartial, audit.KindOld} {
		want = append(want, "kind."+string(k))
	}
	for _, h := range []audit.How{audit.Anonymous, audit.AppToken, audit.PageToken, audit.SavedPage, audit.ByWitness} {
		want = append(want, "how."+string(h), "as."+string(h))
	}
	for _, s := range leagueSorts {
		want = append(want, "league.sort."+s)
	}
	for _, code := range []string{"404", "405", "421", "500", "503"} {
		want = append(want, "error."+code+".title", "error."+code+".h1", "error."+code+".text")
	}
	for _, key := range want {
		if w[key] == "" {
			t.Errorf("no words for %q", key)
		}
	}
}

// Pages say what was seen and never why: these words speak of motives (or of "providers", which tenants do not say).
func TestNoWordOfMotive(t *testing.T) {
	motive := regexp.MustCompile(`(?i)\b(ban(s|ned|ning)?|gag\w*|censor\w*|hid(e|es|ing|den)|silenc\w*|refus\w*|fear\w*|afraid|guilty|shame\w*|fail(s|ed|ing)? to|provider\w*|bad|worst)\b`)
	w, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	for key, text := range w {
		if strings.HasPrefix(key, "admin.") {
			continue // the operator's pages speak of silences, and of receivers that refuse
		}
		if key == "org.talk.taken" { // a state of the platform's own, by its own word, as the organisation's connection tells it exactly
			text = strings.ReplaceAll(text, "hidden", "")
		}
		if m := motive.FindString(text); m != "" {
			t.Errorf("%s says %q: %s", key, m, text)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 97494: "97,494", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}
