package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options say which server to use.
type Options struct {
	Config
	// Dir is data_dir; the embedded server keeps its streams in the folder jetstream inside it.
	Dir string
	// AckWait is how long a message in hand may be silent before it is offered again; 0 means 30 s. The demo and
	// tests that kill the program shorten it.
	AckWait time.Duration
	// Reached is told that a named point (AfterCapture, ...) was reached; nil but in tests that kill the program.
	Reached func(point string)
	// Crawler says that this program only crawls: it makes no streams, and waits until the machine that keeps has.
	Crawler bool
	// Away is told since when and why the queue cannot be reached, while Open waits for an outside server and by Watch; the
	// zero time: it can be. Nil: nobody is told but the log.
	Away func(ctx context.Context, since time.Time, why string) error
	// Lost is told when streams were begun anew although they had lived, and which. Nil: nobody is told but the log.
	Lost func(ctx context.Context, at time.Time, streams []string) error
	// Visited and Announced say that the database holds visits that came through the queue, and events that went through it in
	// the last days: streams that know of none were begun anew, and the operator is told.
	Visited, Announced bool
	// KeyPrint is audit.Keys.Print: an outside queue that holds the jobs of another installation is refused.
	KeyPrint string
	Log      *slog.Logger
}

// Broker is the connection to JetStream, and the embedded server where there is one.
type Broker struct {
	server   *embedded // nil where the server is outside
	outside  bool
	conn     *nats.Conn
	link     *link
	away     func(ctx context.Context, since time.Time, why string) error    // may be nil
	lostTold func(ctx context.Context, at time.Time, streams []string) error // may be nil
	remaking sync.Mutex
	js       jetstream.JetStream
	ackWait  time.Duration
	replicas int
	crawler  bool
	keyPrint string
	reached  func(point string)
	log      *slog.Logger
}

// Open connects to the outside server, or starts the embedded one, and makes sure that the streams are there.
//
// A JetStream folder that cannot be used is moved aside and a new one begun: all it held can be made again from the
// database. The operator gets one line about it, and about streams that have lost what they held.
func Open(ctx context.Context, o Options) (*Broker, error) {
	if o.AckWait == 0 {
		o.AckWait = defaultAckWait
	}
	if !o.Embedded() {
		return dial(ctx, o)
	}
	b, err := embed(ctx, o)
	if err == nil {
		b.tellLoss(ctx, o)
	}
	if err == nil || ctx.Err() != nil {
		return b, err
	}
	if bad := writable(o.Dir); bad != nil { // a new folder would fare no better, and nothing is wrong with this one
		return nil, fmt.Errorf("%w (%w)", bad, err)
	}
	folder := filepath.Join(o.Dir, server.JetStreamStoreDir)
	aside, moveErr := moveAside(folder)
	if moveErr != nil {
		return nil, fmt.Errorf("%w (%w)", moveErr, err)
	}
	b, again := embed(ctx, o)
	if again != nil { // it was not the folder's fault
		_ = os.RemoveAll(folder)     // a new one, with nothing in it
		_ = os.Rename(aside, folder) // it may not have been there
		return nil, fmt.Errorf("%w, and with a new folder: %w", err, again)
	}
	o.Log.Warn("the queue's folder could not be used; it was moved aside and a new one begun. Nothing is lost: work is queued again from the database",
		"moved_to", aside, "error", err)
	b.tellLost(ctx, names(streams()))
	return b, nil
}

func embed(ctx context.Context, o Options) (*Broker, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	e, err := newEmbedded(o.Dir, o.Log)
	if err != nil {
		return nil, err
	}
	l := &link{log: slog.New(slog.DiscardHandler)} // e tells of it
	conn, err := nats.Connect("", nats.Name("doorknock"), nats.MaxReconnects(-1), nats.InProcessServer(e), nats.ReconnectWait(reconnectWait),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.down(err) }), nats.ReconnectHandler(func(*nats.Conn) { l.up() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { o.Log.Warn("queue connection", "error", err) }))
	if err != nil {
		e.close()
		return nil, fmt.Errorf("connect to the embedded NATS server: %w", err)
	}
	b, err := newBroker(conn, l, o)
	if err == nil {
		err = b.readBack(ctx, filepath.Join(o.Dir, server.JetStreamStoreDir))
	}
	if err == nil {
		err = b.declare(ctx)
	}
	if err != nil {
		conn.Close()
		e.close()
		return nil, fmt.Errorf("prepare the queue: %w", err)
	}
	b.server = e
	return b, nil
}

func newBroker(conn *nats.Conn, l *link, o Options) (*Broker, error) {
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	return &Broker{
		conn: conn, link: l, away: o.Away, lostTold: o.Lost, js: js, outside: !o.Embedded(), ackWait: o.AckWait, replicas: max(o.Replicas, 1), crawler: o.Crawler,
		keyPrint: o.KeyPrint, reached: o.Reached, log: o.Log,
	}, nil
}

// writable reports, by its error, whether a file can be made in the folder now.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it holds nothing
	_, err = f.Write(make([]byte, 1<<20))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
	return nil
}

// readBack compares the folder's streams and consumers with those the server has. One whose settings are damaged it
// leaves out, and makes it neither whole nor away: every start from then on would begin with a queue that forgot who
// has had what. One without settings was cut short while it was made, and is made again.
func (b *Broker) readBack(ctx context.Context, folder string) error {
	files := os.DirFS(folder)
	found, err := fs.Glob(files, "*/streams/*/meta.inf")
	if err != nil {
		return fmt.Errorf("list the queue's folder: %w", err)
	}
	for _, settings := range found {
		name := path.Base(path.Dir(settings))
		stream, err := b.js.Stream(ctx, name)
		if err != nil {
			return fmt.Errorf("stream %s could not be read back: %w", name, err)
		}
		consumers, err := fs.Glob(files, path.Dir(settings)+"/obs/*/meta.inf")
		if err != nil {
			return fmt.Errorf("list the queue's folder: %w", err)
		}
		for _, c := range consumers {
			if _, err := stream.Consumer(ctx, path.Base(path.Dir(c))); err != nil {
				return fmt.Errorf("consumer %s of %s could not be read back: %w", path.Base(path.Dir(c)), name, err)
			}
		}
	}
	return nil
}

// tellLoss tells of streams that are new, or empty where they keep what passes, though the database knows what passed. What was
// lost of a stream that has lived and is empty by right, as JOBS is after every visit, cannot be told from what was done.
func (b *Broker) tellLoss(ctx context.Context, o Options) {
	var lost []string
	for _, s := range []struct {
		name  string
		lived bool
		knows func(jetstream.StreamState) uint64
	}{
		{streamJobs, o.Visited, func(s jetstream.StreamState) uint64 { return s.LastSeq }},
		{streamVisits, o.Visited, func(s jetstream.StreamState) uint64 { return s.LastSeq }},
		{streamEvents, o.Announced, func(s jetstream.StreamState) uint64 { return s.Msgs }},
	} {
		if stream, err := b.js.Stream(ctx, s.name); err == nil && s.lived && s.knows(stream.CachedInfo().State) == 0 {
			lost = append(lost, s.name)
		}
	}
	if len(lost) > 0 {
		b.log.Warn("the queue is new, or what it held is gone, and the database knows of work that went through it. Nothing is lost: work is queued again from the database",
			"streams", lost)
		b.tellLost(ctx, lost)
	}
}

// remake makes the streams that the server lost while we run, and tells which. What was in them is asked for and announced again, as
// what never reached a stream is.
func (b *Broker) remake(ctx context.Context) error {
	b.remaking.Lock() // who comes second finds nothing missing
	defer b.remaking.Unlock()
	var missing []string
	for _, s := range names(streams()) {
		if _, err := b.js.Stream(ctx, s); errors.Is(err, jetstream.ErrStreamNotFound) {
			missing = append(missing, s)
		}
	}
	if err := b.declare(ctx); err != nil || len(missing) == 0 {
		return err
	}
	b.log.Warn("the queue lost streams while we run; they are begun anew. Nothing is lost: work is queued again from the database", "streams", missing)
	b.tellLost(ctx, missing)
	return nil
}

// tellLost tells Options.Lost, where somebody is to be told.
func (b *Broker) tellLost(ctx context.Context, streams []string) {
	if b.lostTold == nil {
		return
	}
	if err := b.lostTold(ctx, time.Now(), streams); err != nil && ctx.Err() == nil {
		b.log.Debug("what the queue lost could not be kept", "error", err)
	}
}

func names(streams []jetstream.StreamConfig) []string {
	all := make([]string, len(streams))
	for i, s := range streams {
		all[i] = s.Name
	}
	return all
}

// moveAside renames the folder so that a person can still look at it.
func moveAside(folder string) (string, error) {
	aside := folder + ".unusable-" + time.Now().UTC().Format("20060102T150405.000")
	err := os.Rename(folder, aside)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("move the unusable queue folder aside: %w", err)
	}
	return aside, nil
}

// Close ends the connection and the embedded server. Messages in hand come again at the next start.
func (b *Broker) Close() {
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(time.Second) // what was given back is offered at once at the next start
	}
	b.conn.Close()
	if b.server != nil {
		b.server.close()
	}
}
