package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Serve is the web server of a measurement, meant for a process of its own, so that its processor time and memory are
// not ours. It answers for every host: the made pages with gzip and ETag, and for hosts that begin with "w" a small
// WordPress that has one new complaint at every look. It prints its address and serves until ctx ends.
func Serve(ctx context.Context, out io.Writer) error {
	pages, err := packedPages()
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: &sites{pages: pages}, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(out, l.Addr())
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

type sites struct {
	pages []page
	looks atomic.Int64
}

// ServeHTTP answers for the host that was asked for.
func (s *sites) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	switch {
	case r.URL.Path == "/robots.txt":
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /admin/\n")
	case strings.HasPrefix(host, "w"):
		s.wordPress(w, r)
	default:
		s.page(w, r, host)
	}
}

// page sends one of the made pages: which one follows from host and path.
func (s *sites) page(w http.ResponseWriter, r *http.Request, host string) {
	n := slices.Index(paths, r.URL.Path)
	if n < 0 {
		http.NotFound(w, r)
		return
	}
	site, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(host, "b"), ".test"))
	p := s.pages[(site*len(paths)+n)%len(s.pages)]
	h := w.Header()
	h.Set("ETag", p.etag)
	if r.Header.Get("If-None-Match") == p.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(p.packed)))
	_, _ = w.Write(p.packed) // a reader that went away needs no answer
}

const complaint = "Nobody answers my complaint: the boiler has been broken for three weeks, the children are ill and I am very angry about it."

// wordPress answers as a site with one post, which has got one new comment since the last look.
func (s *sites) wordPress(w http.ResponseWriter, r *http.Request) {
	now := time.Now().UTC().Format("2006-01-02T15:04:05")
	at := "http://" + r.Host
	h := w.Header()
	switch r.URL.Path {
	case "/":
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Link", fmt.Sprintf(`<%s/wp-json/>; rel="https://api.w.org/"`, at))
		fmt.Fprintf(w, wordPressHome, strings.Repeat("We look after homes and the people in them. ", 8))
	case "/wp-json/wp/v2/posts":
		answerJSON(w, []map[string]any{{
			"id": 1, "date_gmt": now, "link": at + "/post-1/", "title": map[string]string{"rendered": "A new roof for the hall"},
			"type": "post", "format": "standard", "author": 1, "comment_status": "open",
		}})
	case "/wp-json/wp/v2/comments":
		n := s.looks.Add(1)
		h.Set("X-Wp-Total", "1")
		h.Set("X-Wp-Totalpages", "1")
		answerJSON(w, []map[string]any{{
			"id": n, "post": 1, "parent": 0, "author": 0, "author_name": "Robin", "type": "comment", "date_gmt": now, "status": "approved",
			"link": fmt.Sprintf("%s/post-1/#comment-%d", at, n), "content": map[string]string{"rendered": fmt.Sprintf("<p>%s No. %d</p>", complaint, n)},
		}})
	default:
		http.NotFound(w, r)
	}
}

const wordPressHome = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hollybank Homes</title>
<meta name="generator" content="WordPress 6.1.9"></head><body class="home"><header><nav><a href="/">Home</a></nav></header>
<main><h1>Hollybank Homes</h1><p>%s</p></main></body></html>`

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(v) // a reader that went away needs no answer
}
