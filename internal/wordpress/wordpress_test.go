//go:build nightly

package wordpress_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"doorknock/internal/wordpress"
)

func TestStart(t *testing.T) {
	s := wordpress.Start(t, wordpress.Options{})
	post := s.Add(wordpress.Post{Title: "Repairs day", Slug: "repairs-day"})
	s.Say(wordpress.Comment{Post: post, Author: "Visitor", Text: "No heat."})
	if got := s.Link(post); got != "http://homes.test/repairs-day/" {
		t.Errorf("address %q", got)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address+"/repairs-day/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = s.Host
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil || answer.StatusCode != 200 || !strings.Contains(string(body), "wp-comments-post.php") || !strings.Contains(string(body), "No heat.") {
		t.Errorf("status %d, %v: %.500s", answer.StatusCode, err, body)
	}
}
