package checks_test

import (
	"strings"
	"testing"

	"doorknock/audit"
)

// What an interface says of a post counts only on a page that shows that very system and nothing that contradicts.
func TestToldByAnInterface(t *testing.T) {
	head := `<!doctype html><html lang="en"><head><title>Lifts | Homes</title>%GEN%</head><body><nav><a href="/">Home</a></nav><main><h1>Lifts</h1><p>` + strings.Repeat("The lifts are mended this week. ", 12) + `</p>`
	drupal := strings.Replace(head, "%GEN%", `<meta name="generator" content="Drupal 10 (https://www.drupal.org)">`, 1)
	forum := strings.Replace(head, "%GEN%", `<meta name="generator" content="Discourse 3.2">`, 1)
	plain := strings.Replace(head, "%GEN%", "", 1)
	end := `</main><footer>Homes</footer></body></html>`
	remark := `<div id="remark42"></div><script>var remark_config = {host: "https://talk.x.test"}</script>`
	form := `<form class="comment-form" id="comment-form" action="/comment/reply/node/4/comment"><textarea name="c"></textarea></form>`
	for name, c := range map[string]struct{ body, system, status, want string }{
		"drupal closed, page silent":         {drupal, "drupal", "closed", "closed"},
		"drupal closed, form on the page":    {drupal + form, "drupal", "closed", "unknown/no_marker"},
		"drupal open, page silent":           {drupal, "drupal", "open", "absent"},
		"drupal closed, another system":      {drupal + remark, "drupal", "closed", "unknown/third_party"},
		"discourse closed":                   {forum, "discourse", "closed", "closed"},
		"discourse open":                     {forum, "discourse", "login", "restricted/login"},
		"remark42 closed":                    {plain + remark, "remark42", "closed", "closed"},
		"remark42 open":                      {plain + remark, "remark42", "open", "open"},
		"remark42 for members":               {plain + remark, "remark42", "login", "restricted/login"},
		"remark42 closed, gone from page":    {plain, "remark42", "closed", "absent"},
		"remark42 closed, the site's form":   {plain + remark + form, "remark42", "closed", "open"},
		"remark42 closed, page of giscus":    {plain + `<div class="giscus"></div>`, "remark42", "closed", "unknown/third_party"},
		"giscus closed":                      {plain + `<div class="giscus"></div>`, "giscus", "closed", "closed"},
		"discourse closed, page not a forum": {plain + remark, "discourse", "closed", "unknown/third_party"},
	} {
		p := saved("https://x.test/lifts", []byte(c.body+end))
		p.Answer.Request.Post = &audit.PostFacts{URL: "https://x.test/lifts", Title: "Lifts", System: c.system, CommentStatus: c.status,
			StatusMark: &audit.Mark{Capture: "told", URL: "https://x.test/api", Path: "$.closed", Offset: 3, Length: 4, Excerpt: "true"}}
		v := comments(p).Verdict
		if got := strings.TrimSuffix(v.State().String()+"/"+string(v.Reason())+string(v.Kind()), "/"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if e := v.Evidence(); v.State() == audit.Closed && (e.Capture != "told" || e.Type != audit.JSONPath || !strings.HasPrefix(e.Rule, c.system)) {
			t.Errorf("%s: evidence %+v", name, e)
		}
	}
}
