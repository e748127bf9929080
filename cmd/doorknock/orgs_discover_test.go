package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const accountsHome = `<!doctype html><html lang="en"><head><title>Otter Homes</title>
<link rel="me" href="https://housing.example/@otterhomes">
<script type="application/ld+json">{"@type":"LocalBusiness","sameAs":["https://www.linkedin.com/company/otter-homes"]}</script>
<script type="application/ld+json">{"@type":"Article","author":{"@type":"Person","sameAs":["https://x.com/a_private_person"]}}</script></head>
<body><header><a href="/">Otter Homes</a><nav><a href="/contact-us">Contact us</a> <a href="/rent">Rent</a></nav></header>
<main><h1>Otter Homes</h1><p>We look after homes by the river and the people who live in them.</p>
<p>The <a href="https://www.facebook.com/TheOmbudsmanOfHomes">ombudsman</a> may help. See <a href="https://www.instagram.com/otterhomes/">our pictures</a>.</p>
<div class="share-buttons"><a href="https://www.facebook.com/sharer.php?u=x">Share</a> <a class="share" href="https://twitter.com/intent/tweet?u=x">Tweet</a></div></main>
<footer><a href="https://www.facebook.com/OtterHomes">Facebook</a> <a href="https://twitter.com/otterhomes">X</a>
<a href="https://www.facebook.com/RiverBankHousing">River Bank</a> <a href="http://riverbank.test/old">Our old site</a>
<p class="credit">Website by <a href="https://www.instagram.com/pixel_agency">Pixel</a></p></footer></body></html>`

const accountsContact = `<!doctype html><html lang="en"><head><title>Contact us</title></head><body><main><h1>Contact us</h1><p>Write, ring or come by.</p></main>
<footer><a href="https://uk.trustpilot.com/review/otter.test">Reviews</a> <a href="https://nextdoor.co.uk/agency-detail/eng/otter/">Nextdoor</a>
<a href="https://www.youtube.com/@OtterHomes">YouTube</a> <a href="https://www.tiktok.com/@otterhomes">TikTok</a> <a href="https://www.threads.net/@otterhomes">Threads</a>
<a href="https://bsky.app/profile/otter.test">Bluesky</a> <a href="https://www.allagents.co.uk/otter-homes/">AllAgents</a> <a href="https://www.homeviews.com/developer/otter-homes">HomeViews</a>
<a href="https://g.page/otterhomes">Google</a> <a href="/forum/welcome">Residents' community</a> <a href="/forums/1">Old board</a></footer></body></html>`

// accountsInstall is a folder with settings, a list and a site.
func accountsInstall(t *testing.T) (config, list string) {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.Host + r.URL.Path {
		case "otter.test/":
			_, _ = io.WriteString(w, accountsHome)
		case "otter.test/contact-us":
			_, _ = io.WriteString(w, accountsContact)
		case "otter.test/forum/welcome":
			_, _ = io.WriteString(w, `<!doctype html><html><head><title>Residents</title><meta name="generator" content="Discourse 3.4.0"></head><body><main><h1>Residents of Otter Homes</h1><p>Talk to your neighbours here.</p></main></body></html>`)
		case "otter.test/forums/1":
			_, _ = io.WriteString(w, `<!doctype html><html><head><title>Board</title></head><body id="phpbb"><main><h1>Board of Otter Homes</h1><p>Talk to your neighbours here.</p></main></body></html>`)
		case "riverbank.test/":
			_, _ = io.WriteString(w, `<!doctype html><html><head><title>River Bank Housing</title></head><body><main><h1>River Bank Housing</h1><p>Homes by the river since 1890.</p></main></body></html>`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(site.Close)
	dir := t.TempDir()
	config, list = filepath.Join(dir, "doorknock.yaml"), filepath.Join(dir, "organisations.csv")
	at := strings.TrimPrefix(site.URL, "http://")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(config, fmt.Sprintf("contact: quiet@doorknock.test\ndata_dir: %[1]s/data\nkey_file: %[1]s/key\norganisations: %[2]s\ncrawl: {pace: 1ms, daily_cap: 0}\nhosts: {otter.test: %[3]q, riverbank.test: %[3]q}\n", dir, list, at))
	write(list, "id,name,nation,sector,website,facebook,x,predecessors\notter,Otter Homes,England,co_op,http://otter.test/,,,River Bank Housing\nheron,Heron,Wales,council,http://heron.test/,OtterHomes,,\n")
	return config, list
}

func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestDiscover: the accounts that the site itself links, on every platform, each with its link; share buttons, an
// agency's credit and a writer's own account are none; what may be another's and old brands are told apart.
func TestDiscover(t *testing.T) {
	config, _ := accountsInstall(t)
	code, out, errs := call(t, "orgs", "discover", "otter", "--config", config, "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		var x struct {
			V                                  int
			Organisation, Platform, URL, State string
			Evidence                           struct {
				URL, Excerpt string
				Offset       int
			}
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil || x.V != 1 || x.Organisation != "otter" {
			t.Fatalf("%s: %v", line, err)
		}
		got[x.URL] = x.Platform + " " + x.State
		body := map[string]string{"http://otter.test/": accountsHome, "http://otter.test/contact-us": accountsContact}[x.Evidence.URL]
		if x.Platform != "web" && !strings.HasPrefix(body[min(x.Evidence.Offset, len(body)):], strings.SplitN(x.Evidence.Excerpt, ">", 2)[0]) {
			t.Errorf("%s: byte %d of %s is not %q", x.URL, x.Evidence.Offset, x.Evidence.URL, x.Evidence.Excerpt)
		}
	}
	want := map[string]string{
		"https://facebook.com/OtterHomes": "facebook proposed", "https://twitter.com/otterhomes": "x proposed", "https://instagram.com/otterhomes": "instagram proposed",
		"https://linkedin.com/company/otter-homes": "linkedin proposed", "https://housing.example/@otterhomes": "mastodon proposed", "https://youtube.com/@OtterHomes": "youtube proposed",
		"https://tiktok.com/@otterhomes": "tiktok proposed", "https://threads.net/@otterhomes": "threads proposed", "https://bsky.app/profile/otter.test": "bluesky proposed",
		"https://nextdoor.co.uk/agency-detail/eng/otter": "nextdoor proposed", "https://trustpilot.com/review/otter.test": "trustpilot proposed", "https://allagents.co.uk/otter-homes": "allagents proposed",
		"https://homeviews.com/developer/otter-homes": "homeviews proposed", "https://g.page/otterhomes": "google proposed", "http://otter.test/forum/": "discourse proposed", "http://otter.test/forums/": "forum proposed",
		"https://facebook.com/TheOmbudsmanOfHomes": "facebook unclear", "https://facebook.com/RiverBankHousing": "facebook old_page", "http://riverbank.test/": "web old_page",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, text, _ := call(t, "orgs", "discover", "otter", "--config", config); !strings.Contains(text, "Old page still up:") || !strings.Contains(text, "it calls itself River Bank Housing") {
		t.Error(text)
	}
}

// TestDiscoverAccept: what a person accepts goes into the row, all of it or nothing, and never twice.
func TestDiscoverAccept(t *testing.T) {
	config, list := accountsInstall(t)
	read := func() string {
		data, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	before := read()
	accept := func(accounts ...string) (int, string) {
		args := []string{"orgs", "discover", "otter", "--config", config}
		for _, a := range accounts {
			args = append(args, "--accept", a)
		}
		code, _, errs := call(t, args...)
		return code, errs
	}
	for why, accounts := range map[string][]string{
		"no link to it":  {"https://twitter.com/otterhomes", "https://tiktok.com/@somebody"},
		"stands already": {"https://twitter.com/otterhomes", "https://facebook.com/OtterHomes"}, // Heron's, by the list
	} {
		if code, errs := accept(accounts...); code != 2 || !strings.Contains(errs, why) || read() != before {
			t.Errorf("%v: exit %d, %s\n%s", accounts, code, errs, read())
		}
	}
	for range 2 {
		if code, errs := accept("https://twitter.com/otterhomes", "https://linkedin.com/company/otter-homes"); code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
	}
	want := "id,name,nation,sector,website,facebook,x,predecessors,accounts\notter,Otter Homes,England,co_op,http://otter.test/,,otterhomes,River Bank Housing,https://linkedin.com/company/otter-homes\nheron,Heron,Wales,council,http://heron.test/,OtterHomes,,,\n"
	if d := cmp.Diff(want, read()); d != "" {
		t.Error(d)
	}
	// A page under the former name is told, and is no channel: nobody looks at it, so nothing is closed for it.
	for range 2 {
		if code, errs := accept("https://facebook.com/RiverBankHousing", "http://riverbank.test/"); code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
	}
	if got := read(); !strings.Contains(got, ",old_pages\n") || !strings.Contains(got, ",https://facebook.com/RiverBankHousing;http://riverbank.test/\n") {
		t.Errorf("the row holds %s", got)
	}
	if code, out, errs := call(t, "orgs", "show", "otter", "--config", config); code != 0 || !strings.Contains(out, "old pages still up https://facebook.com/RiverBankHousing, http://riverbank.test") ||
		strings.Contains(out, "web http://riverbank") || strings.Contains(strings.ReplaceAll(out, "up https://facebook.com", ""), "facebook") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	// A forum of Discourse is written with its name, and becomes a channel; another stays an address.
	if code, errs := accept("http://otter.test/forum/", "http://otter.test/forums/"); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if got := read(); !strings.Contains(got, "otter-homes;discourse:http://otter.test/forum/;http://otter.test/forums/,") {
		t.Errorf("the row holds %s", got)
	}
	if code, out, errs := call(t, "orgs", "show", "otter", "--config", config); code != 0 || !strings.Contains(out, "discourse http://otter.test/forum ") || strings.Contains(out, "otter.test/forums") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if _, out, _ := call(t, "orgs", "discover", "otter", "--config", config, "--json"); !strings.Contains(out, `"url":"http://otter.test/forum/","state":"listed"`) {
		t.Errorf("proposed once more: %s", out)
	}
}
