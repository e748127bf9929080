package web

import (
	"html/template"
	"net/http"
	"time"

	"doorknock/alerts/digest"
	"doorknock/audit"
)

// Dress is what the pages of another listener share with these: the words, the sheet and the icon.
type Dress struct {
	words  words
	static *statics
}

// NewDress reads the words and the files that are built in.
func NewDress() (*Dress, error) {
	w, err := readWords(digest.English)
	if err != nil {
		return nil, err
	}
	s, err := newStatics()
	if err != nil {
		return nil, err
	}
	return &Dress{w, s}, nil
}

// Functions are what templates may call: words, times, links. None makes HTML.
func (d *Dress) Functions() template.FuncMap {
	return template.FuncMap{
		"t":      d.words.say,
		"tn":     d.words.count,
		"num":    thousands,
		"date":   d.words.date,
		"clock":  d.words.clock,
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"static": d.static.address,
		"pair":   func(a, b any) []any { return []any{a, b} },
		"web":    func(address string) string { return audit.Untrusted(address).Link() },
	}
}

// Say gives the string of key with {name} filled from pairs of name and value.
func (d *Dress) Say(key string, pairs ...any) string { return d.words.say(key, pairs...) }

// Static answers with the built-in file of that hashed name, and reports false where there is none.
func (d *Dress) Static(w http.ResponseWriter, name string) bool { return d.static.serve(w, name) }

// Icon answers with the icon.
func (d *Dress) Icon(w http.ResponseWriter) { d.static.serve(w, d.static.names["favicon.svg"]) }
