package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startServer runs the embedded server. It opens no port: the only way in is a connection inside this process. sick is
// told the first write that failed.
func startServer(dir string, log *slog.Logger, sick chan<- error) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "doorknock",
		DontListen: true,
		JetStream:  true,
		// The server puts its folder "jetstream" into this one.
		StoreDir: dir,
		// By default the server says "safe" before anything is on the disk and syncs every two minutes: after a power cut
		// whole streams were gone (measured). This costs one fsync a message, and we send one message a visit.
		SyncAlways: true,
		// More than the streams' MaxBytes together, so that the server never refuses to make one because a share of a
		// small disk was reserved for it.
		JetStreamMaxStore: 4 << 30,
		// We stop it in order; its own signal handler would end it under the stages' feet.
		NoSigs: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start the embedded NATS server: %w", err)
	}
	fatal := make(chan error, 1)
	s.SetLoggerV2(serverLog{log, fatal, sick}, false, false, false)
	go s.Start()
	if err := ready(s, fatal); err != nil {
		stopServer(s)
		return nil, fmt.Errorf("start the embedded NATS server: %w", err)
	}
	return s, nil
}

func ready(s *server.Server, fatal <-chan error) error {
	for range 200 {
		if s.ReadyForConnections(100 * time.Millisecond) {
			if !s.JetStreamEnabled() {
				return errors.New("JetStream could not open its folder")
			}
			return nil
		}
		select {
		case err := <-fatal:
			return err
		default:
		}
	}
	return errors.New("not ready after 20 s")
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// serverLog passes the server's warnings and errors on and drops the rest: its notices are about itself.
type serverLog struct {
	log   *slog.Logger
	fatal chan<- error
	sick  chan<- error
}

// Noticef drops a notice.
func (serverLog) Noticef(string, ...any) {}

// Debugf drops a debug line.
func (serverLog) Debugf(string, ...any) {}

// Tracef drops a trace line.
func (serverLog) Tracef(string, ...any) {}

// Warnf passes a warning on. That a stream's index is made again, as after every kill, is no warning to an operator.
func (l serverLog) Warnf(format string, args ...any) {
	level := slog.LevelWarn
	if strings.HasPrefix(format, "Filestore [") {
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, "queue server", "says", fmt.Sprintf(format, args...))
}

// Errorf passes an error on. After a write that failed a stream takes nothing until the server is started again, and
// the server says so here and nowhere else.
func (l serverLog) Errorf(format string, args ...any) {
	says := fmt.Sprintf(format, args...)
	if strings.Contains(strings.ToLower(says), "critical write error") {
		select {
		case l.sick <- errors.New(says):
		default:
		}
		return
	}
	l.log.Warn("queue server", "error", says)
}

// Fatalf hands the error to whoever starts the server. It does not end the program, as the server's own logger would.
func (l serverLog) Fatalf(format string, args ...any) {
	select {
	case l.fatal <- fmt.Errorf(format, args...):
	default:
		l.Errorf(format, args...)
	}
}
