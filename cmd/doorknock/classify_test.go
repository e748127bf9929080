package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/configs"
)

// classify runs the command over a standard input and gives its lines.
func classify(t *testing.T, in string, args ...string) ([]string, error) {
	t.Helper()
	var out bytes.Buffer
	c := newClassify()
	c.SetArgs(args)
	c.SetIn(strings.NewReader(in))
	c.SetOut(&out)
	c.SetErr(&out)
	c.SilenceUsage, c.SilenceErrors = true, true
	err := c.ExecuteContext(t.Context())
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), err
}

func TestClassifyLines(t *testing.T) {
	lines, err := classify(t, "I smell gas\r\n\nLovely day, thank you", "--json")
	if err != nil || len(lines) != 3 {
		t.Fatalf("%q, %v", lines, err)
	}
	var ids, urgencies []string
	for _, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		ids, urgencies = append(ids, got["id"].(string)), append(urgencies, got["urgency"].(string))
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, ids); diff != "" {
		t.Errorf("ids: %s", diff)
	}
	if diff := cmp.Diff([]string{"urgent", "none", "none"}, urgencies); diff != "" {
		t.Errorf("urgencies: %s", diff)
	}
	const want = `{"v":1,"id":"2","complaint":0.354,"is_complaint":false,` +
		`"labels":{"praise":null,"question":null,"idea":null,"threat":null,"spam":null},` +
		`"hazards":[],"urgency":"none","lang":"unsure","tier":0,"spans":[],"signs":[],"model":"rules-2"}`
	if lines[1] != want {
		t.Errorf("an empty comment is %s\nwant %s", lines[1], want)
	}
}

func TestClassifyTable(t *testing.T) {
	lines, err := classify(t, "\ufeffwho,text,id\nann,\"No heating,\nagain\",b-2\nbob,<fine>,a-1\n", "--csv", "--json")
	if err != nil || len(lines) != 2 {
		t.Fatalf("%q, %v", lines, err)
	}
	if !strings.HasPrefix(lines[0], `{"v":1,"id":"b-2"`) || !strings.HasPrefix(lines[1], `{"v":1,"id":"a-1"`) ||
		!strings.Contains(lines[0], `{"id":"no_heating","kind":"danger","text":"No heating","start":0,"end":10,"affirmed":true,"context":"affirmed"}`) {
		t.Errorf("%s", lines)
	}
}

// A threat of the writer and spam are told with the signs that spoke for them, each with its bytes; a threat that is reported, and a
// line of the council's, are neither.
func TestClassifyTellsLabelsWithTheirSigns(t *testing.T) {
	const comments = "I'll burn your office down\nMy neighbour threatened to burn my flat down\nQuick loans, no credit checks, WhatsApp me on 07700 900456\nRing the repairs line on 0800 123 4567\n"
	lines, err := classify(t, comments, "--json")
	if err != nil || len(lines) != 4 {
		t.Fatalf("%q, %v", lines, err)
	}
	for i, want := range []struct{ threat, spam bool }{{true, false}, {false, false}, {false, true}, {false, false}} {
		var got classified
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		l := got.Labels
		if l.Threat == nil || l.Spam == nil || (*l.Threat >= 0.5) != want.threat || (*l.Spam >= 0.5) != want.spam {
			t.Errorf("%s", lines[i])
		}
		if want.threat && (len(got.Signs) == 0 || got.Signs[0].Label != "threat" || got.Signs[0].End <= got.Signs[0].Start) {
			t.Errorf("no sign is told: %s", lines[i])
		}
	}
	lines, err = classify(t, comments)
	if err != nil || !strings.HasSuffix(lines[0], " (harm, burn)") || !strings.Contains(lines[0], "\tthreat ") || strings.Contains(lines[1], "threat ") || !strings.Contains(lines[2], "\tspam ") || !strings.Contains(lines[2], " (phone, ") || strings.Contains(lines[3], "spam") {
		t.Errorf("%q, %v", lines, err)
	}
}

// TestClassifyToUs: with --to-us a text is told as run tells a comment, and without it as it stands, which is otherwise.
func TestClassifyToUs(t *testing.T) {
	const text = "The garden party was lovely, shame the lift is out again"
	scorer, err := newScorer()
	if err != nil {
		t.Fatal(err)
	}
	run, bare := assessing(scorer, configs.Score{})(audit.Stream{}, text).Complaint, scorer.Assess(text).Complaint
	if run == bare {
		t.Fatalf("choose another text: %v both ways", run)
	}
	for _, c := range []struct {
		want float64
		args []string
	}{{run, []string{"--to-us", "--json"}}, {bare, []string{"--json"}}} {
		lines, err := classify(t, text, c.args...)
		if err != nil || !strings.Contains(lines[0], fmt.Sprintf(`"complaint":%v,`, c.want)) {
			t.Errorf("%v: %v, %v; want %v", c.args, lines, err, c.want)
		}
	}
}

func TestClassifyBadUse(t *testing.T) {
	for _, args := range [][]string{{"--tier", "3"}, {"--csv"}} {
		if _, err := classify(t, "id,words\n1,x\n", args...); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

// --tier says who answers: the linear model, the encoder for every comment, or the encoder where the linear model is not sure.
func TestClassifyTiers(t *testing.T) {
	const comments = "This is a disgrace, still waiting for the repair and nobody answers!!\nWhen is the next meeting?\nGwarthus, dim gwres eto\n"
	for tier, want := range map[string][3]int{"auto": {1, 2, 0}, "1": {1, 1, 0}, "2": {2, 2, 0}} {
		lines, err := classify(t, comments, "--json", "--tier", tier)
		if err != nil || len(lines) != 3 {
			t.Fatalf("%q, %v", lines, err)
		}
		for i, line := range lines {
			model := [3]string{"rules-2", "linear-2-", "encoder-3-"}[want[i]]
			if !strings.Contains(line, fmt.Sprintf(`"tier":%d,`, want[i])) || !strings.Contains(line, `"model":"`+model) {
				t.Errorf("--tier %s: %s, want tier %d", tier, line, want[i])
			}
		}
	}
}

// The context of a danger is one of the five that readers of the JSON know, also where no rule's words tell of it.
func TestClassifyGuessHasAKnownContext(t *testing.T) {
	lines, err := classify(t, "the little white box in the hall is chirping and we all have banging heads", "--json", "--to-us")
	var a struct{ Hazards []audit.Hazard }
	if err != nil || json.Unmarshal([]byte(lines[0]), &a) != nil || len(a.Hazards) != 1 {
		t.Fatal(err, lines)
	}
	if h := a.Hazards[0]; h.Context != "affirmed" || !h.Affirmed || !h.Whole || h.Likely < 0.5 {
		t.Errorf("%+v", h)
	}
}
