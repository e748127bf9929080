package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/term"

	"doorknock/audit"
	"doorknock/configs"
)

// shownOutput is what every command prints through. A character that would act on a terminal or on the text around it
// (an escape, a cursor control, a change of direction) is written as its JSON escape: inside JSON that is the same
// string, and anywhere else it is text to look at. So a command cannot forget it.
type shownOutput struct {
	to   io.Writer
	half []byte // the beginning of a character whose rest comes with the next write
}

// Write writes p with what acts escaped.
func (s *shownOutput) Write(p []byte) (int, error) {
	all := append(s.half, p...) //nolint:gocritic // half is taken over
	s.half = nil
	out := make([]byte, 0, len(all))
	for len(all) > 0 {
		if !utf8.FullRune(all) {
			s.half = all
			break
		}
		r, n := utf8.DecodeRune(all)
		switch {
		case r == utf8.RuneError && n == 1:
			out = utf8.AppendRune(out, r)
		case acts(r):
			out = appendEscape(out, r)
		default:
			out = append(out, all[:n]...)
		}
		all = all[n:]
	}
	if _, err := s.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// end writes what was begun and never ended.
func (s *shownOutput) end() {
	if len(s.half) > 0 {
		_, _ = io.WriteString(s.to, string(utf8.RuneError)) // the last bytes of a command whose exit code says how it went
	}
}

func acts(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d':
		return false
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

func appendEscape(out []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// unescaped gives the writer beneath, for the one thing of ours that moves the cursor: progress on a terminal.
func unescaped(w io.Writer) io.Writer {
	if s, ok := w.(*shownOutput); ok {
		return s.to
	}
	return w
}

// isTerminal reports whether a person is watching what is written.
func isTerminal(f any) bool {
	if s, ok := f.(*shownOutput); ok {
		f = s.to
	}
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// newLog makes the logger that the settings ask for. It writes to standard error, so that data on standard output stays clean.
func newLog(l configs.Log) *slog.Logger { return logTo(os.Stderr, l) }

func logTo(w io.Writer, l configs.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		level = slog.LevelInfo // the loader allows no other word
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: harmlessAttr}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// longestStack is how many characters of a stack are logged.
const longestStack = 8000

// harmlessAttr is the one way into the log: whatever an attribute holds becomes a line of at most audit.MaxLog bytes in
// which nothing acts and no password can be read. Numbers, times and durations stay what they are.
// A stack is ours, and of use only whole.
func harmlessAttr(_ []string, a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		if a.Key == "stack" {
			a.Value = slog.StringValue(audit.Cut(audit.Untrusted(v.String()).Text(), longestStack))
			break
		}
		a.Value = slog.StringValue(logged(v.String()))
	case slog.KindAny:
		if _, ok := v.Any().(slog.Level); !ok {
			a.Value = slog.StringValue(logged(fmt.Sprint(v.Any())))
		}
	}
	return a
}

// logged gives a text as the log may hold it. Most of a long one is dropped before it is searched for secrets.
func logged(text string) string {
	return audit.Untrusted(audit.HideSecrets(text[:min(len(text), 16*audit.MaxLog)])).Terminal()
}
