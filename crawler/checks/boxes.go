package checks

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// scriptedForm gives a visible box to write in with its button, named as a comment form without being a form: a script sends
// it, or the one form that ASP.NET puts around whole pages. A box that is named for comments itself counts with a button that
// says so, in no form, and where the page has its comments: letters to an organisation have boxes named so, too. What is drawn under a condition is no such box: the condition is not in the page.
func scriptedForm(p *crawler.Page) *html.Node {
	for _, box := range p.Tag("textarea") {
		if p.Hidden(box) || inTemplate(box) || hasAttr(box, "disabled") || hasAttr(box, "readonly") || reviewBox(box) || someonesComment(box.Parent) {
			continue
		}
		named := commentBox(box) && !within(box, "form") && (area(box) != nil || headedComments(p, box))
		var found *html.Node
		for e := box.Parent; e != nil && e.Data != "body"; e = e.Parent {
			if e.Data == "form" && lowerAttr(e, "id") != "aspnetform" || slices.ContainsFunc(e.Attr, isCondition) {
				found = nil
				break
			}
			if found == nil && (slices.ContainsFunc(names(e), isFormName) && sendingButton(p, e) || named && commentButton(p, e) != nil) {
				if otherForm(p, e) {
					break
				}
				found = e
			}
			named = named && found == nil && e.Data != "article" && e.Data != "main" // its button stands beside it
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// reviewBox reports whether a box asks for a review, whatever it is named.
func reviewBox(box *html.Node) bool {
	return stemIn(lowerAttr(box, "placeholder")+" "+lowerAttr(box, "aria-label"), reviewNames)
}

// isFormName reports whether an id or class is that of a form for comments: "post-comment-form", "comment-write".
func isFormName(name string) bool {
	return stemIn(joinedName(name), []string{"commentform", "commentsform", "commentwrite", "writecomment", "kommentarform"})
}

// joinedName is a name without what parts its words.
func joinedName(name string) string { return nameParts.Replace(name) }

var nameParts = strings.NewReplacer("-", "", "_", "")

// commentBox reports whether a box is named for comments, or says itself nothing but that one be written.
func commentBox(box *html.Node) bool {
	if isCommentWord(lowerAttr(box, "name")+" "+lowerAttr(box, "id")) && !stemIn(strings.Join(names(box), " "), reviewNames) && !reviewBox(box) {
		return true
	}
	return isInvitation(crawler.Attr(box, "placeholder")) || isInvitation(crawler.Attr(box, "aria-label"))
}

// headedComments reports whether the last heading before an element says that comments stand below it, or how many do, and no more.
func headedComments(p *crawler.Page, n *html.Node) bool {
	all := p.Elements()
	for i := slices.Index(all, n) - 1; i >= 0; i-- {
		switch all[i].Data {
		case "h2", "h3", "h4", "h5":
			words := strings.FieldsFunc(crawler.Lower(p.ShortText(all[i])), func(r rune) bool { return !unicode.IsLetter(r) })
			return len(words) == 1 && isCommentWord(words[0]) && !p.Hidden(all[i])
		case "h1":
			return false
		}
	}
	return false
}

// isInvitation reports whether a text is nothing but an invitation to comment.
func isInvitation(text string) bool {
	return text != "" && len(text) < maxInvitation && commentHeads.is[strings.Trim(plainLower(text), " .:!*…")]
}

// isCondition reports whether an attribute shows its element in some cases only: v-if, ng-show, x-show, data-if-member, amp-access.
func isCondition(a html.Attribute) bool {
	return stemIn(a.Key, []string{"-if", "-show", "-hide", "-access", "-visible"})
}

// sendingButton reports whether an element holds a visible button that sends: by its kind, which in HTML is that of a button
// that says nothing else, by its words, ASP.NET's link that does, or a link that is named for it.
func sendingButton(p *crawler.Page, box *html.Node) bool {
	return commentButton(p, box) != nil || inside(box, func(n *html.Node) bool {
		if p.Hidden(n) || hasAttr(n, "disabled") {
			return false
		}
		switch kind := lowerAttr(n, "type"); n.Data {
		case "button":
			return kind == "submit" || kind == ""
		case "a":
			return stemIn(lowerAttr(n, "href"), []string{"javascript:webform_dopostback", "javascript:__dopostback"}) || slices.ContainsFunc(names(n), isSendName)
		default:
			return kind == "submit"
		}
	}) != nil
}

// isSendName reports whether an id or class is that of what sends a comment: "send-comment", "btn_submit_comment".
func isSendName(name string) bool {
	return stemIn(joinedName(name), []string{"sendcomment", "submitcomment", "postcomment", "commentsubmit", "commentsend"})
}

// commentButton gives the visible button in an element on which nothing stands but that it comments.
func commentButton(p *crawler.Page, box *html.Node) *html.Node {
	return inside(box, func(n *html.Node) bool {
		if n.Data != "button" && (n.Data != "input" || lowerAttr(n, "type") != "submit" && lowerAttr(n, "type") != "button") || p.Hidden(n) || hasAttr(n, "disabled") {
			return false
		}
		says := strings.Trim(plainLower(p.ShortText(n)+crawler.Attr(n, "value")), " .!»›→")
		return len(says) < maxInvitation && (commentSends[says] || commentHeads.is[says])
	})
}

// commentSends are the whole words on a button that sends a comment, beside those of an invitation.
var commentSends = map[string]bool{
	"comment": true, "comment now": true, "post comment": true, "add comment": true, "submit comment": true, "leave comment": true, "send comment": true, "publish comment": true, "save comment": true, "sylw": true, "anfon sylw": true, "cyhoeddi sylw": true,
	"kommentieren": true, "jetzt kommentieren": true, "kommentar abschicken": true, "kommentar absenden": true, "kommentar senden": true, "kommentar speichern": true, "kommentar veröffentlichen": true, "kommentar posten": true,
	"commenter": true, "envoyer le commentaire": true, "envoyer mon commentaire": true, "envoyer un commentaire": true, "publier le commentaire": true, "publier un commentaire": true, "comentar": true, "enviar comentario": true, "publicar comentario": true,
	"publicar un comentario": true, "enviar comentário": true, "publicar comentário": true, "publicar um comentário": true, "commenta": true, "invia commento": true, "invia il commento": true, "pubblica commento": true, "pubblica il commento": true,
	"reageer": true, "reageren": true, "reactie plaatsen": true, "reactie versturen": true, "verstuur reactie": true, "skomentuj": true, "wyślij komentarz": true, "opublikuj komentarz": true, "kommentera": true, "kommenter": true, "kommentoi": true,
	"komentovat": true, "přidat komentář": true, "odeslat komentář": true, "hozzászólok": true, "hozzászólás küldése": true, "yorum gönder": true, "yorumu gönder": true, "комментировать": true, "отправить комментарий": true,
	"コメントする": true, "コメントを送信": true, "コメントを投稿": true, "コメントを投稿する": true, "댓글 등록": true, "发表评论": true, "發表評論": true, "提交评论": true,
}

// forMembers reports whether a form, or an element around it, is named as one that a script shows to those who are signed in:
// "hide-guest-user", "logged-in-only". In the page that a visitor is sent it stands all the same.
func forMembers(f *html.Node) bool {
	for e := f; e != nil && e.Data != "body"; e = e.Parent {
		if slices.ContainsFunc(names(e), func(name string) bool { return stemIn(joinedName(name), memberNames) }) {
			return true
		}
	}
	return false
}

// memberNames are stems of such names.
var memberNames = []string{
	"hideguest", "hideforguest", "hidefromguest", "hideanon", "hideloggedout", "hideifloggedout", "loggedinonly", "onlyloggedin", "showloggedin", "showifloggedin", "showwhenloggedin",
	"membersonly", "memberonly", "onlymembers", "usersonly", "registeredonly", "subscribersonly", "authenticatedonly", "requireslogin", "requirelogin",
}
