package town_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// The town's Facebook shows one page with its card of reviews, one with comments switched off and one wall, forbids robots,
// and its interface answers the token of the page that is connected, which changes by the script.
func TestFourthQuarter(t *testing.T) {
	here, err := town.Open(t.Context(), town.Fourth())
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	orgs, channels := here.Organisations()
	if len(orgs) != 4 || len(channels) != 8 || here.Permission()["www.facebook.com"] == "" {
		t.Errorf("%d organisations, %d channels, permission %v", len(orgs), len(channels), here.Permission())
	}
	base, tokens := here.Graph()
	_, token, _ := strings.Cut(strings.TrimSpace(tokens), " ")
	get := func(address string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = req.URL.Host
		req.URL.Host = here.Hosts()[req.URL.Host]
		resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for address, want := range map[string]string{
		"http://www.facebook.com/robots.txt": "Disallow: /", "http://www.facebook.com/lapwinghomes": "INTRO_CARD_RATING",
		"http://www.facebook.com/magpiehomes": `"have_comments_been_disabled":true`, "http://www.facebook.com/nuthatchhomes": "Log in to Facebook",
		base + "/v25.0/504/settings?access_token=" + token: `"setting":"USERS_CAN_POST","value":false`, base + "/v25.0/504/settings?access_token=other": `"code":190`,
	} {
		if got := get(address); !strings.Contains(got, want) {
			t.Errorf("%s: %.300s, want %s", address, got, want)
		}
	}
	for _, scene := range here.Script() {
		here.Do(scene)
	}
	if got := get(base + "/v25.0/504/settings?access_token=" + token); !strings.Contains(got, `"setting":"USERS_CAN_POST","value":true`) {
		t.Errorf("after the script: %s", got)
	}
}
