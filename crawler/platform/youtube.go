package platform

import (
	"slices"

	"doorknock/audit"
)

// readYouTube reads an answer of the YouTube Data API. Comments listed under a video by `commentThreads` mean that it takes
// them: switched off, that call fails with commentsDisabled. Nothing else says either.
func readYouTube(a *answer) {
	f := a.facet(commentsOn)
	rows := a.root.rows("items")
	if !a.root.isList("items") {
		a.unread()
		return
	}
	switch a.root.text("kind") {
	case "youtube#commentThreadListResponse":
		f.threads(rows)
	case "youtube#commentListResponse":
		f.Count = new(len(rows))
	case "youtube#videoListResponse":
		if len(rows) == 0 {
			f.Verdict = audit.UnknownFor(audit.ReasonNotFound)
			return
		}
		f.posts(videos(rows))
	case "youtube#playlistItemListResponse", "youtube#channelListResponse":
	default:
		a.unread()
	}
}

// threads reads comments and the replies shown with them. One to a channel, without a video, says nothing of a video. Whether
// the channel replied can be told only where it is known (by the thread's own channelId) and all replies are shown.
func (f *Facet) threads(rows []*node) {
	f.Count = new(0)
	own, whole := false, len(rows) > 0
	for _, t := range rows {
		if v := t.get("snippet", "videoId"); v != nil && f.Verdict.State() == audit.Unknown {
			f.Verdict = v.verdict(audit.Open, "", "yt-threads")
		}
		shown := t.rows("replies", "comments")
		f.Count = plus(f.Count, 1+len(shown))
		channel := t.text("snippet", "channelId")
		for _, r := range shown {
			own = own || (channel != "" && r.text("snippet", "authorChannelId", "value") == channel)
		}
		if n := t.count("snippet", "totalReplyCount"); n == nil || *n != len(shown) || channel == "" {
			whole = false
		}
	}
	f.replied(own, whole)
}

// videos lists videos. That no number of comments is given is no sign while statistics were not asked for, and a weak one else.
func videos(rows []*node) []judged {
	var all []judged
	for _, v := range rows {
		all = append(all, unsaid(RecordedPost{ID: v.text("id"), Count: v.count("statistics", "commentCount"), Created: v.when("snippet", "publishedAt"), Type: "video"}))
	}
	return all
}

// youTubeReasons are the reasons of the platform's error object that say more than its status.
var youTubeReasons = map[string]audit.Reason{
	"quotaExceeded": audit.ReasonRateLimited, "dailyLimitExceeded": audit.ReasonRateLimited, "rateLimitExceeded": audit.ReasonRateLimited,
	"userRateLimitExceeded": audit.ReasonRateLimited, "dailyLimitExceededUnreg": audit.ReasonRateLimited, "servingLimitExceeded": audit.ReasonRateLimited,
	"videoNotFound": audit.ReasonNotFound, "channelNotFound": audit.ReasonNotFound, "commentNotFound": audit.ReasonNotFound,
	"commentThreadNotFound": audit.ReasonNotFound, "playlistNotFound": audit.ReasonNotFound, "notFound": audit.ReasonNotFound,
	"keyInvalid": audit.ReasonNoAccess, "keyExpired": audit.ReasonNoAccess, "accessNotConfigured": audit.ReasonNoAccess, "forbidden": audit.ReasonNoAccess,
	"ipRefererBlocked": audit.ReasonNoAccess, "authError": audit.ReasonNoAccess, "insufficientPermissions": audit.ReasonNoAccess,
	"playlistItemsNotAccessible": audit.ReasonNoAccess, "API_KEY_INVALID": audit.ReasonNoAccess, "SERVICE_DISABLED": audit.ReasonNoAccess,
	"backendError": audit.ReasonServerError, "internalError": audit.ReasonServerError, "processingFailure": audit.ReasonServerError,
	"missingRequiredParameter": audit.ReasonInternal, "required": audit.ReasonInternal, "invalidParameter": audit.ReasonInternal,
	"badRequest": audit.ReasonInternal, "unknownPart": audit.ReasonInternal, "incompatibleParameters": audit.ReasonInternal,
}

// youTubeError reads Google's error object. One of its reasons is an answer: commentsDisabled.
func youTubeError(a *answer) audit.Reason {
	e := a.root.get("error")
	if e == nil {
		return ""
	}
	bad := slices.ContainsFunc(e.rows("details"), func(d *node) bool { return slices.Contains(keyNames, d.text("reason")) })
	for _, one := range e.rows("errors") {
		switch reason := one.text("reason"); {
		case reason == "commentsDisabled":
			a.facet(commentsOn).Verdict = one.get("reason").verdict(audit.Closed, "", "yt-comments-disabled")
			a.said = true
			return ""
		case youTubeReasons[reason] != "" && !bad:
			return youTubeReasons[reason]
		}
	}
	return googleCode(e, a.status)
}
