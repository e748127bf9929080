package checks

import "testing"

func TestComplaintWays(t *testing.T) {
	for address, want := range map[string]bool{
		"/complaints-comments-and-compliments/":                  true,
		"https://www.x.example/complaints,-comments-compliments": true,
		"/help/comments_compliments_complaints.aspx":             true,
		"/sylwadau-cwynion-a-chanmoliaeth":                       true,
		"/complaints-and-comments#comments":                      false,
		"/news/complaints/comments/":                             false,
		"/news/complaints-up/#comments":                          false,
		"/comments/":                                             false,
		"/comments-on-complaints":                                false,
		"/complaints?comment=4":                                  false,
	} {
		if got := complaintAddress(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	for words, want := range map[string]bool{
		"Complaints, comments and compliments":                   false,
		"Comments, compliments & complaints | Wold Edge Housing": false,
		"Cwynion, sylwadau a chanmoliaeth":                       false,
		"Comments":                                               true,
		"3 comments on Complaints policy":                        true,
		"Complaints and comments - 3 comments":                   true,
		"Comments and suggestions":                               true,
	} {
		if got := saysComment(words); got != want {
			t.Errorf("%s: %v", words, got)
		}
	}
}
