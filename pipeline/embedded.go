package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	watchEvery = time.Second // between two looks at the embedded server
	mendFirst  = time.Second // before the embedded server is started again; doubles up to longestPause while that does not help
	mendCalm   = time.Minute // how long it must have worked for the next pause to be mendFirst again
	// reconnectWait is short, for the server is in this process.
	reconnectWait = 200 * time.Millisecond
)

// embedded is the server inside this process, and starts it again when it has fallen ill: after one write that failed
// it leaves every later publish to that stream without an answer, and on a full disk it may switch JetStream off, in
// both cases until it is started again. A disk that works again must not need a restart of the whole program.
type embedded struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	server *server.Server // nil while none could be started

	sick    chan error // capacity 1: a write that failed, from the server's log, which is the only place that tells it
	stop    context.CancelFunc
	stopped chan struct{}
}

func newEmbedded(dir string, log *slog.Logger) (*embedded, error) {
	ctx, stop := context.WithCancel(context.Background())
	e := &embedded{dir: dir, log: log, sick: make(chan error, 1), stop: stop, stopped: make(chan struct{})}
	s, err := startServer(dir, log, e.sick)
	if err != nil {
		stop()
		return nil, err
	}
	e.server = s
	go e.watch(ctx)
	return e, nil
}

// InProcessConn connects to the server that runs now; the client asks again after each restart.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return nil, errors.New("the embedded NATS server is not running")
	}
	return e.server.InProcessConn()
}

// close ends the watch and the server.
func (e *embedded) close() {
	e.stop()
	<-e.stopped
	if e.server != nil {
		stopServer(e.server)
	}
}

// watch starts the server again whenever it is ill, until ctx ends.
func (e *embedded) watch(ctx context.Context) {
	defer close(e.stopped)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	wait, mended := mendFirst, time.Time{}
	for {
		var cause error
		select {
		case <-ctx.Done():
			return
		case cause = <-e.sick:
		case <-tick.C:
			if e.server != nil && e.server.JetStreamEnabled() {
				continue
			}
			cause = errors.New("it switched itself off, as it does on a full disk")
		}
		if time.Since(mended) > mendCalm {
			wait = mendFirst
			e.log.Warn("the queue cannot write; it is started again until it can. Nothing is lost: work is queued again from the database", "error", cause)
		}
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, longestPause)
		e.restart()
		mended = time.Now()
	}
}

// restart replaces the server. Only watch calls it, so server is read without the lock there.
func (e *embedded) restart() {
	old := e.server
	e.set(nil)
	if old != nil {
		stopServer(old)
	}
	select {
	case said := <-e.sick: // of the old one
		e.log.Debug("the queue's last word before its restart", "error", said)
	default:
	}
	s, err := startServer(e.dir, e.log, e.sick)
	if err != nil {
		e.log.Debug("the queue could not be started again", "error", err)
		return
	}
	e.set(s)
}

func (e *embedded) set(s *server.Server) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server = s
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
