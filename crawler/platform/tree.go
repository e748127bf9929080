package platform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// A node is one value of a JSON answer, with its place in the body and the path to it. A nil node is a value that is not
// there; everything asked of it is not there either.
type node struct {
	raw  []byte
	at   int    // of raw in the body
	path string // "$.error.errors[0].reason"
	keys map[string]*node
	list []*node
}

// readTree reads a body that is one sound JSON value.
func readTree(body []byte) (*node, error) {
	if err := crawler.SoundJSON(body); err != nil {
		return nil, fmt.Errorf("%w: %w", errShape, err)
	}
	return plant(body)
}

// treeOf reads a body that was found sound; nil where it was not.
func treeOf(body []byte) *node {
	n, err := plant(body)
	if err != nil {
		return nil
	}
	return n
}

func plant(body []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return grow(d, body, "$")
}

// objects reads a body that is one JSON list of at most maxRows objects and nothing else. A key that stands twice in an
// object, however deep, makes the answer ambiguous, so the whole of it is refused.
func objects(body []byte) ([]*node, error) {
	root, err := readTree(body)
	switch {
	case err != nil:
		return nil, err
	case root.raw[0] != '[':
		return nil, fmt.Errorf("no list: %w", errShape)
	case len(root.list) > maxRows:
		return nil, fmt.Errorf("more than %d rows: %w", maxRows, errShape)
	}
	for i, row := range root.list {
		if row.keys == nil {
			return nil, fmt.Errorf("row %d is no object: %w", i, errShape)
		}
	}
	return root.list, nil
}

func grow(d *json.Decoder, body []byte, path string) (*node, error) {
	at := int(d.InputOffset())
	at += len(body[at:]) - len(bytes.TrimLeft(body[at:], " \t\r\n,:"))
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	n := &node{at: at, path: path}
	if token == json.Delim('{') {
		n.keys = map[string]*node{}
	}
	if _, opened := token.(json.Delim); opened {
		if err := n.fill(d, body); err != nil {
			return nil, err
		}
	}
	n.raw = body[at:d.InputOffset()]
	return n, nil
}

// fill reads what an object or a list holds, and its end.
func (n *node) fill(d *json.Decoder, body []byte) error {
	for d.More() {
		step := "[" + strconv.Itoa(len(n.list)) + "]"
		key := ""
		if n.keys != nil {
			token, err := d.Token()
			if err != nil {
				return fmt.Errorf("read %s: %w", n.path, err)
			}
			key, _ = token.(string)
			step = "." + key
		}
		v, err := grow(d, body, n.path+step)
		if err != nil {
			return err
		}
		if n.keys != nil {
			n.keys[key] = v
		} else {
			n.list = append(n.list, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("read %s: %w", n.path, err)
	}
	return nil
}

// get follows keys; nil where one is missing or null.
func (n *node) get(keys ...string) *node {
	for _, k := range keys {
		if n == nil {
			return nil
		}
		n = n.keys[k]
	}
	if n == nil || string(n.raw) == "null" {
		return nil
	}
	return n
}

// nth is a value of a list, nil where it has fewer.
func (n *node) nth(i int) *node {
	if n == nil || i >= len(n.list) {
		return nil
	}
	return n.list[i]
}

// rows are the objects of the list at the keys.
func (n *node) rows(keys ...string) []*node {
	list := n.get(keys...)
	if list == nil {
		return nil
	}
	var found []*node
	for _, v := range list.list {
		if v.keys != nil {
			found = append(found, v)
		}
	}
	return found
}

// isList reports whether the value at the keys is a list, empty or not.
func (n *node) isList(keys ...string) bool {
	v := n.get(keys...)
	return v != nil && v.raw[0] == '['
}

// text is the string at the keys. A number is given as it is written: platforms send ids as both.
func (n *node) text(keys ...string) string {
	v := n.get(keys...)
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.raw, &s) == nil {
		return s
	}
	if v.isNumber() {
		return string(v.raw)
	}
	return ""
}

// written is the string at the keys, "" for a number too.
func (n *node) written(keys ...string) string {
	if v := n.get(keys...); v != nil && v.raw[0] == '"' {
		return v.text()
	}
	return ""
}

// number is the whole number at the keys; ok is false where there is none of at least 0.
func (n *node) number(keys ...string) (number int64, ok bool) {
	v := n.get(keys...)
	if v == nil || !v.isNumber() {
		return 0, false
	}
	number, err := strconv.ParseInt(string(v.raw), 10, 64)
	return max(number, 0), err == nil && number >= 0
}

func (n *node) isNumber() bool { return n.raw[0] == '-' || (n.raw[0] >= '0' && n.raw[0] <= '9') }

// count is the number at the keys, written as a number or as a string of digits; nil where it is neither or below 0.
func (n *node) count(keys ...string) *int {
	i, err := strconv.Atoi(n.text(keys...))
	if err != nil || i < 0 {
		return nil
	}
	return &i
}

// flag is the boolean at the keys; told is false where there is none.
func (n *node) flag(keys ...string) (value, told bool) {
	v := n.get(keys...)
	if v == nil {
		return false, false
	}
	switch string(v.raw) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// when is the time at the keys: ISO with or without a colon in its zone, or seconds since 1970; zero where it is neither.
func (n *node) when(keys ...string) time.Time {
	s := n.text(keys...)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	if sec, err := strconv.ParseInt(s, 10, 64); err == nil && sec > 0 && len(s) <= 11 {
		return time.Unix(sec, 0).UTC()
	}
	return time.Time{}
}

// verdict is a state that rests on this value; unknown where the value is not there or the state may not rest on it.
func (n *node) verdict(s audit.State, k audit.Kind, rule string) audit.Verdict {
	if n == nil {
		return audit.UnknownFor(audit.ReasonParseChanged)
	}
	v, err := audit.NewVerdict(s, "", k, &audit.Evidence{
		Type: audit.JSONPath, Rule: rule, Version: 1, Path: n.path, Offset: n.at, Length: len(n.raw),
		Excerpt: excerpt(n.raw), How: audit.SavedPage,
	})
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}

// orItself is the value where it is there, else the one that holds it.
func (n *node) orItself(holder *node) *node {
	if n == nil {
		return holder.head()
	}
	return n
}

// head is the value without what it holds: evidence marks a list or an object by its first byte, since people's words may
// stand within.
func (n *node) head() *node {
	if n == nil || (n.keys == nil && n.raw[0] != '[') {
		return n
	}
	return &node{raw: n.raw[:1], at: n.at, path: n.path}
}
