package town

import (
	"time"

	"doorknock/audit"
)

// The town's hosts.
const (
	Larkfield  = "larkfield-homes.test"
	Fernbank   = "fernbank-housing.test"
	Millrace   = "millrace-homes.test"
	Stonegate  = "stonegate-council.test"
	HarbourCo  = "harbour-coop.test"
	QuarryLane = "quarry-lane.test"
)

func organisation(id, name, sector, nation, host string, n int) audit.Organisation {
	return audit.Organisation{ID: id, Name: name, Sector: sector, Nation: nation, Homes: new(n), Website: "http://" + host + "/"}
}

// Old is the town's old quarter.
func Old() Quarter { return Quarter{sites: oldSites, Script: oldScript()} }

// oldSites are six sites on their first day: one open blog, one door that will close, one that will open, one site without
// a comment facility, one whose robots.txt forbids, and one that is down.
func oldSites(now time.Time) []*Site {
	ago := before(now)
	return []*Site{
		{Host: Larkfield, Organisation: organisation("larkfield-homes", "Larkfield Homes", "housing_association", audit.England, Larkfield, 8200), Posts: []Post{
			{ID: 11, Title: "Winter repairs: how to reach us", Text: "Our repairs line is open day and night through the cold months.", At: ago(6), Open: true, Comments: []Comment{
				{ID: 101, Name: "Mo", Text: "Thank you, the new boiler is lovely and warm.", At: ago(5)},
			}},
			{ID: 12, Title: "Summer fair in Larkfield Park", Text: "Music, cake and a bouncy castle.", At: ago(90), Open: true},
		}},
		{Host: Fernbank, Organisation: organisation("fernbank-housing", "Fernbank Housing", "housing_association", audit.Wales, Fernbank, 3100), Posts: []Post{
			{ID: 21, Title: "Our plans for the estate", Text: "We would like to hear what you think of the new plans.", At: ago(9), Open: true, Comments: []Comment{
				{ID: 201, Name: "Sian", Text: "Will the play area stay?", At: ago(8)},
				{ID: 202, Parent: 201, Author: 1, Name: "Fernbank Housing", Text: "Yes, and it gets new swings in spring.", At: ago(7)},
			}},
			{ID: 22, Title: "New bins for Fernbank Road", Text: "They come on Thursday, and the old ones go.", At: ago(20), Open: true, Comments: []Comment{
				{ID: 203, Name: "Owain", Text: "Thank you, that was quick.", At: ago(19)},
			}},
		}},
		{Host: Millrace, Organisation: organisation("millrace-homes", "Millrace Homes", "almo", audit.England, Millrace, 12400), Posts: []Post{
			{ID: 31, Title: "A new way to pay your rent", Text: "From April you can pay by app.", At: ago(14), Open: false, Comments: []Comment{
				{ID: 301, Name: "Dev", Text: "Does it work on older phones?", At: ago(13)},
			}},
			{ID: 32, Title: "The lift in Tower Court", Text: "It is in order again, and we have a second engineer now.", At: ago(30), Open: false, Comments: []Comment{
				{ID: 302, Name: "Pat", Text: "At last!", At: ago(29)},
			}},
		}},
		{Host: Stonegate, Organisation: organisation("stonegate-council", "Stonegate Council", "council", audit.Scotland, Stonegate, 15800)},
		{Host: HarbourCo, Organisation: organisation("harbour-coop", "Harbour Co-op", "co_op", audit.NorthernIreland, HarbourCo, 90), Forbids: true},
		{Host: QuarryLane, Organisation: organisation("quarry-lane", "Quarry Lane Housing", "housing_association", audit.England, QuarryLane, 5400), Down: true, Posts: []Post{
			{ID: 61, Title: "We are back", Text: "Our site was down. It is up again.", At: ago(2), Open: true},
		}},
	}
}

// before gives the time of so many days ago.
func before(now time.Time) func(days int) time.Time {
	return func(days int) time.Time {
		return now.Add(-time.Duration(days) * 24 * time.Hour).UTC().Truncate(time.Second)
	}
}

// oldScript is what happens in the old quarter after the start, in order of time.
func oldScript() []Scene {
	return []Scene{
		{After: 6 * time.Second, Host: Larkfield, Words: "a tenant complains on Larkfield Homes' blog", Change: func(s *Site, now time.Time) {
			s.Posts[0].Comments = append(s.Posts[0].Comments, Comment{ID: 102, Name: "Ruth P",
				Text: "No heating or hot water for nine days and nobody has come. I have rung four times, ring me on 07700 900123. This is a disgrace.", At: now})
		}},
		{After: 8 * time.Second, Host: Fernbank, Words: "Fernbank Housing switches comments off", Change: func(s *Site, _ time.Time) {
			for i := range s.Posts {
				s.Posts[i].Open = false
			}
		}},
		{After: 11 * time.Second, Host: QuarryLane, Words: "Quarry Lane Housing's site comes back", Change: func(s *Site, _ time.Time) { s.Down = false }},
		{After: 13 * time.Second, Host: Larkfield, Words: "Larkfield Homes answers the complaint", Change: func(s *Site, now time.Time) {
			s.Posts[0].Comments = append(s.Posts[0].Comments, Comment{ID: 103, Parent: 102, Author: 1, Name: "Larkfield Homes",
				Text: "We are sorry, Ruth. An engineer is booked for 8 o'clock tomorrow morning and will ring first.", At: now})
		}},
		{After: 15 * time.Second, Host: Millrace, Words: "Millrace Homes switches comments on", Change: func(s *Site, _ time.Time) {
			for i := range s.Posts {
				s.Posts[i].Open = true
			}
		}},
	}
}
