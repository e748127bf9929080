package checks

import (
	"slices"

	"doorknock/crawler"
)

// bodySigns are all stretches that the tables of systems look for in a body, found in one pass.
var bodySigns = crawler.NewSigns(allSigns()...)

func allSigns() []string {
	all := slices.Concat(wordPressMarks, drupalMarks, []string{"blogger.com", "blogspot.", "thrivecomments", "thrive-comments"}, commentStems, otherStems, complaintStems, forumStems, reviewStems, eventStems, networkNames,
		eventMarkup, calendarMarkup, dateMarkup, reviewMarkup, ratingMarkup, postMarkup, dataMarkup, caseMarks(), calledPDF,
		rulesStems, ombudsmanStems, selfStems, memberStems, slices.Concat(roomStems...))
	for _, n := range crawler.SocialNetworks() {
		all = append(all, n.Hosts...)
	}
	all = slices.Concat(all, boardNames, replyStems)
	for _, b := range boards {
		all = append(all, b.marks...)
	}
	for _, w := range widgets {
		all = append(all, w.inline...)
	}
	return all
}

// textSigns are the stems and phrases that checks ask of what a reader sees, found in one pass for all of them.
var textSigns = crawler.NewSigns(slices.Concat(append(roomStems, complaintStems, eventStems, forumStems, reviewStems, rulesStems, ombudsmanStems, selfStems, memberStems)...)...).WithPhrases(allPhrases(pageLists)...)

// Signs of the stems for which the words and addresses of links are searched.
var (
	eventStemSigns  = crawler.NewSigns(eventStems...)
	forumStemSigns  = crawler.NewSigns(forumStems...)
	reviewStemSigns = crawler.NewSigns(reviewStems...)
)

// speaksOf reports whether one of the stems stands anywhere in the body: where none does, nothing needs a closer look.
func speaksOf(p *crawler.Page, stems []string) bool {
	for _, stem := range stems {
		if p.Sign(bodySigns, stem) != "" {
			return true
		}
	}
	return false
}

// roomStems are the stems of the questions about what is published, who works here, and what the site offers.
var roomStems = [][]string{
	publishedWords, tsmStems, methodStems, schemeStems, gradeStems, minuteStems, dampStems, seniorStems, frontlineStems, involveStems, statementStems, languageStems, searchStems,
	requestStems, contactStems, authorStems, groupStems, residentStems, trainingStems, planStems, assetStems, promiseStems,
}
