package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler/checks"
)

// The four made-up landlords' sites, whole: a model one, a poor one, one in Welsh and English, and a bare one, on which most is
// absent. The files of a site are named by their addresses ("about-us.board.html" is /about-us/board/); want.txt says what each
// check finds.
var madeUpSites = map[string]string{"model": "www.ashmere.example", "poor": "www.birch.example", "mixed": "www.celyn.example", "bare": "www.gorse.example"}

const madeUp = "../../crawler/checks/testdata/sites"

// TestSites looks at each of them as a user does, by the program over loopback, and finds what is to be found: every check
// has its expected answer on every site, those that rest on the whole site's having been read included.
func TestSites(t *testing.T) {
	t.Parallel()
	config := openSites(t)
	for site, host := range madeUpSites {
		t.Run(site, func(t *testing.T) {
			t.Parallel()
			found := map[audit.CheckID]checkedLine{}
			for _, line := range checkJSON(t, config, "http://"+host+"/") {
				if line.Scope == "" {
					found[line.Check] = line
				}
			}
			want := wanted(t, site)
			for _, c := range checks.All() {
				if !slices.Contains(c.On, audit.Web) {
					continue
				}
				words, ok := want[c.ID]
				if !ok {
					t.Errorf("%s has no expected answer in want.txt; it is %v", c.ID, found[c.ID].described())
					continue
				}
				line, asked := found[c.ID]
				got := line.described()
				if !asked {
					got = []string{"not_asked"}
				}
				for _, w := range words {
					if !slices.Contains(got, w) {
						t.Errorf("%s is %v, want %s", c.ID, got, w)
					}
				}
			}
		})
	}
}

// TestSitesAskedOfTheirOwn: where the list says whose a site is, nothing is asked that is no question to a landlord of that
// nation, whether it is named or its address is given.
func TestSitesAskedOfTheirOwn(t *testing.T) {
	t.Parallel()
	config := openSites(t)
	for _, words := range []string{"Cartrefi Celyn", "http://www.celyn.example/"} {
		asked := map[audit.CheckID]bool{}
		for _, line := range checkJSON(t, config, words) {
			asked[line.Check] = true
		}
		for id, want := range map[audit.CheckID]bool{"tsm_results": false, "grade": false, "stairs_scheme": false, "self_assessment": false, "ombudsman_link": true, "involve": true} {
			if asked[id] != want {
				t.Errorf("%s: %s is asked %t, want %t", words, id, asked[id], want)
			}
		}
	}
}

// TestSitesAtATerminal holds what a person sees: a line within ten seconds, less than a minute of our own work, each answer
// in one line as JSON has it, and below it, where something was seen, the words that say so and the page.
func TestSitesAtATerminal(t *testing.T) {
	t.Parallel()
	config := openSites(t)
	for site, host := range madeUpSites {
		bin, err := binary()
		if err != nil {
			t.Fatal(err)
		}
		out := &firstWrite{}
		cmd := exec.Command(bin, "check", "--config", config, "http://"+host+"/")
		cmd.Stdout, cmd.Stderr = out, out
		start := time.Now()
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", site, err, out.String())
		}
		if first := out.at.Sub(start); first > slower*10*time.Second {
			t.Errorf("%s: the first line came after %v", site, first)
		}
		if own := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); own > time.Minute {
			t.Errorf("%s: %v of our own work", site, own)
		}
		_, table, _ := strings.Cut(out.String(), "All in all")
		for _, line := range checkJSON(t, config, "http://"+host+"/") {
			if line.Scope == "" && !tableHas(table, line.Finding) {
				t.Errorf("%s: %s is %v in JSON, and not so in\n%s", site, line.Check, line.described(), table)
			}
		}
		for _, whose := range []string{"ada.larkspur@", "960 321", "960321", "mared@", "Larkspur", "Quill"} {
			if strings.Contains(out.String(), whose) {
				t.Errorf("%s: %q is printed, a worker's name, address or number", site, whose)
			}
		}
		if strings.Contains(table, `\"`) || strings.Contains(table, "“”") {
			t.Errorf("%s: what is quoted does not read:\n%s", site, table)
		}
	}
}

// tableHas reports whether the table says a finding's state, and quotes its evidence below with the page's address.
func tableHas(table string, f audit.Finding) bool {
	lines := strings.Split(table, "\n")
	i := slices.IndexFunc(lines, func(line string) bool {
		words := strings.Fields(line)
		return len(words) > 1 && words[0] == string(f.Check) && strings.TrimSuffix(words[1], ",") == f.Verdict.State().String()
	})
	e := f.Verdict.Evidence()
	if i < 0 || e == nil || e.Type == audit.Absence {
		return i >= 0
	}
	return strings.ContainsAny(lines[i+1], "“‹") && strings.HasSuffix(lines[i+1], e.Rule) && strings.HasPrefix(strings.TrimSpace(lines[i+2]), "http://")
}

// firstWrite remembers when something was first written.
type firstWrite struct {
	bytes.Buffer
	at time.Time
}

func (w *firstWrite) Write(b []byte) (int, error) {
	if w.at.IsZero() {
		w.at = time.Now()
	}
	return w.Buffer.Write(b)
}

// checkedLine is one line of `check --json`.
type checkedLine struct {
	SeenOnce bool   `json:"seen_once"`
	Page     string `json:"page"`
	audit.Finding
}

// described gives what a line of want.txt may ask for.
func (l checkedLine) described() []string {
	v := l.Verdict
	got := []string{v.State().String(), "kind=" + string(v.Kind()), "reason=" + string(v.Reason()), "system=" + l.System}
	if l.Count != nil {
		got = append(got, "count="+strconv.Itoa(*l.Count))
	}
	if e := v.Evidence(); e != nil {
		got = append(got, "rule="+e.Rule)
	}
	for k, x := range l.Values {
		got = append(got, string(k)+"="+x.String())
	}
	if of := l.Of; of != nil {
		got = append(got, fmt.Sprintf("open_on=%d/%d", of.Open, of.Total()), fmt.Sprintf("closed_on=%d", of.Closed), "systems="+strings.Join(of.Systems, ","))
		if !of.Newest.IsZero() {
			got = append(got, "newest="+strings.ReplaceAll(shownWritten(of.Newest), " ", "_"))
		}
	}
	return got
}

// checkJSON gives the findings that a look ends with; what was printed before them is left out.
func checkJSON(t *testing.T, config, words string) []checkedLine {
	t.Helper()
	return slices.DeleteFunc(checkLines(t, config, words), func(l checkedLine) bool { return l.SeenOnce })
}

func checkLines(t *testing.T, config, words string) (all []checkedLine) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, "check", "--json", "--config", config, words).Output()
	if err != nil {
		t.Fatalf("check %s: %v\n%s", words, err, out)
	}
	for line := range bytes.Lines(out) {
		var l checkedLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, l)
	}
	return all
}

// wanted reads want.txt: a check, its state, and what else must hold, in a line.
func wanted(t *testing.T, site string) map[audit.CheckID][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(madeUp, site, "want.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[audit.CheckID][]string{}
	for line := range strings.Lines(string(raw)) {
		if words := strings.Fields(line); len(words) > 1 {
			want[audit.CheckID(words[0])] = words[1:]
		}
	}
	return want
}

// openSites serves the sites and gives a settings file that leads to them.
func openSites(t *testing.T) (config string) {
	t.Helper()
	hosts := map[string]string{}
	for site, host := range madeUpSites {
		hosts[host] = filepath.Join(madeUp, site)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		serveMadeUp(w, r, hosts[host])
	}))
	t.Cleanup(s.Close)
	dir := t.TempDir()
	list := "id,name,nation,sector,homes,website\ncelyn,Cartrefi Celyn,Wales,housing_association,500,http://www.celyn.example/\n"
	if err := os.WriteFile(filepath.Join(dir, "organisations.csv"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "contact: sites@doorknock.test\norganisations: %s/organisations.csv\ncrawl: {pace: 1ms, daily_cap: 0, max_pages: 60}\nhosts:\n", dir)
	for host := range hosts {
		fmt.Fprintf(&b, "  %s: %s\n", host, strings.TrimPrefix(s.URL, "http://"))
	}
	config = filepath.Join(dir, "doorknock.yaml")
	if err := os.WriteFile(config, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

func serveMadeUp(w http.ResponseWriter, r *http.Request, dir string) {
	name := strings.ReplaceAll(strings.Trim(r.URL.Path, "/"), "/", ".")
	kind := "text/html; charset=utf-8"
	switch ext := filepath.Ext(r.URL.Path); {
	case name == "":
		name = "index.html"
	case ext == ".pdf":
		w.Header().Set("Content-Type", "application/pdf")
		w.Write([]byte("%PDF-1.4\n%%EOF\n")) //nolint:errcheck // nobody is told
		return
	case ext == ".txt":
		kind = "text/plain; charset=utf-8"
	case ext == ".xml":
		kind = "application/xml; charset=utf-8"
	default:
		name += ".html"
	}
	page, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
	if err != nil || dir == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	fmt.Fprint(w, dated(string(page), time.Now()))
}

// fromToday is a day or a year in a page that is told from the day of the look, so that what is new today is new next year:
// {{day -3}}, {{iso +12}}, {{rfc -9}}, {{year -1}}, and {{fy}}, the reporting year that ended last.
var fromToday = regexp.MustCompile(`\{\{(day|iso|rfc|year|fy) ?([+-][0-9]+)?\}\}`)

func dated(page string, now time.Time) string {
	return fromToday.ReplaceAllStringFunc(page, func(s string) string {
		m := fromToday.FindStringSubmatch(s)
		n := 0
		if m[2] != "" {
			n, _ = strconv.Atoi(m[2])
		}
		day, year := now.AddDate(0, 0, n), now.Year()+n
		switch m[1] {
		case "day":
			return day.Format("2 January 2006")
		case "iso":
			return day.Format(time.DateOnly)
		case "rfc":
			return day.Format(time.RFC1123Z)
		case "year":
			return strconv.Itoa(year)
		}
		if now.Month() < time.April {
			year--
		}
		return fmt.Sprintf("%d/%02d", year-1, year%100)
	})
}
