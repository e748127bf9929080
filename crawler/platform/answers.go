package platform

import (
	"bytes"
	"net/http"
	"slices"

	"doorknock/audit"
	"doorknock/crawler"
)

// A Facet is what one recorded answer of a platform says of one of its questions, by itself.
type Facet struct {
	Check        audit.CheckID
	Verdict      audit.Verdict
	Count        *int  // items of the facet in the answer; nil where it lists none
	Claimed      *int  // the number that the answer states
	OwnerReplied *bool // nil where it cannot be told
	Posts        []RecordedPost
}

// The questions that a platform's answers may speak of.
const (
	visitorPosts audit.CheckID = "visitor_posts"
	reviews      audit.CheckID = "reviews"
	commentsOn   audit.CheckID = "comments"
	replies      audit.CheckID = "replies"
)

// answer is one recorded answer of an interface, opened.
type answer struct {
	status int
	root   *node
	facets []Facet
	read   bool // it is no error
	said   bool // an error was the answer: comments switched off, an account that is protected
}

// interfaces says of each platform with an interface of its own which questions its answers speak of, how they are read,
// and what its errors mean. One line a platform.
var interfaces = map[audit.Platform]struct {
	asks []audit.CheckID
	read func(*answer)
	// fails gives the reason of an error that the platform reports in its own way, "" for an answer that reports none.
	fails func(*answer) audit.Reason
}{
	audit.Facebook: {[]audit.CheckID{visitorPosts, reviews, commentsOn, replies}, readGraph, graphError},
	"instagram":    {[]audit.CheckID{commentsOn, replies}, readInstagram, graphError},
	"threads":      {[]audit.CheckID{replies}, readThreads, graphError},
	"youtube":      {[]audit.CheckID{commentsOn}, readYouTube, youTubeError},
	"bluesky":      {[]audit.CheckID{replies}, readBluesky, blueskyError},
	"mastodon":     {[]audit.CheckID{replies}, readMastodon, mastodonError},
	"x":            {[]audit.CheckID{replies}, readX, xError},
	"trustpilot":   {[]audit.CheckID{reviews}, readTrustpilot, noError},
	"google":       {[]audit.CheckID{reviews}, readGoogle, googleError},
}

// ReadAnswer reads one answer of the interface of a platform, or of a comment system; which call it answers is told by its shape. known is false for a
// platform without a reader. An answer that is no sound JSON, an error and a shape that nobody knows are unknown, each with
// its reason; nothing is closed but by the platform's own word for it.
func ReadAnswer(p audit.Platform, body []byte, status int) (facets []Facet, known bool) {
	a, known := readAnswer(p, body, status)
	if !known {
		return readSystem(string(p), body, status)
	}
	return a.facets, true
}

// readAnswer is ReadAnswer with the tree that it was read from; its root is nil where the body is no sound JSON.
func readAnswer(p audit.Platform, body []byte, status int) (a *answer, known bool) {
	face, known := interfaces[p]
	if !known {
		return nil, false
	}
	a = &answer{status: status}
	for _, id := range face.asks {
		a.facets = append(a.facets, Facet{Check: id, Verdict: audit.UnknownFor(audit.ReasonNoMarker)})
	}
	root, err := readTree(embedded(body))
	if err != nil {
		a.all(a.noJSON())
		return a, true
	}
	a.root = root
	switch reason := face.fails(a); {
	case a.said:
	case reason != "":
		a.all(reason)
	case callFailed(status) != "":
		a.all(callFailed(status))
	default:
		face.read(a)
		a.read = true
	}
	return a, true
}

// readSystem reads an answer of a comment system that sites have: one question.
func readSystem(system string, body []byte, status int) ([]Facet, bool) {
	r, known := ReadRecorded(system, body, status)
	if !known {
		return nil, false
	}
	return []Facet{{Check: commentsOn, Verdict: r.Verdict, Count: r.Comments, OwnerReplied: r.OwnerReplied, Posts: r.Posts}}, true
}

// embedded is the data of a page that carries its own answer as a script of JSON (Next.js), and other bodies as they are. The data
// stand at their place in the page, with blanks before and behind: offsets are the page's.
func embedded(body []byte) []byte {
	_, after, found := bytes.Cut(body, []byte(`<script id="__NEXT_DATA__"`))
	if !found {
		return body
	}
	if _, after, found = bytes.Cut(after, []byte(">")); !found {
		return body
	}
	data, _, _ := bytes.Cut(after, []byte("</script>"))
	placed := bytes.Repeat([]byte(" "), len(body))
	copy(placed[len(body)-len(after):], data)
	return placed
}

// noJSON is the reason of a body that cannot be read.
func (a *answer) noJSON() audit.Reason {
	if r := callFailed(a.status); r != "" {
		return r
	}
	return audit.ReasonParseChanged
}

// callFailed is the reason of a status that an interface answers with: unlike a page's, its 401 and 403 speak of our access.
func callFailed(status int) audit.Reason {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return audit.ReasonNoAccess
	case status >= 200 && status < 300:
		return ""
	}
	return crawler.ReasonOfStatus(status)
}

func noError(*answer) audit.Reason { return "" }

// all gives every facet the same reason.
func (a *answer) all(r audit.Reason) {
	for i := range a.facets {
		a.facets[i].Verdict = audit.UnknownFor(r)
	}
}

// facet is the place of a question's answer.
func (a *answer) facet(id audit.CheckID) *Facet {
	i := slices.IndexFunc(a.facets, func(f Facet) bool { return f.Check == id })
	return &a.facets[i]
}

// unread says that the shape is none we know.
func (a *answer) unread() { a.all(audit.ReasonParseChanged) }

// judged is a post with what was read of it.
type judged struct {
	post    RecordedPost
	verdict audit.Verdict
}

// unsaid is a post of which the answer says nothing.
func unsaid(p RecordedPost) judged {
	return judged{p, audit.UnknownFor(audit.ReasonNoMarker)}
}

// posts lists posts and, where every one of them says the same, says it of the whole; where some are closed and others not, the
// whole is restricted to some posts; where one says nothing, so does the whole.
func (f *Facet) posts(all []judged) {
	var same, mixed *judged
	silent := false
	for i := range all {
		p := &all[i]
		p.post.State, p.post.Reason, p.post.Kind = p.verdict.State(), p.verdict.Reason(), p.verdict.Kind()
		p.post.verdict = p.verdict
		f.Posts = append(f.Posts, p.post)
		silent = silent || p.post.State == audit.Unknown
		switch {
		case same == nil:
			same = p
		case p.post.State != same.post.State || p.post.Kind != same.post.Kind:
			mixed = p
		}
	}
	switch {
	case same == nil || silent:
	case mixed == nil:
		f.Verdict = same.verdict
	default:
		f.Verdict = mixedVerdict(*same, *mixed)
	}
}

// mixedVerdict rests on the post that is not open.
func mixedVerdict(a, b judged) audit.Verdict {
	if a.post.State == audit.Open {
		a = b
	}
	v, err := audit.NewVerdict(audit.Restricted, "", audit.KindSomePosts, a.verdict.Evidence())
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}

// replied notes whether the owner was seen to reply; a no holds only where whole says that every reply was there to be seen.
func (f *Facet) replied(seen, whole bool) {
	if seen || whole {
		f.OwnerReplied = &seen
	}
}
