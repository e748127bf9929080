package checks

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ContentMix asks what a landlord's news is made of. It counts and judges nothing.
func ContentMix() crawler.Check {
	return crawler.Check{
		ID:    "content_mix",
		Title: "What are the news posts made of?",
		Why:   "News that is only outages and jobs tells tenants what is done to them. News of people, with pictures, questions and invitations, asks them in.",
		Basis: "practice, in no score: a measure",
		Rule: "Asked of the posts that were read, at most the newest 20. Of each it is counted whether its own part of the page holds a photo, a video, a link to " +
			"another site, a poll or question to readers, and a competition; and whether it is a notice (a service, an outage, works, a job, homes on offer) or tells of " +
			"people and the community, by the part of the site it is kept in, else by plain words of its heading, else of its first lines. A post may be neither. Logos, icons, buttons to share, menus, other " +
			"posts' teasers and comments are left out. The values are the counts; this question is never closed or absent.",
		Version:   1,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Never:     []audit.State{audit.Restricted, audit.Absent},
		Words:     []string{"news", "blog", "latest", "stories", "newyddion"},
		Look:      lookMix,
		Fold:      foldMix,
	}
}

// mixKeys are what is counted of a post, items first.
var mixKeys = [...]audit.ValueKey{
	audit.ValueItems, audit.ValuePhotos, audit.ValueVideos, audit.ValueLinks, audit.ValuePolls, audit.ValueCompetitions, audit.ValueNotices, audit.ValueStories,
}

func lookMix(p *crawler.Page) crawler.Look {
	if !isPost(p) || listsPosts(p) {
		return crawler.Look{Reason: audit.ReasonNotLooked}
	}
	head := headOf(p)
	if head == nil {
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	lines := linesOfPost(p)
	notice, story := kindOfPost(plainLower(p.ShortText(head)), lines)
	if amongNotices(p) {
		notice, story = true, false
	}
	holds := [...]bool{true, hasPhoto(p), hasVideo(p), linksElsewhere(p), asksReaders(p, lines), isCompetition(lines), notice, story}
	values := audit.Values{}
	for i, key := range mixKeys {
		values[key] = audit.Number(0)
		if holds[i] {
			values[key] = audit.Number(1)
		}
	}
	return crawler.Look{State: audit.Open, Rule: "kind-of-post", Mark: head, Values: values}
}

// listsPosts reports whether a page that nothing named as a post is the news itself, in whatever language: its address ends
// with the name of the news, a year or month, or the number of a page.
func listsPosts(p *crawler.Page) bool {
	path := strings.Trim(crawler.Lower(p.URL().Path), "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	return p.Answer.Request.Post == nil && (newsSegments[last] || isNumber(last))
}

// linesOfPost are the lines of a post from its heading on, in lower case, the heading first.
func linesOfPost(p *crawler.Page) (lines []string) {
	for _, s := range mainStretches(p) {
		if s.level == 1 {
			lines = lines[:0] // what stands above it is the section's
		}
		lines = append(lines, s.lower)
	}
	return lines
}

// firstLines is how many lines after the heading say what a post is about.
const firstLines = 4

// Words of the heading or the first lines. A community centre that is closed is a notice: those are asked first.
var (
	noticeWords = crawler.NewSigns(
		"office closed", "offices closed", "closure", "closed on", "closed for", "will be closed", "opening hours", "opening times", "office hours", "bank holiday", "christmas hours", "easter hours",
		"outage", "out of order", "disruption", "interruption", "power cut", "no heating", "no hot water", "burst", "water supply", "gas supply", "maintenance", "phone lines", "phones are down", "service update",
		"important notice", "public notice", "planned works", "works start", "scaffolding", "collection day", "bin collection", "refuse collection", "rent increase", "rent change", "rent review", "wet paint", "reminder",
		"vacancy", "vacancies", "recruiting", "recruitment", "join our team", "job opportunit", "now hiring", "we're hiring", "we are hiring",
		"homes for sale", "shared ownership", "now available", "homes to rent", "homes available", "show home",
		"ar gau", "oriau agor", "gŵyl y banc", "cynnal a chadw", "swydd wag", "swyddi gwag", "yn recriwtio", "hysbysiad", "toriad", "codi rhent", "cynnydd rhent",
	)
	storyWords = crawler.NewSigns(
		"volunteer", "our community", "the community", "local community", "community day", "community event", "community garden", "community group", "community hub", "community spirit", "communities", "neighbour", "coffee morning", "lunch club", "youth club", "choir", "fun day", "street party", "fundrais", "charity", "food bank", "allotment", "garden",
		"residents' association", "tenants' association", "residents' group", "tenants' group", "tenant of the", "resident of the", "came together", "get together", "get-together", "meet the", "meet our", "in their own words",
		"her story", "his story", "their story", "thank you to", "celebrat", "birthday", "you asked", "you said", "young people",
		"gwirfoddol", "cymuned", "cymdogion", "bore coffi", "clwb cinio", "clwb ieuenctid", "côr", "diwrnod hwyl", "elusen", "banc bwyd", "rhandir", "gardd", "dathlu", "pen-blwydd", "diolch i", "dywedoch",
	)
	askingWords = crawler.NewSigns(
		"take our poll", "vote in our poll", "take our survey", "complete our survey", "fill in our survey", "take part in our survey", "short survey", "quick poll", "cast your vote", "vote for your",
		"what do you think", "tell us what you think", "let us know what you think", "have your say", "we want to hear from you", "we'd love to hear from you",
		"ein harolwg", "arolwg byr", "pleidleisi", "dweud eich dweud", "beth ydych chi'n ei feddwl", "rhowch eich barn",
	)
	contestWords = crawler.NewSigns(
		"enter our competition", "enter the competition", "prize draw", "chance to win", "your entries", "closing date for entries", "giveaway", "photo competition", "garden competition", "gardening competition", "colouring competition",
		"competition winner", "winners of our", "cystadleuaeth", "cyfle i ennill", "raffl",
	)
)

// kindOfPost says whether a post is a notice, or tells of people and the community, or neither.
func kindOfPost(heading string, lines []string) (notice, story bool) {
	first := lines[min(1, len(lines)):min(1+firstLines, len(lines))]
	for _, text := range [...]string{heading, strings.Join(first, "\n")} {
		switch {
		case noticeWords.In(text):
			return true, false
		case storyWords.In(text):
			return false, true
		}
	}
	return false, false
}

// noticePlaces are the parts of an address under which a site keeps its notices, by its own word.
var noticePlaces = []string{"notices", "service-updates", "service-alerts", "vacancies", "jobs", "hysbysiadau", "swyddi"}

func amongNotices(p *crawler.Page) bool {
	for part := range strings.SplitSeq(crawler.Lower(p.URL().Path), "/") {
		if slices.Contains(noticePlaces, part) {
			return true
		}
	}
	return false
}

func isCompetition(lines []string) bool { return slices.ContainsFunc(lines, contestWords.In) }

// Stretches of the addresses of what plays a video, and of what asks questions, that are their makers'.
var (
	videoAddresses  = crawler.NewSigns("youtube.com/embed", "youtube-nocookie.com/embed", "player.vimeo.com", "facebook.com/plugins/video", "dailymotion.com/embed", "wistia.net/embed", "wistia.com/embed")
	surveyAddresses = crawler.NewSigns(
		"surveymonkey.", "smartsurvey.co.uk", "forms.office.com", "forms.microsoft.com", "forms.gle/", "docs.google.com/forms", "typeform.com", "snapsurveys.com", "crowdsignal.com", "poll.fm", "polldaddy.com",
		"strawpoll.", "mentimeter.com", "slido.com",
	)
	pollPlugins = [...]string{"wp-polls", "yop-poll-container", "totalpoll-wrapper", "forminator-poll", "crowdsignal-poll", "css-box pds-box", "poll-container", "poll-vote-form"}
)

// asksReaders reports whether a post has a poll, leads to a survey, or asks its readers what they think.
func asksReaders(p *crawler.Page, lines []string) bool {
	for _, class := range pollPlugins {
		for _, n := range visible(p, p.Class(class)) {
			if ofPost(p, n) {
				return true
			}
		}
	}
	if playsIn(p, surveyAddresses) || slices.ContainsFunc(lines, askingWords.In) {
		return true
	}
	for _, l := range contentOf(p).links {
		if surveyAddresses.In(crawler.Attr(l.n, "href")) {
			return true
		}
	}
	return false
}

func hasVideo(p *crawler.Page) bool {
	for _, n := range visible(p, p.Tag("video")) {
		if ofPost(p, n) {
			return true
		}
	}
	return playsIn(p, videoAddresses)
}

// playsIn reports whether a post has a frame whose address holds one of the stretches, be it loaded at once or when needed.
func playsIn(p *crawler.Page, addresses *crawler.Signs) bool {
	for _, n := range visible(p, p.Tag("iframe")) {
		for _, key := range [...]string{"src", "data-src", "data-lazy-src"} {
			if addresses.In(crawler.Attr(n, key)) && ofPost(p, n) {
				return true
			}
		}
	}
	return false
}

// noPhotos are stems of the names, files and words of pictures that are none of what a post tells of.
var noPhotos = crawler.NewSigns("logo", "icon", "avatar", "gravatar", "emoji", "spacer", "pixel", "badge", "button", "placeholder", "/smilies/")

const leastPhoto = 100 // in pixels of either side; what is smaller is an ornament

func hasPhoto(p *crawler.Page) bool {
	for _, n := range visible(p, p.Tag("img")) {
		if isPhoto(n) && ofPost(p, n) {
			return true
		}
	}
	return false
}

func isPhoto(n *html.Node) bool {
	source := ""
	for _, key := range [...]string{"data-src", "data-lazy-src", "src", "srcset", "data-srcset"} {
		if s := lowerAttr(n, key); s != "" && !strings.HasPrefix(s, "data:") {
			source = s
			break
		}
	}
	path, _, _ := strings.Cut(source, "?")
	if source == "" || strings.HasSuffix(path, ".svg") || strings.HasSuffix(path, ".gif") {
		return false
	}
	for _, key := range [...]string{"width", "height"} {
		if side, err := strconv.Atoi(strings.TrimSuffix(crawler.Attr(n, key), "px")); err == nil && side < leastPhoto {
			return false
		}
	}
	file := path[strings.LastIndexByte(path, '/')+1:]
	return !noPhotos.In(file) && !noPhotos.In(crawler.Attr(n, "class")) && !noPhotos.In(crawler.Attr(n, "alt"))
}

// sharing are stretches of addresses by which a reader passes a post on.
var sharing = crawler.NewSigns("/sharer", "/intent/", "/share", "share?", "sharearticle", "addtoany", "addthis", "wa.me/", "api.whatsapp.com", "pinterest.com/pin/create")

// linksElsewhere reports whether a post leads its readers to another site.
func linksElsewhere(p *crawler.Page) bool {
	for _, l := range contentOf(p).links {
		u, ok := p.Resolve(crawler.Attr(l.n, "href"))
		if ok && (u.Scheme == "http" || u.Scheme == "https") && !p.OwnSite(u) && !sharing.In(u.String()) && ofPost(p, l.n) {
			return true
		}
	}
	return false
}

// ofPost reports whether an element belongs to the post itself: it stands in the page's main part, and neither around it, nor
// in another post's teaser, nor among comments.
func ofPost(p *crawler.Page, n *html.Node) bool {
	if !holds(mainOf(p), n) || area(n) != nil || ofAnother(p, n) {
		return false
	}
	for e := n.Parent; e != nil && e.Data != "body" && e.Data != "main"; e = e.Parent {
		if leftOut(e) {
			return false
		}
	}
	return true
}

// maxMixed is of how many posts it is counted what they are made of.
const maxMixed = 20

// foldMix counts over the posts. It keeps one finding, of the channel.
func foldMix(f crawler.Folding) []audit.Finding {
	x := finding(f, "", audit.UnknownFor(audit.ReasonNotLooked))
	sum, posts := map[audit.ValueKey]int{}, 0
	for _, r := range lastOfEach(f.Readings) {
		if r.Verdict.State() != audit.Open || posts == maxMixed {
			continue
		}
		if posts++; posts == 1 {
			x.Verdict = r.Verdict
		}
		for _, key := range mixKeys {
			sum[key] += r.Values[key].Number
		}
	}
	if posts == 0 {
		return []audit.Finding{x}
	}
	x.Values = audit.Values{}
	for _, key := range mixKeys {
		x.Values[key] = audit.Number(sum[key])
	}
	return []audit.Finding{x}
}
