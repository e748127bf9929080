package configs

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"doorknock/audit"
	"doorknock/crawler"
)

// DefaultOrganisations is where the built-in list stands in the source. A file there wins over the built-in copy.
const DefaultOrganisations = "configs/organisations.csv"

//go:embed organisations.csv
var defaultOrganisations []byte

// Limits of the list: a row is a body with doors, not a data set.
const (
	maxList     = 16 << 20 // bytes
	maxChannels = 40       // of one organisation
	maxName     = 200      // characters
	maxNote     = 1000
	maxMistakes = 500 // told at once; a wholly wrong file has one mistake a line
)

var columns = []string{"id", "name", "nation", "sector", "homes", "website", "site_confirmed", "facebook", "x", "youtube",
	"accounts", "predecessors", "rp_code", "parent", "areas", "old_pages", "note"}

var needed = []string{"id", "name", "nation", "sector", "website"}

// LoadOrganisations reads the list that the settings name and keeps what is within the scope.
func (c Config) LoadOrganisations() ([]audit.Organisation, []audit.Channel, error) {
	data, err := readFile(c.Organisations, maxList)
	if errors.Is(err, os.ErrNotExist) && c.Organisations == DefaultOrganisations {
		data, err = defaultOrganisations, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read list of organisations: %w", err)
	}
	organisations, channels, err := ReadOrganisations(c.Organisations, bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	kept := map[string]bool{}
	organisations = slices.DeleteFunc(organisations, func(o audit.Organisation) bool {
		kept[o.ID] = c.Scope.Holds(o)
		return !kept[o.ID]
	})
	if len(organisations) == 0 {
		return nil, nil, fmt.Errorf("scope leaves none of the %d organisations in %s: look at scope.nations, scope.sectors and scope.ids", len(kept), c.Organisations)
	}
	channels = slices.DeleteFunc(channels, func(ch audit.Channel) bool { return !kept[ch.Organisation] })
	return organisations, channels, nil
}

// ReadOrganisations reads a list of organisations, and the channels that its columns name, from CSV. All mistakes are
// told at once, as Mistakes with the lines of file; with any mistake nothing is given back.
func ReadOrganisations(file string, r io.Reader) ([]audit.Organisation, []audit.Channel, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read list of organisations %s: %w", file, err)
	}
	if len(data) > maxList {
		return nil, nil, Mistakes{{File: file, Text: fmt.Sprintf("is larger than %d MiB", maxList>>20)}}
	}
	l := &list{file: file, ids: map[string]int{}, pages: map[string]int{}, parents: map[string]cell{}}
	text, wrong := asText(data)
	if wrong != "" {
		return nil, nil, Mistakes{{File: file, Text: wrong}}
	}
	if bytes.IndexByte(text, '\n') < 0 { // lines that end as they did on old Macintoshes
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	l.rows(text)
	for parent, at := range l.parents {
		if l.ids[parent] == 0 {
			l.wrong(at, "no row has the id %q; add that row or leave parent empty", parent)
		}
	}
	if len(l.mistakes) > 0 {
		return nil, nil, l.mistakes.err()
	}
	return l.organisations, l.channels, nil
}

// list is a list of organisations as far as it is read.
type list struct {
	file          string
	organisations []audit.Organisation
	channels      []audit.Channel
	mistakes      Mistakes
	ids           map[string]int  // line of each id
	pages         map[string]int  // line of each channel's address, spelled without what does not matter
	parents       map[string]cell // ids that must be there in the end
}

// cell is one value with its place.
type cell struct {
	column       string
	text         string
	line, offset int
}

func (l *list) wrong(at cell, format string, args ...any) {
	if len(l.mistakes) < maxMistakes {
		l.mistakes = append(l.mistakes, Mistake{File: l.file, Line: at.line, Column: at.offset, Key: at.column, Text: mistaken(format, args...)})
	}
}

// row reads one organisation. A mistake in one cell does not hide those of the others.
func (l *list) row(cells map[string]cell) {
	for _, name := range columns {
		l.clean(cells[name])
	}
	o := audit.Organisation{
		ID: l.id(cells["id"]), Name: l.words(cells["name"], maxName), Note: l.words(cells["note"], maxNote),
		Nation: l.oneOf(cells["nation"], audit.Nations()), Sector: l.oneOf(cells["sector"], audit.Sectors()),
		Homes: l.homes(cells["homes"]), RPCode: l.shaped(cells["rp_code"], rpCode, "a registration code, as LH4087"),
		Predecessors: split(l.words(cells["predecessors"], maxNote)), Parent: cells["parent"].text,
		Areas: split(l.words(cells["areas"], maxNote)),
	}
	if o.Name == "" {
		l.wrong(cells["name"], "missing; write the name in use")
	}
	if o.Parent != "" {
		l.parents[o.Parent] = cells["parent"]
		if o.Parent == o.ID {
			l.wrong(cells["parent"], "is the organisation itself; leave it empty")
		}
	}
	before := len(l.channels)
	confirmed := l.oneOf(cells["site_confirmed"], []string{"no", "yes", ""}) == "yes"
	for _, site := range split(cells["website"].text) {
		if at := l.channel(o.ID, audit.Web, site, confirmed, cells["website"]); o.Website == "" {
			o.Website = at
		}
	}
	for _, handle := range l.handles(cells["facebook"], facebookHandle) {
		l.channel(o.ID, audit.Facebook, "https://www.facebook.com/"+handle, false, cells["facebook"])
	}
	for _, handle := range l.handles(cells["x"], xHandle) {
		l.channel(o.ID, "x", "https://x.com/"+handle, false, cells["x"])
	}
	for _, handle := range l.handles(cells["youtube"], youtubeHandle) {
		l.channel(o.ID, "youtube", "https://www.youtube.com/@"+handle, false, cells["youtube"])
	}
	l.accounts(o.ID, cells["accounts"])
	o.OldPages = l.oldPages(cells["old_pages"], l.channels[before:])
	if n := len(l.channels) - before; n > maxChannels {
		l.wrong(cells["website"], "%d pages for one organisation; keep the %d that matter most", n, maxChannels)
	}
	l.organisations = append(l.organisations, o)
}

// clean notes what no cell may hold, whatever its column.
func (l *list) clean(c cell) {
	switch {
	case !utf8.ValidString(c.text):
		l.wrong(c, "is not UTF-8; save the file as UTF-8")
	case c.text != strings.TrimSpace(c.text):
		l.wrong(c, "begins or ends with a space; remove it")
	case strings.ContainsFunc(c.text, unicode.IsControl):
		l.wrong(c, "holds a line break or control character; remove it")
	case hidden(c.text) != "":
		l.wrong(c, "holds the invisible character %s; remove it", hidden(c.text))
	}
}

func (l *list) id(c cell) string {
	switch first, twice := l.ids[c.text]; {
	case c.text == "":
		l.wrong(c, "missing; give every organisation an id of its own (a-z, 0-9 and -)")
	case !audit.ValidOrganisationID(c.text):
		l.wrong(c, "%q is not an id; want 1 to 64 of a-z, 0-9 and -", c.text)
	case twice:
		l.wrong(c, "%q stands already on line %d; ids are used once", c.text, first)
	default:
		l.ids[c.text] = c.line
	}
	return c.text
}

func (l *list) words(c cell, longest int) string {
	if utf8.RuneCountInString(c.text) > longest {
		l.wrong(c, "is longer than %d characters", longest)
	}
	return c.text
}

func (l *list) oneOf(c cell, allowed []string) string {
	if !slices.Contains(allowed, c.text) {
		l.wrong(c, "%q is not one of %s", c.text, strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" }), ", "))
	}
	return c.text
}

func (l *list) homes(c cell) *int {
	if c.text == "" {
		return nil
	}
	n, err := strconv.Atoi(c.text)
	if err != nil || n < 0 || c.text[0] == '+' {
		l.wrong(c, "%q is not a whole number of homes; leave it empty where it is not known", c.text)
		return nil
	}
	return &n
}

// The shapes of codes and handles.
var (
	rpCode         = regexp.MustCompile(`^[A-Za-z0-9]{1,12}$`)
	facebookHandle = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,79}$`)
	xHandle        = regexp.MustCompile(`^[A-Za-z0-9_]{1,15}$`)
	youtubeHandle  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)
)

func (l *list) shaped(c cell, shape *regexp.Regexp, want string) string {
	if c.text != "" && !shape.MatchString(c.text) {
		l.wrong(c, "%q is not %s", c.text, want)
	}
	return c.text
}

func (l *list) handles(c cell, shape *regexp.Regexp) (good []string) {
	for _, h := range split(c.text) {
		if shape.MatchString(h) {
			good = append(good, h)
			continue
		}
		l.wrong(c, "%q is not a handle; write the name alone, without address or @", h)
	}
	return good
}

// channel adds a place where the organisation may be spoken to and gives its canonical address. One place belongs to
// one organisation: two rows with it would make each other's findings.
func (l *list) channel(organisation string, p audit.Platform, address string, confirmed bool, c cell) string {
	at, err := audit.CanonicalURL(spelledOut(address))
	host := hostOf(at)
	if err != nil || host == "" {
		l.wrong(c, "%q is not an address; want http(s)://host/path", address)
		return ""
	}
	same := sameness(p, at)
	if first, taken := l.pages[same]; taken {
		l.wrong(c, "%s stands already on line %d; one page belongs to one organisation", at, first)
		return at
	}
	l.pages[same] = c.line
	l.channels = append(l.channels, audit.Channel{
		ID: audit.ChannelID(organisation, p, at), Organisation: organisation, Platform: p, URL: at,
		Lane: crawler.Lane(host), Confirmed: confirmed,
	})
	return at
}

// sameness is equal for two addresses of one page: the scheme and a leading www. do not matter, nor on Facebook dots and case.
func sameness(p audit.Platform, at string) string {
	_, at, _ = strings.Cut(at, "://")
	at = strings.TrimPrefix(at, "www.")
	if p == audit.Facebook {
		host, handle, _ := strings.Cut(strings.ToLower(at), "/")
		at = host + "/" + strings.ReplaceAll(handle, ".", "")
	}
	return at
}

// split takes a cell of several values apart; they are separated by semicolons.
func split(s string) (parts []string) {
	for p := range strings.SplitSeq(s, ";") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}
