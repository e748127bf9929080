package configs

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml/token"

	"doorknock/audit"
)

//go:embed clocks.yaml
var clocksFile []byte

// Clocks gives how soon each nation's code would have a complaint answered, and the days that do not count.
func Clocks() (audit.Clocks, error) {
	holidays, err := Holidays()
	if err != nil {
		return audit.Clocks{}, err
	}
	return readClocks("configs/clocks.yaml", clocksFile, holidays)
}

type clockYAML struct {
	Source      string   `yaml:"source"`
	Nations     []string `yaml:"nations"`
	Sectors     []string `yaml:"sectors"`
	From        string   `yaml:"from"`
	Acknowledge int      `yaml:"acknowledge"`
	Answer      int      `yaml:"answer"`
	After       bool     `yaml:"after_acknowledgement"`
}

// readClocks tells every mistake with its line and key.
func readClocks(file string, data []byte, holidays audit.Holidays) (audit.Clocks, error) {
	var y struct {
		Clocks []clockYAML `yaml:"clocks"`
	}
	d := decoder{file: file, env: func(string) (string, bool) { return "", false }, at: map[string]*token.Position{}}
	d.decode(data, &y)
	if len(d.mistakes) > 0 {
		return audit.Clocks{}, d.mistakes.err()
	}
	k := checker{d: &d}
	clocks := audit.Clocks{Holidays: holidays}
	for i, c := range y.Clocks {
		key := fmt.Sprintf("clocks[%d]", i)
		from, err := time.Parse(time.DateOnly, c.From)
		if err != nil {
			k.wrong(key+".from", "%q is no day as 2024-04-01", c.From)
		}
		for _, n := range c.Nations {
			if _, known := holidays.Days[n]; !known {
				k.wrong(key+".nations", "%q is no nation whose holidays are known", n)
			}
		}
		for _, s := range c.Sectors {
			if !slices.Contains(audit.Sectors(), s) {
				k.wrong(key+".sectors", "%q is no kind of organisation", s)
			}
		}
		if c.Source == "" || c.Answer < 1 || c.Acknowledge < 0 || c.After && c.Acknowledge == 0 {
			k.wrong(key, "needs a source and an answer of a working day or more; after_acknowledgement needs acknowledge")
		}
		clocks.Rows = append(clocks.Rows, audit.ComplaintClock{Source: c.Source, Nations: c.Nations, Sectors: c.Sectors, From: from,
			Acknowledge: c.Acknowledge, Answer: c.Answer, FromAcknowledged: c.After})
	}
	return clocks, k.got.err()
}
