package comment

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// shapes are what a sign may show instead of words: each gives the first place of a text where it stands, or nil. Texts are read as
// they were written, as redaction left them ([phone], [e-mail]) and as public texts mask them (URL, EMAIL).
var shapes = map[string]func(text string) []int{
	"link":        linkIn,
	"public_link": publicLinkIn,
	"phone":       func(text string) []int { return ifAny(text, "0123456789[", phoneNumber) },
	"mail":        mailIn,
	"handle":      func(text string) []int { return ifAny(text, "@", pointedAt) },
	"sum":         func(text string) []int { return ifAny(text, "0123456789", sumOfMoney) },
	"pictures":    picturesIn,
	"cries":       criesIn,
}

var (
	link = regexp.MustCompile(`(?i:https?://|www\.)[^\s<>"]+|\bURL\b|\b[a-zA-Z0-9][a-zA-Z0-9-]*\.(?:com|co\.uk|org|org\.uk|net|info|biz|me|ly|gg|xyz|top|shop|online|site|club|click|link|app|io|tv|eu|uk|example)\b(?:/[^\s<>"]*)?`)

	// Places that the public is sent to: of the state, of health and police, of charities, the broadcaster's news.
	publicLink = regexp.MustCompile(`(?i)\b(?:[a-z0-9-]+\.)*(?:gov\.(?:uk|wales|scot)|llyw\.cymru|mygov\.scot|nidirect\.gov\.uk|nhs\.(?:uk|wales|scot)|police\.uk|parliament\.uk|ac\.uk|sch\.uk|org\.uk|bbc\.(?:co\.uk|com))\b[^\s<>"]*`)

	// A number of 10 digits or more, as people write it, or a short one that a message is to go to.
	phoneNumber = regexp.MustCompile(`\[phone\]|(?:\+|\(?\b0)\d[\d \t().-]{7,16}\d|(?i:\b(?:to|on|txt|text|call|ring)\s+\d{5,6}\b)|\b\d{10,15}\b`)

	pointedAt  = regexp.MustCompile(`(?i)\b(?:contact|ask|follow|message|reach|reach out to|dm|add|hit up|telegram|insta|instagram|snap|snapchat|tiktok|thanks to|thank you|name is|to|of|on)[: ]+@[\pL\pN_]`)
	sumOfMoney = regexp.MustCompile(`[£$€] ?\d[\d,.]*|\b\d[\d,.]* ?(?i:pounds|quid|gbp|usd|dollars|euros)\b`)
	plainMail  = regexp.MustCompile(`\bEMAIL\b|\[e-mail\]|[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
)

// ifAny asks a pattern only where a text has one of the bytes without which it cannot stand: most have none.
func ifAny(text, bytes string, pattern *regexp.Regexp) []int {
	if !strings.ContainsAny(text, bytes) {
		return nil
	}
	return pattern.FindStringIndex(text)
}

func linkIn(text string) []int {
	if !dotInside(text) && !strings.Contains(text, "://") && !strings.Contains(text, "URL") {
		return nil
	}
	for from := 0; from < len(text); {
		at := link.FindStringIndex(text[from:])
		if at == nil {
			return nil
		}
		at[0], at[1] = at[0]+from, at[1]+from
		if at[0] == 0 || !strings.ContainsRune("@._-", rune(text[at[0]-1])) { // else it is part of an address for mail
			return at
		}
		from = at[1]
	}
	return nil
}

// dotInside reports whether a dot stands right before a letter or a digit, as in every address and after few sentences.
func dotInside(text string) bool {
	for {
		i := strings.IndexByte(text, '.')
		if i < 0 || i+1 == len(text) {
			return false
		}
		if text = text[i+1:]; 'a' <= text[0]|0x20 && text[0]|0x20 <= 'z' || '0' <= text[0] && text[0] <= '9' || text[0] >= utf8.RuneSelf {
			return true
		}
	}
}

func publicLinkIn(text string) []int {
	if !dotInside(text) {
		return nil
	}
	return publicLink.FindStringIndex(text)
}

func mailIn(text string) []int {
	if !strings.ContainsAny(text, "@[") && !strings.Contains(text, "EMAIL") {
		return nil
	}
	return plainMail.FindStringIndex(text)
}

// picturesIn finds the pictures with which offers are hung about.
func picturesIn(text string) []int {
	const hung = "💰💸💵💷🤑💎🚀📈🎁🎉🎊👉👇👆⬇🔥💯✅🔗📲📩💋🍑😘😈😉💦💅💨✨⭐"
	if i := strings.IndexFunc(text, func(r rune) bool { return r >= '✅' && strings.ContainsRune(hung, r) }); i >= 0 {
		return []int{i, i + len(firstRune(text[i:]))}
	}
	return nil
}

func firstRune(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}

func criesIn(text string) []int {
	i := strings.Index(text, "!!")
	if i < 0 {
		return nil
	}
	end := i
	for end < len(text) && text[end] == '!' {
		end++
	}
	return []int{i, end}
}
