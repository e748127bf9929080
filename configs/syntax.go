package configs

import "strings"

// inPlain puts what the parser says of a file that is no YAML into words that say what to do about it. Its own words stand where
// none are known that help more.
func inPlain(said string) string {
	const alike = "begin all keys of one section in the same column, with spaces"
	for _, one := range []struct{ parser, ours string }{
		{"mapping value is not allowed in this context", "the text here holds a colon, or goes on in the next line, which is indented too far: put text with a colon in quotes, and " + alike},
		{"value is not allowed in this context", "is indented otherwise than what stands beside it: " + alike},
		{"unexpected key name", "has no colon after the key: write it as key: value"},
		{"',' or ']' must be specified", "a list that was begun with [ does not end: close it with ], and put commas between its values"},
		{"',' or '}' must be specified", "a section that was begun with { does not end: close it with }, and put commas between its keys"},
		{"could not find flow mapping end token '}'", "a section that was begun with { does not end: close it with }"},
		{"could not find end character of", "a quotation mark is never closed: close it on the same line"},
		{"is a reserved character", "begins with a character that means something else in YAML: put the text in quotes"},
		{"unexpected directive", "begins with a character that means something else in YAML: put the text in quotes"},
		{"could not find '[' character", "there is no [ to this ]: take it away, or put the text in quotes"},
		{"could not find '{' character", "there is no { to this }: take it away, or put the text in quotes"},
	} {
		if strings.Contains(said, one.parser) {
			return one.ours
		}
	}
	return said
}
