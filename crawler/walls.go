package crawler

import (
	"mime"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// problemOf says why a page proves nothing. What the page says of itself (a challenge with status 503) is better than
// what its status says.
func problemOf(p *Page) audit.Reason {
	status := ReasonOfStatus(p.Answer.Status)
	given := p.Answer.Problem
	if given != "" && given != status {
		return given
	}
	if status != "" && !html200(p) {
		return status
	}
	if r := typeProblem(p); r != "" {
		return r
	}
	if r := p.tree().reason; r != "" && status == "" {
		return r
	}
	if r := wallOf(p); r != "" && (status == "" || r == audit.ReasonBlocked) {
		return r
	}
	return status
}

// html200 reports whether a page with a bad status may still tell by its body what stopped us.
func html200(p *Page) bool { return len(p.Answer.Body) > 0 && typeProblem(p) == "" }

// ReasonOfStatus is the reason that an HTTP status other than 200 stands for, "" for 200.
func ReasonOfStatus(status int) audit.Reason {
	switch status {
	case http.StatusOK:
		return ""
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return audit.ReasonBlocked
	case http.StatusNotFound:
		return audit.ReasonNotFound
	case http.StatusGone:
		return audit.ReasonGone
	case http.StatusTooManyRequests:
		return audit.ReasonRateLimited
	}
	return audit.ReasonServerError
}

// typeProblem: only what says that it is HTML is HTML. Sniffing can only take that back.
func typeProblem(p *Page) audit.Reason {
	kind, _, _ := mime.ParseMediaType(p.Answer.Header.Get("Content-Type"))
	if kind != "text/html" && kind != "application/xhtml+xml" {
		return audit.ReasonNotHTML
	}
	sniffed := http.DetectContentType(p.Answer.Body)
	for _, other := range [...]string{"application/", "image/", "video/", "audio/", "font/"} {
		if strings.HasPrefix(sniffed, other) && sniffed != "application/octet-stream" {
			return audit.ReasonNotHTML
		}
	}
	return ""
}

// A wall is told by a sign that no page of a site carries beside its own content: maxWallText is where content begins.
// Real pages carry Cloudflare's scripts too.
const maxWallText = 1200

// challengeTitles begin the titles of pages that ask whether we are a person, or turn us away.
var challengeTitles = []string{
	"just a moment", "attention required", "access denied", "access to this page has been denied", "making sure you're not a bot",
	"you are being redirected", "checking your browser", "ddos-guard", "please verify you are", "verify you are human", "pardon our interruption",
	"vercel security checkpoint", "client challenge", "verifying your browser", "verifying you are human", "one moment, please",
	"robot challenge", "human verification", "bot verification", "are you a robot", "are you human", "403 forbidden",
	"request rejected", "your access to this site has been limited", "sorry, you have been blocked", "you have been blocked", "unusual traffic", "einen moment", "nur einen moment", "un momento", "un instant",
}

// turnedAwayWords are the headings of pages that let nobody in, or not yet: of a check, of a waiting room, of a site for other countries.
var turnedAwayWords = []string{
	"please complete the security check", "complete the security check", "security check", "you are now in line", "you are in line", "you are now in the queue",
	"you are in the queue", "you are in a queue", "this website is not available in your country", "this site is not available in your country",
	"this website is not available in your region", "not available in your country", "not available in your region", "this content is not available in your country",
	"this content is not available in your region",
}

// challengeSigns stand in the pages of firewalls, and nowhere else. (Their scripts stand in ordinary pages, too.)
var challengeSigns = []string{
	"challenge-platform/h/", "cf-browser-verification", "cf_chl_opt", `id="cf-wrapper"`, `id="challenge-form"`, "cf-error-details",
	"_incapsula_resource?swudnsai", "incapsula incident id", "sucuri_cloudproxy_js", "sucuri website firewall",
	"/.within.website/x/", "anubis_challenge", "ddos-shield.appspot.com", "captcha-delivery.com/c.js", "geo.captcha-delivery.com", "px-captcha",
	"awswafcookiedomainlist", "gokuprops", "check.ddos-guard.net", "/.well-known/sgcaptcha", "validate.perfdrive.com", "window.sbbcloak",
	"enable javascript and cookies to continue", "unusual traffic from your computer network", "errors.edgesuite.net",
	"the requested url was rejected. please consult with your administrator", "ips.js?tkrm_alpekz",
}

// wallOf says what stands in front of the content, "" where nothing does.
func wallOf(p *Page) audit.Reason {
	short := len(p.Text()) < maxWallText
	switch {
	case short && challenged(p):
		return audit.ReasonBlocked
	case short && consents(p):
		return audit.ReasonConsentWall
	case short && beingRepaired(p):
		return audit.ReasonServerError
	case wantsLogin(p), short && hiddenFromVisitors(p):
		return audit.ReasonLoginWall
	case saysNotFound(p):
		return audit.ReasonNotFound
	case drawnByScript(p):
		return audit.ReasonNeedsJS
	}
	return ""
}

func challenged(p *Page) bool {
	title := Lower(strings.ReplaceAll(p.Title(), "’", "'"))
	for _, t := range challengeTitles {
		if strings.HasPrefix(title, t) {
			return true
		}
	}
	return headedBy(p, turnedAwayWords) || challenges.In(p.Source())
}

// headedBy reports whether a page's title or its heading begins with one of some words.
func headedBy(p *Page, words []string) bool {
	for _, name := range append([]string{p.Title()}, headings(p)...) {
		if len(name) < 100 && beginsWithWord(Lower(strings.ReplaceAll(name, "’", "'")), words) {
			return true
		}
	}
	return false
}

var challenges = NewSigns(challengeSigns...)

func consents(p *Page) bool {
	title := Lower(p.Title())
	if strings.HasPrefix(title, "before you continue") || strings.HasPrefix(title, "bevor sie fortfahren") || strings.HasPrefix(title, "avant de continuer") || strings.HasPrefix(p.URL().Hostname(), "consent.") {
		return true
	}
	for _, form := range p.Tag("form") {
		if a := Lower(Attr(form, "action")); strings.Contains(a, "//consent.") || strings.Contains(a, "/collectconsent") {
			return true
		}
	}
	return headedBy(p, consentWords) && takesConsent(p)
}

// consentWords are the headings of a site's own wall of cookies. A page about its cookies is called otherwise.
var consentWords = []string{
	"we use cookies", "please accept cookies", "please accept our cookies", "accept cookies to continue", "accept our cookies", "cookies are required", "cookies required",
	"we value your privacy", "we care about your privacy", "your privacy choices", "cookie consent", "cookies must be accepted", "rydym yn defnyddio cwcis", "derbyn cwcis",
}

// takesConsent reports whether a button of the page accepts.
func takesConsent(p *Page) bool {
	for _, b := range p.Tag("button") {
		if says := strings.TrimSpace(Lower(p.TextOf(b))); strings.HasPrefix(says, "accept") || strings.HasPrefix(says, "agree") || strings.HasPrefix(says, "i agree") || strings.HasPrefix(says, "derbyn") {
			return true
		}
	}
	return false
}

// repairWords name a site that is being repaired. "Maintenance" alone is what landlords do.
var repairWords = []string{
	"under maintenance", "site under maintenance", "scheduled maintenance", "down for maintenance", "we'll be back", "we will be back", "be right back",
	"site maintenance", "website maintenance", "essential website maintenance", "technical difficulties", "we are experiencing technical", "something went wrong",
	"sorry, something went wrong", "an error occurred", "an error has occurred", "application error", "server error", "internal server error", "error 500",
	"account suspended", "website offline", "this site is currently", "this website is currently", "coming soon", "under construction", "back soon", "yn ôl yn fuan",
	"site offline", "temporarily unavailable", "service unavailable", "wartungsmodus", "site en maintenance", "sitio en mantenimiento", "briefly unavailable for scheduled maintenance",
}

// beingRepaired: a page with few words that is named by the repair.
func beingRepaired(p *Page) bool { return headedBy(p, repairWords) }

var loginWords = []string{
	"log in", "log into", "login", "log on", "logon", "sign in", "signin", "anmelden", "anmeldung", "einloggen", "giriş yap", "connexion",
	"se connecter", "iniciar sesión", "inicia sesión", "acceder", "accedi", "zaloguj", "logowanie", "entrar", "inloggen", "mewngofnodi",
	"logga in", "log ind", "logg inn", "kirjaudu", "přihlášení", "войти", "вход", "登录", "登入", "ログイン", "로그인",
}

// wantsLogin: a password field on a page whose own name is "log in". A site's ordinary pages have such a field in the
// head of the page, but another name; and a page with anything that people wrote on it is no wall.
func wantsLogin(p *Page) bool {
	if !hasPassword(p) || len(p.Tag("article")) > 1 || len(p.Tag("textarea")) > 0 {
		return false
	}
	return headedBy(p, loginWords) || len(p.Text()) < 400 && len(p.Tag("article")) == 0
}

// forMembers is how a page says that only who is logged in may see what would stand there. Of a forum or a topic that is so
// said of, the check of forums tells more: restricted.
var forMembers = regexp.MustCompile(`\b(?:you must|you need to|you have to|please)(?: first)? (?:be )?(?:log(?:ged)?|sign(?:ed)?)[ -]?in (?:first )?to (?:view|see|read|access) (?:this|the) (?:page|content|section|area|site)\b`)

// hiddenFromVisitors: a page of few words that asks for a name first and for the password on the next, or says that only who is logged in
// sees what stands there. It may have the whole frame of its site around it.
func hiddenFromVisitors(p *Page) bool {
	if len(p.Tag("article")) > 1 || len(p.Tag("textarea")) > 0 {
		return false
	}
	return forMembers.MatchString(Lower(p.Text())) || headedBy(p, loginWords) && asksForName(p)
}

func asksForName(p *Page) bool {
	for _, n := range p.Tag("input") {
		name := Lower(Attr(n, "name") + " " + Attr(n, "autocomplete"))
		if strings.EqualFold(Attr(n, "type"), "email") || strings.Contains(name, "user") || strings.Contains(name, "login") {
			return true
		}
	}
	return false
}

func hasPassword(p *Page) bool {
	for _, n := range p.Tag("input") {
		if strings.EqualFold(Attr(n, "type"), "password") {
			return true
		}
	}
	return false
}

// beginsWithWord reports whether one of the parts of a name ("Log in | Site") begins with one of the words.
func beginsWithWord(name string, words []string) bool {
	for _, sep := range [...]string{" | ", " - ", " – ", " — ", " :: ", " · ", " » ", " • ", ": "} {
		name = strings.ReplaceAll(name, sep, "\n")
	}
	for part := range strings.SplitSeq(name, "\n") {
		for _, w := range words {
			rest, ok := strings.CutPrefix(strings.TrimSpace(part), w)
			if ok && len(rest) < 30 && !startsWithLetter(rest) && (w != "404" || rest == "" || rest[0] != ' ') {
				return true
			}
		}
	}
	return false
}

func startsWithLetter(s string) bool { return s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 0x80) }

var notFoundWords = []string{
	"404", "404 not found", "404 error", "404 page", "404 file", "error 404", "http 404", "page not found", "not found", "page cannot be found", "page can't be found",
	"page could not be found", "that page can't be found", "oops! that page can", "sorry, page not found", "we can't find that page",
	"this page isn't available", "this page isn’t available", "content not found", "content isn't available", "page unavailable",
	"this content isn't available", "this content isn’t available", "content isn’t available", "sorry, this page isn't available", "sorry, this page isn’t available",
	"błąd 404", "nie znaleziono", "seite nicht gefunden", "seite wurde nicht gefunden", "fehler 404", "page introuvable",
	"page non trouvée", "erreur 404", "página no encontrada", "error 404", "pagina non trovata", "pagina niet gevonden",
	"página não encontrada", "sidan hittades inte", "siden blev ikke fundet", "tudalen heb ei chanfod", "страница не найдена",
}

// saysNotFound: the page's name says so. An article about 404 pages has an article's body.
func saysNotFound(p *Page) bool {
	names := headings(p)
	if len(p.Tag("article")) == 0 || len(p.Text()) < maxWallText {
		names = append(names, p.Title())
	}
	for _, name := range names {
		if len(name) < 120 && beginsWithWord(Lower(name), notFoundWords) {
			return true
		}
	}
	return false
}

func headings(p *Page) []string {
	var out []string
	for _, n := range p.Tag("h1") {
		if len(out) < 4 {
			out = append(out, p.TextOf(n))
		}
	}
	return out
}

// drawnByScript: next to no words, and a script that is to make them.
func drawnByScript(p *Page) bool {
	if len(p.Text()) > 200 {
		return false
	}
	for _, n := range p.Tag("noscript") {
		if s := Lower(rawText(n)); strings.Contains(s, "javascript") {
			return true
		}
	}
	for _, id := range [...]string{"root", "app", "__next", "__nuxt", "app-root", "svelte", "react-root", "gatsby-focus-wrapper"} {
		if p.ID(id) != nil {
			return true
		}
	}
	return len(p.Tag("app-root")) > 0 || len(p.Tag("script")) > 0 && len(p.Text()) < 60
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// minText is how many bytes of words a page of a site has at the least.
const minText = 250

// landmarkOf finds what shows that a page is a page of a site: a place for its content or its navigation, and words.
func landmarkOf(p *Page) *html.Node {
	if len(p.Text()) < minText || p.Title() == "" {
		return nil
	}
	for _, tag := range [...]string{"main", "article"} {
		if n := firstSeen(p, p.Tag(tag)); n != nil {
			return n
		}
	}
	for _, id := range [...]string{"content", "main", "main-content", "maincontent", "primary", "page", "wrapper", "container"} {
		if n := p.ID(id); n != nil && !p.Hidden(n) {
			return n
		}
	}
	for _, id := range [...]string{"nav", "navbar", "navlist", "navigation", "menu", "header", "footer"} { // as the elements were called before there were any
		if n := p.ID(id); n != nil && !p.Hidden(n) {
			return n
		}
	}
	for _, tag := range [...]string{"nav", "header", "footer", "h1"} {
		if n := firstSeen(p, p.Tag(tag)); n != nil {
			return n
		}
	}
	for _, n := range p.Elements() {
		if landmarkRoles[Attr(n, "role")] && !p.Hidden(n) {
			return n
		}
	}
	return menuOfBlocks(p)
}

// landmarkRoles are the roles by which a page that is built of other elements names what main, nav, header and footer are.
var landmarkRoles = map[string]bool{"main": true, "navigation": true, "banner": true, "contentinfo": true}

// What a page that is built of tables or nameless blocks has at the least to be told as a page of a site.
const (
	minBlocksText  = 4 * minText
	minBlocksLinks = 3 // to other pages of the site
)

// menuOfBlocks gives the first of the links to other pages of the site where a page has several, and much to read: sites that
// are older than the elements for them are built so. A page in a site's place seldom leads on into the site.
func menuOfBlocks(p *Page) (first *html.Node) {
	if len(p.Text()) < minBlocksText {
		return nil
	}
	others := map[string]bool{p.URL().Path: true}
	for _, a := range p.Tag("a") {
		u, ok := p.Resolve(Attr(a, "href"))
		if !ok || !p.OwnSite(u) || others[u.Path] || p.Hidden(a) {
			continue
		}
		if others[u.Path] = true; first == nil {
			first = a
		}
		if len(others) > minBlocksLinks {
			return first
		}
	}
	return nil
}

func firstSeen(p *Page, nodes []*html.Node) *html.Node {
	for _, n := range nodes {
		if !p.Hidden(n) {
			return n
		}
	}
	return nil
}
