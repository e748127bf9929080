package checks

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// Reviews asks whether a visitor may leave a review or recommendation.
func Reviews() crawler.Check {
	return crawler.Check{
		ID:    "reviews",
		Title: "May visitors leave a review?",
		Why:   "Reviews let people compare what landlords say with what tenants found.",
		Basis: "practice",
		Rule: "Facebook forbids robots to read its pages, so an anonymous look is unknown. A page without a sign of reviews would say nothing: " +
			"the sign is missing with reviews on, too. No reader of saved pages judges it yet.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{audit.Facebook},
		Site:    true,
		Look:    lookNowhere,
		Fold:    foldSite,
	}
}
