package configs

import (
	_ "embed"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml/token"

	"doorknock/score/comment"
)

//go:embed hazards.yaml
var hazardsFile []byte

const hazardsName = "configs/hazards.yaml"

//go:embed labels.yaml
var labelsFile []byte

const labelsName = "configs/labels.yaml"

// Hazards gives the words that the comment scorer goes by: the rules of hazards, and the signs of threats and spam.
func Hazards() (comment.Rules, error) {
	r, err := readHazards(hazardsName, hazardsFile)
	if err != nil {
		return r, err
	}
	signs, err := readHazards(labelsName, labelsFile)
	if err != nil {
		return r, err
	}
	for name, forms := range signs.Words {
		if _, twice := r.Words[name]; twice {
			return r, fmt.Errorf("%s: words.%s stands in %s too", labelsName, name, hazardsName)
		}
		r.Words[name] = forms
	}
	r.Threat, r.Spam = signs.Threat, signs.Spam
	return r, nil
}

// readHazards tells every mistake with file, line and key, those of the phrases too.
func readHazards(file string, data []byte) (comment.Rules, error) {
	var r comment.Rules
	d := decoder{file: file, env: func(string) (string, bool) { return "", false }, at: map[string]*token.Position{}}
	d.decode(data, &r)
	if len(d.mistakes) > 0 {
		return comment.Rules{}, d.mistakes.err()
	}
	k := checker{d: &d}
	_, err := comment.New(r)
	if inner := errors.Unwrap(err); inner != nil { // without the words around all of them
		err = inner
	}
	k.joined("", err)
	return r, k.got.err()
}

// readData reads a built-in word list as strictly as the settings.
func readData(file string, data []byte, into any) error {
	d := decoder{file: file, env: func(string) (string, bool) { return "", false }, at: map[string]*token.Position{}}
	d.decode(data, into)
	return d.mistakes.err()
}
