package evidence

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// TestPicture: one picture for each document; the first stays, and no name leads out of the folder.
func TestPicture(t *testing.T) {
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // of the test
	hash := strings.Repeat("ab", 32)
	for _, png := range []string{"first", "second"} {
		file, err := f.KeepPicture(t.Context(), hash, []byte(png))
		if err != nil || file != "pictures/ab/"+hash+".png" {
			t.Fatalf("%s, %v", file, err)
		}
		if got, err := f.Picture(file); err != nil || string(got) != "first" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := f.KeepPicture(t.Context(), "../../"+hash, nil); err == nil {
		t.Error("kept under a name that is no hash")
	}
	for _, file := range []string{"pictures/ab/../../../etc/passwd", "", "pictures/cd/" + strings.Repeat("cd", 32) + ".png"} {
		if _, err := f.Picture(file); !errors.Is(err, ErrDropped) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

// TestDrawnDocument: a drawn document is kept as a conversion, without a request that nobody sent, and read back.
func TestDrawnDocument(t *testing.T) {
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // of the test
	x := &Exchange{Method: "GET", URL: "https://oak.test/", At: time.Now(), Drawn: true, Body: []byte("<p>drawn</p>"),
		ResponseHead: []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")}
	kept, err := f.Keep(t.Context(), audit.LongHash("visit"), x, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Flush(t.Context(), audit.LongHash("visit")); err != nil {
		t.Fatal(err)
	}
	s, err := f.Body(audit.Capture{URL: x.URL, File: kept.File, Offset: kept.Offset})
	if err != nil || string(s.Body) != "<p>drawn</p>" {
		t.Errorf("%q, %v", s.Body, err)
	}
}
