package configs_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/configs"
)

func TestBuiltInOrganisations(t *testing.T) {
	c := configs.Default() // the test runs elsewhere than the repository's root, so this is the built-in copy
	organisations, channels, err := c.LoadOrganisations()
	if err != nil {
		t.Fatal(err)
	}
	if len(organisations) != 271 || len(channels) < 270 {
		t.Errorf("%d organisations, %d channels", len(organisations), len(channels))
	}
	for _, ch := range channels {
		if ch.Confirmed {
			t.Errorf("%s is confirmed before anybody looked", ch.URL)
		}
	}
	c.Scope.Nations = []string{audit.Wales}
	welsh, of, err := c.LoadOrganisations()
	if err != nil || len(welsh) != 20 {
		t.Errorf("%d organisations in Wales, %v", len(welsh), err)
	}
	names := map[string]bool{}
	for _, o := range welsh {
		names[o.ID] = true
	}
	for _, ch := range of {
		if !names[ch.Organisation] {
			t.Errorf("channel %s of an organisation outside the scope", ch.URL)
		}
	}
}

func TestReadOrganisations(t *testing.T) {
	const header = "id,name,nation,sector,homes,website,site_confirmed,facebook,predecessors,parent\r\n"
	list := "\ufeff" + header +
		"acorn,\"Acorn, Homes\",England,housing_association,1200,https://WWW.Acorn.co.uk/,yes,AcornHomes,Oak;Beech Homes,\r\n" +
		"elm,Elm,Wales,co_op,,http://127.0.0.1:8081/,,,,acorn\r\n"
	organisations, channels, err := configs.ReadOrganisations("list.csv", strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	homes := 1200
	want := []audit.Organisation{
		{ID: "acorn", Name: "Acorn, Homes", Nation: "England", Sector: "housing_association", Homes: &homes,
			Website: "https://www.acorn.co.uk/", Predecessors: []string{"Oak", "Beech Homes"}},
		{ID: "elm", Name: "Elm", Nation: "Wales", Sector: "co_op", Website: "http://127.0.0.1:8081/", Parent: "acorn"},
	}
	if diff := cmp.Diff(want, organisations); diff != "" {
		t.Errorf("organisations (-want +got):\n%s", diff)
	}
	var got []string
	for _, c := range channels {
		confirmed := ""
		if c.Confirmed {
			confirmed = " confirmed"
		}
		got = append(got, c.Organisation+" "+string(c.Platform)+" "+c.URL+" "+c.Lane+confirmed)
	}
	wantChannels := []string{
		"acorn web https://www.acorn.co.uk/ acorn.co.uk confirmed",
		"acorn facebook https://www.facebook.com/AcornHomes facebook.com",
		"elm web http://127.0.0.1:8081/ 127.0.0.1",
	}
	if diff := cmp.Diff(wantChannels, got); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

// What stands in the columns of accounts is looked at, each by the platform that its address names; another is kept in the list alone.
func TestAccountsAreChannels(t *testing.T) {
	const list = "id,name,nation,sector,website,facebook,x,youtube,accounts\n" +
		"acorn,Acorn,England,housing_association,https://acorn.example/,AcornHomes,AcornHomes,AcornHomes,https://bsky.app/profile/acorn.example;https://www.trustpilot.com/review/acorn.example;https://friends.example/acorn;" +
		"discourse:https://forum.acorn.org.uk/talk;disqus:https://disqus.com/home/forum/acorn;mastodon:https://toot.example/@acorn\n"
	_, channels, err := configs.ReadOrganisations("list.csv", strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range channels {
		got = append(got, string(c.Platform))
		if c.Platform == "discourse" && (c.URL != "https://forum.acorn.org.uk/talk" || c.Lane != "acorn.org.uk" || c.ID != audit.ChannelID("acorn", "discourse", c.URL)) {
			t.Errorf("the forum is %+v", c)
		}
	}
	if diff := cmp.Diff([]string{"web", "facebook", "x", "youtube", "bluesky", "trustpilot", "discourse", "disqus", "mastodon"}, got); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
}

// A bad list beside NAME.want, which holds every mistake.
func TestBadOrganisations(t *testing.T) {
	files, err := filepath.Glob("testdata/organisations/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			organisations, channels, err := configs.ReadOrganisations(filepath.Base(file), bytes.NewReader(data))
			var all configs.Mistakes
			if !errors.As(err, &all) || organisations != nil || channels != nil {
				t.Fatalf("%d organisations, %v; want mistakes alone", len(organisations), err)
			}
			wantFile := strings.TrimSuffix(file, ".csv") + ".want"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(wantFile, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, errRead := os.ReadFile(wantFile)
			if errRead != nil {
				t.Fatal(errRead)
			}
			if diff := cmp.Diff(string(want), err.Error()+"\n"); diff != "" {
				t.Errorf("mistakes differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFortyPages(t *testing.T) {
	list := func(n int) string {
		var sites []string
		for i := range n {
			sites = append(sites, "https://site"+strings.Repeat("x", i)+".example/")
		}
		return "id,name,nation,sector,website\nbig,Big,UK,trade_union," + strings.Join(sites, ";") + "\n"
	}
	if _, channels, err := configs.ReadOrganisations("l", strings.NewReader(list(40))); err != nil || len(channels) != 40 {
		t.Errorf("40 pages: %d channels, %v", len(channels), err)
	}
	if _, _, err := configs.ReadOrganisations("l", strings.NewReader(list(41))); err == nil {
		t.Error("41 pages were accepted")
	}
}
