package configs

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

// longest a person's words and the pages that hold them may be kept.
const keepAtMost = 30 * 24 * time.Hour

// checker notes what is wrong with settings that could be read.
type checker struct {
	d   *decoder
	got Mistakes
}

func (k *checker) wrong(key, format string, args ...any) {
	line, column := k.d.place(key)
	k.got = append(k.got, Mistake{File: k.d.file, Line: line, Column: column, Key: key, Text: mistaken(format, args...)})
}

// joined notes what a part's own Validate says: errors joined, each beginning with its key within the part.
func (k *checker) joined(part string, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			k.joined(part, one)
		}
		return
	}
	key, said, ok := strings.Cut(strings.TrimPrefix(err.Error(), part+"."), ": ")
	if !ok || strings.ContainsAny(key, " \t") {
		key, said = "", err.Error()
	}
	k.wrong(strings.Trim(part+"."+key, "."), "%s", said)
}

func (c Config) check(d *decoder) Mistakes {
	k := &checker{d: d}
	k.who(c)
	k.places(c)
	k.scope(c.Scope)
	k.hosts(c)
	k.numbers(c)
	k.platforms(c.Platforms)
	k.score(c.Score)
	k.pages(c.Web)
	k.parts(c)
	k.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.oneOf("log.format", c.Log.Format, "text", "json")
	return k.got
}

func (k *checker) oneOf(key, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		k.wrong(key, "%q is not one of %s", v, strings.Join(allowed, ", "))
	}
}

func (k *checker) who(c Config) {
	k.oneOf("purpose", string(c.Purpose), string(Private), string(Team), string(Public))
	if c.Contact != "" && !isMail(c.Contact) && !isURL(c.Contact) {
		k.wrong("contact", "%q is neither an e-mail address nor an http(s) page", c.Contact)
	}
	if p := c.Publisher.PrivacyPage; p != "" && !isURL(p) {
		k.wrong("publisher.privacy_page", "%q is not an http(s) address", p)
	}
	if c.Purpose != Public {
		return
	}
	for _, need := range []struct{ key, v string }{
		{"publisher.name", c.Publisher.Name}, {"publisher.address", c.Publisher.Address},
		{"publisher.privacy_page", c.Publisher.PrivacyPage}, {"contact", c.Contact},
	} {
		if strings.TrimSpace(need.v) == "" {
			k.wrong(need.key, "missing; purpose public needs the publisher's name, address and privacy page, and a contact")
		}
	}
}

func isMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func isURL(s string) bool {
	_, err := audit.CanonicalURL(s)
	return err == nil
}

func (k *checker) places(c Config) {
	if c.DataDir == "" {
		k.wrong("data_dir", "missing; name a folder")
	}
	switch in, err := within(c.KeyFile, c.DataDir); {
	case c.KeyFile == "":
		k.wrong("key_file", "missing; name a file outside data_dir")
	case err != nil:
		k.wrong("key_file", "%v", err)
	case in:
		k.wrong("key_file", "lies inside data_dir; the key must not be backed up with what it protects, so move it out")
	}
	if c.Organisations != DefaultOrganisations {
		k.file("organisations", c.Organisations)
	}
	for key, path := range c.secretFiles() {
		k.file(key, path)
	}
	k.file("nats.ca_file", c.NATS.CAFile)
	k.file("web.password_file", c.Web.PasswordFile)
	k.file("browser.path", c.Browser.Path)
}

// file wants what path names to be a readable file; an empty path is no setting.
func (k *checker) file(key, path string) {
	if path == "" {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		k.wrong(key, "cannot read %s: %v", path, errors.Unwrap(err))
		return
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if s, err := f.Stat(); err == nil && s.IsDir() {
		k.wrong(key, "%s is a folder; name a file", path)
	}
}

// within reports whether path lies inside dir, links followed as far as they exist.
func within(path, dir string) (bool, error) {
	real := func(p string) (string, error) {
		p, err := filepath.Abs(p)
		if err != nil {
			return "", fmt.Errorf("find %s: %w", p, err)
		}
		if whole, err := filepath.EvalSymlinks(p); err == nil {
			return whole, nil
		}
		if parent, err := filepath.EvalSymlinks(filepath.Dir(p)); err == nil {
			return filepath.Join(parent, filepath.Base(p)), nil
		}
		return p, nil
	}
	p, err := real(path)
	if err != nil {
		return false, err
	}
	d, err := real(dir)
	if err != nil {
		return false, err
	}
	rel, err := filepath.Rel(d, p)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)), nil
}

func (k *checker) scope(s Scope) {
	for i, v := range s.Nations {
		k.oneOf(fmt.Sprintf("scope.nations[%d]", i), v, audit.Nations()...)
	}
	for i, v := range s.Sectors {
		k.oneOf(fmt.Sprintf("scope.sectors[%d]", i), v, audit.Sectors()...)
	}
	for i, v := range s.IDs {
		if !audit.ValidOrganisationID(v) {
			k.wrong(fmt.Sprintf("scope.ids[%d]", i), "%q is not an organisation's id (a-z, 0-9 and -, at most 64)", v)
		}
	}
}

func (k *checker) hosts(c Config) {
	for host, to := range c.Hosts {
		if a, err := netip.ParseAddrPort(to); err != nil || a.Port() == 0 {
			k.wrong("hosts."+host, "%q is not an address with a port, as 127.0.0.1:8081", to)
		}
	}
	for host, reason := range c.Permission {
		if !isHost(host) {
			k.wrong("permission."+host, "is not a host name, as example.org")
		}
		if strings.TrimSpace(reason) == "" {
			k.wrong("permission."+host, "missing reason; say who allowed it, when, and how")
		}
	}
}

func isHost(s string) bool {
	u, err := url.Parse("http://" + s + "/")
	return err == nil && u.Host == s && s != "" && u.Port() == "" && s == strings.ToLower(s) && !strings.ContainsAny(s, " *_%")
}

func (k *checker) numbers(c Config) {
	if c.Crawl.Interval < time.Second {
		k.wrong("crawl.interval", "%v is too short; want 1s or more", c.Crawl.Interval)
	}
	if _, err := c.Crawl.WorkingHours(); err != nil {
		k.wrong("crawl.hours", "%v", err)
	}
	if c.Confirm.After <= 0 {
		k.wrong("confirm.after", "must be more than 0: one look alone confirms nothing")
	}
	if !(c.Confirm.QuarantineShare > 0 && c.Confirm.QuarantineShare <= 1) {
		k.wrong("confirm.quarantine_share", "%v is not a share; want more than 0, at most 1", c.Confirm.QuarantineShare)
	}
	if n := c.Publish.Notice; n != nil && (*n < 0 || *n > 90) {
		k.wrong("publish.notice", "%d is not a number of working days from 0 to 90", *n)
	}
	for key, t := range map[string]time.Duration{"retain.text": c.Retain.Text, "retain.captures": c.Retain.Captures} {
		if t > keepAtMost {
			k.wrong(key, "%v is longer than the 30d that people's words may be kept", t)
		}
	}
}

// maxCap is more than anybody means to spend in a month, in US dollars.
const maxCap = 10_000

var versionShape = regexp.MustCompile(`^v?[0-9]{1,4}(\.[0-9]{1,3})?$`)

// PlatformNames are those that a key, an address or a budget may be given for.
func PlatformNames() []string {
	return []string{"facebook", "instagram", "threads", "youtube", "bluesky", "mastodon", "x", "trustpilot", "google", "discourse", "disqus"}
}

func (k *checker) platforms(all map[string]Platform) {
	for name, p := range all {
		key := "platforms." + name
		k.oneOf(key, name, append(PlatformNames(), string(audit.Web))...)
		if p.HookFile != "" && name != string(audit.Facebook) {
			k.wrong(key+".hook_file", "only facebook sends messages by itself")
		}
		if p.BaseURL != "" && !isURL(p.BaseURL) {
			k.wrong(key+".base_url", "%q is not an http(s) address", p.BaseURL)
		}
		if p.Control != "" && !isURL(p.Control) {
			k.wrong(key+".control", "%q is not the http(s) address of a channel", p.Control)
		}
		if p.Version != "" && !versionShape.MatchString(p.Version) {
			k.wrong(key+".version", "%q is not a version, as v25.0", p.Version)
		}
		if p.Cap < 0 || p.Cap > maxCap {
			k.wrong(key+".cap", "%v US dollars a month; want 0 to %d", p.Cap, maxCap)
		}
		if p.Budget < 0 {
			k.wrong(key+".budget", "%d is less than 0", p.Budget)
		}
	}
}

func (k *checker) pages(w Web) {
	if w.Address != "" && !isURL(w.Address) {
		k.wrong("web.address", "%q is not an http(s) address", w.Address)
	}
	for key, listen := range map[string]string{"web.listen": w.Listen, "web.admin_listen": w.AdminListen} {
		if listen == "" && key == "web.admin_listen" {
			continue
		}
		if !isLoopback(listen) {
			k.wrong(key, "%q is not a loopback address with a port, as 127.0.0.1:8080; put a reverse proxy in front to serve others", listen)
		}
	}
}

func isLoopback(listen string) bool {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "" {
		return false
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// parts asks the packages that own a part of the settings.
func (k *checker) parts(c Config) {
	limits := c.Crawl.Config
	if limits.UserAgent == "" {
		limits.UserAgent = "doorknock/" // made of version and contact by whoever starts the crawler
	}
	k.joined("crawl", limits.Validate())
	k.joined("nats", c.NATS.Validate())
	k.joined("alerts", c.Alerts.Validate())
	k.joined("mail", c.Mail.Validate())
	for i, r := range c.Alerts.Receivers {
		if r.Email != nil && c.Mail.Host == "" {
			k.wrong(fmt.Sprintf("alerts.receivers[%d].email", i), "sends mail, and the settings name no mail.host")
		}
	}
	k.digest(c.Digest)
	for i, name := range c.Digest.Receivers {
		if !slices.ContainsFunc(c.Alerts.Receivers, func(r alerts.ReceiverConfig) bool { return r.Name == name }) {
			k.wrong(fmt.Sprintf("digest.receivers[%d]", i), "no receiver of alerts.receivers is named %q", name)
		}
	}
	if len(c.Digest.Mail) > 0 && c.Mail.Host == "" {
		k.wrong("digest.mail", "there are readers, and the settings name no mail.host")
	}
}

func (k *checker) digest(g Digest) {
	k.oneOf("digest.day", g.Day, days()...)
	if _, err := time.Parse("15:04", g.Time); err != nil {
		k.wrong("digest.time", "%q is not an hour and minute, as \"07:30\"", g.Time)
	}
	if _, err := time.LoadLocation(g.Zone); err != nil || g.Zone == "" {
		k.wrong("digest.zone", "%q is not a time zone, as Europe/London", g.Zone)
	}
	for i, to := range g.Mail {
		if !isMail(to) {
			k.wrong(fmt.Sprintf("digest.mail[%d]", i), "%q is not an e-mail address", to)
		}
	}
}
