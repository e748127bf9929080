package hostile

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed testdata/texts.txt
var textsFile string

// Text is something that a person, a site or a list may say to act in the place where it is shown.
type Text struct{ Name, Text string }

// Texts gives every such text of testdata/texts.txt, the list that all tests of what comes out share.
func Texts() []Text {
	texts, err := readTexts(textsFile)
	if err != nil {
		panic("hostile: " + err.Error()) // a test reads them
	}
	return texts
}

// Seed gives the texts to a fuzz target, but those of more than 4 KiB: they cost it all its time.
func Seed(target interface{ Add(args ...any) }) {
	for _, h := range Texts() {
		if len(h.Text) <= 4<<10 {
			target.Add(h.Text)
		}
	}
}

func readTexts(file string) ([]Text, error) {
	var texts []Text
	for n, line := range strings.Split(file, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.SplitN(line, "\t", 3)
		if len(cells) != 3 {
			return nil, fmt.Errorf("texts.txt:%d: want three cells", n+1)
		}
		times, err := strconv.Atoi(cells[1])
		if err != nil {
			return nil, fmt.Errorf("texts.txt:%d: %w", n+1, err)
		}
		text, err := strconv.Unquote(cells[2])
		if err != nil {
			return nil, fmt.Errorf("texts.txt:%d: %w", n+1, err)
		}
		texts = append(texts, Text{cells[0], strings.Repeat(text, times)})
	}
	return texts, nil
}
