package crawler

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
)

// A Credential is the key that an interface wants in the address or in a header. No request of a plan, no record and no
// message ever holds it: the transport puts it in as the request goes out, and takes it out of whatever comes back.
type Credential struct {
	Origin string    // scheme, host and port that it is sent to, and nobody else, as https://disqus.com
	Param  string    // the parameter that it stands in, or
	Header string    // the header that it stands in, with
	Prefix string    // before it, as "Bearer "
	How    audit.How // by whose eyes it lets us see; "" is anonymous
	// Echo says that the interface repeats the key in the addresses of its further pages. It is asked for plain bodies then,
	// in which the key is replaced by as many asterisks; an answer of another interface that repeats the key is refused.
	Echo  bool
	Value audit.Secret
	Gap   time.Duration // least time between two requests to the host's lane, by the interface's own limit; 0: the pace
}

// leastKey is how short a key may be: what is hidden in answers must be no word that occurs in them by chance.
const leastKey = 16

func (c Credential) validate(name string, hosts map[string]string) error {
	value := c.Value.Reveal()
	at, err := url.Parse(c.Origin)
	if err != nil || at.Host == "" {
		return fmt.Errorf("platforms.%s: %q is no address", name, c.Origin)
	}
	if _, own := hosts[at.Hostname()]; at.Scheme != "https" && !own {
		return fmt.Errorf("platforms.%s: %s is not https: the key could be read on its way", name, c.Origin)
	}
	switch {
	case len(value) < leastKey || len(value) > 512:
		return fmt.Errorf("platforms.%s: a key of %d characters, want %d to 512", name, len(value), leastKey)
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("platforms.%s: want a key of printable ASCII without blanks", name)
	case (c.Param == "") == (c.Header == "") || c.Gap < 0:
		return fmt.Errorf("platforms.%s: parameter %q, header %q, gap %v", name, c.Param, c.Header, c.Gap)
	}
	return nil
}

// put gives the request that goes out: with the key, where it is held for that very origin.
func (c *Credential) put(out *http.Request) *http.Request {
	if c == nil || origin(out.URL) != c.Origin {
		return out
	}
	keyed, u := *out, *out.URL
	if c.Header != "" {
		keyed.Header = out.Header.Clone()
		keyed.Header.Set(c.Header, c.Prefix+c.Value.Reveal())
		return &keyed
	}
	param := url.QueryEscape(c.Param) + "="
	query := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(p string) bool { // a redirect repeats it, hidden
		return p == "" || strings.HasPrefix(p, param)
	})
	u.RawQuery = strings.Join(append(query, param+url.QueryEscape(c.Value.Reveal())), "&")
	keyed.URL = &u
	return &keyed
}

// clean takes the key out of what the head of an answer repeats.
func (c *Credential) clean(resp *http.Response, asked *http.Request) {
	resp.Request = asked
	if c == nil {
		return
	}
	resp.Status = c.hide(resp.Status)
	for _, values := range resp.Header {
		for i := range values {
			values[i] = c.hide(values[i])
		}
	}
}

func (c *Credential) hide(text string) string {
	for _, form := range c.forms() {
		text = strings.ReplaceAll(text, form, c.Value.String())
	}
	return text
}

// forms are the ways in which a key may be written.
func (c *Credential) forms() [3]string {
	value := c.Value.Reveal()
	return [3]string{value, url.QueryEscape(value), url.PathEscape(value)}
}

// stands reports whether a body repeats the key.
func (c *Credential) stands(body []byte) bool {
	if c == nil {
		return false
	}
	for _, form := range c.forms() {
		if bytes.Contains(body, []byte(form)) {
			return true
		}
	}
	return false
}

// mask replaces the key in a plain body by asterisks, so that every other byte stays where it is.
func (c *Credential) mask(body []byte) []byte {
	if c == nil || !c.Echo {
		return body
	}
	for _, form := range c.forms() {
		body = bytes.ReplaceAll(body, []byte(form), bytes.Repeat([]byte("*"), len(form)))
	}
	return body
}

// print tells one key from another without telling either.
func (c *Credential) print() string {
	if c == nil {
		return ""
	}
	return audit.Hash("key of an interface", c.Value.Reveal())[:8]
}

// hidden is an error without the key that was in its words.
type hidden struct {
	text string
	err  error
}

func (h hidden) Error() string        { return h.text }
func (h hidden) Is(target error) bool { return errors.Is(h.err, target) }
func (h hidden) As(target any) bool   { return errors.As(h.err, target) }

func (c *Credential) cleanError(err error) error {
	if c == nil || err == nil || c.hide(err.Error()) == err.Error() {
		return err
	}
	return hidden{c.hide(err.Error()), err}
}

// held gives the key of a system, nil where none is held.
func (c *Crawler) held(name string) *Credential {
	if one, ok := c.o.Held[name]; ok && name != "" {
		return &one
	}
	return nil
}

// origins are the systems for which a key is held, as plans are told of them: without the keys.
func (o Options) origins() map[string]string {
	all := make(map[string]string, len(o.Held))
	for name, c := range o.Held {
		all[name] = c.Origin
	}
	return all
}
