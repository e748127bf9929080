package configs

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// Account is a place on another platform that a person has accepted as an organisation's.
type Account struct {
	Platform audit.Platform
	URL      string // canonical
	Old      bool   // a page under a former name that is still up: told, and never looked at
}

// ErrNoRow says that the list has no row of that id.
var ErrNoRow = errors.New("no row of that id in the list")

// OrganisationsFile gives the list that the settings name, as it stands: the file, or the built-in one where there is
// none yet.
func (c Config) OrganisationsFile() ([]byte, error) {
	data, err := readFile(c.Organisations, maxList)
	if errors.Is(err, os.ErrNotExist) && c.Organisations == DefaultOrganisations {
		return defaultOrganisations, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read list of organisations: %w", err)
	}
	return data, nil
}

// AddAccounts gives the list with accounts added to one organisation's row: into the column of their platform where
// there is one that can hold them, else into `accounts`. What is there already is not added again. The result is read as
// any list is, and with one mistake nothing is given back: an account belongs to one organisation.
func AddAccounts(file string, data []byte, organisation string, accounts []Account) ([]byte, error) {
	text, wrong := asText(data)
	if wrong != "" {
		return nil, Mistakes{{File: file, Text: wrong}}
	}
	r := csv.NewReader(bytes.NewReader(text))
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("read list of organisations %s: %w", file, errors.Join(err))
	}
	id := slices.Index(rows[0], "id")
	at := slices.IndexFunc(rows, func(row []string) bool { return id >= 0 && row[id] == organisation })
	if at < 1 {
		return nil, fmt.Errorf("%q: %w", organisation, ErrNoRow)
	}
	for _, a := range accounts {
		column, value := a.cell()
		rows = withColumn(rows, column)
		c := &rows[at][slices.Index(rows[0], column)]
		if !slices.ContainsFunc(split(*c), func(s string) bool { return strings.EqualFold(s, value) }) {
			*c = strings.Join(append(split(*c), value), ";")
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write list of organisations: %w", err)
	}
	if _, _, err := ReadOrganisations(file, bytes.NewReader(out.Bytes())); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// cell says in which column an account stands, and how.
func (a Account) cell() (column, value string) {
	if a.Old {
		return "old_pages", a.URL
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(a.URL, "https://"), "/")
	handle := strings.TrimPrefix(path, "@")
	switch {
	case a.Platform == audit.Facebook && facebookHandle.MatchString(path) && path != "profile.php":
		return "facebook", path
	case a.Platform == "x" && xHandle.MatchString(handle):
		return "x", handle
	case a.Platform == "youtube" && strings.HasPrefix(path, "@") && youtubeHandle.MatchString(handle):
		return "youtube", handle
	}
	if slices.Contains(crawler.Anywhere(), a.Platform) {
		if u, err := url.Parse(a.URL); err != nil || crawler.PlatformOf(u) != a.Platform {
			return "accounts", string(a.Platform) + ":" + a.URL
		}
	}
	return "accounts", a.URL
}

// oldPages reads the addresses of pages under a former name. They become no channel: nobody looks at them.
func (l *list) oldPages(c cell, channels []audit.Channel) (all []string) {
	for _, entry := range split(c.text) {
		at, err := audit.CanonicalURL(entry)
		if err != nil {
			l.wrong(c, "%q is not an address; want http(s)://host/path", entry)
			continue
		}
		if i := slices.IndexFunc(channels, func(ch audit.Channel) bool { return ch.URL == at }); i >= 0 {
			l.wrong(c, "%s is looked at, for it stands in another column too; keep it in one of them", at)
		}
		all = append(all, at)
	}
	return all
}

func withColumn(rows [][]string, name string) [][]string {
	if slices.Contains(rows[0], name) {
		return rows
	}
	for i := range rows {
		value := ""
		if i == 0 {
			value = name
		}
		rows[i] = append(rows[i], value)
	}
	return rows
}

// accounts reads the addresses of a cell that names places on other platforms.
func (l *list) accounts(organisation string, c cell) {
	all := split(c.text)
	for _, entry := range all {
		l.account(organisation, entry, c)
	}
	if len(all) > maxChannels {
		l.wrong(c, "%d accounts for one organisation; keep the %d that matter most", len(all), maxChannels)
	}
}

// account reads one entry of the cell: an address, and before it the platform's name where the address does not tell it. A
// place on a platform that nobody here knows is kept in the list, and not looked at.
func (l *list) account(organisation, entry string, c cell) {
	p, address := crawler.CutPlatform(entry)
	at, wrong := audit.CanonicalURL(spelledOut(address))
	u, err := url.Parse(at)
	if err != nil {
		u = &url.URL{}
	}
	if p != "" {
		if err := crawler.PlaceOn(p, u); err != nil {
			l.wrong(c, "%q: %s", entry, err)
			return
		}
	}
	if p = cmp.Or(p, crawler.PlatformOf(u)); wrong != nil || u.Hostname() == "" {
		l.wrong(c, "%q is not an address; want http(s)://host/path", entry)
	} else if p != "" {
		l.channel(organisation, p, at, false, c)
	}
}
