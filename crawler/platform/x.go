package platform

import (
	"strings"

	"doorknock/audit"
)

// readX reads posts of the X API in both of its vocabularies, or an event that carries one. The value of reply_settings is a
// free string: everyone is open, any other is some people, and there is none for nobody.
func readX(a *answer) {
	r := a.root
	data := r.get("data")
	rows := r.rows("data")
	switch {
	case data == nil && r.get("meta", "result_count") != nil, r.isList("data") && len(rows) == 0:
		return // no posts
	case data == nil:
		a.unread()
		return
	case data.get("payload", "id") != nil:
		rows = []*node{data.get("payload")}
	case data.keys != nil:
		rows = []*node{data}
	case len(rows) == 0: // words, numbers
		a.unread()
		return
	}
	if rows[0].get("username") != nil || rows[0].get("tweet_count") != nil || rows[0].get("post_count") != nil {
		return // users, counts
	}
	if rows[0].get("text") == nil {
		a.unread()
		return
	}
	media := xMedia(r)
	var all []judged
	for _, p := range rows {
		all = append(all, xPost(p, media))
	}
	a.facet(replies).posts(all)
}

// xMedia gives the kinds of media by their keys.
func xMedia(r *node) map[string]string {
	kinds := map[string]string{}
	for _, m := range r.rows("includes", "media") {
		kinds[m.text("media_key")] = m.text("type")
	}
	return kinds
}

func xPost(p *node, media map[string]string) judged {
	kind := ""
	if keys := p.get("attachments", "media_keys"); keys != nil && len(keys.list) > 0 {
		kind = media[keys.list[0].text()]
	} else if p.get("attachments", "poll_ids") != nil {
		kind = "poll"
	}
	j := unsaid(RecordedPost{ID: p.text("id"), Count: p.count("public_metrics", "reply_count"), Created: p.when("created_at"), Type: kind})
	if s := p.get("reply_settings"); s != nil {
		j.verdict = audienceVerdict(s, "x-reply-settings")
	}
	return j
}

// audienceVerdict reads who may reply, as X and Threads write it in whatever case: everyone, or some.
func audienceVerdict(v *node, rule string) audit.Verdict {
	who := strings.ToLower(strings.ReplaceAll(v.text(), "_", ""))
	switch {
	case who == "":
		return audit.UnknownFor(audit.ReasonNoMarker)
	case who == "everyone":
		return v.verdict(audit.Open, "", rule)
	case strings.Contains(who, "follow"):
		return v.verdict(audit.Restricted, audit.KindFollowers, rule)
	}
	return v.verdict(audit.Restricted, audit.KindMembers, rule)
}

// xError reads a problem that stands in place of data. One is an answer: an account that is protected lets only its
// followers see and reply.
func xError(a *answer) audit.Reason {
	if a.root.get("data") != nil {
		return "" // errors beside data speak of single rows
	}
	problem := a.root
	if rows := a.root.rows("errors"); len(rows) > 0 && a.root.text("type") == "" {
		problem = rows[0]
	}
	kind := problem.text("type")
	switch {
	case kind == "" && problem.get("title") == nil && problem.get("message") == nil:
		return ""
	case strings.HasSuffix(kind, "/not-authorized-for-resource"):
		a.facet(replies).Verdict = problem.get("type").verdict(audit.Restricted, audit.KindFollowers, "x-protected")
		a.said = true
		return ""
	case strings.HasSuffix(kind, "/resource-not-found"):
		return audit.ReasonNotFound
	case strings.HasSuffix(kind, "/rate-limit-exceeded") || strings.HasSuffix(kind, "/usage-capped"):
		return audit.ReasonRateLimited
	case strings.HasSuffix(kind, "/client-forbidden") || strings.HasSuffix(kind, "/unsupported-authentication") || strings.HasSuffix(kind, "/client-disconnected"):
		return audit.ReasonNoAccess
	case strings.HasSuffix(kind, "/invalid-request"):
		return audit.ReasonInternal
	}
	if r := callFailed(a.status); r != "" {
		return r
	}
	return audit.ReasonParseChanged
}
