package configs

import (
	_ "embed"

	"doorknock/crawler"
)

//go:embed scripts.yaml
var scriptsFile []byte

// Scripts gives the scripts that are known to draw a facility.
func Scripts() (*crawler.Scripts, error) {
	var s crawler.Scripts
	if err := readData("configs/scripts.yaml", scriptsFile, &s); err != nil {
		return nil, err
	}
	return &s, nil
}
