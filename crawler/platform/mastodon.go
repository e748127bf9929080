package platform

import (
	"net/http"
	"strings"

	"doorknock/audit"
)

// readMastodon reads an answer of a Mastodon server. No gate exists there: whoever sees a public post may reply to it.
// `locked` speaks of followers, `quote_approval` of quotes.
func readMastodon(a *answer) {
	r, f := a.root, a.facet(replies)
	switch {
	case r.isList():
		var all []judged
		for _, s := range r.rows() {
			if s.get("visibility") == nil {
				a.unread()
				return
			}
			if s.get("reblog") == nil {
				all = append(all, status(s))
			}
		}
		f.posts(all)
	case r.get("visibility") != nil && r.get("uri") != nil:
		f.posts([]judged{status(r)})
	case r.isList("ancestors") && r.isList("descendants"):
		shown := r.rows("descendants")
		f.Count = new(len(shown))
		f.Verdict = r.get("descendants").head().verdict(audit.Open, "", "mastodon-no-gate")
	case r.get("acct") != nil || r.get("domain") != nil: // an account, the server itself
	default:
		a.unread()
	}
}

func status(s *node) judged {
	kind := ""
	if media := s.rows("media_attachments"); len(media) > 0 {
		kind = media[0].text("type")
	} else if s.get("poll") != nil {
		kind = "poll"
	}
	j := unsaid(RecordedPost{ID: s.text("id"), Count: s.count("replies_count"), Created: s.when("created_at"), Type: kind})
	if v := s.get("visibility"); v.text() == "public" || v.text() == "unlisted" {
		j.verdict = v.verdict(audit.Open, "", "mastodon-no-gate")
	}
	return j
}

// mastodonError reads the error object, which is one sentence; the status says what it means.
func mastodonError(a *answer) audit.Reason {
	message := strings.ToLower(a.root.text("error"))
	if message == "" {
		return ""
	}
	access := strings.Contains(message, "token") || strings.Contains(message, "authenticated") || strings.Contains(message, "authoriz")
	if r := callFailed(a.status); r != "" && (!access || a.status != http.StatusUnprocessableEntity) {
		return r
	}
	switch {
	case strings.Contains(message, "not found"):
		return audit.ReasonNotFound
	case access: // a server that wants one to sign in says so with 401, or with 422
		return audit.ReasonNoAccess
	case strings.Contains(message, "too many"):
		return audit.ReasonRateLimited
	}
	return audit.ReasonParseChanged
}
