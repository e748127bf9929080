package digest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts/digest"
)

// Only what a mail server says failed for good, of the addresses that it names; everything else ends nobody's subscription.
func TestBounced(t *testing.T) {
	for name, want := range map[string][]string{
		"gone.eml":      {"ann@elm.test", "bob@elm.test"}, // one of three was only delayed, and one group names the address first written to
		"later.eml":     nil,                              // a fault that may pass
		"absent.eml":    nil,                              // a person's note that quotes a report
		"cut.eml":       nil,
		"wrongkind.eml": nil, // a report of a reading
	} {
		f, err := os.Open(filepath.Join("testdata", "bounces", name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := digest.Bounced(f)
		_ = f.Close()
		if diff := cmp.Diff(want, got); diff != "" || (want == nil) != errors.Is(err, digest.ErrNoBounce) {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if _, err := digest.Bounced(strings.NewReader("")); !errors.Is(err, digest.ErrNoBounce) {
		t.Error(err)
	}
}

func bounceIsRead(t *testing.T, report string) {
	t.Helper()
	all, err := digest.Bounced(strings.NewReader(report))
	if (err == nil) != (len(all) > 0) || err != nil && !errors.Is(err, digest.ErrNoBounce) || len(all) > 100 {
		t.Errorf("%q, %v", all, err)
	}
	for _, address := range all {
		if !strings.Contains(address, "@") || strings.ContainsAny(address, "\r\n\x00") {
			t.Errorf("no address: %q", address)
		}
	}
}

// FuzzReaders reads what outsiders send about readers: a mail server's report, and a list of them. Either is refused, or
// every address in it is one.
func FuzzReaders(f *testing.F) {
	files, err := filepath.Glob("testdata/bounces/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("address,every,nation\na@elm.test,week,Wales\n")
	f.Add("\ufeffaddress\n'=a@elm.test\n")
	f.Fuzz(func(t *testing.T, text string) {
		bounceIsRead(t, text)
		readersAreRead(t, text)
	})
}
