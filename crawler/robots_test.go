package crawler

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func TestRobotsAllowed(t *testing.T) {
	everybody := func(rules string) string { return "User-agent: *\n" + rules }
	for _, c := range []struct {
		name, body string
		path       string
		want       bool
	}{
		{"empty file", "", "/x", true},
		{"no rules", everybody(""), "/x", true},
		{"disallow all", everybody("Disallow: /"), "/", false},
		{"empty disallow", everybody("Disallow:"), "/x", true},
		{"prefix", everybody("Disallow: /fish"), "/fish.html", false},
		{"prefix is case-sensitive", everybody("Disallow: /fish"), "/Fish", true},
		{"longest wins", everybody("Allow: /p\nDisallow: /"), "/page", true},
		{"longest wins, other order", everybody("Disallow: /\nAllow: /p"), "/page", true},
		{"allow wins a tie", everybody("Disallow: /folder\nAllow: /folder"), "/folder/page", true},
		{"longer disallow", everybody("Allow: /page\nDisallow: /*.htm"), "/page.htm", false},
		{"dollar", everybody("Allow: /$\nDisallow: /"), "/", true},
		{"dollar, more", everybody("Allow: /$\nDisallow: /"), "/page.htm", false},
		{"star in the middle", everybody("Disallow: /fish*.php"), "/fishheads/catfish.php?id=1", false},
		{"star with end", everybody("Disallow: /*.php$"), "/filename.php", false},
		{"star with end, query after", everybody("Disallow: /*.php$"), "/filename.php?x", true},
		{"star then dollar", everybody("Disallow: /a*$"), "/abc", false},
		{"leading star", everybody("Disallow: *.pdf"), "/a/b.pdf", false},
		{"end must be at the end, not earlier", everybody("Disallow: /*a$"), "/aXa", false},
		{"parts may not overlap", everybody("Disallow: /ab*b$"), "/ab", true},
		{"dollar inside is a letter", everybody("Disallow: /a$b"), "/a$b", false},
		{"escaped star is a letter", everybody("Disallow: /path/file-with-a-%2A.html"), "/path/file-with-a-*.html", false},
		{"escaped dollar is a letter", everybody("Disallow: /path/foo-%24"), "/path/foo-$", false},
		{"escaped unreserved", everybody("Disallow: /foo/bar/%62%61%7A"), "/foo/bar/baz", false},
		{"raw UTF-8 against escapes", everybody("Disallow: /foo/bar/ツ"), "/foo/bar/%E3%83%84", false},
		{"escapes against raw UTF-8", everybody("Disallow: /foo/bar/%e3%83%84"), "/foo/bar/ツ", false},
		{"escaped slash is no slash", everybody("Disallow: /a%2Fb"), "/a/b", true},
		{"query keeps its order", everybody("Disallow: /s?z=1&a=2"), "/s?z=1&a=2", false},
		{"query in another order", everybody("Disallow: /s?z=1&a=2"), "/s?a=2&z=1", true},
		{"no leading slash", everybody("Disallow: private"), "/private/x", false},
		{"three thousand stars", everybody("Disallow: /" + strings.Repeat("*", 3000) + "x"), "/yyx", false},
		{"three thousand stars, no match", everybody("Disallow: /" + strings.Repeat("*a", 3000) + "$"), "/" + strings.Repeat("a", 2000), true},

		{"our group", "User-agent: *\nDisallow:\n\nUser-agent: doorknock\nDisallow: /", "/x", false},
		{"our group alone binds", "User-agent: *\nDisallow: /\n\nUser-agent: doorknock\nDisallow: /y", "/x", true},
		{"any case, with version", "User-agent: DoorKnock/2.1\nDisallow: /", "/x", false},
		{"a shorter name is not ours", "User-agent: door\nDisallow: /", "/x", true},
		{"a longer name is not ours", "User-agent: doorknock-news\nDisallow: /", "/x", true},
		{"groups are merged", "User-agent: doorknock\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: doorknock\nDisallow: /b", "/b", false},
		{"two agents, one group", "User-agent: other\nUser-agent: doorknock\nDisallow: /", "/x", false},
		{"other lines do not part a group", "User-agent: doorknock\nSitemap: http://a.test/s\nUser-agent: b\nDisallow: /", "/x", false},
		{"rules before any group", "Disallow: /\nUser-agent: *\nDisallow: /y", "/x", true},
		{"our empty group frees us", "User-agent: *\nDisallow: /\n\nUser-agent: doorknock\n", "/x", true},

		{"byte order mark", "\xef\xbb\xbfUser-agent: *\nDisallow: /", "/x", false},
		{"CR ends", "User-agent: *\rDisallow: /", "/x", false},
		{"CRLF ends", "User-agent: *\r\nDisallow: /\r\n", "/x", false},
		{"comments", "User-agent: * # all\nDisallow: /x # not here", "/x", false},
		{"spaces", "  user-AGENT  :  *  \n\tDISALLOW\t:\t/x\t", "/x", false},
		{"NUL and nonsense", "\x00\x01\nUser-agent: *\nnonsense\n:\nDisallow: /x", "/x", false},
		{"a page", "<!doctype html><p>User-agent: *<p>Disallow: /", "/x", true},
		{"one line of 500 KiB", everybody("Disallow: /" + strings.Repeat("a", 500<<10)), "/x", true},
		{"beyond 512 KiB is not read", everybody("#" + strings.Repeat("a", 600<<10) + "\nDisallow: /"), "/x", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules := parseRobots([]byte(c.body))
			if got := rules.allowed(c.path); got != c.want {
				t.Errorf("allowed(%.60q) = %t, want %t", c.path, got, c.want)
			}
			if got := parseRobots([]byte(rules.text())).allowed(c.path); got != c.want {
				t.Errorf("after it was remembered: %t, want %t", got, c.want)
			}
		})
	}
}

func TestRobotsDelay(t *testing.T) {
	got := map[string]time.Duration{}
	for _, value := range []string{"5", "0.5", "abc", "-1", "9e99", "NaN", "Inf", "", "0", "61"} {
		got[value] = parseRobots([]byte("User-agent: *\nCrawl-delay: " + value)).delay
	}
	want := map[string]time.Duration{
		"5": 5 * time.Second, "0.5": 500 * time.Millisecond, "abc": 0, "-1": 0, "9e99": time.Minute, "NaN": 0,
		"Inf": time.Minute, "": 0, "0": 0, "61": time.Minute,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRobotsManyRules(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("User-agent: *\n")
	for range 100_000 {
		b.WriteString("Disallow: /*a*b*c$\n")
	}
	start := time.Now()
	rules := parseRobots(b.Bytes())
	for range 20 {
		if !rules.allowed("/" + strings.Repeat("ab", 1000)) {
			t.Fatal("matched")
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("20 matches took %v", took)
	}
}

// TestRobotsByTheLetter holds the examples of RFC 9309: its section 5, with our name in the place of one robot after the
// other, and the tables of section 2.2.
func TestRobotsByTheLetter(t *testing.T) {
	const simple = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n" +
		"User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n" +
		"User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\nUser-Agent: quxbot\n"
	const longest = "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n"
	for _, c := range []struct {
		file, robot, path string
		want              bool
	}{
		{simple, "nobot", "/example/page.html", false}, {simple, "nobot", "/publications/x", true}, {simple, "nobot", "/a.gif", false},
		{simple, "nobot", "/publications/a.gif", true}, {simple, "nobot", "/", true},
		{simple, "foobot", "/example/page.html", true}, {simple, "foobot", "/example/allowed.gif", true}, {simple, "foobot", "/publications/", false},
		{simple, "barbot", "/example/page.html", false}, {simple, "barbot", "/example/other.html", true}, {simple, "barbot", "/a.gif", true},
		{simple, "bazbot", "/example/page.html", false}, {simple, "bazbot", "/publications/", true},
		{simple, "quxbot", "/example/page.html", true}, {simple, "quxbot", "/a.gif", true},
		{longest, "foobot", "/example/page/x.html", true}, {longest, "foobot", "/example/page/disallowed.gif", false},
	} {
		file := strings.ReplaceAll(c.file, c.robot, product)
		if got := parseRobots([]byte(file)).allowed(c.path); got != c.want {
			t.Errorf("%s at %s: %t, want %t", c.robot, c.path, got, c.want)
		}
	}
	for _, c := range []struct{ rule, path string }{
		{"/foo/bar?baz=quz", "/foo/bar?baz=quz"},
		{"/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"},
		{"/foo/bar?baz=https%3a%2f%2ffoo.bar", "/foo/bar?baz=https://foo.bar"},
		{"/foo/bar/ツ", "/foo/bar/%E3%83%84"},
		{"/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84"},
		{"/foo/bar/%62%61%7A", "/foo/bar/baz"},
		{"/allow/this/$", "/allow/this/"},
		{"/this/*/exactly", "/this/path/exactly"},
		{"/path/file-with-a-%2A.html", "/path/file-with-a-*.html"},
		{"/path/foo-%24", "/path/foo-$"},
	} {
		if parseRobots([]byte("User-agent: *\nDisallow: " + c.rule)).allowed(c.path) {
			t.Errorf("%s does not forbid %s", c.rule, c.path)
		}
	}
}

// TestRobotsStars: three thousand stars cost one pass over path and rule, counted in bytes that are looked at, where a
// matcher that tries every way would not end.
func TestRobotsStars(t *testing.T) {
	for name, pattern := range map[string]string{
		"stars alone":      "/" + strings.Repeat("*", 3000) + "y",
		"stars and a":      "/" + strings.Repeat("*a", 3000) + "$",
		"stars and ab":     "/" + strings.Repeat("*ab", 3000) + "*c$",
		"stars and a dot":  strings.Repeat("*", 3000) + "." + strings.Repeat("*", 3000),
		"stars, long part": "/" + strings.Repeat("*", 3000) + strings.Repeat("a", 1000) + "b",
	} {
		rules := parseRobots([]byte("User-agent: *\nDisallow: " + pattern))
		path := "/" + strings.Repeat("a", addressMax-1)
		r := &rules.rules[0]
		steps := 0
		got := r.walk(path, func(path, part string) int {
			at := strings.Index(path, part)
			if steps += at + len(part); at < 0 {
				steps += 1 + len(path)
			}
			return at
		})
		if steps > len(path)+len(pattern) {
			t.Errorf("%s: %d bytes looked at, of %d and %d", name, steps, len(path), len(pattern))
		}
		if want := slowMatch(r.pattern, r.end, path); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

// TestRobotsCache: a robots.txt is asked for again after a day, at once where it could not be read, and never taken from
// a future.
func TestRobotsCache(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for age, kept := range map[time.Duration]bool{0: true, 24 * time.Hour: true, 24*time.Hour + time.Second: false, -time.Hour: false} {
		book := newRobotsBook(map[string]audit.RobotsMemory{"http://a.test": {At: now.Add(-age), Body: "User-agent: *\nDisallow: /"}}, now)
		if (book.entries["http://a.test"] != nil) != kept {
			t.Errorf("of %v ago: kept %t, want %t", age, !kept, kept)
		}
	}
	book := newRobotsBook(map[string]audit.RobotsMemory{"http://a.test": {At: now, Refuse: audit.ReasonRobots}}, now)
	if len(book.entries) > 0 {
		t.Error("a robots.txt that could not be read is not asked for again")
	}
}

// FuzzRobots: any bytes are a robots.txt, and what is remembered of it says the same as the file.
func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nAllow: /%2a\nCrawl-delay: 1e3"), "/a?b")
	f.Add([]byte("\xef\xbb\xbfuser-agent:doorknock\rdisallow:*$$*\rsitemap:x"), "/%zz*$")
	f.Add([]byte("User-agent: *\nDisallow: /%2541%\nDisallow: %"), "/%41")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		if len(path) > addressMax {
			return
		}
		rules := parseRobots(body)
		if rules.delay < 0 || rules.delay > maxDelay {
			t.Fatalf("delay %v", rules.delay)
		}
		got := rules.allowed(path)
		for i := range rules.rules {
			if r := &rules.rules[i]; r.matches(normalOctets(path, false)) != slowMatch(r.pattern, r.end, normalOctets(path, false)) {
				t.Fatalf("rule %q (end %t) on %q", r.pattern, r.end, path)
			}
		}
		if again := parseRobots([]byte(rules.text())); len(rules.text()) < robotsBytes && again.allowed(path) != got {
			t.Fatalf("remembered as %q it says %t", rules.text(), !got)
		}
	})
}

// slowMatch is the matcher that is plainly right: a table over pattern and path.
func slowMatch(pattern string, end bool, path string) bool {
	now := make([]bool, len(path)+1)
	now[0] = true
	for i := range len(pattern) {
		next := make([]bool, len(path)+1)
		for j := range now {
			switch {
			case pattern[i] == '*':
				next[j] = now[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = now[j-1] && path[j-1] == pattern[i]
			}
		}
		now = next
	}
	if end {
		return now[len(path)]
	}
	for _, ok := range now {
		if ok {
			return true
		}
	}
	return false
}
