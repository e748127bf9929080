package configs

import (
	_ "embed"

	"doorknock/score/talk"
)

//go:embed talk.yaml
var talkFile []byte

// Talk gives the rules by which an organisation's own words are sorted.
func Talk() (talk.Rules, error) {
	var r talk.Rules
	return r, readData("configs/talk.yaml", talkFile, &r)
}
