package alerts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"doorknock/audit"
)

// secretOf is where a receiver's secret comes from: the value of `key` (as it stands, or ${NAME} of the environment) or
// the file of `key_file`.
type secretOf struct {
	key   string
	value audit.Secret
	file  string
}

// validate says what is wrong before anything is read. check judges a value that stands there as it is.
func (s secretOf) validate(where string, needed bool, check func(string) error) error {
	switch {
	case s.value == "" && s.file == "" && needed:
		return fmt.Errorf("%s: %s_file or %s is missing", where, s.key, s.key)
	case s.value != "" && s.file != "":
		return fmt.Errorf("%s: has both %s_file and %s", where, s.key, s.key)
	case s.value != "" && variable(s.value.Reveal()) == "" && check != nil:
		if err := check(s.value.Reveal()); err != nil {
			return fmt.Errorf("%s.%s: %w", where, s.key, err)
		}
	}
	return nil
}

// read gives the secret, "" where none is configured. check judges what came; nil takes all.
func (s secretOf) read(getenv func(string) string, check func(string) error) (audit.Secret, error) {
	value := s.value.Reveal()
	if s.file != "" {
		data, err := readSecret(s.file)
		if err != nil {
			return "", fmt.Errorf("read %s_file: %w", s.key, err)
		}
		if value = strings.TrimSpace(string(data)); value == "" {
			return "", fmt.Errorf("read %s_file: %s is empty", s.key, s.file)
		}
	} else if v := variable(value); v != "" {
		if value = getenv(v); value == "" {
			return "", fmt.Errorf("%s: the environment has no %s", s.key, v)
		}
	}
	value = strings.TrimSpace(value)
	if check != nil && value != "" {
		if err := check(value); err != nil {
			return "", fmt.Errorf("%s: %w", s.key, err)
		}
	}
	return audit.Secret(value), nil
}

// variable gives NAME where text is ${NAME}, else "".
func variable(text string) string {
	if strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") {
		return text[2 : len(text)-1]
	}
	return ""
}

// readSecret reads no more than a secret is long: a device that was named by accident has no end.
func readSecret(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return io.ReadAll(io.LimitReader(f, 4<<10))
}

// oneLine refuses what would end a header's line.
func oneLine(value string) error {
	if strings.ContainsAny(value, "\r\n\x00") {
		return errors.New("has more than one line")
	}
	return nil
}
