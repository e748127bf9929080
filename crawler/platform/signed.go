package platform

import (
	"slices"

	"doorknock/audit"
)

// person reports whether a feed's author is one: the organisation's own name may read as somebody's.
func (f *facts) person(author string) bool {
	return author != "" && !slices.ContainsFunc(namesOf(f.job.OrganisationName), func(n bodyName) bool { return n.in(author) })
}

// sign remembers for this visit who signed a post of the feed, as a pseudonym.
func (f *facts) sign(address, author string) {
	if f.settings.Keys == nil {
		return
	}
	if f.signers == nil {
		f.signers = map[string]string{}
	}
	f.signers[keyOf(address)] = f.settings.Keys.Pseudonym(f.job.Channel.Organisation, audit.Web, author)
}

// enoughSigned is how many of an account's posts the feed must have signed, all by one person, before its other posts count as that
// person's: a guest's one post may be filed under somebody else's account.
const enoughSigned = 2

// signedAccounts gives the accounts that are one person's, by the account's pseudonym, each with the capture that says so: the interface
// lists more posts than the feed and tells of each whose account wrote it, by a number.
func (f *facts) signedAccounts() map[string]string {
	of := map[string]audit.PostFacts{} // in the feed, by key
	for _, p := range f.feed {
		of[keyOf(p.URL)] = p
	}
	signed, by, many := map[string]string{}, map[string]string{}, map[string]int{}
	for _, p := range f.rest {
		k := keyOf(p.URL)
		item, told := of[k]
		if !told || p.Author == "" {
			continue
		}
		if by[p.Author] == "" {
			by[p.Author], signed[p.Author] = f.signers[k], item.Signed
		}
		if many[p.Author]++; f.signers[k] == "" || f.signers[k] != by[p.Author] {
			by[p.Author], signed[p.Author] = "several", ""
		}
	}
	for account, n := range many {
		if n < enoughSigned {
			delete(signed, account)
		}
	}
	return signed
}
