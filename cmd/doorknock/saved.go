package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence"
)

// maxSaved is the most that a saved page may hold, as packed and as unpacked.
const maxSaved = 8 << 20

// saved is what is known of a saved page beside its bytes.
type saved struct {
	url, contentType, platform string
	status                     int
	at                         time.Time
}

// or fills what is not known from what was given for all.
func (s saved) or(all saved) saved {
	return saved{
		url: cmp.Or(s.url, all.url), contentType: cmp.Or(s.contentType, all.contentType, "text/html"),
		platform: cmp.Or(s.platform, all.platform), status: cmp.Or(s.status, all.status, http.StatusOK), at: s.at,
	}
}

// valid names what was said of all files and cannot be.
func (s saved) valid() error {
	if s.status != 0 && (s.status < 100 || s.status > 999) {
		return fmt.Errorf("--status %d: want an HTTP status, three digits", s.status)
	}
	return nil
}

func (s saved) address() *string {
	if s.url == "" {
		return nil
	}
	return &s.url
}

// on is the platform of the page's address.
func (s saved) on() string {
	if s.platform != "" {
		return s.platform
	}
	if u, err := url.Parse(s.url); err == nil && crawler.Lane(u.Host) == "facebook.com" {
		return string(audit.Facebook)
	}
	return string(audit.Web)
}

// system is the comment system that a platform is by itself.
func (s saved) system() string {
	if s.on() == string(audit.Facebook) {
		return "facebook_page"
	}
	return ""
}

// page makes of the bytes the page that would have been fetched. A page saved without an address has one that no site has.
func (s saved) page(body []byte, scripts *crawler.Scripts) *crawler.Page {
	address := cmp.Or(s.url, "http://saved.invalid/")
	if s.url == "" && s.platform == string(audit.Facebook) {
		address = "https://www.facebook.com/"
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		u = &url.URL{Scheme: "http", Host: "saved.invalid", Path: "/"}
	}
	return crawler.NewPage(crawler.Answer{
		Request: crawler.Request{URL: u.String(), For: crawler.ForPage}, URL: u, Status: s.status, Body: body,
		Header: http.Header{"Content-Type": {s.contentType}}, At: s.at, How: audit.SavedPage,
	}, scripts)
}

// readSaved reads a file, unpacked where its name ends in .gz.
func readSaved(file string) ([]byte, audit.Reason, error) {
	f, err := os.Open(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, audit.ReasonNotFound, fmt.Errorf("read saved page: %w", err)
		}
		return nil, audit.ReasonInternal, fmt.Errorf("read saved page: %w", err)
	}
	body, err := io.ReadAll(io.LimitReader(f, maxSaved+1))
	_ = f.Close() // only read from
	if err != nil {
		return nil, audit.ReasonInternal, fmt.Errorf("read saved page %s: %w", file, err)
	}
	if len(body) > maxSaved {
		return nil, audit.ReasonTooLarge, fmt.Errorf("read saved page %s: more than %d bytes", file, maxSaved)
	}
	if !strings.HasSuffix(file, ".gz") {
		return body, "", nil
	}
	plain, reason, err := evidence.Decode("gzip", body, evidence.Limits{})
	if err != nil {
		return nil, reason, fmt.Errorf("unpack saved page %s: %w", file, err)
	}
	return plain, "", nil
}

// readManifest reads a CSV of saved pages by file name as given: names are compared, wherever they lead, and nothing is opened by them.
// Columns it does not know are ignored.
func readManifest(path string) (map[string]saved, error) {
	if path == "" {
		return nil, nil
	}
	rows, err := readColumns(path, "file")
	if err != nil {
		return nil, err
	}
	files := map[string]saved{}
	for _, row := range rows {
		s, err := manifestRow(row)
		if err != nil {
			return nil, fmt.Errorf("read manifest %s: %w", path, err)
		}
		files[row["file"]] = s
	}
	return files, nil
}

func manifestRow(row map[string]string) (s saved, err error) {
	s.url, s.contentType = row["url"], row["content_type"]
	if v := row["status"]; v != "" {
		if s.status, err = strconv.Atoi(v); err != nil {
			return saved{}, fmt.Errorf("status of %s: %w", row["file"], err)
		}
	}
	if v := row["captured_at"]; v != "" {
		if s.at, err = time.Parse(time.RFC3339, v); err != nil {
			return saved{}, fmt.Errorf("captured_at of %s: %w", row["file"], err)
		}
	}
	return s, nil
}

// readTable reads a CSV with a header that has a column "file": names of files to be opened in the folder of the table, which may be
// somebody else's.
func readTable(path string) ([]map[string]string, error) {
	rows, err := readColumns(path, "file")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if name := row["file"]; name != "" && !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("read table %s: %q leads out of its folder", path, audit.Cut(name, 80))
		}
	}
	return rows, nil
}

// readColumns reads a CSV with a header that has the columns needed.
func readColumns(path string, needed ...string) ([]map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", path, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read table %s: it is empty", path)
	}
	all[0][0] = strings.TrimPrefix(all[0][0], "\ufeff")
	for _, column := range needed {
		if !slices.Contains(all[0], column) {
			return nil, fmt.Errorf("read table %s: no column %s", path, column)
		}
	}
	var rows []map[string]string
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			if i < len(fields) {
				row[name] = fields[i]
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
