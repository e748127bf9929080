package pipeline

import (
	"errors"
	"fmt"
	"net/url"
)

// Config is the nats part of the configuration. Its zero value means the embedded server.
type Config struct {
	// URL is an outside NATS server or cluster, nats:// or tls://. Empty: the server inside this program, which opens no port.
	URL string `yaml:"url"`
	// CredsFile is the credentials file for that server.
	CredsFile string `yaml:"creds_file"`
}

// Embedded reports whether the server inside this program is to be used.
func (c Config) Embedded() bool { return c.URL == "" }

// Validate names every wrong key at once.
func (c Config) Validate() error {
	var wrong []error
	if c.URL != "" {
		u, err := url.Parse(c.URL)
		if err != nil || u.Host == "" || (u.Scheme != "nats" && u.Scheme != "tls") {
			// The address may hold a password, so it is not repeated.
			wrong = append(wrong, errors.New("nats.url: want nats://host:port or tls://host:port"))
		}
	}
	if c.URL == "" && c.CredsFile != "" {
		wrong = append(wrong, fmt.Errorf("nats.creds_file: set, but nats.url is not; the embedded server needs none"))
	}
	return errors.Join(wrong...)
}
