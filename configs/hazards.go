package configs

import (
	_ "embed"

	"github.com/goccy/go-yaml/token"

	"doorknock/score/comment"
)

//go:embed hazards.yaml
var hazardsFile []byte

// Hazards gives the words that the comment scorer goes by.
func Hazards() (comment.Rules, error) {
	var r comment.Rules
	return r, readData("configs/hazards.yaml", hazardsFile, &r)
}

// readData reads a built-in word list as strictly as the settings.
func readData(file string, data []byte, into any) error {
	d := decoder{file: file, env: func(string) (string, bool) { return "", false }, at: map[string]*token.Position{}}
	d.decode(data, into)
	return d.mistakes.err()
}
