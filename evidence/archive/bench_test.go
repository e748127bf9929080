package archive_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"doorknock/evidence/archive"
)

// BenchmarkRead compares reading an archive of which little is wanted with merely inflating it: MB/s of what is unpacked.
func BenchmarkRead(b *testing.B) {
	var packed bytes.Buffer
	unpacked := 0
	for n := range 400 {
		var body strings.Builder
		for i := range 300 {
			fmt.Fprintf(&body, "<p>Residents of %x House will be told floor by floor when %x begins.</p>\n", i*n, i*i+n)
		}
		site := "strangers"
		if n%200 == 0 {
			site = "hollybank"
		}
		r := response(fmt.Sprintf("https://www.%s.example/%d", site, n), may, ok, body.String())
		unpacked += len(r)
		packed.Write(gzipped(r))
	}
	file := packed.Bytes()
	b.Run("inflate", func(b *testing.B) {
		b.SetBytes(int64(unpacked))
		for b.Loop() {
			z, err := gzip.NewReader(bufio.NewReader(bytes.NewReader(file)))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, z); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(unpacked))
		o := archive.Options{Want: func(address string) bool { return strings.Contains(address, "hollybank") }}
		for b.Loop() {
			if _, err := archive.File(b.Context(), bytes.NewReader(file), int64(len(file)), o, func(archive.Page) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
