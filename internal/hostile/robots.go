package hostile

import (
	"net/http"
	"strconv"
	"strings"

	"doorknock/audit"
)

// RobotsCase is one host whose robots.txt is bad, and what that means for its pages.
type RobotsCase struct {
	Name  string       // the host is robots-<name>.test
	Want  audit.Reason // of its page /x
	Slow  bool         // takes seconds of waiting
	serve http.HandlerFunc
}

// Robots lists the hosts.
func Robots() []RobotsCase {
	answer := func(name string, want audit.Reason, serve http.HandlerFunc) RobotsCase {
		return RobotsCase{Name: name, Want: want, serve: serve}
	}
	status := func(name string, status int, want audit.Reason) RobotsCase {
		return answer(name, want, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			write(w, "User-agent: *\nDisallow: /\n")
		})
	}
	body := func(name, text string, want audit.Reason) RobotsCase {
		return answer(name, want, func(w http.ResponseWriter, _ *http.Request) { write(w, text) })
	}
	return []RobotsCase{
		status("404", 404, ""), status("410", 410, ""), status("400", 400, ""), status("401", 401, ""), status("403", 403, ""),
		status("429", 429, audit.ReasonRobots), status("500", 500, audit.ReasonRobots), status("503", 503, audit.ReasonRobots),
		body("forbids", "User-agent: *\nDisallow: /", audit.ReasonRobots),
		body("allows", "User-agent: *\nDisallow: /\nAllow: /x$", ""),
		body("names-us", "User-agent: *\nAllow: /\n\nUser-agent: DoorKnock/9\nDisallow: /", audit.ReasonRobots),
		body("names-others", "User-agent: door\nDisallow: /\n\nUser-agent: doorknocker\nDisallow: /", ""),
		body("html", "<!doctype html><p>User-agent: *</p><p>Disallow: /</p>", ""),
		body("binary", "\x7fELF\x00\x01\x02Disallow: /\x00", ""),
		body("late", "User-agent: *\nDisallow: /a\n#"+strings.Repeat("x", 600<<10)+"\nDisallow: /", ""),
		body("near-end", "User-agent: *\nDisallow: /a\n#"+strings.Repeat("x", 505<<10)+"\nDisallow: /x\n#"+strings.Repeat("x", 100<<10), audit.ReasonRobots),
		body("empty", "", ""),
		body("bom", "\xef\xbb\xbfUser-agent: *\nDisallow: /", audit.ReasonRobots),
		body("cr", "User-agent: *\rDisallow: /\r", audit.ReasonRobots),
		body("nul", "\x00\x00\nUser-agent: *\n\x00nonsense\nDisallow: /\n", audit.ReasonRobots),
		body("line-long", "User-agent: *\nDisallow: /"+strings.Repeat("a", 500<<10), ""),
		body("rules-many", "User-agent: *\n"+strings.Repeat("Disallow: /a*b$\n", 30_000), ""),
		body("rules-short", "User-agent: *\nDisallow: /y\n"+strings.Repeat("Disallow:/a\n", 100_000), ""),
		body("stars", "User-agent: *\nDisallow: /"+strings.Repeat("*", 3000)+"y", ""),
		body("stars-many", "User-agent: *\n"+strings.Repeat("Disallow: /"+strings.Repeat("*x", 1500)+"$\n", 170), ""),
		body("delay-words", "User-agent: *\nCrawl-delay: abc\nCrawl-delay: -1\nCrawl-delay: NaN\n", ""),
		body("tie", "User-agent: *\nDisallow: /x\nAllow: /x", ""),
		body("merged", "User-agent: doorknock\nDisallow: /a\n\nUser-agent: *\nDisallow:\n\nUser-agent: DOORKNOCK\nDisallow: /x", audit.ReasonRobots),
		{Name: "hang", Want: audit.ReasonTimeout, Slow: true, serve: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		answer("cut", audit.ReasonNetwork, bytesOf(head("Content-Length: 5000")+"User-agent: *\n")),
		answer("reset", audit.ReasonNetwork, bytesOf("")),
		answer("bomb", audit.ReasonRobots, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(gz(append([]byte("User-agent: *\nDisallow: /x\n#"), zeros(bombSize)...)))
		}),
		answer("brotli", audit.ReasonRobots, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			write(w, "\x1b\x57")
		}),
		answer("hops-5", audit.ReasonRobots, hops),
		answer("hops-6", "", hops),
		answer("away", audit.ReasonRobots, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://robots-forbids.test/robots.txt", http.StatusFound)
		}),
		answer("private", audit.ReasonPrivateAddress, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/robots.txt", http.StatusFound)
		}),
		answer("scheme", audit.ReasonBadScheme, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "file:///robots.txt")
			w.WriteHeader(http.StatusFound)
		}),
	}
}

// hops redirects as often as the host's name says before it forbids everything.
func hops(w http.ResponseWriter, r *http.Request) {
	most, _ := strconv.Atoi(strings.TrimSuffix(r.Host[strings.LastIndexByte(r.Host, '-')+1:], ".test"))
	at, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/robots-hop"))
	if at < most {
		http.Redirect(w, r, "/robots-hop"+strconv.Itoa(at+1), http.StatusFound)
		return
	}
	write(w, "User-agent: *\nDisallow: /")
}

func serveRobots(w http.ResponseWriter, r *http.Request) {
	for _, c := range Robots() {
		if r.Host == "robots-"+c.Name+".test" {
			c.serve(w, r)
			return
		}
	}
	write(w, "User-agent: *\nDisallow: /forbidden\n")
}
