package crawler

import (
	"strings"
	"testing"
)

// TestCommentData: what data in JSON-LD says is of this page only, and of one post; what the markup lists more fully
// stays the markup's.
func TestCommentData(t *testing.T) {
	const said = `"comment":[{"@type":"Comment","@id":"#comment-1","text":"one"},{"@type":"Comment","@id":"#comment-2","text":"two"}]`
	data := func(s string) string { return `<script type="application/ld+json">` + s + `</script><p>words</p>` }
	three := `<li id="comment-1">a</li><li id="comment-2">b</li><li id="comment-3">c</li>`
	for name, c := range map[string]struct {
		body string
		want string // the ids
	}{
		"an article":                          {data(`{"@type":"Article",` + said + `}`), "1 2"},
		"an article at this address":          {data(`{"@type":"Article","url":"http://fernley.example/news/doors",` + said + `}`), "1 2"},
		"an article at another address":       {data(`{"@type":"Article","url":"https://www.fernley.example/news/roofs/",` + said + `}`), ""},
		"two articles":                        {data(`[{"@type":"Article",` + said + `},{"@type":"Article",` + said + `}]`), ""},
		"answers to a review":                 {data(`{"@type":"Review",` + said + `}`), ""},
		"questions the organisation answers":  {data(`{"@type":"FAQPage","mainEntity":[{"@type":"Question","acceptedAnswer":{"@type":"Answer","text":"Ring us."}}]}`), ""},
		"what is no comment":                  {data(`{"@type":"Article","comment":["text",{"@type":"CommentAction","text":"x"},3,null]}`), ""},
		"a key twice":                         {data(`{"@type":"Article","comment":[],` + said + `}`), ""},
		"one number twice":                    {data(`{"@type":"Article","comment":[{"@type":"Comment","@id":"#comment-1","text":"one"},{"@type":"Comment","@id":"#comment-1","text":"two"}]}`), "1"},
		"a number of another page":            {data(`{"@type":"Article","comment":{"@type":"Comment","@id":"/else#comment-9","text":"one"}}`), "made"},
		"the markup lists more":               {three + data(`{"@type":"Article",`+said+`}`), "1 2 3"},
		"the markup lists fewer":              {`<li id="comment-2">b</li>` + data(`{"@type":"Article",`+said+`}`), "1 2"},
		"a script of another kind":            {`<script>var x = {"@type":"Article",` + said + `}</script>`, ""},
		"elements typed as answers of a list": {`<div itemscope itemtype="https://schema.org/FAQPage"><div itemscope itemtype="https://schema.org/Answer">Ring us.</div></div>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := listedPage([]byte("<html><body>" + c.body + "</body></html>"))
			var ids []string
			for _, one := range p.Comments("custom") {
				if !one.Native {
					one.ID = "made"
				}
				ids = append(ids, one.ID)
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("comments %q, want %q", got, c.want)
			}
			if n, _ := p.Listed("custom"); n != len(ids) {
				t.Errorf("%d listed, %d given", n, len(ids))
			}
		})
	}
}

// TestCommentDataKeepsTheMarkup: of a comment that both know, the markup's element stays, for it marks whose words they are.
func TestCommentDataKeepsTheMarkup(t *testing.T) {
	p := listedPage([]byte(`<li id="comment-2" class="bypostauthor">b</li><script type="application/ld+json">{"@type":"Article","comment":[` +
		`{"@type":"Comment","@id":"#comment-1","text":"one"},{"@type":"Comment","@id":"#comment-2","text":"two"}]}</script>`))
	all := p.Comments("wordpress")
	if len(all) != 2 || all[0].Root != nil || all[1].Root == nil || all[0].Anchor != "comment-1" {
		t.Fatalf("comments %+v", all)
	}
}
