package main

import (
	"cmp"
	"context"
	"net/url"
	"os"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence/archive"
)

// inspectFile reads a file of one page, or every page of an archive.
func (i *inspector) inspectFile(ctx context.Context, file string, s saved) {
	f, size, kind := openArchive(file)
	if f == nil {
		i.inspect(file, s)
		return
	}
	defer f.Close() //nolint:errcheck // only read from
	i.many = kind.Many()
	defer func() { i.many = false }()
	_, err := archive.File(ctx, f, size, archive.Options{}, func(p archive.Page) error {
		if p.Repeats == "" {
			i.archived(file, s, p)
		}
		return i.err
	})
	if err != nil && i.err == nil {
		i.failed = true
		i.print(line{File: file, URL: s.address(), Platform: s.on(), Reason: archive.ReasonOf(err), System: "none", Error: string(kind) + ": " + err.Error()})
	}
}

// openArchive opens a file that is no plain page; nil for any other, and for one that is not there.
func openArchive(file string) (*os.File, int64, archive.Format) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, ""
	}
	about, err := f.Stat()
	if err == nil && about.Mode().IsRegular() {
		if kind, err := archive.Kind(f, about.Size()); err == nil && kind != archive.HTML {
			return f, about.Size(), kind
		}
	}
	f.Close() //nolint:errcheck // only read from
	return nil, 0, ""
}

// archived prints the readings of one page of an archive, or of an MHTML file. What the record tells of it goes before what was
// given for all; the time is the record's alone.
func (i *inspector) archived(file string, s saved, p archive.Page) {
	s.url, s.at = cmp.Or(p.URL, s.url), p.At
	u, err := url.Parse(cmp.Or(s.url, "http://saved.invalid/"))
	if err != nil {
		u = &url.URL{Scheme: "http", Host: "saved.invalid", Path: "/"}
	}
	i.readings(file, s, crawler.NewPage(crawler.Answer{
		Request: crawler.Request{URL: u.String(), For: crawler.ForPage}, URL: u, Status: p.Status, Header: p.Header, Body: p.Body, At: p.At,
		How: audit.SavedPage, Drawn: p.Made,
	}, i.scripts))
}
