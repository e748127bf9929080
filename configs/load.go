package configs

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// DefaultName is what the built-in settings are called in messages, and where they stand in the source.
const DefaultName = "configs/doorknock.yaml"

//go:embed doorknock.yaml
var defaultFile []byte

// Default gives the built-in settings.
func Default() Config {
	c, err := read(DefaultName, nil, nil)
	if err != nil {
		panic("configs: the built-in settings are wrong: " + err.Error()) // a test reads them
	}
	return c
}

// Load reads the settings file at path over the built-in ones; an empty path gives the built-in ones alone. The
// environment is asked for secrets written as ${NAME}. All mistakes are told at once, as Mistakes.
func Load(path string, env func(string) (string, bool)) (Config, error) {
	if path == "" {
		return read(DefaultName, nil, env)
	}
	data, err := readFile(path, maxFile)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Config{}, Mistakes{{File: path, Text: "there is no such file; name another with --config, or leave it out for the built-in settings"}}
	case err != nil:
		return Config{}, fmt.Errorf("read settings: %w", err)
	}
	return read(path, data, env)
}

// read lays data over the built-in settings and checks the whole.
func read(file string, data []byte, env func(string) (string, bool)) (Config, error) {
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	var c Config
	base := decoder{file: DefaultName, env: env, at: map[string]*token.Position{}}
	base.decode(defaultFile, &c)
	if len(base.mistakes) > 0 {
		return Config{}, base.mistakes.err()
	}
	d := decoder{file: file, env: env, at: map[string]*token.Position{}}
	d.decode(data, &c)
	unread := d.mistakes
	for _, m := range c.check(&d) {
		if !unread.about(m.Key) {
			d.mistakes = append(d.mistakes, m)
		}
	}
	return c, d.mistakes.err()
}

// about reports whether a mistake lies at the key or within it: what could not be read is not called missing as well.
func (m Mistakes) about(key string) bool {
	return slices.ContainsFunc(m, func(one Mistake) bool {
		return one.Key == key || strings.HasPrefix(one.Key, key+".") || strings.HasPrefix(one.Key, key+"[")
	})
}
