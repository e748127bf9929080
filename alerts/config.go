package alerts

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"doorknock/store"
)

// Config is the `alerts:` part of doorknock.yaml, in Alertmanager's words.
type Config struct {
	// MaxAge is how old a comment may be when it is first seen and still alert by itself (default 24h).
	MaxAge time.Duration `yaml:"max_age"`
	// Complaints says which complaints are told: unanswered (default), those that have no public answer in the time that the
	// organisation states, else in UnansweredAfter; each, every one when it is read, and again when it stays unanswered.
	// A danger is told at once either way.
	Complaints Complaints `yaml:"complaints"`
	// UnansweredAfter is counted in working hours, nine to five on working days of the organisation's nation (default 8h: one
	// working day).
	UnansweredAfter time.Duration `yaml:"unanswered_after"`
	Route           RouteConfig   `yaml:"route"`
	// TimeIntervals are named times that routes may be muted or active in.
	TimeIntervals []TimeInterval `yaml:"time_intervals"`
	// InhibitRules say which alerts keep which others from being told, for as long as they hold.
	InhibitRules []InhibitRule `yaml:"inhibit_rules"`
	// Flapping says when a door's changes are told as one that changes back and forth.
	Flapping FlapConfig `yaml:"flapping"`
	// Heartbeat is an address that is asked while all is well.
	Heartbeat HeartbeatConfig  `yaml:"heartbeat"`
	Receivers []ReceiverConfig `yaml:"receivers"`
}

// Complaints says which complaints are told by themselves.
type Complaints string

// The choices of alerts.complaints; "" is ComplaintsUnanswered.
const (
	ComplaintsEach       Complaints = "each"
	ComplaintsUnanswered Complaints = "unanswered"
)

// RouteConfig is one node of the route tree. What is left out is inherited from the node above.
type RouteConfig struct {
	Receiver string `yaml:"receiver"`
	// Matchers must all hold: `kind = complaint`, `urgency =~ "urgent|high"`, `sector != council`.
	Matchers []string `yaml:"matchers"`
	// Continue goes on to the next sibling after a match.
	Continue bool `yaml:"continue"`
	// GroupBy names the labels whose equal values make one message (default organisation).
	GroupBy []string `yaml:"group_by"`
	// GroupWait is how long the first alert of a group waits for others (default 30s).
	GroupWait *time.Duration `yaml:"group_wait"`
	// GroupInterval is how long after a message the next one of the same group waits (default 5m).
	GroupInterval *time.Duration `yaml:"group_interval"`
	// RepeatInterval is after how long a complaint that the organisation has not answered in public is told again
	// (default 0s: never).
	RepeatInterval *time.Duration `yaml:"repeat_interval"`
	// MuteTimeIntervals names times in which nothing is told but what is urgent; it is told at their end, in one message a
	// group. They are not inherited, as in Alertmanager.
	MuteTimeIntervals []string `yaml:"mute_time_intervals"`
	// ActiveTimeIntervals names the only times in which anything is told but what is urgent.
	ActiveTimeIntervals []string `yaml:"active_time_intervals"`
	// Escalate tells another receiver what nobody has acknowledged or answered in time. It is not inherited.
	Escalate *EscalateConfig `yaml:"escalate"`
	Routes   []RouteConfig   `yaml:"routes"`
}

// EscalateConfig says whom to tell of what nobody has taken on, and when.
type EscalateConfig struct {
	After    time.Duration `yaml:"after"` // since the first receiver had it; more than 0
	Receiver string        `yaml:"receiver"`
}

// ReceiverConfig is one place to send to: a name, and the part of exactly one kind.
type ReceiverConfig struct {
	Name string `yaml:"name"`
	// Private marks a receiver that one person reads, and nobody else: the only kind to which a route may send what says that a
	// person may be in danger (kind = private). An e-mail to one address, a protected ntfy topic, or a direct message in Slack.
	Private bool `yaml:"private"`
	// SendResolved tells the receiver, too, when the organisation has answered in public what it was told of (default: true
	// for slack, webhook, civicrm and log, false for email, teams and ntfy).
	SendResolved *bool `yaml:"send_resolved"`
	// Quote adds at most 140 redacted characters of a comment (default false: link and category only).
	Quote   bool           `yaml:"quote"`
	Slack   *SlackConfig   `yaml:"slack"`
	Email   *EmailConfig   `yaml:"email"`
	Webhook *WebhookConfig `yaml:"webhook"`
	Teams   *TeamsConfig   `yaml:"teams"`
	Ntfy    *NtfyConfig    `yaml:"ntfy"`
	CiviCRM *CiviConfig    `yaml:"civicrm"`
	Log     *LogConfig     `yaml:"log"`
}

// Kind names the receiver's kind, such as slack; "" where none is given.
func (r ReceiverConfig) Kind() string {
	for _, k := range kinds {
		if k.given(r) {
			return k.name
		}
	}
	return ""
}

// slackPerson is a person's id in Slack: what is sent to it is a direct message.
var slackPerson = regexp.MustCompile(`^[UW][A-Z0-9]{6,}$`)

// onePerson reports whether the receiver is one that one person alone can read, as far as settings can tell.
func (r ReceiverConfig) onePerson() bool {
	switch {
	case r.Email != nil:
		return len(r.Email.To) == 1
	case r.Ntfy != nil:
		return r.Ntfy.Token != "" || r.Ntfy.TokenFile != ""
	case r.Slack != nil:
		return r.Slack.bot() && slackPerson.MatchString(r.Slack.Channel)
	}
	return false
}

// sendResolved is what the setting says, else the default of the kind: where word of an answer changes what stands there
// already, or a machine reads it, it is told; where it would be one more thing in somebody's inbox or pocket, it is not.
func (r ReceiverConfig) sendResolved() bool {
	if r.SendResolved != nil {
		return *r.SendResolved
	}
	return r.Slack != nil || r.Webhook != nil || r.CiviCRM != nil || r.Log != nil
}

// Files gives the files that hold the receiver's secrets, by key. Those that are not configured are "".
func (r ReceiverConfig) Files() map[string]string {
	files := map[string]string{}
	switch {
	case r.Slack != nil:
		files["slack.webhook_url_file"], files["slack.bot_token_file"] = r.Slack.WebhookURLFile, r.Slack.BotTokenFile
		if app := r.Slack.App; app != nil {
			files["slack.app.app_token_file"], files["slack.app.signing_secret_file"] = app.AppTokenFile, app.SigningSecretFile
		}
	case r.Webhook != nil:
		files["webhook.url_file"], files["webhook.secret_file"] = r.Webhook.URLFile, r.Webhook.SecretFile
	case r.Teams != nil:
		files["teams.url_file"] = r.Teams.URLFile
	case r.Ntfy != nil:
		files["ntfy.url_file"], files["ntfy.token_file"] = r.Ntfy.URLFile, r.Ntfy.TokenFile
	case r.CiviCRM != nil:
		files["civicrm.api_key_file"] = r.CiviCRM.APIKeyFile
	}
	return files
}

// LogConfig is the program's own log as a receiver; it has no settings.
type LogConfig struct{}

// Defaults of the route tree and of the age limit.
const (
	defaultMaxAge        = 24 * time.Hour
	defaultUnanswered    = 8 * time.Hour // of work: one working day
	defaultGroupWait     = 30 * time.Second
	defaultGroupInterval = 5 * time.Minute
)

// Default is the configuration that sends everything to the log and nothing outside.
func Default() Config {
	return Config{MaxAge: defaultMaxAge, Complaints: ComplaintsUnanswered, UnansweredAfter: defaultUnanswered, Route: RouteConfig{Receiver: "log"},
		Receivers: []ReceiverConfig{{Name: "log", Log: &LogConfig{}}}}
}

// Validate reports every mistake at once, each with its key.
func (c Config) Validate() error {
	var errs []error
	if c.MaxAge < 0 {
		errs = append(errs, fmt.Errorf("alerts.max_age: %v is negative", c.MaxAge))
	}
	if c.UnansweredAfter < 0 {
		errs = append(errs, fmt.Errorf("alerts.unanswered_after: %v is negative", c.UnansweredAfter))
	}
	switch c.Complaints {
	case "", ComplaintsEach, ComplaintsUnanswered:
	default:
		errs = append(errs, fmt.Errorf("alerts.complaints: %q is not one of each, unanswered", c.Complaints))
	}
	names, private := map[string]bool{}, map[string]bool{}
	for i, r := range c.Receivers {
		key := fmt.Sprintf("alerts.receivers[%d]", i)
		errs = append(errs, r.validate(key))
		if names[r.Name] {
			errs = append(errs, fmt.Errorf("%s.name: %q is used twice", key, r.Name))
		}
		names[r.Name], private[r.Name] = true, r.Private
	}
	errs = append(errs, c.listenOnce())
	if c.Route.Receiver == "" && (len(c.Receivers) > 0 || len(c.Route.Routes) > 0) {
		errs = append(errs, errors.New("alerts.route.receiver: missing: the top route catches what no other route does"))
	}
	if len(c.Route.Matchers) > 0 || c.Route.Continue {
		errs = append(errs, errors.New("alerts.route: the top route takes every alert; put matchers and continue in routes"))
	}
	times, err := c.times()
	errs = append(errs, err, c.Route.validate("alerts.route", names, times), c.Route.onlyPrivate("alerts.route", c.Route.Receiver, false, private))
	errs = append(errs, c.Flapping.validate("alerts.flapping"), c.Heartbeat.validate("alerts.heartbeat"))
	for i, r := range c.InhibitRules {
		errs = append(errs, r.validate(fmt.Sprintf("alerts.inhibit_rules[%d]", i)))
	}
	return errors.Join(errs...)
}

// times reads the named intervals.
func (c Config) times() (map[string]interval, error) {
	var errs []error
	times := map[string]interval{}
	for i, t := range c.TimeIntervals {
		key := fmt.Sprintf("alerts.time_intervals[%d]", i)
		read, err := t.read()
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s.%w", key, err))
		case t.Name == "":
			errs = append(errs, fmt.Errorf("%s.name: missing", key))
		case times[t.Name] != nil:
			errs = append(errs, fmt.Errorf("%s.name: %q is used twice", key, t.Name))
		case len(read) == 0:
			errs = append(errs, fmt.Errorf("%s.time_intervals: missing", key))
		}
		times[t.Name] = read
	}
	return times, errors.Join(errs...)
}

// those lists names for a sentence: a list of receivers in a file of one's own stands in the place of the built-in one.
func those(names map[string]bool) string {
	all := slices.DeleteFunc(slices.Sorted(maps.Keys(names)), func(name string) bool { return name == "" })
	return cmp.Or(strings.Join(all, ", "), "none")
}

func (r RouteConfig) validate(key string, receivers map[string]bool, times map[string]interval) error {
	var errs []error
	if r.Receiver != "" && !receivers[r.Receiver] {
		errs = append(errs, fmt.Errorf("%s.receiver: no receiver is named %q; there are %s", key, r.Receiver, those(receivers)))
	}
	for part, names := range map[string][]string{"mute_time_intervals": r.MuteTimeIntervals, "active_time_intervals": r.ActiveTimeIntervals} {
		for i, name := range names {
			if _, ok := times[name]; !ok {
				errs = append(errs, fmt.Errorf("%s.%s[%d]: no time interval is named %q", key, part, i, name))
			}
		}
	}
	if e := r.Escalate; e != nil {
		if !receivers[e.Receiver] {
			errs = append(errs, fmt.Errorf("%s.escalate.receiver: no receiver is named %q; there are %s", key, e.Receiver, those(receivers)))
		}
		if e.After <= 0 {
			errs = append(errs, fmt.Errorf("%s.escalate.after: %v is not a time such as 30m", key, e.After))
		}
	}
	errs = append(errs, validMatchers(key+".matchers", r.Matchers), validLabels(key+".group_by", r.GroupBy), notNegative(key+".group_wait", r.GroupWait), notNegative(key+".group_interval", r.GroupInterval),
		notNegative(key+".repeat_interval", r.RepeatInterval))
	for i, child := range r.Routes {
		errs = append(errs, child.validate(fmt.Sprintf("%s.routes[%d]", key, i), receivers, times))
	}
	return errors.Join(errs...)
}

func validMatchers(key string, matchers []string) error {
	var errs []error
	for i, m := range matchers {
		if _, err := parseMatcher(m); err != nil {
			errs = append(errs, fmt.Errorf("%s[%d]: %w", key, i, err))
		}
	}
	return errors.Join(errs...)
}

func validLabels(key string, names []string) error {
	var errs []error
	for i, label := range names {
		if !knownLabel(label) {
			errs = append(errs, fmt.Errorf("%s[%d]: %q is not one of %v", key, i, label, labelNames()))
		}
	}
	return errors.Join(errs...)
}

// onlyPrivate wants every receiver to which a route leads that asks for the kind private by name to be marked private.
func (r RouteConfig) onlyPrivate(key, above string, asked bool, private map[string]bool) error {
	var errs []error
	for _, text := range r.Matchers {
		m, err := parseMatcher(text)
		asked = asked || err == nil && m.names(store.AlertPrivate)
	}
	told := map[string]string{"receiver": cmp.Or(r.Receiver, above)}
	if r.Escalate != nil {
		told["escalate.receiver"] = r.Escalate.Receiver
	}
	for part, receiver := range told {
		if asked && !private[receiver] {
			errs = append(errs, fmt.Errorf("%s.%s: %q is not marked private: true, and only one person may be told that somebody is in danger", key, part, receiver))
		}
	}
	for i, child := range r.Routes {
		errs = append(errs, child.onlyPrivate(fmt.Sprintf("%s.routes[%d]", key, i), cmp.Or(r.Receiver, above), asked, private))
	}
	return errors.Join(errs...)
}

func notNegative(key string, d *time.Duration) error {
	if d != nil && *d < 0 {
		return fmt.Errorf("%s: %v is negative", key, *d)
	}
	return nil
}

func (r ReceiverConfig) validate(key string) error {
	var errs []error
	if r.Name == "" {
		errs = append(errs, fmt.Errorf("%s.name: missing", key))
	}
	var given []string
	for _, k := range kinds {
		if k.given(r) {
			given = append(given, k.name)
			errs = append(errs, k.validate(r, key+"."+k.name))
		}
	}
	if r.Private && !r.onePerson() {
		errs = append(errs, fmt.Errorf("%s.private: want a place that one person reads: email to exactly one address, ntfy with a token, or a direct message in slack (channel: U...)", key))
	}
	if len(given) != 1 {
		errs = append(errs, fmt.Errorf("%s: want exactly one kind of %v, has %v", key, kindNames(), given))
	}
	return errors.Join(errs...)
}
