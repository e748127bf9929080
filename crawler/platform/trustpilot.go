package platform

import (
	"slices"

	"doorknock/audit"
)

// readTrustpilot reads a company's profile: the data of its public page, or the API's answers. Anyone may review any domain
// and the company cannot switch that off, so a profile is open unless Trustpilot itself says that it takes none; then it
// is unknown, for that is not the company's doing.
func readTrustpilot(a *answer) {
	props := a.root.get("props", "pageProps")
	unit, list := props.get("businessUnit"), props
	if props == nil {
		unit, list = a.root, a.root
	}
	f := a.facet(reviews)
	if list.isList("reviews") {
		f.reviewed(list.rows("reviews"))
	}
	if unit.get("numberOfReviews") == nil {
		if !list.isList("reviews") {
			a.unread()
		}
		return
	}
	f.Claimed = unit.count("numberOfReviews")
	if f.Claimed == nil {
		f.Claimed = unit.count("numberOfReviews", "total")
	}
	for _, key := range [...]string{"isClosed", "isTemporarilyClosed"} {
		if off, _ := unit.flag(key); off {
			return
		}
	}
	if on, told := unit.flag("isCollectingReviews"); told && !on {
		return
	}
	f.Verdict = unit.get("numberOfReviews").head().verdict(audit.Open, "", "trustpilot-profile")
}

// reviewed counts reviews and sees whether the company replied to one of them. That none of these has a reply says nothing of
// those that are not shown.
func (f *Facet) reviewed(rows []*node) {
	f.Count = new(len(rows))
	own := false
	for _, r := range rows {
		own = own || r.get("reply") != nil || r.get("companyReply") != nil || r.get("reviewReply") != nil
	}
	f.replied(own, false)
}

// readGoogle reads a place of the Places API, which never tells whether the owner replied, or the owner's own list of reviews,
// which does. A place takes reviews: nobody can switch them off.
func readGoogle(a *answer) {
	r, f := a.root, a.facet(reviews)
	rows := r.rows("reviews")
	place := r.get("userRatingCount")
	if place == nil {
		place = r.get("totalReviewCount")
	}
	switch {
	case place != nil:
		f.Claimed = place.count()
	case r.get("googleMapsUri") != nil:
		place = r.get("googleMapsUri")
	case len(rows) > 0:
		place = rows[0].get("rating").orItself(rows[0].get("starRating").orItself(rows[0]))
	case r.get("id") == nil && r.get("name") == nil:
		a.unread()
		return
	default:
		return
	}
	f.Verdict = place.verdict(audit.Open, "", "google-place")
	if len(rows) > 0 {
		f.reviewed(rows)
	}
}

func googleError(a *answer) audit.Reason {
	e := a.root.get("error")
	if e == nil {
		return ""
	}
	return googleCode(e, a.status)
}

// googleCode reads the name and the number of Google's error object.
func googleCode(e *node, status int) audit.Reason {
	for _, d := range e.rows("details") {
		if slices.Contains(keyNames, d.text("reason")) { // a key that is no good is also called a bad argument
			return audit.ReasonNoAccess
		}
	}
	switch e.text("status") {
	case "NOT_FOUND":
		return audit.ReasonNotFound
	case "RESOURCE_EXHAUSTED":
		return audit.ReasonRateLimited
	case "PERMISSION_DENIED", "UNAUTHENTICATED":
		return audit.ReasonNoAccess
	case "INVALID_ARGUMENT", "FAILED_PRECONDITION":
		return audit.ReasonInternal
	case "UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED":
		return audit.ReasonServerError
	}
	code := status
	if n := e.count("code"); n != nil {
		code = *n
	}
	if code == 400 {
		return audit.ReasonInternal
	}
	if r := callFailed(code); r != "" {
		return r
	}
	return audit.ReasonParseChanged
}
