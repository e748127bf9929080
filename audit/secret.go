package audit

import (
	"log/slog"
	"regexp"
)

// Secret is a password, token or webhook address. However it is printed, marshalled or logged it reads [redacted];
// only Reveal gives it, at the place where it is sent to the one it belongs to.
type Secret string

const redacted = "[redacted]"

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret, and tells an empty one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON, YAML and XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// HideSecrets is the net under Secret, for text that was put together elsewhere, as the error of a library: it hides the
// password of an address, the path of a Slack webhook or answer, Slack's tokens, and what stands behind a word such as token= or password=.
func HideSecrets(text string) string {
	for _, s := range secretShapes {
		text = s.ReplaceAllString(text, "${1}"+redacted)
	}
	return text
}

var secretShapes = []*regexp.Regexp{
	regexp.MustCompile(`(://)[^\s/@"']{1,256}@`),
	regexp.MustCompile(`(/services/)[A-Za-z0-9/_-]+`),
	regexp.MustCompile(`()\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]+`),
	regexp.MustCompile(`(hooks\.slack\.com/(?:commands|actions|app)/)[A-Za-z0-9/_%-]+`),
	regexp.MustCompile(`(?i)\b((?:access_|api_|auth_)?(?:token|ticket|key|secret|password|passwd|pwd|signature)=)[^\s&"']+`),
}
