package pipeline

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Config is the nats part of the configuration. Its zero value means the embedded server.
type Config struct {
	// URL is an outside NATS server, nats:// or tls://, or several of one cluster with commas between. Empty: the server
	// inside this program, which opens no port.
	URL string `yaml:"url"`
	// CredsFile is the credentials file for that server.
	CredsFile string `yaml:"creds_file"`
	// User and PasswordFile name an account by name and password instead; the file is read at every connection.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	// CAFile holds the certificates that the server's own is checked against; empty: those of this machine.
	CAFile string `yaml:"ca_file"`
	// Replicas is on how many servers of a cluster each stream is kept: 1, 3 or 5. 0 means 1.
	Replicas int `yaml:"replicas"`
}

// Embedded reports whether the server inside this program is to be used.
func (c Config) Embedded() bool { return c.URL == "" }

// Validate names every wrong key at once.
func (c Config) Validate() error {
	var wrong []error
	for one := range strings.SplitSeq(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if c.URL != "" && (err != nil || u.Host == "" || (u.Scheme != "nats" && u.Scheme != "tls")) {
			// The address may hold a password, so it is not repeated.
			wrong = append(wrong, errors.New("nats.url: want nats://host:port or tls://host:port, several with commas between"))
			break
		}
	}
	if c.Replicas != 0 && c.Replicas != 1 && c.Replicas != 3 && c.Replicas != 5 {
		wrong = append(wrong, fmt.Errorf("nats.replicas: %d, want 1, 3 or 5", c.Replicas))
	}
	if (c.User == "") != (c.PasswordFile == "") {
		wrong = append(wrong, errors.New("nats.user: wants nats.password_file beside it, and that wants nats.user"))
	}
	for _, of := range []struct {
		key string
		set bool
	}{{"creds_file", c.CredsFile != ""}, {"user", c.User != ""}, {"ca_file", c.CAFile != ""}, {"replicas", c.Replicas > 1}} {
		if c.URL == "" && of.set {
			wrong = append(wrong, fmt.Errorf("nats.%s: set, but nats.url is not; the embedded server needs none", of.key))
		}
	}
	return errors.Join(wrong...)
}

// Servers names the outside servers without what stands before an @, for people to read.
func (c Config) Servers() string {
	var names []string
	for one := range strings.SplitSeq(c.URL, ",") {
		if u, err := url.Parse(strings.TrimSpace(one)); err == nil {
			names = append(names, u.Host)
		}
	}
	return strings.Join(names, ", ")
}
