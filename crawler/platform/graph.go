package platform

import (
	"cmp"
	"slices"
	"strings"

	"doorknock/audit"
)

// readGraph reads an answer of Facebook's Graph API. `can_post`, `can_comment` and the like speak of the caller and are not
// looked at; a number of ratings, a visitor's post, and the page's own settings mean the same for everybody.
func readGraph(a *answer) {
	switch r := a.root; {
	case r.get("object") != nil && r.isList("entry"):
		a.graphEvents(r.rows("entry"))
	case r.isList("data"):
		a.graphList(r)
	case graphPostID(r):
		a.facet(commentsOn).posts([]judged{graphPost(r)})
	case r.text("id") != "":
		a.graphPage(r)
	default:
		a.unread()
	}
}

// graphPage reads the fields of a page. Few ratings are not told at all, so only a number above none says something.
func (a *answer) graphPage(r *node) {
	if n := r.count("rating_count"); n != nil && *n > 0 {
		f := a.facet(reviews)
		f.Verdict, f.Claimed = r.get("rating_count").verdict(audit.Open, "", "fb-rating-count"), n
	}
}

// graphList tells by the first row which edge was asked. An empty list says nothing, whatever it lists.
func (a *answer) graphList(r *node) {
	rows := r.rows("data")
	if len(rows) == 0 {
		return
	}
	switch first := rows[0]; {
	case first.text("setting") != "":
		a.graphSettings(rows)
	case first.get("recommendation_type") != nil || first.get("review_text") != nil || (first.get("reviewer") != nil && first.get("rating") != nil):
		f := a.facet(reviews)
		f.Verdict, f.Count = first.get("created_time").orItself(first).verdict(audit.Open, "", "fb-ratings"), new(len(rows))
	case graphPostID(first):
		a.graphFeed(rows)
	case first.get("message") != nil || first.get("comment_count") != nil:
		a.graphComments(r, rows)
	default:
		a.unread()
	}
}

// graphPostID reports whether the row is a post: its id is PAGE_POST, and no comment's address or answers stand with it (a
// comment's own id has the same form, POST_COMMENT).
func graphPostID(r *node) bool {
	return strings.Contains(r.text("id"), "_") && r.get("comment_count") == nil && r.get("parent") == nil &&
		!strings.Contains(r.text("permalink_url"), "comment_id=")
}

// graphSettings reads the settings of a page by its own token: the exact answer.
func (a *answer) graphSettings(rows []*node) {
	set := map[string]*node{}
	for _, r := range rows {
		set[r.text("setting")] = r.get("value")
	}
	may := set["USERS_CAN_POST"]
	on, told := may.flag()
	if !told {
		return
	}
	f := a.facet(visitorPosts)
	if !on {
		f.Verdict = may.verdict(audit.Closed, "", "fb-setting-users-can-post")
		return
	}
	held := set["REVIEW_POSTS_BY_OTHER"]
	switch reviewed, told := held.flag(); {
	case reviewed:
		f.Verdict = held.verdict(audit.Restricted, audit.KindApproval, "fb-setting-review-posts")
		return
	case held != nil && !told: // it says something that we cannot read
		return
	}
	f.Verdict = may.verdict(audit.Open, "", "fb-setting-users-can-post")
}

// graphComments counts comments. That there are some says that the door was open, not that it is; who wrote them is often
// withheld, and then whether the page answered cannot be told.
func (a *answer) graphComments(r *node, rows []*node) {
	f := a.facet(commentsOn)
	f.Count, f.Claimed = new(len(rows)), r.count("summary", "total_count")
	named, own := true, false
	for _, c := range rows {
		from, page := c.text("from", "id"), graphPageOf(c)
		named = named && from != "" && page != ""
		own = own || (from != "" && from == page)
	}
	f.replied(own, named && r.get("paging", "next") == nil)
}

// graphPageOf is the page's id in the address of a comment.
func graphPageOf(c *node) string {
	_, path, _ := strings.Cut(c.text("permalink_url"), "facebook.com/")
	id, _, _ := strings.Cut(path, "/")
	if strings.Trim(id, "0123456789") != "" {
		return ""
	}
	return id
}

// graphFeed lists posts, and sees those that a visitor wrote.
func (a *answer) graphFeed(rows []*node) {
	var all []judged
	for _, p := range rows {
		all = append(all, graphPost(p))
		page, _, whole := strings.Cut(p.text("id"), "_")
		if from := p.text("from", "id"); whole && from != "" && from != page {
			f := a.facet(visitorPosts)
			f.Verdict, f.Count = p.get("id").verdict(audit.Open, "", "fb-visitor-post"), plus(f.Count, 1)
		}
	}
	a.facet(commentsOn).posts(all)
}

// graphPost is one post. How many comments it has does not say whether one more may be written.
func graphPost(p *node) judged {
	kind := p.text("status_type")
	if attached := p.rows("attachments", "data"); len(attached) > 0 {
		kind = strings.ToLower(attached[0].text("media_type"))
	}
	return unsaid(RecordedPost{ID: p.text("id"), Count: p.count("comments", "summary", "total_count"), Created: p.when("created_time"), Type: kind})
}

// graphEvents reads a webhook's message.
func (a *answer) graphEvents(entries []*node) {
	for _, e := range entries {
		for _, c := range e.rows("changes") {
			a.graphEvent(e.text("id"), c.get("value"))
		}
	}
}

// postItems are what a webhook calls a post.
var postItems = []string{"post", "status", "photo", "video", "share", "album"}

func (a *answer) graphEvent(page string, v *node) {
	author := cmp.Or(v.text("from", "id"), v.text("sender_id"))
	switch item, added := v.text("item"), v.text("verb") == "add"; {
	case item == "rating" && added:
		f := a.facet(reviews)
		f.Verdict, f.Count = v.get("item").verdict(audit.Open, "", "fb-event-rating"), plus(f.Count, 1)
	case item == "comment":
		f := a.facet(commentsOn)
		if added {
			f.Count = plus(f.Count, 1)
		}
		if top := v.text("parent_id") == v.text("post_id"); added && !top && author != "" {
			f.replied(author == page, false)
		}
	case slices.Contains(postItems, item) && added && author != "" && page != "" && author != page:
		f := a.facet(visitorPosts)
		f.Verdict, f.Count = v.get("item").verdict(audit.Open, "", "fb-event-visitor-post"), plus(f.Count, 1)
	}
}

func plus(n *int, more int) *int {
	if n != nil {
		more += *n
	}
	return &more
}

// goneOrForbidden is the subcode of an object that is not there, or that this caller may not see: Meta does not say which.
const goneOrForbidden = 33

// graphError reads Meta's error object, whose code decides: the status is 400 for nearly all. 190 and its kin end the
// token, 4 and its kin are limits, 10 and 200 to 299 permissions.
func graphError(a *answer) audit.Reason {
	e := a.root.get("error")
	if e == nil {
		return ""
	}
	code, subcode := -1, 0
	if n := e.count("code"); n != nil {
		code = *n
	}
	if n := e.count("error_subcode"); n != nil {
		subcode = *n
	}
	switch {
	case code == 4 || code == 17 || code == 32 || code == 341 || code == 613 || (code >= 80000 && code < 80100):
		return audit.ReasonRateLimited
	case code == 1 || code == 2:
		return audit.ReasonServerError
	case code == 12 || code == 2635:
		return audit.ReasonAPIDeprecated
	case code == 24 || code == 110 || code == 803:
		return audit.ReasonNotFound
	case code == 100 && subcode == goneOrForbidden:
		return audit.ReasonNoAccess
	case code == 100 && !needsAccess(e.text("message")):
		return audit.ReasonInternal
	case code == -1:
		return audit.ReasonParseChanged
	case code == 3 || code == 10 || code == 100 || code == 102 || code == 190 || code == 368 || code == 459 || code == 464 || (code >= 200 && code < 300):
		return audit.ReasonNoAccess
	}
	if r := callFailed(a.status); r != "" && r != audit.ReasonServerError {
		return r
	}
	return audit.ReasonParseChanged
}

// needsAccess reports whether the message of a bad parameter names a feature or a permission that is missing.
func needsAccess(message string) bool {
	m := strings.ToLower(message)
	for _, word := range [...]string{"page public content", "pages public content", "page public metadata", "permission", "feature", "capability", "access token", "app token"} {
		if strings.Contains(m, word) {
			return true
		}
	}
	return false
}
