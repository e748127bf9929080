// Package checks holds the questions that are asked of pages, one file each, and their table.
//
// In: a page, parsed once and shared. Out: a look (a state with the element or bytes that say so), and for a channel the
// findings folded from all readings of a visit. A check never fetches, never stores, and never takes a selector that
// did not match for evidence: closed and restricted need a marker, absent a page read whole with no sign at all.
package checks

import "doorknock/crawler"

// All is the table of checks, in the order in which they are printed.
func All() []crawler.Check {
	return []crawler.Check{
		Comments(), Reviews(), Forum(), Events(), SocialLinks(), ComplaintsPage(), RulesPage(), OmbudsmanLink(), VisitorPosts(),
		AccessibilityStatement(), CommunityAssets(), ComplaintsChannels(), ComplaintsPolicy(), ComplaintsReport(), CRM(), DampPage(), EngagementPlan(), Grade(), Involve(),
		Languages(), Minutes(), PeopleAuthors(), PeopleContact(), PeopleFrontline(), PeopleSenior(), Recency(), Replies(), ContentMix(), ResidentContent(), ResidentsGroups(),
		ResponsibleMember(), RulesComplaintRoute(), RulesCriticism(), RulesPromise(), SelfAssessment(), SiteSearch(), StairsRequests(), StairsScheme(), TSMMethod(), TSMResults(), Training(),
	}
}

// onDuty is the basis of a check that stands on a duty to publish.
const onDuty = "duty: what is published"
