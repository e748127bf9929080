package crawler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxJSONDepth is far more than any data of a site that we read has.
const maxJSONDepth = 64

// ErrUnsound is wrapped by SoundJSON's error.
var ErrUnsound = errors.New("no JSON that says one thing")

// SoundJSON reads a site's JSON once, without keeping any of it: one value, to the letter of the standard, at most 64
// levels deep, no key twice in an object. What is not sound says nothing: two readers could read it differently.
func SoundJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := soundValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something after the value: %w", ErrUnsound)
	}
	return nil
}

func soundValue(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	if depth > maxJSONDepth {
		return fmt.Errorf("more than %d levels: %w", maxJSONDepth, ErrUnsound)
	}
	opened, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	keys := map[string]bool{}
	for d.More() {
		if opened == '{' {
			if err := soundKey(d, keys); err != nil {
				return err
			}
		}
		if err := soundValue(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	return nil
}

func soundKey(d *json.Decoder, seen map[string]bool) error {
	token, err := d.Token()
	key, ok := token.(string)
	if err != nil || !ok {
		return fmt.Errorf("%w: read key: %w", ErrUnsound, err)
	}
	if seen[key] {
		return fmt.Errorf("key %.40q twice: %w", key, ErrUnsound)
	}
	seen[key] = true
	return nil
}
