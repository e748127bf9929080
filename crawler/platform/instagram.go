package platform

import "doorknock/audit"

// readInstagram reads an answer of the Instagram Graph API: own media, which say whether comments are on; the comments of
// one; the media of another's account, of which only numbers are told.
func readInstagram(a *answer) {
	r := a.root
	media := r.get("business_discovery", "media")
	switch {
	case r.get("business_discovery") != nil:
		a.facet(replies).Verdict = audit.UnknownFor(audit.ReasonNoAccess) // others' replies are given to nobody
		a.instagramMedia(media.rows("data"))
	case r.isList("entry"):
		a.instagramEvents(r.rows("entry"))
	case r.get("media_type") != nil || r.get("is_comment_enabled") != nil || r.get("permalink") != nil:
		a.instagramMedia([]*node{r})
	case r.isList("data"):
		a.instagramList(r)
	case r.isList("media", "data"):
		a.instagramMedia(r.rows("media", "data"))
	case r.text("id") == "":
		a.unread()
	}
}

// instagramList tells media from comments by their own keys. An empty list says nothing.
func (a *answer) instagramList(r *node) {
	rows := r.rows("data")
	if len(rows) == 0 {
		return
	}
	if first := rows[0]; first.get("media_type") != nil || first.get("is_comment_enabled") != nil || first.get("comments_count") != nil {
		a.instagramMedia(rows)
		return
	}
	f := a.facet(commentsOn)
	f.Count = new(len(rows))
}

func (a *answer) instagramMedia(rows []*node) {
	var all []judged
	for _, m := range rows {
		all = append(all, mediaPost(m))
	}
	a.facet(commentsOn).posts(all)
}

// mediaPost is one post; whether comments are on is told to the account's own people alone.
func mediaPost(m *node) judged {
	p := unsaid(RecordedPost{ID: m.text("id"), Count: m.count("comments_count"), Created: m.when("timestamp"), Type: m.text("media_type")})
	if on, told := m.flag("is_comment_enabled"); told {
		state := audit.Closed
		if on {
			state = audit.Open
		}
		p.verdict = m.get("is_comment_enabled").verdict(state, "", "ig-comment-enabled")
	}
	return p
}

func (a *answer) instagramEvents(entries []*node) {
	f := a.facet(commentsOn)
	for _, e := range entries {
		for _, c := range e.rows("changes") {
			if c.text("field") == "comments" {
				f.Count = plus(f.Count, 1)
			}
		}
	}
}

// readThreads reads posts of the Threads API, or one. An audience that is not everybody is some.
func readThreads(a *answer) {
	rows := a.root.rows("data")
	if a.root.text("id") != "" {
		rows = []*node{a.root}
	} else if !a.root.isList("data") {
		a.unread()
		return
	}
	var all []judged
	for _, p := range rows {
		all = append(all, threadsPost(p))
	}
	a.facet(replies).posts(all)
}

func threadsPost(p *node) judged {
	j := unsaid(RecordedPost{ID: p.text("id"), Created: p.when("timestamp"), Type: p.text("media_type")})
	if audience := p.get("reply_audience"); audience != nil {
		j.verdict = audienceVerdict(audience, "threads-reply-audience")
	}
	return j
}
