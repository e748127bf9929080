package checks

import (
	"strings"
	"unicode"

	"doorknock/crawler"
)

// Councils and landlords call the way to write to them "complaints, comments and compliments". What is said there nobody else
// reads: its name, which is on every page of their sites, speaks of no place to talk.

// complaintWords are the words of such names, in English and Welsh; true are those of which one must be there.
var complaintWords = map[string]bool{
	"complaint": true, "complaints": true, "complain": true, "compliment": true, "compliments": true,
	"comment": false, "comments": false, "suggestion": false, "suggestions": false, "feedback": false, "concerns": false, "queries": false,
	"enquiries": false, "praise": false, "and": false, "or": false, "a": false, "the": false, "your": false, "our": false, "make": false,
	"give": false, "us": false, "to": false, "policy": false, "procedure": false, "form": false, "html": false, "htm": false, "php": false, "aspx": false,
	"cwyn": true, "cwynion": true, "chwynion": true, "canmoliaeth": true, "chanmoliaeth": true,
	"sylw": false, "sylwadau": false, "awgrymiadau": false, "adborth": false, "ac": false, "eich": false,
}

// complaintWay reports whether a name is made of such words alone: "3 comments on our complaints policy" is not.
func complaintWay(name string) bool {
	complaint := false
	for word := range strings.FieldsFuncSeq(crawler.Lower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		must, known := complaintWords[word]
		if !known {
			return false
		}
		complaint = complaint || must
	}
	return complaint
}

// saysComment reports whether the words by which a page names itself or a part of it speak of comments. Behind a bar or a
// dash stands the site's own name.
func saysComment(words string) bool {
	lower := crawler.Lower(words)
	if !isCommentWord(lower) {
		return false // as most
	}
	first, _, _ := strings.Cut(strings.NewReplacer(" | ", "\x00", " - ", "\x00", " – ", "\x00").Replace(words), "\x00")
	if complaintWay(first) {
		words = strings.TrimPrefix(words, first)
	}
	return isCommentWord(crawler.Lower(words)) && !asksHow(lower)
}

// asksHow reports whether a heading in lower case is a question in French, in which "comment" means how.
func asksHow(lower string) bool {
	words := strings.FieldsFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	return len(words) > 1 && words[0] == "comment" && howInFrench[words[1]] && !isCommentWord(strings.TrimPrefix(lower, "comment"))
}

// howInFrench are the words that follow it: of one letter before an apostrophe, of who does it, and of what is done.
var howInFrench = wordSet("c s l d j ça cela se le la les un une des nous vous je on il elle ils tu faire fait font est sont être avoir obtenir choisir utiliser trouver savoir bien contacter participer préparer réaliser cuire cuisiner fonctionne fonctionnent devenir payer demander signaler puis peut peux peuvent")

// complaintAddress reports whether an address, in lower case, speaks of comments in no part but the name of such a way.
func complaintAddress(address string) bool {
	way := false
	for part := range strings.FieldsFuncSeq(address, func(r rune) bool { return strings.ContainsRune("/?&#=", r) }) {
		if isCommentWord(part) && !complaintWay(part) {
			return false
		}
		way = way || complaintWay(part)
	}
	return way
}
