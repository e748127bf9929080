package web

import (
	"strings"
	"testing"

	"doorknock/audit"
)

func siteAt(organisation, host string) audit.Channel {
	address := "https://" + host + "/"
	return audit.Channel{ID: audit.ChannelID(organisation, audit.Web, address), Organisation: organisation, Platform: audit.Web,
		URL: address, Lane: host, Confirmed: true}
}

// TestSeveralSitesAnswerTogether: a site-level question has one answer for the organisation, in its doors, its score,
// the league and the file; and what each site says stands beside it with its own evidence.
func TestSeveralSitesAnswerTogether(t *testing.T) {
	w := newTown(t, nil)
	group, homes := siteAt("teal", "group.teal.test"), siteAt("teal", "homes.teal.test")
	w.list([]audit.Organisation{organisation("teal", "Teal Group", audit.England, "housing_association")}, group, homes)
	for _, d := range []int{-5, -3} {
		w.visit(group, noon.AddDate(0, 0, d), says{"comments", audit.Closed, "", "Comments are closed."}, says{"social_links", audit.Absent, "", "<title>Teal"},
			says{"forum", audit.Absent, "", "<title>Teal"}, says{"complaints_page", audit.Absent, "", "<title>Teal"})
		w.visit(homes, noon.AddDate(0, 0, d), says{"comments", audit.Open, "", "<textarea"}, says{"social_links", audit.Absent, "", "<title>Teal"},
			says{"forum", audit.Unknown, audit.ReasonConsentWall, ""}, says{"complaints_page", audit.Open, "", "<h1>Complain"})
	}
	page := w.ask("/organisations/teal", 200)
	doors, _, _ := strings.Cut(page, `id="duties"`)
	if n := strings.Count(doors, "<h3>Is there a complaints page within two clicks"); n != 1 {
		t.Errorf("the complaints page is asked for %d times", n)
	}
	for _, want := range []string{"Their 2 web sites together", "web site (group.teal.test): not found in our look", "web site (homes.teal.test): published",
		"consent", "Based on 3 of 4 questions", "33 of 100"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if n := strings.Count(page, "May visitors comment on posts?"); n < 2 {
		t.Errorf("comments are a place's own and stand for each of two, got %d", n)
	}
	league := w.ask("/league.csv", 200)
	if !strings.Contains(league, "33.3") {
		t.Errorf("league:\n%s", league)
	}
	file := w.ask("/organisations/teal.csv", 200)
	for _, want := range []string{"https://group.teal.test/,complaints_page,absent", "https://homes.teal.test/,complaints_page,open"} {
		i := strings.Index(file, want)
		if i < 0 {
			t.Fatalf("the file lacks %q:\n%s", want, file)
		}
		line, _, _ := strings.Cut(file[i:], "\n")
		if yes := strings.Contains(line, ",duty,yes,"); yes != strings.Contains(want, "open") {
			t.Errorf("stands for the organisation: %s", line)
		}
	}
}
