package configs

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// FuzzAddAccounts: whatever the list and the account, what comes back is a right list with every organisation it had.
func FuzzAddAccounts(f *testing.F) {
	f.Add("id,name,nation,sector,website,facebook\noak,Oak,England,council,https://oak.test/,OakHomes\n", "facebook", "https://facebook.com/Oak.More")
	f.Add("\ufeffid,name,nation,sector,website\r\noak,\"Oak, and more\",England,council,\r\n", "x", "https://x.com/oak\n;a")
	f.Add("id,name,nation,sector,website,accounts\noak,Oak,England,council,,https://a.test/\n", "google", "javascript:x")
	f.Add("id,name,nation,sector,website\na,A,UK,council,https://a.example\n", "", "")
	f.Add("\ufeffid,name,nation,sector,website,facebook,homes\r\n../a,\"A\nB\",UK,council,https://a.example;http://[::1]:99/,a.b,-1\r\n,,,,,,\r\n", "", "")
	f.Add("id,name\n\"a,b\n", "", "")
	f.Fuzz(func(t *testing.T, list, platform, address string) {
		before, channels, err := ReadOrganisations("list.csv", strings.NewReader(list))
		listIsSound(t, before, channels, err)
		if err != nil {
			return
		}
		got, err := AddAccounts("list.csv", []byte(list), "oak", []Account{{Platform: audit.Platform(platform), URL: address}})
		if err != nil {
			if got != nil {
				t.Fatal("a list beside an error")
			}
			return
		}
		after, _, err := ReadOrganisations("list.csv", bytes.NewReader(got))
		if err != nil || len(after) != len(before) {
			t.Fatalf("%d organisations of %d, %v:\n%s", len(after), len(before), err, got)
		}
	})
}

func TestAddAccountsToNobody(t *testing.T) {
	_, err := AddAccounts("list.csv", []byte("id,name,nation,sector,website\noak,Oak,England,council,\n"), "elm", nil)
	if !errors.Is(err, ErrNoRow) {
		t.Error(err)
	}
}

func listIsSound(t *testing.T, organisations []audit.Organisation, channels []audit.Channel, err error) {
	t.Helper()
	var all Mistakes
	if err != nil && !errors.As(err, &all) {
		t.Fatalf("ReadOrganisations() = %v, which is no list of mistakes", err)
	}
	ids, places := map[string]bool{}, map[string]bool{}
	for _, o := range organisations {
		if !audit.ValidOrganisationID(o.ID) || ids[o.ID] || o.Name == "" {
			t.Fatalf("accepted organisation %+v", o)
		}
		ids[o.ID] = true
	}
	for _, c := range channels {
		if !ids[c.Organisation] || places[c.URL] || c.Lane == "" || c.ID != audit.ChannelID(c.Organisation, c.Platform, c.URL) {
			t.Fatalf("accepted channel %+v", c)
		}
		places[c.URL] = true
	}
}

// TestOldPages: a page under a former name becomes no channel, and one that another column has looked at is a mistake.
func TestOldPages(t *testing.T) {
	const head = "id,name,nation,sector,website,facebook,old_pages\notter,Otter Homes,England,co_op,https://otter.test/,"
	organisations, channels, err := ReadOrganisations("list.csv", strings.NewReader(head+",https://www.facebook.com/RiverBank;http://riverbank.test\n"))
	if err != nil || len(channels) != 1 || len(organisations) != 1 {
		t.Fatalf("%v, %v", channels, err)
	}
	if d := cmp.Diff([]string{"https://www.facebook.com/RiverBank", "http://riverbank.test/"}, organisations[0].OldPages); d != "" {
		t.Error(d)
	}
	for row, want := range map[string]string{"RiverBank,https://www.facebook.com/RiverBank\n": "stands in another column too", ",riverbank\n": "is not an address"} {
		if _, _, err := ReadOrganisations("list.csv", strings.NewReader(head+row)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", row, err)
		}
	}
}
