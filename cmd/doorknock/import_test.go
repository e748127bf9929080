package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"doorknock/pipeline"
)

// archived is the archive that js-wacz made of two posts in four days of two years.
const archived = "../../evidence/archive/testdata/hollybank.wacz"

// Every page of an archive is read, and what MHTML leaves out proves nothing.
func TestInspectReadsArchives(t *testing.T) {
	lines, code := inspected(t, archived, "../../evidence/archive/testdata/hollybank.warc.gz")
	states := map[string]int{}
	for _, l := range lines {
		if l.Check == "comments" && l.URL != nil {
			states[filepath.Base(l.File)+" "+*l.URL+" "+l.State.String()]++
		}
	}
	for _, file := range []string{"hollybank.wacz", "hollybank.warc.gz"} {
		for key, want := range map[string]int{"/news/lifts open": 2, "/news/roofs open": 2, "/news/lifts closed": 1, "/news/roofs closed": 1} {
			if got := states[file+" https://www.hollybank.example"+key]; got != want {
				t.Errorf("%s%s: %d, want %d", file, key, got, want)
			}
		}
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	note := "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://www.fernley.example/roof\r\nDate: Fri, 20 Nov 2026 13:05:10 +0000\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/related; type=\"text/html\"; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n"
	body := strings.Replace(openPost, "<form", "<div", 1)
	lines, code = inspected(t, written(t, "post.mhtml", []byte(note+openPost+"\r\n--x--\r\n")), written(t, "bare.mhtml", []byte(note+body+"\r\n--x--\r\n")), written(t, "cut.warc", []byte("WARC/1.0\r\nWARC")))
	var got []string
	for _, l := range lines {
		if l.Check == "comments" || l.Check == "" {
			got = append(got, filepath.Base(l.File)+" "+l.State.String()+" "+string(l.Reason))
		}
	}
	if want := "post.mhtml open |bare.mhtml unknown unrecognised|cut.warc unknown parse_error"; strings.Join(got, "|") != want || code != 1 {
		t.Errorf("got %q, exit code %d", got, code)
	}
}

// The command takes an archive in beside nothing, says what came of it, and says of other files what they lack.
func TestImportCommand(t *testing.T) {
	dir := t.TempDir()
	list := "id,name,nation,sector,homes,website,site_confirmed,facebook\nhollybank,Hollybank Homes,England,housing_association,1200,https://www.hollybank.example/,yes,hollybankhomes\n"
	settings := filepath.Join(dir, "c.yaml")
	for name, text := range map[string]string{"o.csv": list, "c.yaml": "data_dir: " + dir + "/data\nkey_file: " + dir + "/key\norganisations: " + dir + "/o.csv\n",
		"bare.html": openPost, "picture.png": "\x89PNG"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	imported := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"import", "--config", settings}, args...), strings.NewReader(""), &out, &errs)
		return out.String() + errs.String(), code
	}
	out, code := imported("--by", "clerk", archived, filepath.Join(dir, "picture.png"), filepath.Join(dir, "nothing.html"))
	for _, want := range []string{"2021-06-02 10:00  hollybank  https://www.hollybank.example/: comments closed", "of no place on the list", "this is no page", "no such file"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	out, code = imported("--json", archived)
	var line importLine
	if err := json.Unmarshal([]byte(out), &line); err != nil || code != 0 || line.V != 1 || len(line.Looks) != 4 || !line.Looks[3].Known || line.Read != 8 {
		t.Errorf("%v, exit code %d: %s", err, code, out)
	}
	if out, code = imported(filepath.Join(dir, "bare.html")); code != 1 || !strings.Contains(out, "--url") {
		t.Errorf("a page without address: exit code %d, %s", code, out)
	}
	if out, code = imported("--date", "someday", filepath.Join(dir, "bare.html")); code != 2 || !strings.Contains(out, "--date") {
		t.Errorf("a day that is none: exit code %d, %s", code, out)
	}
	var shown bytes.Buffer
	if code := run(t.Context(), []string{"explain", "--config", settings, "hollybank", "comments"}, nil, &shown, &shown); code != 0 ||
		!strings.Contains(shown.String(), "2019-05-03 09:00 UTC  open") || !strings.Contains(shown.String(), "given by clerk") {
		t.Errorf("explain: exit code %d\n%s", code, shown.String())
	}
	id := regexp.MustCompile(`finding ([0-9a-f]{32})`).FindStringSubmatch(shown.String())
	if id == nil {
		t.Fatalf("no finding is named in\n%s", shown.String())
	}
	shown.Reset()
	if code := run(t.Context(), []string{"evidence", "show", "--config", settings, id[1]}, nil, &shown, &shown); code != 0 ||
		!strings.Contains(shown.String(), `"how": "saved_page"`) || !strings.Contains(shown.String(), "\n(saved page: ") || !strings.Contains(shown.String(), "given by clerk") {
		t.Errorf("evidence show: exit code %d\n%s", code, shown.String())
	}
}

// What is uploaded to the operator's pages is taken in as by the command, and the page says what came of it.
func TestUploadTakesAnArchive(t *testing.T) {
	dir := t.TempDir()
	list := "id,name,nation,sector,homes,website,site_confirmed\nhollybank,Hollybank Homes,England,housing_association,1200,https://www.hollybank.example/,yes\n"
	for name, text := range map[string]string{"o.csv": list, "c.yaml": "data_dir: " + dir + "/data\nkey_file: " + dir + "/key\norganisations: " + dir + "/o.csv\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, err := openForImport(t.Context(), filepath.Join(dir, "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	m, err := in.importer()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(archived)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{false, true} {
		done, err := m.File(t.Context(), f, about.Size(), pipeline.Given{By: "clerk"})
		got := takenFrom(done, err, titles(in.checks))
		if err != nil || len(got.Looks) != 4 || got.Looks[2].Known != known || got.Looks[2].Posts != 2 || got.Looks[2].Answers[0].Title == "" || len(got.Strange) != 1 {
			t.Errorf("%v, %+v", err, got)
		}
	}
	if pages, err := in.operatorPages("http://127.0.0.1"); err != nil || pages == nil {
		t.Errorf("the operator's pages: %v", err)
	}
}
