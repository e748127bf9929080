package audit

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Outline is the little of a page that walking a site needs.
type Outline struct {
	Title     string      `json:"title,omitempty"`
	Links     []Link      `json:"links,omitempty"` // same site, in page order
	Feeds     []string    `json:"feeds,omitempty"`
	API       string      `json:"api,omitempty"`     // base address of a WordPress REST interface
	MadeBy    string      `json:"made_by,omitempty"` // lower-case name of the program that says it made the page
	Sitemaps  []string    `json:"sitemaps,omitempty"`
	Posts     []PostFacts `json:"posts,omitempty"`     // what an interface or feed said of posts
	Cut       bool        `json:"cut,omitempty"`       // some links were left out for size
	Calendars []string    `json:"calendars,omitempty"` // files of dates that the page links
	Variants  []string    `json:"variants,omitempty"`  // addresses of the same page in other languages, as the page says
}

// Link is an address with the words it was linked by.
type Link struct {
	URL  string `json:"url"`
	Text string `json:"text,omitempty"`
}

// PackedOutline is an outline as it is remembered, some two kilobytes of letters: it travels with every job, and most
// pages are as they were. Before its point stands the hash of what interface and feed said of the post when its page was
// read, which is compared without unpacking.
type PackedOutline string

// maxOutline bounds what one packed outline may come to, in bytes.
const maxOutline = 1 << 20

var errOutline = errors.New("not a packed outline")

// Deflater compresses as RFC 1951 says: a writer of compress/flate, or one that is faster.
type Deflater interface {
	io.WriteCloser
	Reset(to io.Writer)
}

// Pack makes an outline small, by z, which is free again afterwards. Facts is a hash, or "".
func (o Outline) Pack(facts string, z Deflater) (PackedOutline, error) {
	links := o.Links
	o.Links = nil
	head, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("pack outline: %w", err)
	}
	size := len(head)
	for _, l := range links {
		size += len("\n\t") + len(l.URL) + len(l.Text)
	}
	plain := append(make([]byte, 0, size), head...)
	for _, l := range links {
		plain = append(append(plain, '\n'), blanks.Replace(l.URL)...)
		plain = append(append(plain, '\t'), blanks.Replace(l.Text)...)
	}
	var b bytes.Buffer
	b.Grow(size / 2)
	z.Reset(&b)
	_, err = z.Write(plain)
	if err = errors.Join(err, z.Close()); err != nil {
		return "", fmt.Errorf("pack outline: %w", err)
	}
	return PackedOutline(facts + "." + base64.RawStdEncoding.EncodeToString(b.Bytes())), nil
}

// Facts is the hash that Pack was given, and whether there is an outline at all.
func (p PackedOutline) Facts() (facts string, ok bool) {
	facts, _, ok = strings.Cut(string(p), ".")
	return facts, ok
}

// Unpack is the inverse of Pack. Half an outline would be links that nobody follows, so it is an error.
func (p PackedOutline) Unpack() (Outline, error) {
	_, packed, ok := strings.Cut(string(p), ".")
	data, err := base64.RawStdEncoding.DecodeString(packed)
	if err != nil || !ok {
		return Outline{}, errors.Join(errOutline, err)
	}
	z := unpackers.Get().(io.ReadCloser)
	defer unpackers.Put(z)
	if err := z.(flate.Resetter).Reset(bytes.NewReader(data), nil); err != nil {
		return Outline{}, errors.Join(errOutline, err)
	}
	var plain strings.Builder
	plain.Grow(8 * len(data))
	n, err := io.Copy(&plain, io.LimitReader(z, maxOutline+1))
	if err != nil || n > maxOutline {
		return Outline{}, errors.Join(errOutline, err)
	}
	return readOutline(plain.String())
}

func readOutline(plain string) (o Outline, err error) {
	head, lines, some := strings.Cut(plain, "\n")
	if err := json.Unmarshal([]byte(head), &o); err != nil {
		return Outline{}, errors.Join(errOutline, err)
	}
	if !some {
		return o, nil
	}
	o.Links = make([]Link, 0, 1+strings.Count(lines, "\n"))
	for line := range strings.SplitSeq(lines, "\n") {
		url, text, ok := strings.Cut(line, "\t")
		if !ok || strings.Contains(text, "\t") {
			return Outline{}, errOutline
		}
		o.Links = append(o.Links, Link{url, text})
	}
	return o, nil
}

// blanks keeps the marks between links out of them; addresses and words of links hold none.
var blanks = strings.NewReplacer("\n", " ", "\t", " ")

var unpackers = sync.Pool{New: func() any { return flate.NewReader(strings.NewReader("")) }}
