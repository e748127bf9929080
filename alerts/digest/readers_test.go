package digest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

// TestListOfReaders: every mistake names its line, and with one nobody is taken up.
func TestListOfReaders(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"empty":            {"", "first line"},
		"no address":       {"name\nx\n", "column address is missing"},
		"twice a column":   {"address,address\na@elm.test,b@elm.test\n", `column "address" stands twice`},
		"no address in it": {"address\nnobody\n", "line 2: \"nobody\": that is not a mail address"},
		"injected":         {"address\n\"a@elm.test\r\nBcc: b@elm.test\"\n", "line 2"},
		"twice":            {"address\na@elm.test\n\na@ELM.test\n", "line 4: a@elm.test stands on line 2 too"},
		"how often":        {"address,every\na@elm.test,daily\n", `line 2: every is "daily"; want one of week, month, both`},
		"language":         {"address,language\na@elm.test,fr\n", "line 2: language is \"fr\""},
		"zone":             {"address,zone\na@elm.test,Mars/Crater\n", "line 2: there is no time zone \"Mars/Crater\""},
		"nation":           {"address,nation\na@elm.test,England;France\n", "line 2: there is no nation \"France\""},
		"cells":            {"address,every\na@elm.test\n", "line 2: has 1 cells, the first line 2"},
		"quotes":           {"address\n\"a@elm.test\n", "read the list"},
		"all at once":      {"address,every\nnobody,week\nb@elm.test,daily\n", "line 3: every is \"daily\""},
	} {
		got, err := digest.ReadReaders(strings.NewReader(tt.text), "Europe/London")
		if err == nil || got != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want %q", name, got, err, tt.want)
		}
	}
	many := "address\n" + strings.Repeat("nobody\n", 1000)
	if _, err := digest.ReadReaders(strings.NewReader(many), ""); err == nil || strings.Count(err.Error(), "\n") > 30 {
		t.Errorf("a thousand mistakes: %v", err)
	}
}

// TestListOfReadersReadsBack: what export writes, import reads.
func TestListOfReadersReadsBack(t *testing.T) {
	all := []store.Subscription{
		{Address: "ann@elm.test", Every: store.EveryBoth, Language: digest.Welsh, Zone: "Europe/Dublin", Wants: store.Wants{Organisations: []string{"elm", "oak"},
			Sectors: []string{"council"}, Nations: []string{audit.Wales}, Sizes: audit.Sizes()[:2], Areas: []string{"Powys", "-Gwynedd; no"}[:1], Kinds: digest.Kinds()}, ConfirmedAt: now},
		{Address: "=1+1@elm.test", Every: store.EveryWeek, Language: digest.English, Zone: "Europe/London", Consent: "=HYPERLINK(1)"},
		{Receiver: "team", Every: store.EveryWeek},
	}
	var b strings.Builder
	if err := digest.WriteReaders(&b, all); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), ",=") || strings.Contains(b.String(), "\n=") {
		t.Errorf("a table would reckon with it:\n%s", b.String())
	}
	back, err := digest.ReadReaders(strings.NewReader(b.String()), "Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	want := []digest.Listed{
		{Line: 2, Address: all[0].Address, Choice: store.Choice{Wants: all[0].Wants, Zone: "Europe/Dublin", Every: store.EveryBoth, Language: digest.Welsh}},
		{Line: 3, Address: all[1].Address, Choice: store.Choice{Zone: "Europe/London", Every: store.EveryWeek, Language: digest.English}},
	}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Error(diff)
	}
}

func readersAreRead(t *testing.T, text string) {
	t.Helper()
	list, err := digest.ReadReaders(strings.NewReader(text), "Europe/London")
	if err != nil {
		return
	}
	for _, r := range list {
		if address, err := digest.ReadAddress(r.Address); err != nil || address != r.Address || strings.ContainsAny(r.Address, "\r\n<>") {
			t.Errorf("%q is taken as %q: %v", text, r.Address, err)
		}
	}
}

// TestImportReaders: who said yes elsewhere gets it with the operator's words kept; who ended it stays out, who has it keeps his choices.
func TestImportReaders(t *testing.T) {
	r := newRows(t)
	r.reader("has@elm.test", "Europe/London", store.Wants{Nations: []string{audit.Wales}}, now)
	ended := r.reader("ended@elm.test", "Europe/London", store.Wants{}, now)
	if err := r.db.EndSubscription(t.Context(), ended, store.EndedByReader, now); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.db.AskToSubscribe(t.Context(), "asked@elm.test", store.Choice{Zone: "Europe/London"}, now); err != nil {
		t.Fatal(err)
	}
	list := []store.ImportedReader{}
	for _, a := range []string{"has@elm.test", "ended@elm.test", "asked@elm.test", "new@elm.test"} {
		list = append(list, store.ImportedReader{Address: a, Choice: store.Choice{Zone: "Europe/London", Every: store.EveryMonth}})
	}
	n, err := r.db.ImportSubscriptions(t.Context(), list, "tenants' assembly, 3 May", now)
	if err != nil || n != 2 {
		t.Errorf("%d taken up, %v", n, err)
	}
	got := map[string]string{}
	all, err := r.db.Subscriptions(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		got[s.Address] = s.Every + " " + s.Consent
		if s.Address == "ended@elm.test" && (s.EndedAt.IsZero() || !s.StaysOut()) {
			t.Error("who ended it gets it again")
		}
	}
	want := map[string]string{"has@elm.test": "week ", "ended@elm.test": "week ", "asked@elm.test": "month tenants' assembly, 3 May", "new@elm.test": "month tenants' assembly, 3 May"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bad := []store.ImportedReader{{Address: "first@elm.test"}, {Address: "second@elm.test", Choice: store.Choice{Every: "daily"}}}
	if _, err := r.db.ImportSubscriptions(t.Context(), bad, "x", now); err == nil {
		t.Error("a list with a mistake is taken")
	}
	if _, err := r.db.Subscription(t.Context(), store.SubscriptionID("first@elm.test", "")); err == nil {
		t.Error("a list with a mistake is half applied")
	}
}
