package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// pingEvery and pingsLost say how soon a connection counts as dead on which nothing comes: half a minute, the AckWait
	// after which the work in hand is somebody else's.
	pingEvery = 10 * time.Second
	pingsLost = 2
	// metadataKey is where the installation's key print stands at the consumer of JOBS.
	metadataKey = "doorknock_key"
)

var (
	// errAway is what the library means by a full buffer: there is no connection now, and nothing is kept for the next.
	errAway = errors.New("not connected to the NATS server")
	// errRefusedUs is wrapped where the server does not take our credentials: trying again would not help.
	errRefusedUs = errors.New("the NATS server refuses these credentials: set nats.creds_file, or nats.user and nats.password_file, to those of an account that may use the queue")
	// errOtherKey is wrapped where what the queue holds is sealed with another key than ours.
	errOtherKey = errors.New("the jobs in this queue are another installation's: key_file is not the key they were made with; copy it from the machine that keeps the data, or use another NATS account")
)

// dial connects to the outside server. A server that does not answer is waited for, with one line about it; one that
// refuses us is not.
func dial(ctx context.Context, o Options) (*Broker, error) {
	var trouble retry
	begun := time.Now()
	for {
		l := &link{log: o.Log.With("server", o.Servers())}
		conn, err := nats.Connect(o.URL, options(o, l)...)
		if err == nil {
			trouble.over(o.Log, "connected to the NATS server")
			return prepare(ctx, conn, l, o)
		}
		if !absent(err) {
			return nil, fmt.Errorf("connect to the NATS server %s: %w", o.Servers(), refusal(err))
		}
		o.tell(ctx, begun, err.Error())
		trouble.pause(ctx, o.Log, "the NATS server does not answer: "+o.Servers(), err)
		if ctx.Err() != nil {
			o.tell(context.WithoutCancel(ctx), time.Time{}, "")
			return nil, fmt.Errorf("connect to the NATS server %s: %w", o.Servers(), ctx.Err())
		}
	}
}

func options(o Options, l *link) []nats.Option {
	all := []nats.Option{
		nats.Name("doorknock"),
		nats.MaxReconnects(-1), // the server may be away for days; the stages wait
		// Credentials that are refused while we run are told and tried again: an operator may be changing them just now.
		nats.IgnoreAuthErrorAbort(),
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsLost),
		// Nothing is kept to be sent after a reconnection: an acknowledgement that comes a minute late would free a lane
		// in which somebody else is visiting by then. Every stage tries again itself.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.down(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { l.up() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { l.trouble(err) }),
	}
	if o.CredsFile != "" {
		all = append(all, nats.UserCredentials(o.CredsFile))
	}
	if o.User != "" {
		all = append(all, nats.UserInfoHandler(func() (string, string) {
			password, err := os.ReadFile(o.PasswordFile)
			if err != nil {
				l.trouble(fmt.Errorf("read nats.password_file: %w", err))
			}
			return o.User, strings.TrimSpace(string(password))
		}))
	}
	if o.CAFile != "" {
		all = append(all, nats.RootCAs(o.CAFile))
	}
	return all
}

// absent reports that no server answered, as when it is being restarted.
func absent(err error) bool {
	var network net.Error
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.As(err, &network)
}

// refusal puts a sentence before what a server says against our credentials.
func refusal(err error) error {
	for _, of := range []error{nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired, fs.ErrPermission} {
		if errors.Is(err, of) {
			return fmt.Errorf("%w (%w)", errRefusedUs, err)
		}
	}
	return err
}

// prepare makes the streams, unless we only crawl. A cluster that has just begun takes a while to choose its leaders.
func prepare(ctx context.Context, conn *nats.Conn, l *link, o Options) (*Broker, error) {
	b, err := newBroker(conn, l, o)
	var trouble retry
	for err == nil && !o.Crawler {
		if err = b.declare(ctx); err == nil {
			trouble.over(o.Log, "preparing the queue")
			b.tellLoss(ctx, o)
			break
		}
		if ctx.Err() == nil && passing(err) {
			trouble.pause(ctx, o.Log, "the queue cannot be prepared", err)
			err = nil
		}
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("prepare the queue on %s: %w", o.Servers(), err)
	}
	return b, nil
}

// passing reports that the server may do later what it does not do now.
func passing(err error) bool {
	if refused, ok := errors.AsType[*jetstream.APIError](err); ok {
		return refused.Code == 503 && refused.ErrorCode != jetstream.JSErrCodeJetStreamNotEnabled &&
			refused.ErrorCode != jetstream.JSErrCodeJetStreamNotEnabledForAccount
	}
	return !errors.Is(err, errOtherKey)
}

// declare creates what the server must hold, or brings that of an older version up to date.
func (b *Broker) declare(ctx context.Context) error {
	if b.outside {
		if c, err := b.js.Consumer(ctx, streamJobs, durableCrawl); err == nil {
			if err := b.sameKey(c.CachedInfo().Config); err != nil {
				return err
			}
		}
	}
	for _, s := range streams() {
		s.Replicas = b.replicas
		if _, err := b.js.CreateOrUpdateStream(ctx, s); err != nil {
			return fmt.Errorf("make stream %s: %w", s.Name, err)
		}
	}
	if !b.outside {
		return nil
	}
	if _, err := b.js.CreateOrUpdateObjectStore(ctx, captures(b.replicas)); err != nil {
		return fmt.Errorf("make bucket %s: %w", bucketCaptures, err)
	}
	// Crawlers only look for their consumer, so that their accounts need no right to make or change anything.
	if _, err := b.js.CreateOrUpdateConsumer(ctx, streamJobs, b.crawlConsumer()); err != nil {
		return fmt.Errorf("make consumer %s of %s: %w", durableCrawl, streamJobs, err)
	}
	return nil
}

// crawlConsumer is the consumer of JOBS, with the print of the key that its jobs are sealed with.
func (b *Broker) crawlConsumer() jetstream.ConsumerConfig {
	c := consumer(durableCrawl, b.ackWait)
	if b.keyPrint != "" {
		c.Metadata = map[string]string{metadataKey: b.keyPrint}
	}
	return c
}

// sameKey compares our key with that of the installation that made the consumer, where it says.
func (b *Broker) sameKey(c jetstream.ConsumerConfig) error {
	if theirs := c.Metadata[metadataKey]; theirs != "" && b.keyPrint != "" && theirs != b.keyPrint {
		return errOtherKey
	}
	return nil
}
