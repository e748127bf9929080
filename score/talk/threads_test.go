package talk

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

var monday = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// spoken reads a list of comments: id, who (p the public, o the organisation, ? not known), hours after Monday nine ("-" not
// told, "2..5" between), parent, and words for labels. All were watched for 400 hours.
func spoken(t *testing.T, text string) (all []audit.Said) {
	t.Helper()
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		s := audit.Said{ID: f[0], Post: "post", Seen: monday.Add(100 * h), Watched: monday.Add(400 * h)}
		s.By = map[string]audit.Author{"p": audit.AuthorPublic, "o": audit.AuthorOrganisation, "?": audit.AuthorUnknown}[f[1]]
		from, to, stretch := strings.Cut(f[2], "..")
		var n, m float64
		if from != "-" {
			if _, err := fmt.Sscan(from, &n); err != nil {
				t.Fatal(err)
			}
			s.From = monday.Add(time.Duration(n * float64(h)))
		}
		if stretch {
			if _, err := fmt.Sscan(to, &m); err != nil {
				t.Fatal(err)
			}
			s.To = monday.Add(time.Duration(m * float64(h)))
		}
		for _, word := range f[3:] {
			switch word {
			case "complaint":
				s.Complaint = true
			case "spam":
				s.Spam = true
			case "stock", "action", "other":
				s.Manner = audit.Manner(word)
			default:
				s.Parent = word
			}
		}
		all = append(all, s)
	}
	return all
}

// told writes threads as "a<-b 3h", with "beside", "untold", "none" and "untimed" where they are so.
func told(threads []Thread) string {
	var b strings.Builder
	for _, t := range threads {
		b.WriteString(t.Begins.ID)
		switch from, to, answered, ok := t.Wait(); {
		case t.Untold:
			b.WriteString(" untold")
		case t.Answer == nil && ok:
			fmt.Fprintf(&b, " none in %v", to.Sub(from))
		case t.Answer == nil:
			b.WriteString(" none, untimed")
		case !ok:
			fmt.Fprintf(&b, "<-%s untimed", t.Answer.ID)
		default:
			fmt.Fprintf(&b, "<-%s %v", t.Answer.ID, map[bool]time.Duration{true: to.Sub(from)}[answered])
		}
		if t.ByPlace {
			b.WriteString(" beside")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestThreads(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"an answer below":                      {"a p 0\nb o 3 a", "a<-b 3h0m0s\n"},
		"the first of two":                     {"a p 0\nb o 5 a\nc o 3 a", "a<-c 3h0m0s\n"},
		"below a neighbour's word":             {"a p 0\nn p 1 a\nb o 4 n", "a<-b 4h0m0s\n"},
		"nobody answered":                      {"a p 0\nn p 1 a", "a none in 400h0m0s\n"},
		"the organisation began":               {"o o 0\na p 1 o\nb o 3 a\nc p 4 b", "a<-b 2h0m0s\n"},
		"beside, for all before it":            {"a p 0\nb p 1\nc o 2\nd p 3", "a<-c 2h0m0s beside\nb<-c 1h0m0s beside\nd none in 397h0m0s\n"},
		"not beside in another branch":         {"a p 0\nb p 1\nc o 2 b", "a none in 400h0m0s\nb<-c 1h0m0s\n"},
		"one of whom nobody knows":             {"a p 0\nb ? 1 a", "a untold\n"},
		"one beside of whom nobody knows":      {"a p 1\nb ? 2", "a untold\n"},
		"a known answer beside a doubt":        {"a p 0\nb ? 1 a\nc o 2 a", "a<-c 2h0m0s\n"},
		"what was unknown before is no answer": {"a p 1\nb ? 0", "a none in 399h0m0s\n"},
		"told by the day alone":                {"a p 0..24\nb o 30 a", "a<-b untimed\n"},
		"an answer told by the day alone":      {"a p 0\nb o 24..48 a", "a<-b untimed\n"},
		"told to ten minutes":                  {"a p 0..0.1\nb o 3 a", "a<-b 3h0m0s\n"},
		"no dates at all":                      {"a p -\nb o - a", "a<-b untimed\n"},
		"no dates and no branches":             {"a p -\nb o -", "a untold\n"},
		"spam begins nothing":                  {"a p 0 spam\nb p 1", "b none in 399h0m0s\n"},
		"an answer to what was never seen":     {"a p 0 gone", ""},
		"parents in a ring":                    {"a p 0 b\nb o 1 a", ""},
		"the organisation alone":               {"a o 0\nb o 1 a", ""},
	} {
		said := spoken(t, c.in)
		if diff := cmp.Diff(c.want, told(Threads(said))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		rand.New(rand.NewPCG(3, 4)).Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
		if diff := cmp.Diff(c.want, told(Threads(said))); diff != "" {
			t.Errorf("%s, in another order (-want +got):\n%s", name, diff)
		}
	}
}

// TestAnswers: three were watched for a week or longer, two of them answered; one is too young; one cannot be told.
func TestAnswers(t *testing.T) {
	said := spoken(t, "a p 0 complaint\na1 o 24 a stock\nb p 1\nb1 o 2 b action\nc p 2 complaint\nd p 300\nd1 o 301 d\ne p 3\ne1 ? 4 e")
	got := Answers(Threads(said), calendar(t, audit.England))
	want := Replies{
		Threads: 5, Untold: 1, Early: 1, Settled: 3, Answered: 2, Manners: Manners{Stock: 1, Action: 1, Unread: 1},
		// Waits of 1 (b), 1 (d) and 24 hours (a), and c that was watched for 398: S is 2/4 at 1, 1/4 at 24.
		AllHours: Waited{N: 4, Answered: 3, Median: span(1)},
		// At work a waited from Monday nine to Tuesday nine: 8 hours; d began on a Saturday evening: none.
		AtWork: Waited{N: 4, Answered: 3, Median: span(1)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	some := Answers(Complaints(Threads(said)), calendar(t, audit.England))
	if some.Threads != 2 || some.Settled != 2 || some.Answered != 1 || *some.AtWork.Median != 8*h {
		t.Errorf("complaints: %+v", some)
	}
}

func TestPromise(t *testing.T) {
	values := audit.Values{
		"reply_minutes": audit.Number(24 * 60), "reply_within": audit.Text("working_days"), "hours": audit.Text("Mo-Fr 09:00-16:00"),
		"reply_minutes.facebook": audit.Number(60), "reply_within.facebook": audit.Text("working_hours"),
	}
	p, ok := PromiseOf(values, "")
	ours := Office()
	ours.To = 16 * 60
	if want := (Promise{Within: 24 * h, Counts: "working_days", Hours: ours, Stated: true}); !ok || p != want {
		t.Errorf("of all: %+v, want %+v", p, want)
	}
	if p, ok := PromiseOf(values, "facebook"); !ok || p.Within != h || p.Counts != "working_hours" {
		t.Errorf("of Facebook: %+v", p)
	}
	if p, ok := PromiseOf(audit.Values{"reply_minutes.facebook": audit.Number(60)}, ""); ok {
		t.Errorf("of a site where only Facebook is promised something: %+v", p)
	}
	if p, ok := PromiseOf(audit.Values{"hours": audit.Text("24/7")}, ""); ok {
		t.Errorf("of hours alone: %+v", p)
	}
}

// TestKeep: what a promise makes of four comments, each counted in its own hours. Monday is 2 November 2026, nine o'clock.
func TestKeep(t *testing.T) {
	// a: answered after 7 hours, on Monday at four. b: said on Friday at half past three, answered on Monday at ten.
	// c: never answered. d: said half an hour before our last look, not answered. e: answered there within it.
	said := spoken(t, "a p 0\na1 o 7 a\nb p 102.5\nb1 o 169 b\nc p 10\nd p 399.5\ne p 399.7\ne1 o 399.8 e")
	threads := Threads(said)
	for _, c := range []struct {
		promise Promise
		want    Kept
	}{
		// The look ended on Thursday 19 November at one in the morning.
		{Promise{Within: 24 * h, Counts: "all"}, Kept{Cases: 3, Met: 1, Early: 2}},
		// By the end of the next working day: b's answer came on Monday.
		{Promise{Within: 24 * h, Counts: "working_days"}, Kept{Cases: 3, Met: 2, Early: 2}},
		// Seven hours of work: a took seven, b an hour and a half on Friday and one on Monday.
		{Promise{Within: 7 * h, Counts: "working_hours", Hours: Office()}, Kept{Cases: 3, Met: 2, Early: 2}},
		{Promise{Within: 6 * h, Counts: "working_hours", Hours: Office()}, Kept{Cases: 3, Met: 1, Early: 2}},
	} {
		if got := c.promise.Keep(threads, calendar(t, audit.England)); got != c.want {
			t.Errorf("%v of %s: %+v, want %+v", c.promise.Within, c.promise.Counts, got, c.want)
		}
	}
}
