package platform

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// ErrNoKey says that a file of keys holds none.
var ErrNoKey = errors.New("the file holds no key")

// A keyShape says how a platform takes its key. own says that there may be keys of single accounts, which speak for these
// alone: a line of the file is then the account's name, a blank and its key.
type keyShape struct {
	shape func(budget int) crawler.Credential
	how   audit.How
	own   bool
}

// keyShapes is the table of platforms and comment systems that take keys.
var keyShapes = map[string]keyShape{
	disqus:       {shape: disqusKey},
	"youtube":    {shape: header("X-Goog-Api-Key", ""), how: audit.AppToken},
	"google":     {shape: header("X-Goog-Api-Key", ""), how: audit.AppToken},
	"trustpilot": {shape: header("Apikey", ""), how: audit.AppToken},
	"x":          {shape: header("Authorization", "Bearer "), how: audit.AppToken},
	"facebook":   {shape: meta, how: audit.AppToken, own: true},
	"instagram":  {shape: meta, how: audit.AppToken, own: true},
	"threads":    {shape: meta, how: audit.PageToken, own: true},
}

func header(name, prefix string) func(int) crawler.Credential {
	return func(int) crawler.Credential { return crawler.Credential{Header: name, Prefix: prefix} }
}

// meta is how Meta's interfaces take a token. They repeat it in the addresses of further pages.
func meta(int) crawler.Credential { return crawler.Credential{Param: "access_token", Echo: true} }

// Credentials reads the keys of a platform or system from the text of a file: one key, or for platforms that give accounts
// keys of their own, lines of "account key" beside it. They are named platform, and platform/account. base is the
// interface's address where it is another than its own, and budget what the settings say of calls. An error repeats nothing
// of the text. A name that takes no key gives none.
func Credentials(name, text, base string, budget int) (map[string]crawler.Credential, error) {
	shape, known := keyShapes[name]
	if !known {
		return nil, nil
	}
	held := map[string]crawler.Credential{}
	for n, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) > 2 || len(fields) == 2 && !shape.own {
			return nil, fmt.Errorf("line %d: want one key%s", n+1, map[bool]string{true: ", or an account's name and its key"}[shape.own])
		}
		c := shape.shape(budget)
		c.Value, c.How, c.Origin = audit.Secret(fields[len(fields)-1]), shape.how, originOf(name, base, c.Origin)
		account := name
		if len(fields) == 2 {
			account, c.How = name+"/"+accountKey(fields[0]), audit.PageToken
		}
		if _, twice := held[account]; twice {
			return nil, fmt.Errorf("line %d: a second key for the same account", n+1)
		}
		held[account] = c
	}
	if len(held) == 0 {
		return nil, ErrNoKey
	}
	return held, nil
}

// originOf is where a key goes: the address that the settings name, else the interface's own.
func originOf(name, base, own string) string {
	if own == "" {
		if i := slices.IndexFunc(All(), func(p crawler.Platform) bool { return string(p.Name) == name }); i >= 0 {
			own = All()[i].Interface.Origin
		}
	}
	u, err := url.Parse(cmp.Or(base, own))
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
