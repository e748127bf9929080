package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// guarded is a site without a store, whose only page is next.
func guarded(t *testing.T, next http.HandlerFunc) http.Handler {
	t.Helper()
	s := &site{log: slog.New(slog.DiscardHandler)}
	var err error
	if s.words, err = readWords("en"); err != nil {
		t.Fatal(err)
	}
	if s.static, err = newStatics(); err != nil {
		t.Fatal(err)
	}
	if s.pages, err = newPages(s); err != nil {
		t.Fatal(err)
	}
	return s.guard(next)
}

func get(h http.Handler) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", http.NoBody))
	return answer
}

func TestNoMoreThanAHundredAtOnce(t *testing.T) {
	inside, release := make(chan bool), make(chan bool)
	h := guarded(t, func(w http.ResponseWriter, _ *http.Request) {
		inside <- true
		<-release
		w.WriteHeader(http.StatusNoContent)
	})
	var all sync.WaitGroup
	for range maxInFlight {
		all.Go(func() {
			if answer := get(h); answer.Code != http.StatusNoContent {
				t.Errorf("one of the hundred: status %d", answer.Code)
			}
		})
		<-inside
	}
	if answer := get(h); answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
		t.Errorf("one more: status %d", answer.Code)
	}
	close(release)
	all.Wait()
	go func() { <-inside }()
	if answer := get(h); answer.Code != http.StatusNoContent {
		t.Errorf("after them: status %d", answer.Code)
	}
}

func TestAPanicIsAPage(t *testing.T) {
	h := guarded(t, func(http.ResponseWriter, *http.Request) { panic("SECRET") })
	answer := get(h)
	if answer.Code != http.StatusInternalServerError || !strings.Contains(answer.Body.String(), "This page could not be made") || strings.Contains(answer.Body.String(), "SECRET") {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
}

// Every page can be read by its structure alone: one heading of the first level and no level left out, a label on
// every control, scopes on every heading of a table, names on all regions, no id twice, no words in pictures only.
func TestStructure(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	for path, page := range w.walk() {
		if !strings.HasPrefix(page, "<!DOCTYPE html>") {
			continue
		}
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		wrong := func(what string) { t.Errorf("%s: %s", path, what) }
		if !slices.Contains([]string{"en", "cy"}, doc.Find("html").AttrOr("lang", "")) || doc.Find("title").Text() == "" || doc.Find("main#main").Length() != 1 || doc.Find("a.skip[href='#main']").Length() != 1 {
			wrong("no language, title, main part or way to skip to it")
		}
		level := 0
		doc.Find("h1,h2,h3,h4").Each(func(_ int, h *goquery.Selection) {
			at := int(goquery.NodeName(h)[1] - '0')
			if at > level+1 || strings.TrimSpace(h.Text()) == "" {
				wrong("heading " + h.Text() + " leaves out a level")
			}
			level = at
		})
		if doc.Find("h1").Length() != 1 {
			wrong("not one heading of the first level")
		}
		doc.Find("select,input,textarea").Each(func(_ int, c *goquery.Selection) {
			if doc.Find("label[for='"+c.AttrOr("id", "-")+"']").Length() != 1 {
				wrong("a control without a label")
			}
		})
		doc.Find("th").Each(func(_ int, c *goquery.Selection) {
			if c.AttrOr("scope", "") == "" {
				wrong("heading " + c.Text() + " without a scope")
			}
		})
		ids := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, c *goquery.Selection) {
			if ids[c.AttrOr("id", "")] {
				wrong("id " + c.AttrOr("id", "") + " twice")
			}
			ids[c.AttrOr("id", "")] = true
		})
		doc.Find("[aria-labelledby]").Each(func(_ int, c *goquery.Selection) {
			if !ids[c.AttrOr("aria-labelledby", "")] {
				wrong("named by " + c.AttrOr("aria-labelledby", "") + ", which is not there")
			}
		})
		doc.Find("a").Each(func(_ int, a *goquery.Selection) {
			if strings.TrimSpace(a.Text()) == "" {
				wrong("a link without words")
			}
			if strings.HasPrefix(a.AttrOr("href", ""), "http") && a.AttrOr("rel", "") != "noopener nofollow ugc" {
				wrong("a link outside without its rel: " + a.AttrOr("href", ""))
			}
		})
		if doc.Find("script,iframe,object,embed,style,[style],[onclick],[onload]").Length() > 0 {
			wrong("script, frame or inline style")
		}
	}
}
