package hostile

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
)

func network() []Case {
	return []Case{
		{Path: "/hang", Want: audit.ReasonTimeout, Slow: true, serve: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{Path: "/drip", Want: audit.ReasonTimeout, Slow: true, serve: drip},
		{Path: "/drip-headers", Want: audit.ReasonTimeout, Slow: true, serve: raw(dripHeaders)},
		{Path: "/drip-late", Want: audit.ReasonTimeout, Slow: true, serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			flood(w, "<p>quick at first</p>", 5000)
			drip(w, r)
		}},
		{Path: "/slow-steady", Want: audit.ReasonTimeout, Slow: true, serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			dripped(w, r, strings.Repeat("<p>as fast as must be</p>", 100))
		}},
		{Path: "/reset", Want: audit.ReasonNetwork, serve: raw(func(c net.Conn) {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
		})},
		{Path: "/garbage", Want: audit.ReasonNetwork, serve: bytesOf("\x00\x01\x02 this is no HTTP\r\n\r\n")},
		{Path: "/cut-length", Want: audit.ReasonNetwork, serve: bytesOf(head("Content-Length: 5000") + "<html><body><p>cut")},
		{Path: "/cut-chunk", Want: audit.ReasonNetwork, serve: bytesOf(head("Transfer-Encoding: chunked") + "40\r\n<html><body><p>cut")},
		{Path: "/bad-chunk", Want: audit.ReasonNetwork, serve: bytesOf(head("Transfer-Encoding: chunked") + "zz\r\n<html>")},
		{Path: "/two-lengths", Want: audit.ReasonNetwork, serve: bytesOf(head("Content-Length: 5\r\nContent-Length: 9") + "<html><body>")},
		{Path: "/short-length", Want: "", serve: bytesOf(head("Content-Length: 13") + "<p>Hollybank.<form>more than was announced")},
		{Path: "/headers-large", Want: audit.ReasonTooLarge, serve: func(w http.ResponseWriter, _ *http.Request) {
			for i := range 400 {
				w.Header().Set("X-Padding-"+strconv.Itoa(i), strings.Repeat("a", 1024))
			}
			page(w, form)
		}},
		{Path: "/cookies", Want: "", serve: func(w http.ResponseWriter, _ *http.Request) {
			for i := range 1000 {
				w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=%s", i, strings.Repeat("v", 100)))
			}
			page(w, "<p>Many cookies, one page.</p>")
		}},
		{Path: "/header-bytes", Want: "", serve: bytesOf(head("X-Odd: \xff\xfe caf\xe9\r\nConnection: close") + "<p>Hollybank Homes</p></html>")},
		{Path: "/no-length-cut", Want: audit.ReasonNetwork, serve: bytesOf(head("Connection: close") + "<p>Hollybank Homes, and then")},
		{Path: "/early-hints", Want: "", serve: bytesOf("HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n" + head("Connection: close") + "<p>Hollybank Homes</p></html>")},
		{Path: "/header-cr", Want: audit.ReasonNetwork, serve: bytesOf(head("X-Odd: a\rSet-Cookie: b\r\nConnection: close") + "<p>Hollybank Homes</p></html>")},
		{Path: "/header-fold", Want: "", serve: bytesOf(head("X-Odd: a\r\n folded\r\nConnection: close") + "<p>Hollybank Homes</p></html>")},
		{Path: "/header-nul", Want: audit.ReasonNetwork, serve: bytesOf(head("X-Odd: a\x00b") + "<p>Hollybank Homes")},
	}
}

// drip sends a byte each half second, for ever.
func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	dripped(w, r, "<")
}

func dripped(w http.ResponseWriter, r *http.Request, what string) {
	for r.Context().Err() == nil {
		write(w, what)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(500 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
}

// dripHeaders sends a header each half second until the reader hangs up.
func dripHeaders(c net.Conn) {
	_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n"))
	for i := 0; ; i++ {
		_, _ = fmt.Fprintf(c, "X-%d: a\r\n", i)
		_ = c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}

func head(lines string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n" + lines + "\r\n\r\n"
}

// raw hands the bare connection over and closes it afterwards.
func raw(do func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		do(conn)
	}
}

func bytesOf(s string) http.HandlerFunc {
	return raw(func(c net.Conn) { _, _ = c.Write([]byte(s)) })
}

func redirects() []Case {
	to := func(path, location string, want audit.Reason) Case {
		return Case{Path: path, Want: want, serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", strings.NewReplacer("{host}", r.Host, "{HOST}", strings.ToUpper(r.Host)).Replace(location))
			w.WriteHeader(http.StatusFound)
		}}
	}
	all := []Case{
		to("/loop", "/loop", audit.ReasonRedirectLoop),
		to("/ping", "/pong", audit.ReasonRedirectLoop),
		to("/pong", "/ping", audit.ReasonRedirectLoop),
		to("/to-file", "file:///etc/passwd", audit.ReasonBadScheme),
		to("/to-ftp", "ftp://{host}/x", audit.ReasonBadScheme),
		to("/to-javascript", "javascript:alert(1)", audit.ReasonBadScheme),
		to("/to-data", "data:text/html,<p>hello", audit.ReasonBadScheme),
		to("/to-user", "http://user:pass@{host}/", audit.ReasonBadScheme),
		to("/to-port", "http://{host}:22/", ""), // the name is in the hosts map, whatever the port
		to("/to-nonsense", "http://%zz/", audit.ReasonBadScheme),
		to("/to-long", "/"+strings.Repeat("a", 3000), audit.ReasonBadScheme),
		to("/to-away", "http://elsewhere.test/", audit.ReasonRedirectedAway),
		to("/to-metadata", "http://169.254.169.254/latest/meta-data/", audit.ReasonRedirectedAway),
		to("/to-slashes", "//elsewhere.test/", audit.ReasonRedirectedAway),
		to("/to-backslash", `/\elsewhere.test/`, audit.ReasonRedirectedAway),
		to("/to-tab", "java\tscript:alert(1)", audit.ReasonBadScheme),
		to("/to-digits", "http://①②⑦.0.0.1/", audit.ReasonRedirectedAway),
		to("/to-forbidden", "/forbidden", audit.ReasonRobots),
		to("/to-fine", "/fine", ""),
		to("/to-odd", "HTTP://{HOST}:80/fi ne/50%off?q=caf\xc3\xa9#part", ""),
		{Path: "/to-nowhere", Want: audit.ReasonServerError, serve: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }},
	}
	for n := 7; n > 0; n-- {
		want := audit.Reason("")
		if n > 5 {
			want = audit.ReasonRedirectLoop
		}
		all = append(all, to("/chain/"+strconv.Itoa(n), "/chain/"+strconv.Itoa(n-1), want))
	}
	return all
}

func statuses() []Case {
	var all []Case
	reasons := map[int]audit.Reason{
		201: audit.ReasonServerError, 202: audit.ReasonServerError, 203: audit.ReasonServerError, 204: audit.ReasonServerError,
		205: audit.ReasonServerError, 206: audit.ReasonServerError, 226: audit.ReasonServerError, 300: audit.ReasonServerError,
		304: audit.ReasonServerError, 400: audit.ReasonServerError, 401: audit.ReasonBlocked, 402: audit.ReasonServerError,
		403: audit.ReasonBlocked, 404: audit.ReasonNotFound, 405: audit.ReasonServerError, 407: audit.ReasonServerError,
		410: audit.ReasonGone, 418: audit.ReasonServerError, 451: audit.ReasonBlocked, 500: audit.ReasonServerError,
		502: audit.ReasonServerError, 503: audit.ReasonServerError, 504: audit.ReasonServerError, 599: audit.ReasonServerError,
	}
	for _, status := range slices.Sorted(maps.Keys(reasons)) {
		want := reasons[status]
		all = append(all, Case{Path: "/status/" + strconv.Itoa(status), Want: want, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			write(w, "<p>Comments are closed.</p>"+form)
		}})
	}
	return all
}
