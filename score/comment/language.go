package comment

import (
	"slices"
	"strings"
	"unicode"
)

// Words that only one of the two languages has, among those that stand in nearly every sentence.
var (
	englishWords = strings.Fields("the and is are was were to of in it that this you your we they have has been not for with my me on at be do does don't can't so what when why how no please thank thanks " +
		"had from there there's i'm i've it's don't haven't hasn't isn't didn't won't would could will our he she his her who where which since again still after over " +
		"about just near being if all out by as but never first")
	welshWords = strings.Fields("yr yn mae ac ddim wedi ein eich chi diolch gyda ond nid oes fy ar gan hyn beth sut dim rydw rydym maen nhw yw ydy bod roedd cael wnaeth gwres llwydni tŷ eto iawn")
)

// language guesses: en, cy (Welsh), other, or unsure where there is too little to go by.
func language(text string, ws []word) string {
	letters, latin := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			if unicode.Is(unicode.Latin, r) {
				latin++
			}
		}
	}
	english, welsh := 0, 0
	for _, w := range ws {
		if slices.Contains(englishWords, w.text) {
			english++
		}
		if slices.Contains(welshWords, w.text) {
			welsh++
		}
	}
	switch {
	case letters >= 3 && 2*latin < letters:
		return "other"
	case welsh > english:
		return "cy"
	case english > 0:
		return "en"
	case len(ws) >= 6:
		return "other"
	}
	return "unsure"
}
