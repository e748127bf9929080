package checks

import (
	"net/url"
	"slices"
	"strings"

	"doorknock/crawler"
)

// linksTalkPlace reports whether a link of the page leads to a place for talk on another host, whatever the link's words are: what
// stands there was not seen, so nothing of its kind is absent.
func linksTalkPlace(p *crawler.Page) bool {
	return crawler.Memo(p, "talk place linked", func(p *crawler.Page) bool {
		own, sure := "//"+crawler.Lower(p.URL().Host)+"/", len(p.Tag("base")) == 0 && !isTalkPlace(p.URL())
		return slices.ContainsFunc(links(p), func(l link) bool {
			if sure && staysBy(l.href, own) || !talkPlaceSigns.In(l.href) {
				return false
			}
			u, ok := p.Resolve(crawler.Attr(l.n, "href"))
			return ok && (isTalkPlace(u) || hostTalks(p, u) && ofSameName(p, u))
		})
	})
}

// ofSameName reports whether a host belongs to the page's site, or lies below its name where that is under no known ending.
func ofSameName(p *crawler.Page, u *url.URL) bool {
	return p.OwnSite(u) || strings.HasSuffix(crawler.Lower(u.Hostname()), "."+strings.TrimPrefix(crawler.Lower(p.URL().Hostname()), "www."))
}

// talkPlaces are hosts on which others keep places for talk, with the beginning of the path where only a part of the host is one:
// platforms on which an organisation engages residents, and groups of networks and messengers.
var talkPlaces = []string{
	// Platforms for engagement, which give each of their customers a host of his own.
	"engagementhq.com/", "commonplace.is/", "citizenspace.com/", "dialogue-app.com/", "mysocialpinpoint.com/", "mysocialpinpoint.co.uk/", "citizenlab.co/", "govocal.com/", "crowdicity.com/", "uservoice.com/",
	"bangthetable.com/", "discourse.group/",
	// Groups.
	"facebook.com/groups/", "fb.com/groups/", "chat.whatsapp.com/", "groups.google.com/", "groups.io/", "linkedin.com/groups/", "reddit.com/r/", "discord.gg/", "discord.com/invite/", "t.me/", "signal.group/", "m.me/j/",
	"nextdoor.co.uk/", "nextdoor.com/",
}

// isTalkPlace reports whether an address is one of talkPlaces or below it.
func isTalkPlace(u *url.URL) bool {
	host := crawler.Lower(u.Hostname())
	at := "." + host + crawler.Lower(u.Path) + "/"
	return slices.ContainsFunc(talkPlaces, func(place string) bool {
		i := strings.Index(at, place)
		return i > 0 && i <= len(host) && at[i-1] == '.'
	})
}

// talkPlaceSigns stand in the address of every link that linksTalkPlace knows: of a host named for talk, its name.
var talkPlaceSigns = func() *crawler.Signs {
	var all []string
	for _, place := range talkPlaces {
		all = append(all, strings.TrimSuffix(place, "/")) // which may be left out at the end
	}
	for name := range talkHosts {
		all = append(all, "/"+name+".", "."+name+".")
	}
	return crawler.NewSigns(all...)
}()
