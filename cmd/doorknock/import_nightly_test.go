//go:build nightly

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// An archive of a gigabyte is taken in with less than 200 MB of memory, at three fifths and more of the speed at which it is
// merely read and inflated: processor time against processor time.
func TestImportOfAGigabyte(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "large.warc.gz")
	wanted := largeArchive(t, file, 1<<30)
	bare, unpacked := inflated(t, file)
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "c.yaml")
	for name, text := range map[string]string{"o.csv": "id,name,nation,sector,homes,website,site_confirmed\nhollybank,Hollybank Homes,England,housing_association,1200,https://www.hollybank.example/,yes\n",
		"c.yaml": "data_dir: " + dir + "/data\nkey_file: " + dir + "/key\norganisations: " + dir + "/o.csv\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "import", "--config", settings, file)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	ratio, memory := bare.Seconds()/spent.Seconds(), used.Maxrss>>10
	t.Logf("%d MB packed, %d MB unpacked, %d pages wanted: inflated in %v, imported in %v (ratio %.2f), %d MB of memory", 1<<10, unpacked>>20, wanted, bare, spent, ratio, memory)
	if !strings.Contains(string(out), fmt.Sprintf("%d pages of places on the list", wanted)) {
		t.Errorf("the pages were not all found:\n%.500s", out)
	}
	if ratio < 0.6 {
		t.Errorf("imported at %.2f of the speed of inflating", ratio)
	}
	if memory >= 200 {
		t.Errorf("%d MB of memory", memory)
	}
}

// largeArchive writes an archive of many sites' pages, one in five hundred of them of the one site on the list.
func largeArchive(t *testing.T, file string, size int) (wanted int) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	var strangers []byte
	for n := range 500 {
		strangers = append(strangers, largeRecord(fmt.Sprintf("https://www.site%d.example/page/%d", n%80, n), time.Date(2019, 5, 3, 9, 0, n%60, 0, time.UTC), n)...)
	}
	for written := 0; written < size; wanted++ {
		day := time.Date(2015, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, wanted)
		own := largeRecord(fmt.Sprintf("https://www.hollybank.example/news/%d", wanted%7), day, wanted)
		for _, part := range [][]byte{strangers, own} {
			if _, err := out.Write(part); err != nil {
				t.Fatal(err)
			}
			written += len(part)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return wanted
}

// largeRecord is a page of some 60 KB as one gzip member.
func largeRecord(url string, at time.Time, n int) []byte {
	var page strings.Builder
	page.WriteString(strings.Replace(openPost, "<main id=\"content\">", "<main id=\"content\"><nav>", 1))
	for i := range 400 {
		fmt.Fprintf(&page, "<div class=\"card card-%x\"><a href=\"/news/%x\">Item %d of %d</a><p>Residents of %x House will be told floor by floor when %x begins.</p></div>\n", i*n+7, i*31+n, i, n, i*977+n*13, i*i+n)
	}
	block := "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.String()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	fmt.Fprintf(z, "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:%d>\r\nWARC-Date: %s\r\nWARC-Target-URI: %s\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n",
		n, at.Format(time.RFC3339), url, len(block), block)
	z.Close()
	return out.Bytes()
}

// inflated gives the processor time that it takes to read and inflate a file, and to what.
func inflated(t *testing.T, file string) (time.Duration, int64) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := spentHere(t)
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 128<<10))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, z)
	if err != nil {
		t.Fatal(err)
	}
	return spentHere(t) - before, n
}

func spentHere(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
