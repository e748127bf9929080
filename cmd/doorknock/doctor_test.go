package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/internal/fakegraph"
)

// keyed writes settings with keys of Facebook that lead to a stand-in for Meta's interface.
func keyed(t *testing.T, keys string) (g *fakegraph.Server, config, file string) {
	t.Helper()
	g = &fakegraph.Server{AppToken: "canary-of-app-0123456789"}
	g.Add(fakegraph.Page{ID: "100", Username: "ashhomes", Name: "Ash Homes", Token: "canary-of-page-0123456789"})
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	config, file = filepath.Join(dir, "doorknock.yaml"), filepath.Join(dir, "facebook.keys")
	set := "contact: a@b.test\ncrawl: {pace: 1ms}\nhosts: {graph.test: " + strings.TrimPrefix(s.URL, "http://") + "}\nplatforms:\n  bluesky: {base_url: 'http://graph.test'}\n  facebook:\n    base_url: http://graph.test\n"
	if keys != "" {
		set += "    token_file: " + file + "\n"
		if err := os.WriteFile(file, []byte(keys), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(config, []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	return g, config, file
}

// doctor tells of every key what it can see and what to do about one that is refused; no key stands in what it prints.
func TestDoctor(t *testing.T) {
	_, config, _ := keyed(t, "ashhomes canary-of-page-0123456789\nelm canary-of-nobody-0123456789\n")
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"doctor", "--config", config}, nil, &out, &errs)
	for _, want := range []string{
		"facebook/ashhomes: works\n", "  sees      whether visitors may post (settings)\n", "  sees not  reviews (api_deprecated)\n",
		"facebook/elm: does not work\n", "The token is refused", "youtube: no key\n", "mastodon: needs no key\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not told: %q", want)
		}
	}
	if code != 1 || strings.Contains(out.String()+errs.String(), "canary") || t.Failed() {
		t.Errorf("exit %d, printed:\n%s%s", code, out.String(), errs.String())
	}
}

// connect tries a page's token before it keeps it, keeps it readable to nobody else, and prints it never.
func TestConnect(t *testing.T) {
	for given, want := range map[string]struct {
		code int
		says string
	}{
		"canary-of-page-0123456789\n":   {0, "It is the token of Ash Homes (ashhomes)."},
		"canary-of-nobody-0123456789\n": {1, "facebook does not take this token"},
		"canary-of-app-0123456789\n":    {1, "facebook does not take this token"},
		"\n":                            {2, "that is no token"},
		"short\n":                       {2, ""},
	} {
		_, config, file := keyed(t, "")
		if err := os.WriteFile(file, []byte("elm older-token-0123456789\nAshHomes older-token-0123456789\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"connect", "facebook", "--file", file, "--config", config}, strings.NewReader(given), &out, &errs)
		all := out.String() + errs.String()
		if code != want.code && want.says != "" || !strings.Contains(all, want.says) || strings.Contains(all, "canary") {
			t.Errorf("%q: exit %d, printed:\n%s", given, code, all)
		}
		kept, err := os.ReadFile(file)
		info, bad := os.Stat(file)
		if err != nil || bad != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v, %v", err, bad, info.Mode())
		}
		if has := string(kept) == "elm older-token-0123456789\nashhomes canary-of-page-0123456789\n"; has != (want.code == 0) {
			t.Errorf("%q: kept %q", given, kept)
		}
	}
}
