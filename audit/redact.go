package audit

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Redact cuts out of a person's words what could lead back to a person or a home: e-mail addresses, telephone
// numbers, postcodes, the number of a house or flat, and names after Mr, Mrs, Ms, Miss, Dr and their like. What is
// cut is named in brackets, so that a reader sees that something was there.
//
// It cuts too much rather than too little, knows no list of names, and gives valid UTF-8 whatever it is given.
// Redacting twice is redacting once.
func Redact(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	// A cut can bring together what was apart, so the rules run until nothing more is found. Every round that
	// changes anything leaves fewer bytes of the person's own.
	for {
		cut := redactOnce(text)
		if cut == text {
			return text
		}
		text = cut
	}
}

func redactOnce(text string) string {
	if strings.ContainsAny(text, "@([") {
		text = email.ReplaceAllString(text, "[e-mail]")
	}
	if strings.ContainsAny(text, "0123456789") {
		text = phone.ReplaceAllStringFunc(text, cutPhone)
		text = postcode.ReplaceAllString(text, "${1}[postcode]")
		text = street.ReplaceAllStringFunc(text, cutHouse)
		text = flat.ReplaceAllString(text, "${1}${2}[number]")
	}
	return titled.ReplaceAllStringFunc(text, cutName)
}

var (
	email = regexp.MustCompile(`[\p{L}\p{N}._%+'’-]+ ?(?:@|\((?i:at)\)|\[(?i:at)\]) ?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)

	// A number as people write it: +44 or 0044 or 0 first, digits with blanks, dots, dashes and brackets between.
	phone = regexp.MustCompile(`(?:\+|\(\+?|\b)\d[\d \t\x{A0}\x{2010}-\x{2015}().-]{6,22}\d`)

	postcode = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])(?:GIR ?0AA|[A-Z]{1,2}[0-9][A-Z0-9]?[ \x{A0}]?[0-9][A-Z]{2})\b`)

	flat = regexp.MustCompile(`(?i)\b(flat|apartment|apt|unit|room|block|house)( (?:no\.? ?|number )?)[0-9]{1,4}[a-z]?\b`)

	street = regexp.MustCompile(`(?i)\b[0-9]{1,4}[a-z]?(?:[-/][0-9]{1,4}[a-z]?)?,? (?:[\p{L}'’.-]+ ){0,3}(?:street|st|road|rd|avenue|ave|lane|ln|close|drive|crescent|court|gardens|grove|place|terrace|way|walk|square|mews|hill|park|row|rise|view|house|tower|estate|green|parade|heol|stryd|ffordd|lon)\b`)

	titled = regexp.MustCompile(`\b(?:(?i:mr|mrs|ms|mx|dr|prof|professor|cllr|councillor)|Miss|MISS|Sir|Lady|Rev)\b\.?[ \t\x{A0}]+(?:\p{Lu}\.? ?)?\p{L}[\p{L}'’-]*(?:[ \t\x{A0}]+\p{Lu}[\p{L}'’-]*){0,2}`)
)

// A telephone number of this country has 10 or 11 digits after its first 0, an international one 8 to 15; fewer digits
// are a date, a sum of money or a repair number that leads to nobody.
func cutPhone(found string) string {
	digits := 0
	first := byte(0)
	for i := range len(found) {
		if c := found[i]; c >= '0' && c <= '9' {
			digits++
			if first == 0 {
				first = c
			}
		}
	}
	plus := strings.Contains(found, "+")
	switch {
	case plus && digits >= 8, first == '0' && digits >= 10, digits >= 11:
		return "[phone]"
	}
	return found
}

// notHouse are words between a number and a street word that show that the number counts something else.
var notHouse = []string{
	"weeks", "week", "days", "day", "months", "month", "years", "year", "hours", "hour", "minutes", "mins", "times",
	"miles", "people", "families", "children", "kids", "men", "cars", "houses", "homes", "flats", "on", "in", "at", "to",
	"the", "a", "my", "our", "this", "that", "down", "of", "for", "from", "and", "or", "by", "no", "we", "i", "is", "was",
	"are", "were", "visits", "calls", "am", "pm",
}

func cutHouse(found string) string {
	number, rest, _ := strings.Cut(found, " ")
	words := strings.Fields(rest)
	for _, w := range words[:len(words)-1] {
		if slices.Contains(notHouse, strings.ToLower(w)) {
			return found
		}
	}
	if strings.HasSuffix(number, ",") {
		return "[number], " + rest
	}
	return "[number] " + rest
}

// notName are words that follow a title in lower case and are no name.
var notName = []string{"and", "or", "is", "was", "has", "who", "the", "at", "in", "on", "to", "from", "of", "will", "said"}

func cutName(found string) string {
	end := strings.IndexAny(found, ". \t\u00A0")
	title, rest := found[:end], strings.TrimLeft(found[end:], ". \t\u00A0")
	first, _, _ := strings.Cut(rest, " ")
	if slices.Contains(notName, strings.ToLower(first)) {
		// "Mr and Mrs Patel": what follows may hold a title of its own.
		kept := found[:len(found)-len(rest)+len(first)]
		return kept + titled.ReplaceAllStringFunc(found[len(kept):], cutName)
	}
	return title + " [name]"
}
