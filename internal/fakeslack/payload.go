package fakeslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// payload is what an incoming webhook is sent, as far as the stand-in shows it.
type payload struct {
	Text   string  `json:"text"`
	Blocks []block `json:"blocks"`
}

type block struct {
	Type     string          `json:"type"`
	Text     *text           `json:"text"`
	Elements json.RawMessage `json:"elements"`
	Caption  string          `json:"caption"`
	Rows     [][]cell        `json:"rows"`
}

// cell is of a data_table.
type cell struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
}

// part is an element of rich text or of a context block; sections and quotes hold others.
type part struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	URL      string `json:"url"`
	Elements []part `json:"elements"`
}

// Slack's limits, in characters.
const (
	maxBlocks = 50
	maxHeader = 150
	maxText   = 3000
	maxWhole  = 13200
)

// read refuses what Slack would refuse.
func read(body []byte) (payload, error) {
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return p, errors.New("invalid_payload")
	}
	switch {
	case p.Text == "" && len(p.Blocks) == 0:
		return p, errors.New("no_text")
	case len(p.Blocks) > maxBlocks:
		return p, fmt.Errorf("invalid_blocks: %d blocks", len(p.Blocks))
	case len(body) > maxWhole:
		return p, fmt.Errorf("msg_blocks_too_long: %d", len(body))
	}
	for i, b := range p.Blocks {
		if err := b.check(); err != nil {
			return p, fmt.Errorf("invalid_blocks: %d: %w", i, err)
		}
	}
	return p, nil
}

func (b block) check() error {
	if b.Text != nil {
		n := utf8.RuneCountInString(b.Text.Text)
		if n == 0 || n > maxText || (b.Type == "header" && (n > maxHeader || b.Text.Type != "plain_text")) {
			return fmt.Errorf("%s with a text of %d characters", b.Type, n)
		}
	}
	if b.Type == "data_table" && (len(b.Rows) < 2 || len(b.Rows) > 101) {
		return fmt.Errorf("a table of %d rows", len(b.Rows))
	}
	for _, row := range b.Rows {
		if len(row) != len(b.Rows[0]) || len(row) > 20 {
			return fmt.Errorf("a row of %d cells", len(row))
		}
	}
	if b.Type == "actions" {
		return b.checkActions()
	}
	parts, err := b.parts()
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := p.check(); err != nil {
			return err
		}
	}
	return nil
}

func (b block) parts() ([]part, error) {
	if len(b.Elements) == 0 || b.Type == "actions" { // nobody reads a button's words as the message's
		return nil, nil
	}
	var parts []part
	if err := json.Unmarshal(b.Elements, &parts); err != nil {
		return nil, errors.New("elements")
	}
	return parts, nil
}

func (p part) check() error {
	switch {
	case p.Type == "text" && p.Text == "":
		return errors.New("an empty text element")
	case p.Type == "link" && (p.URL == "" || utf8.RuneCountInString(p.URL) > 3000):
		return errors.New("a link without an address, or with one too long")
	}
	for _, inner := range p.Elements {
		if err := inner.check(); err != nil {
			return err
		}
	}
	return nil
}
