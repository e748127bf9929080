package checks

import (
	"slices"

	"doorknock/crawler"
)

// bodySigns are all stretches that the checks look for in a body, found in one pass.
var bodySigns = crawler.NewSigns().WithLists(bodyLists()...)

func bodyLists() [][]string {
	lists := slices.Concat(pageStems, [][]string{
		wordPressMarks, loginMarks, drupalMarks, drupalSettings, bloggerMarks, thriveMarks, squarespaceMarks, boardMarks, boardNames, inlineMarks, caseMarks, networkNames, networkHosts,
		commentStems, otherStems, replyStems, eventMarkup, calendarMarkup, dateMarkup, reviewMarkup, ratingMarkup, starMarks, bazaarvoiceMarks, postMarkup, dataMarkup,
		calledPDF, languageNames, loadingMarks, blockMarks, islandMarks, editableMarks,
	})
	for _, b := range boards {
		lists = append(lists, b.marks)
	}
	return lists
}

// pageStems are the stems that checks ask of bodies and of what a reader sees.
var pageStems = append([][]string{complaintStems, eventStems, eventLines, placeLines, forumStems, reviewStems, rulesStems, ombudsmanStems, selfStems, memberStems}, roomStems...)

// textSigns are the stems and phrases that checks ask of what a reader sees, found in one pass for all of them.
var textSigns = crawler.NewSigns().WithLists(slices.Concat(pageStems, [][]string{invitingStems, shutStems})...).WithPhrases(listsOf(pageLists)...)

// speaksOf reports whether one of the stems stands anywhere in the body: where none does, nothing needs a closer look.
func speaksOf(p *crawler.Page, stems []string) bool {
	return p.SignsAny(bodySigns, stems)
}

// roomStems are the stems of the questions about what is published, who works here, and what the site offers.
var roomStems = [][]string{
	publishedWords, tsmStems, methodStems, schemeStems, gradeStems, minuteStems, dampStems, seniorStems, frontlineStems, involveStems, statementStems, languageStems, searchStems,
	requestStems, contactStems, authorStems, groupStems, residentStems, trainingStems, planStems, assetStems, promiseStems,
}
