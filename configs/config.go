package configs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/pipeline"
	"doorknock/store"
)

// Config is every setting of doorknock. configs/doorknock.yaml says what each means, its unit and its default.
type Config struct {
	Purpose       Purpose             `yaml:"purpose"`
	Publisher     Publisher           `yaml:"publisher"`
	Contact       string              `yaml:"contact"`
	DataDir       string              `yaml:"data_dir"`
	KeyFile       string              `yaml:"key_file"`
	Organisations string              `yaml:"organisations"`
	Scope         Scope               `yaml:"scope"`
	NATS          pipeline.Config     `yaml:"nats"`
	Crawl         Crawl               `yaml:"crawl"`
	Hosts         map[string]string   `yaml:"hosts"`
	Permission    map[string]string   `yaml:"permission"`
	Confirm       Confirm             `yaml:"confirm"`
	Publish       Publish             `yaml:"publish"`
	Retain        Retain              `yaml:"retain"`
	Platforms     map[string]Platform `yaml:"platforms"`
	Score         Score               `yaml:"score"`
	Alerts        alerts.Config       `yaml:"alerts"`
	Mail          alerts.MailConfig   `yaml:"mail"`
	Digest        Digest              `yaml:"digest"`
	Web           Web                 `yaml:"web"`
	Browser       Browser             `yaml:"browser"`
	Log           Log                 `yaml:"log"`
}

// Purpose says who runs this installation and for whom; it decides what must be told and what may be sent.
type Purpose string

// The purposes.
const (
	Private Purpose = "private"
	Team    Purpose = "team"
	Public  Purpose = "public"
)

// Publisher is who answers for what a public installation says.
type Publisher struct {
	Name        string `yaml:"name"`
	Address     string `yaml:"address"`
	PrivacyPage string `yaml:"privacy_page"`
}

// Scope limits which organisations of the list are looked at; an empty list limits nothing.
type Scope struct {
	Nations []string `yaml:"nations"`
	Sectors []string `yaml:"sectors"`
	IDs     []string `yaml:"ids"`
}

// Holds reports whether the organisation is within the scope.
func (s Scope) Holds(o audit.Organisation) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(s.Nations, o.Nation) && in(s.Sectors, o.Sector) && in(s.IDs, o.ID)
}

// Crawl are the limits of looking, how often a channel is looked at, and at which hours.
type Crawl struct {
	crawler.Config `yaml:",inline"`
	Interval       time.Duration `yaml:"interval"`
	Hours          string        `yaml:"hours"` // "08:00-18:00"; "": any time
}

// WorkingHours reads crawl.hours: the hours of Monday to Friday by London's clock, which all nations keep; zero: any time.
func (c Crawl) WorkingHours() (store.Hours, error) {
	if c.Hours == "" {
		return store.Hours{}, nil
	}
	from, to, _ := strings.Cut(c.Hours, "-")
	var h store.Hours
	for _, part := range []struct {
		text string
		into *time.Duration
	}{{from, &h.From}, {to, &h.To}} {
		at, err := time.Parse("15:04", strings.TrimSpace(part.text))
		if err != nil {
			return h, fmt.Errorf("%q are no hours; want them as \"08:00-18:00\"", c.Hours)
		}
		*part.into = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	}
	if h.To <= h.From {
		return h, fmt.Errorf("%q end before they begin; want them as \"08:00-18:00\"", c.Hours)
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return h, fmt.Errorf("read the time zone of London: %w", err)
	}
	h.Zone = zone
	return h, nil
}

// Confirm says when a state is believed.
type Confirm struct {
	After           time.Duration `yaml:"after"`
	QuarantineShare float64       `yaml:"quarantine_share"`
}

// Publish says when a confirmed state is shown to the public.
type Publish struct {
	Notice *int `yaml:"notice"` // working days; nil: 10 where the purpose is public, else 0
}

// NoticeDays gives the working days between confirming a state and showing it.
func (c Config) NoticeDays() int {
	switch {
	case c.Publish.Notice != nil:
		return *c.Publish.Notice
	case c.Purpose == Public:
		return 10
	}
	return 0
}

// Retain says how long personal data lives.
type Retain struct {
	Text     time.Duration `yaml:"text"`
	Captures time.Duration `yaml:"captures"`
}

// Platform is what the operator gives for one platform.
type Platform struct {
	TokenFile string  `yaml:"token_file"`
	BaseURL   string  `yaml:"base_url"`
	Budget    int     `yaml:"budget"`    // calls a day; of disqus: an hour
	Version   string  `yaml:"version"`   // of the interface
	HookFile  string  `yaml:"hook_file"` // of facebook: the app's secret and, on a second line, the word that Meta is to repeat
	Control   string  `yaml:"control"`   // address of a channel that is known to be open
	Cap       float64 `yaml:"cap"`       // US dollars a month
}

// Web says where the pages are served.
type Web struct {
	Listen       string `yaml:"listen"`
	AdminListen  string `yaml:"admin_listen"`
	PasswordFile string `yaml:"password_file"`
	Address      string `yaml:"address"`
}

// Browser is the optional browser for pages that a script draws.
type Browser struct {
	Path string `yaml:"path"`
}

// Log says what is logged, and in which form.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}
