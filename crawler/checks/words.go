package checks

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// closedPhrases say that comments are off, as comment systems and their translations print it. They count only where
// a system prints them: see says.
var closedPhrases = newPhrases(
	// English
	"comments are closed", "comments are now closed", "comments are currently closed", "comments have been closed",
	"comments closed", "comments for this thread are closed", "comments for this thread are now closed", "comments for this post are closed",
	"comments for this article are closed", "comments for this entry are closed", "comments on this entry are closed", "comments to this entry are closed", "comments to this post are closed",
	"comments on this post are closed", "comments on this article are closed", "commenting is closed",
	"commenting is now closed", "commenting has been closed", "commenting has been disabled", "commenting has been turned off",
	"commenting is disabled", "commenting is off", "commenting on this article is closed", "comments are disabled",
	"comments are turned off", "comments have been disabled", "comments have been turned off", "comments disabled",
	"comments are off", "comments are not allowed", "new comments are not allowed", "new comments cannot be posted",
	"new comments have been disabled", "no new comments", "comments are locked", "comments locked", "discussion is closed",
	"discussion has been closed", "discussion is now closed", "this discussion is closed", "this thread is closed", "no longer accepting comments",
	"no longer open for comments", "no longer open to comments", "comment period has ended", "not accepting comments",
	"not open for comments", "not open for further replies", "comments section is closed", "comment section is closed",
	"comments section has been closed", "comment form is closed", "comments form is closed", "responses are closed",
	"commenting for this story is closed", "commenting period has expired", "comments are no longer",
	"comments and pings are currently closed", "comments and trackbacks are currently closed", "comments and pings are closed",
	"responses are currently closed", "comments have closed",
	"comments for this story are closed", "comments for this page are closed", "comments for this topic are closed", "comments on this story are closed", "comments on this page are closed",
	"comments to this article are closed", "closed for comments", "closed to comments", "closed to new comments",
	// Welsh
	"mae sylwadau wedi cau", "mae'r sylwadau wedi cau", "mae sylwadau wedi'u cau", "sylwadau ar gau", "sylwadau wedi eu cau",
	// German
	"kommentare sind geschlossen", "kommentare geschlossen", "kommentarfunktion ist geschlossen", "kommentarfunktion geschlossen",
	"kommentarfunktion ist deaktiviert", "kommentarfunktion deaktiviert", "kommentarfunktion für diesen artikel ist", "kommentarfunktion wurde",
	"kommentare deaktiviert", "kommentare sind deaktiviert", "kommentare sind momentan deaktiviert", "kommentare sind zur zeit deaktiviert",
	"kommentare sind bei diesem artikel deaktiviert", "kommentare wurden deaktiviert", "kommentare wurden geschlossen",
	"keine kommentare möglich", "keine kommentare mehr möglich", "keine kommentare erlaubt", "kommentare nicht möglich",
	"kommentare sind nicht möglich", "kommentare sind nicht erlaubt", "kommentare sind derzeit nicht erlaubt", "kommentare und pings sind derzeit nicht erlaubt",
	"kommentare und pings sind geschlossen", "kommentieren nicht möglich", "kommentieren ist nicht möglich",
	"kommentieren ist nicht mehr möglich", "kommentieren ist momentan nicht möglich", "kommentieren ist deaktiviert", "kommentieren dieses artikels wurde deaktiviert", "kommentieren dieses artikels ist nicht",
	"kommentarbereich ist geschlossen", "kommentarbereich geschlossen", "diskussion geschlossen", "diskussion ist geschlossen",
	"debatte ist geschlossen", "kann nicht mehr kommentiert werden", "kommentieren ist geschlossen",
	"keine kommentare mehr abgegeben", "keine kommentare mehr geschrieben", "keine weiteren kommentare möglich", "kommentarfunktion ist derzeit geschlossen", "kommentarfunktion ist für diesen beitrag",
	// French
	"commentaires sont fermés", "commentaires fermés", "commentaires sont désactivés", "commentaires désactivés",
	"commentaires sont clos", "commentaires clos", "fermé aux commentaires", "commentaires ne sont plus autorisés", "commentaires ne sont plus acceptés", "plus possible de commenter", "commentaires sont désormais fermés",
	// Spanish, Portuguese, Italian
	"comentarios están cerrados", "comentarios cerrados", "comentarios desactivados", "comentarios están desactivados",
	"comentarios han sido cerrados", "cerrados los comentarios", "comentarios deshabilitados", "comentarios están inhabilitados", "comentarios inhabilitados", "no se admiten más comentarios", "comentarios para este artículo están cerrados", "comentarios están deshabilitados",
	"comentários estão fechados", "comentários fechados", "comentários estão encerrados", "comentários encerrados",
	"comentários desativados", "comentários estão desativados", "comentários desactivados",
	"commenti sono chiusi", "commenti chiusi", "commenti per questo articolo sono chiusi", "commenti sono disattivati", "commenti disattivati", "commenti disabilitati", "commenti sono disabilitati",
	// Dutch, Nordic
	"reacties zijn gesloten", "reacties gesloten", "reacties zijn uitgeschakeld", "reageren is niet meer mogelijk", "reageren is gesloten", "reacties op dit artikel zijn gesloten",
	"reageren is niet mogelijk", "niet meer mogelijk om te reageren",
	"kommentarer inaktiverade", "kommentarer är avstängda", "kommentarer är stängda", "kommentarer er lukket", "lukket for kommentarer",
	"kommentarer lukket", "kommentarer er stengt", "kommentarer er slått av", "kommentarer er deaktiveret", "kommentointi on suljettu", "kommentit on suljettu",
	// Polish, Czech, Turkish, Russian, Romanian, Hungarian
	"komentarze są wyłączone", "komentowanie jest wyłączone", "możliwość komentowania została wyłączona", "możliwość komentowania",
	"komentarze zostały wyłączone", "els comentaris estan tancats", "komentari su zatvoreni", "komentari so zaprti", "коментарі закриті", "коментування закрито",
	"коментарите са затворени", "τα σχόλια είναι κλειστά", "התגובות סגורות", "التعليقات مغلقة", "评论已关闭", "评论功能已关闭", "評論已關閉", "留言功能已關閉", "コメントは受け付けていません", "コメントは停止中", "komentáře nejsou povoleny", "komentáře jsou uzavřeny", "yorumlar kapalı", "yorumlara kapalı", "yoruma kapalı", "yorum yapılamaz",
	"комментарии закрыты", "комментарии отключены", "комментирование закрыто", "комментарии запрещены", "comentariile sunt închise", "a hozzászólások jelenleg",
)

// loginPhrases say that one must first sign in to comment.
var loginPhrases = newPhrases(
	"log in to comment", "log in to post", "log in to reply", "log in to leave a comment", "log in to add a comment", "log in to join", "log in or register to",
	"log in or sign up to", "login to comment", "login to post", "login to reply", "login to leave", "login to add", "login or register to", "login or signup to", "login or sign up to",
	"logged in to comment", "logged in to post", "logged in to reply", "logged in to leave", "logged-in to", "logged in in order to", "logged into comment",
	"you must log in or register to reply", "you must log in or sign up to reply", "you must be registered to", "must be a registered",
	"must be a member to", "must be a subscriber to", "must be signed in to", "must sign in to", "must login to", "must log in to", "please log in to", "please login to",
	"please sign in to", "please log in or", "please sign in or", "need to be logged in", "need to log in to", "need to login to", "need to sign in to",
	"sign in to comment", "sign in to post", "sign in to reply", "sign in to leave", "sign in to join", "sign in to add", "sign in or register to", "sign in or create", "sign in or join to",
	"sign up to comment", "sign up for free to join this conversation", "add a comment, sign in", "register to comment", "register to post", "register or log in to", "register or login to", "register or sign in to", "join to comment",
	"subscribe to comment", "only registered users can comment", "only registered users may", "only logged in users", "only logged in customers", "only members can comment", "only subscribers can",
	"log in to contribute", "logged in to contribute", "login to contribute", "sign in to contribute", "logged in to participate", "sign in to participate", "log in to participate",
	"log in to ask a", "sign in to ask a", "login to ask a", "may have to register before you can post", "must login or register to", "must log in or register to",
	"registration is required to comment", "to post a comment, you must", "to comment you must", "to comment, you must", "to leave a comment you must",
	"mewngofnodwch i adael sylw", "rhaid i chi fewngofnodi", "mewngofnodi i adael sylw",
	"angemeldet sein, um", "angemeldet sein um", "anmelden, um", "anmelden um zu kommentieren", "einloggen, um", "eingeloggt sein, um", "eingeloggt sein um", "zum kommentieren anmelden", "zum kommentieren bitte", "melde dich an, um", "melden sie sich an, um", "logge dich ein, um", "registrieren, um", "nur registrierte benutzer können", "nur angemeldete",
	// German says the same from behind: what for stands first
	"einloggen zum kommentieren", "anmelden zum kommentieren", "kommentaren bitte anmelden", "kommentaren bitte einloggen", "musst du eingeloggt sein", "musst du angemeldet sein", "musst du dich anmelden", "musst du dich einloggen",
	"müssen sie eingeloggt sein", "müssen sie angemeldet sein", "müssen sie sich anmelden", "müssen sie sich einloggen", "müssen sie sich bitte anmelden", "müssen sie sich bitte einloggen", "müssen sie sich zuerst", "müssen sie sich mit ihrem benutzernamen",
	"melden sie sich bitte an", "melden sie sich an oder registrieren", "loggen sie sich bitte ein", "melde dich bitte an", "logge dich bitte ein", "angemeldeten benutzern vorbehalten", "angemeldeten nutzern vorbehalten", "registrierten benutzern vorbehalten", "registrierten nutzern vorbehalten",
	"vous devez vous", "vous devez être", "connecter afin de", "connectez-vous pour", "identifiez-vous pour", "connecter pour publier un commentaire", "connecté pour publier", "connecté pour commenter", "être connecté pour", "abonnez-vous pour commenter", "abonné pour commenter", "abonnez ou connectez-vous pour",
	"inicia sesión para comentar", "iniciar sesión para comentar", "iniciar sesión para publicar", "iniciar sesión para escribir", "estar conectado para", "suscribite para comentar", "suscríbete para comentar", "regístrate para comentar", "para comentar debes", "para comentar debe ", "para comentar necesitas",
	"faça login para comentar", "fazer login para", "entre para comentar", "effettuare l'accesso per", "accedi per comm", "essere connesso per", "devi effettuare il login",
	"inloggen om te reageren", "log in om te reageren", "ingelogd zijn om", "logga in för att kommentera", "logga in för att skriva", "måste vara inloggad", "logg inn for å kommentere", "log ind for at kommentere", "zaloguj się, aby", "zalogować się, aby", "musisz się zalogować", "yorum yapabilmek için giriş", "yorum yapmak için giriş", "войдите, чтобы", "чтобы оставить комментарий",
	"il faut être connecté pour", "inscrivez-vous pour commenter", "se connecter pour commenter",
	"debes iniciar sesión", "debe iniciar sesión", "tienes que iniciar sesión", "inicie sesión para comentar", "debes estar registrado para", "regístrese para comentar",
	"precisa estar logado", "é preciso estar logado", "necessário estar logado", "precisa fazer login", "faça o login para comentar", "faça seu login para", "cadastre-se para comentar", "cadastre-se para poder comentar",
	"devi accedere", "devi essere loggato", "registrati per comm", "accedi o registrati per", "effettua il login per",
	"je moet ingelogd zijn", "u moet ingelogd zijn", "je moet inloggen om", "u moet inloggen om", "log in om een reactie", "log in om te reageren", "inloggen om een reactie",
	"zaloguj się i skomentuj", "zaloguj się by", "aby dodać komentarz, zaloguj", "aby skomentować, zaloguj", "musisz być zalogowany",
	"добавлять комментарии могут только", "комментарии могут оставлять только", "комментировать могут только", "только зарегистрированные пользователи могут", "авторизуйтесь, чтобы", "необходимо авторизоваться", "необходимо войти", "для комментирования необходимо",
	"du måste logga in för att kommentera", "du skal logge ind for at", "du må logge inn for å", "du skal være logget ind for at", "du må være logget inn for å", "kirjaudu sisään kommentoidaksesi",
	// what WordPress and Drupal print in the languages that are not above
	"be kell jelentkezni", "be kell jelentkezned", "musíte nejdříve přihlásit", "se musíte přihlásit", "sa musíte prihlásiť", "trebuie să fii autentificat", "trebuie să fiți autentificat", "sinun täytyy kirjautua", "kirjaudu kommentoidaksesi",
	"du må være innlogget", "oturum açmalısınız", "giriş yapmalısınız", "трябва да влезете", "необхідно авторизуватись", "увійдіть, щоб", "morate biti prijavljeni", "se morate prijaviti", "πρέπει να συνδεθείτε", "heu d'iniciar la sessió",
	"precisa fazer o login", "é necessário fazer login", "é preciso fazer login", "iniciar a sessão para", "inicie sessão para", "bạn phải đăng nhập", "コメントを投稿するにはログイン", "コメントするにはログイン", "コメントを書くにはログイン", "ログインしてコメント", "登录后评论", "登录后才能评论", "请登录后发表评论",
	"přihlaste se, abyste", "pro přidání komentáře se", "yorum yapmak için üye", "yorum yapmak için oturum", "autentifică-te pentru a comenta", "jelentkezz be a hozzászóláshoz",
	"for å skrive en kommentar må du",
	// English from behind, too, and for whom it is in Romance languages
	"to comment, please log", "to comment, please sign", "to comment, please register", "to comment please log", "to comment please sign", "to comment and share your experience, please sign", "to join the conversation, please log", "to join the conversation, please sign",
	"apenas para assinantes", "somente para assinantes", "exclusivo para assinantes", "solo para suscriptores", "sólo para suscriptores", "exclusivo para suscriptores", "exclusivos para suscriptores", "exclusivos para assinantes", "please register or log in", "please register or sign in", //nolint:misspell // Spanish and Portuguese
	"melde dich an oder registriere dich", "logge dich ein oder registriere dich",
)

// phrases are looked up by their first four bytes, at the beginnings of words.
type phrases struct {
	list   []string      // each once
	begins [1 << 12]bool // hashes of the first four bytes
	by     map[string][]string
	is     map[string]bool
}

func newPhrases(list ...string) *phrases {
	m := &phrases{by: make(map[string][]string, len(list)), is: make(map[string]bool, len(list))}
	for _, p := range list {
		if m.is[p] {
			continue
		}
		m.list = append(m.list, p)
		m.by[p[:4]] = append(m.by[p[:4]], p)
		m.begins[phraseHash(p)] = true
		m.is[p] = true
	}
	return m
}

// phraseHash is the same for letters of either case.
func phraseHash(s string) uint32 {
	return (uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24 | 0x20202020) * 2654435761 >> 20
}

// mayBegin reports whether a text of four bytes at least, in either case, may begin with one of the phrases. A letter beyond ASCII
// may be of other bytes in lower case.
func (m *phrases) mayBegin(text string) bool {
	return (text[0]|text[1]|text[2]|text[3]) >= utf8.RuneSelf || m.begins[phraseHash(text)]
}

// pageLists are the lists that are asked of whole pages. One pass over a page's text answers for all of them.
var pageLists = []*phrases{closedPhrases, loginPhrases, commentHeads, inviting, invitingTalk, opinions, usefulAsked, followWords, howWords, detailWords, membersNote, memberWords, onRequest, reviewAsking, ratingAsking, reviewLogins, raters, responsesAsWritten, repliesHeads, viewsHeads, topicsHeads, postsHeads, lastHeads, lockedHeads, eventHeads, reviewCounted, whenLabels, timeLabels, placeLabels}

func listsOf(all []*phrases) (lists [][]string) {
	for _, m := range all {
		lists = append(lists, m.list)
	}
	return lists
}

// on reports whether the page's text holds a phrase of the list.
func (m *phrases) on(p *crawler.Page) bool {
	if !slices.Contains(pageLists, m) {
		return m.in(p.LowerText()) != ""
	}
	return p.SaysAny(textSigns, m.list)
}

// in gives the first phrase of the list that a text in lower case holds, "" where it holds none.
func (m *phrases) in(text string) string {
	for i := 0; i+4 <= len(text); i++ {
		if i > 0 && letter(text[i-1]) || !m.begins[phraseHash(text[i:])] {
			continue
		}
		for _, p := range m.by[text[i:i+4]] {
			if strings.HasPrefix(text[i:], p) {
				return p
			}
		}
	}
	return ""
}

func letter(c byte) bool { return smallLetter(c) || c >= 0x80 }

func smallLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// times counts the phrases of the list in a text in lower case.
func (m *phrases) times(text string) (n int) {
	for i := 0; i+4 <= len(text); i++ {
		if i > 0 && letter(text[i-1]) || !m.begins[phraseHash(text[i:])] {
			continue
		}
		if slices.ContainsFunc(m.by[text[i:i+4]], func(p string) bool { return strings.HasPrefix(text[i:], p) }) {
			n++
		}
	}
	return n
}

// closedWords say that something is off. Beside a comment word, in an element whose class is for just this sentence, they
// say that comments are.
var closedWords = newPhrases(
	"closed", "disabled", "turned off", "switched off", "locked", "not allowed", "not possible", "no longer", "geschlossen", "deaktiviert", "gesperrt", "abgeschaltet",
	"ausgeschaltet", "beendet", "nicht mehr möglich", "nicht möglich", "nicht erlaubt", "fermés", "fermé", "clos", "désactivés", "cerrados", "desactivados", "deshabilitados", "chiusi", "disabilitati", "disattivati",
	"gesloten", "uitgeschakeld", "encerrados", "fechados", "desativados", "stengt", "lukket", "stängda", "avstängda", "suljettu", "wyłączone", "wyłączona", "zamknięte", "uzavřeny", "kapalı", "kapatılmıştır",
	"закрыты", "отключены", "ar gau",
)

// saysClosed reports whether an element's words, which are few, say that comments are off and not that they will be.
func saysClosed(text string) bool {
	if len(text) > 200 {
		return false
	}
	lower := crawler.Lower(strings.ReplaceAll(text, "’", "'"))
	return !conditional(lower) && (closedPhrases.in(lower) != "" || isCommentWord(lower) && closedWords.in(lower) != "")
}

// conditional reports whether a sentence in lower case names a time or a case in which comments are closed, and so does
// not say that they are closed now.
func conditional(lower string) bool {
	for _, not := range [...]string{
		"will be closed", "will close", "passwor", "if ", "wenn ", "unless", "except", " after ", " once ", " when ", " before ", "older than", "weekend",
		"overnight", "outside ", "out of hours", "office hours", "between ", " days old", "are never ", "not closed", "some comments", "nach ", "ar ôl",
	} {
		if strings.Contains(lower, not) {
			return true
		}
	}
	return false
}

// ofAnother reports whether an element lies in a list of other pages (related posts, newest posts, a side bar), or beside
// a post's title where the number of its comments stands: what is said there is said of that post, or of another.
func ofAnother(p *crawler.Page, n *html.Node) bool {
	for e := n; e != nil && e.Type == html.ElementNode && e.Data != "body" && e.Data != "main"; e = e.Parent {
		if inside(e, tag("h1")) != nil || p.SaysMost(e) {
			return false // around the page's own content
		}
		switch e.Data {
		case "aside", "nav":
			return true
		case "article":
			if len(p.Tag("article")) > 1 && !hasName(e, "hentry") {
				return true
			}
		}
		for _, name := range names(e) {
			if stemIn(name, otherPlaces) {
				return true
			}
		}
	}
	return false
}

// otherPlaces are stems of the names of places that hold other pages' teasers.
var otherPlaces = []string{"related", "sidebar", "side-bar", "widget-area", "teaser", "you-may", "more-posts", "more-news", "latest-", "recent-", "popular", "comments-link", "comment-count", "comments-count"}

// says gives the phrase of a list that a text holds, "" where it holds none.
func says(text string, list *phrases) string {
	return list.in(crawler.Lower(strings.ReplaceAll(text, "’", "'")))
}

// commentStems are the stems of a comment facility's words in ids, classes, names and addresses.
var commentStems = []string{
	"comment", "kommentar", "coment", "commento", "commenti", "reactie", "disqus", "sylwad", "yorum",
	"komentar", "komentář", "kommentit", "hozzaszol",
}

// otherStems are words by which a site may name a place to talk without calling it comments. They prove nothing, but
// with one of them on a page nothing is proved absent either.
var otherStems = []string{"conversation", "discuss", "diskus", "reactions", "responses", "#respond", "talkback", "webmention", "ymateb", "reply", "replies", "ugc-", "-ugc", "ugc_", "userreview", "user-review", "guestbook", "gaestebuch", "yoursay", "your-say", "responseswrapper",
	"usernotes", "user-notes", "user_notes", "readernotes", "reader-notes", "communitynotes", "community-notes", "usertips", "user-tips", "readertips", "reader-tips", "communitytips", "community-tips",
	"userquestions", "user-questions", "communityquestions", "community-questions", "askthecommunity", "ask-the-community"}

// mayBeFacility reports whether an id, class, name or address could belong to a place to talk.
func mayBeFacility(s string) bool { return otherSigns.In(s) || isCommentWord(s) }

var (
	otherSigns    = crawler.NewSigns(otherStems...)
	facilitySigns = crawler.NewSigns(slices.Concat(commentStems, otherStems)...)
)

// inviting are words by which a page asks its readers to say something.
var inviting = newPhrases(
	"write a review", "leave a review", "leave us a review", "ask a question", "join the conversation", "join the discussion", "join the debate", "leave a reply", "leave a comment", "post a reply", "post a comment", "add a comment",
	"have your say", "add your comment", "write a comment", "share your thoughts", "start the conversation", "sign in to respond", "log in to respond", "write a response", "write the first response", "view comments", "show comments", "read comments",
	"be the first to add", "be the first to ask", "be the first to comment", "be the first to discuss", "be the first to leave", "be the first to post", "be the first to rate",
	"be the first to react", "be the first to reply", "be the first to respond", "be the first to review", "be the first to say", "be the first to share", "be the first to start", "be the first to write",
	// a place to talk that is called notes, tips or questions
	"share your notes", "share your note", "share your tips", "share your tip", "share your photos with other", "share your recipe with other", "add a note", "add your note", "leave a note", "add your tip", "leave a tip", "ask the community", "ask our community",
	"teile deine tipps", "teilt eure tipps", "teilen sie ihre tipps", "frag die community", "partagez vos astuces", "partagez votre astuce", "deja tu consejo", "deja tus consejos", "condividi i tuoi consigli", "compartilhe suas dicas", "deel je tips", "rhannwch eich awgrymiadau",
	"kommentar schreiben", "kommentar hinterlassen", "jetzt kommentieren", "diskutieren sie", "kommentare anzeigen", "dein kommentar", "ihr kommentar",
	"comment on articles", "comment on our articles", "comment on stories", "artikel kommentieren", "beiträge kommentieren", "oder kommentieren", "leserkommentare", "reader comments", "readers' comments", "commenter les articles", "comentar los artículos", "comentar las noticias", "rhoi sylwadau ar erthyglau",
	"laisser un commentaire", "poster un commentaire", "deja un comentario", "dejar un comentario", "lascia un commento", "deixe um comentário", "plaats een reactie", "gadael sylw", "dweud eich dweud",
)

// invitingStems are such words in writings whose words are not parted by blanks, or in which the stems of ids and classes do not
// occur: there is nothing else by which such a page would show its place to talk.
var invitingStems = []string{
	"发表评论", "發表評論", "我要评论", "写评论", "查看评论", "网友评论", "我来说两句", "发表留言", "发表回复", "發表回應", "留言板", "コメントを書く", "コメントする", "コメントを投稿", "コメントを残す", "コメント (", "댓글",
	"оставить комментарий", "написать комментарий", "добавить комментарий", "комментировать", "залишити коментар", "додати коментар", "остави коментар", "напиши коментар", "добави коментар", "προσθήκη σχολίου", "αφήστε σχόλιο", "γράψτε σχόλιο", "σχολιάστε",
	"הוסף תגובה", "הוספת תגובה", "כתוב תגובה", "أضف تعليق", "اترك تعليق", "اضافة تعليق", "إضافة تعليق", "bình luận", "แสดงความคิดเห็น", "टिप्पणी करें",
}

// commentHeads are the whole words over a form for comments.
var commentHeads = newPhrases(
	"leave a comment", "leave a reply", "leave your comment", "post a comment", "post a reply", "post your comment", "add a comment", "add your comment", "add a new comment", "add new comment",
	"write a comment", "write your comment", "submit a comment", "make a comment", "gadael sylw", "gadewch sylw", "ychwanegu sylw",
	"kommentar schreiben", "kommentare schreiben", "kommentar hinterlassen", "kommentar verfassen", "kommentar hinzufügen", "kommentar abgeben", "neuer kommentar", "neuen kommentar schreiben",
	"neuen kommentar hinzufügen", "ihr kommentar", "dein kommentar", "schreiben sie einen kommentar", "schreiben sie ihren kommentar", "schreibe einen kommentar", "schreib einen kommentar", "hinterlasse einen kommentar",
	"laisser un commentaire", "poster un commentaire", "ajouter un commentaire", "ajouter mon commentaire", "ajouter votre commentaire", "écrire un commentaire", "laissez un commentaire",
	"deja un comentario", "deja tu comentario", "dejar un comentario", "escribe un comentario", "añadir un comentario", "agregar un comentario",
	"deixe um comentário", "deixe seu comentário", "deixe o seu comentário", "lascia un commento", "scrivi un commento", "aggiungi un commento",
	"plaats een reactie", "schrijf een reactie", "geef een reactie", "laat een reactie achter", "dodaj komentarz", "napisz komentarz", "skriv en kommentar", "skriv kommentar",
	"добавить комментарий", "оставить комментарий", "yorum yap", "yorum yaz",
)

// isCommentWord reports whether an id, class, name or address (in lower case) speaks of comments.
func isCommentWord(s string) bool {
	return commentSigns.In(s) && (!editorsSigns.In(s) || commentSigns.In(editors.Replace(s)))
}

// editorsWords are what editors and their guests write, in English and in German, and the name of the Guardian's section for it.
var editorsWords = []string{"commentary", "commentator", "gastkommentar", "wochenkommentar", "tageskommentar", "pressekommentar", "marktkommentar", "börsenkommentar", "boersenkommentar", "gesetzeskommentar", "kommentator", "guest comment:", "commentisfree"}

var (
	editorsSigns = crawler.NewSigns(editorsWords...)
	editors      = without(editorsWords...)
)

var commentSigns = crawler.NewSigns(commentStems...)

// without takes words out of a text.
func without(words ...string) *strings.Replacer {
	pairs := make([]string, 0, 2*len(words))
	for _, w := range words {
		pairs = append(pairs, w, "")
	}
	return strings.NewReplacer(pairs...)
}
