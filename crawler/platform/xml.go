package platform

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxXMLBytes = 8 << 20
	maxXMLDepth = 32
)

// errTooMuch says that a document is past one of our limits. What was read of it is used, but it was not read whole.
var errTooMuch = errors.New("past our limits")

// element is one element of a document that somebody asked to see: its text and where its bytes are.
type element struct {
	path string // names from the root, each with its namespace before it where it has one: "rss/channel/item"
	text string // its own character data, white space trimmed
	attr []xml.Attr
	at   span
	end  bool // false where it begins, true where it ends; text and at are known at its end only
}

// walkXML reads a document strictly (well-formed, UTF-8, nothing declared by the document itself), and shows each
// element at its beginning and at its end. It stops at the first error of its own or of see.
func walkXML(body []byte, see func(element) error) error {
	if len(body) > maxXMLBytes {
		return fmt.Errorf("document of %d bytes: %w", len(body), errTooMuch)
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	w := xmlWalk{see: see}
	for {
		before := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return w.finish()
		}
		if err != nil {
			return fmt.Errorf("read XML: %w", err)
		}
		if err := w.token(token, before, int(d.InputOffset())); err != nil {
			return err
		}
	}
}

type xmlWalk struct {
	see  func(element) error
	open []openElement
	done bool // the root has been closed
}

type openElement struct {
	element
	data []byte
}

func (w *xmlWalk) token(token xml.Token, before, after int) error {
	switch t := token.(type) {
	case xml.StartElement:
		return w.start(t, before)
	case xml.CharData:
		if len(w.open) > 0 {
			top := &w.open[len(w.open)-1]
			top.data = append(top.data, t...)
		} else if strings.Trim(string(t), "\uFEFF \t\r\n") != "" {
			return fmt.Errorf("text outside the root: %w", errShape)
		}
	case xml.EndElement:
		last := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		w.done = len(w.open) == 0
		e := last.element
		e.text, e.at.length, e.end = strings.TrimSpace(string(last.data)), after-e.at.offset, true
		return w.see(e)
	}
	return nil
}

func (w *xmlWalk) start(t xml.StartElement, before int) error {
	if len(w.open) == maxXMLDepth {
		return fmt.Errorf("elements %d deep: %w", maxXMLDepth, errTooMuch)
	}
	if w.done {
		return fmt.Errorf("a second root <%s>: %w", t.Name.Local, errShape)
	}
	path := name(t.Name)
	if len(w.open) > 0 {
		path = w.open[len(w.open)-1].path + "/" + path
	}
	e := element{path: path, attr: t.Copy().Attr, at: span{offset: before}}
	w.open = append(w.open, openElement{element: e})
	return w.see(e)
}

func (w *xmlWalk) finish() error {
	if !w.done {
		return fmt.Errorf("no root element: %w", errShape)
	}
	return nil
}

// The namespaces whose elements are told apart; any other keeps its address, so that a stranger's <item> is no item.
var prefixes = map[string]string{
	"":                                       "",
	"http://purl.org/rss/1.0/modules/slash/": "slash:",
	"http://wellformedweb.org/CommentAPI/":   "wfw:",
	"http://www.w3.org/2005/Atom":            "atom:",
	"http://www.sitemaps.org/schemas/sitemap/0.9":    "",
	"https://www.sitemaps.org/schemas/sitemap/0.9":   "",
	"http://www.google.com/schemas/sitemap-news/0.9": "news:",
}

func name(n xml.Name) string {
	prefix, known := prefixes[n.Space]
	if !known {
		prefix = "{" + n.Space + "}"
	}
	return prefix + n.Local
}
