package alerts

import (
	"context"
	"log/slog"
	"strings"

	"doorknock/audit"
)

// logReceiver writes alerts to the program's own log. It never writes a person's words.
type logReceiver struct {
	name string
	log  *slog.Logger
}

func validateLog(ReceiverConfig, string) error { return nil }

func newLog(c ReceiverConfig, o Options) (Receiver, error) {
	return &logReceiver{name: c.Name, log: o.Log}, nil
}

// Send writes one line per alert.
func (l *logReceiver) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, item := range m.Items {
		attrs := []slog.Attr{slog.String("receiver", l.name), slog.String("delivery", m.ID)}
		words := m.notes()
		for _, line := range item.Lines {
			words = append(words, line.withLinks())
		}
		attrs = append(attrs, slog.String("text", audit.Untrusted(strings.Join(words, " ")).Terminal()))
		l.log.LogAttrs(ctx, slog.LevelInfo, "alert", attrs...)
	}
	return nil
}
