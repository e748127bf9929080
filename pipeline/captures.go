package pipeline

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/evidence"
)

const (
	// parcelBytes is from which size on captures of a visit are sent on before it ends. One message holds as much, so
	// that most visits cost two: one for all captures, one for their entry in the bucket, each a sync of the server's disk.
	parcelBytes = partBytes
	// sendWait and fetchWait are how long one try may take. A crawler may sit behind a slow line with a page of eight
	// mebibytes; the machine that keeps is near its server.
	sendWait  = 2 * time.Minute
	fetchWait = 20 * time.Second
	// inParcel begins what stands in a capture's File while it travels; the rest is the parcel's name. No file of the
	// evidence folder has a colon.
	inParcel = "parcel:"
)

// A travelling is one exchange on its way to the evidence folder of another machine.
type travelling struct {
	Exchange evidence.Exchange
	Seal     bool // it holds people's words: it is to be sealed with a key of its own there
}

// parcel are the captures of a visit that are not yet sent.
type parcel struct {
	mu    sync.Mutex
	name  string // "" until the first capture
	holds []travelling
	size  int
}

// Shipper keeps the captures of a crawler that has no evidence folder: it sends them through the bucket of captures,
// sealed with the installation's key, and the record stage puts them into the folder. It is a crawler.Keeper.
//
// Captures of a visit go in parcels and not one by one, since each costs the server two syncs of its disk. What is
// not yet sent when the crawler dies belongs to a visit that was not handed on either, and is made again with it.
type Shipper struct {
	Broker *Broker
	Keys   *audit.Keys
	Log    *slog.Logger

	mu     sync.Mutex
	visits map[string]*parcel
}

// Keep takes one exchange. When it returns the capture may still be on this machine only: Ship sends the rest.
func (s *Shipper) Keep(ctx context.Context, visit string, x *evidence.Exchange, seal bool) (evidence.Kept, error) {
	p := s.of(visit)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return evidence.Kept{}, err
	}
	if p.name == "" {
		drawn := make([]byte, 16)
		if _, err := rand.Read(drawn); err != nil {
			return evidence.Kept{}, fmt.Errorf("name a parcel: %w", err)
		}
		p.name = hex.EncodeToString(drawn)
	}
	kept := evidence.Kept{File: inParcel + p.name, Offset: int64(len(p.holds))}
	p.holds = append(p.holds, travelling{*x, seal})
	p.size += len(x.Body) + len(x.RequestHead) + len(x.ResponseHead)
	if p.size < parcelBytes {
		return kept, nil
	}
	return kept, s.send(ctx, p)
}

// Flush does nothing: Ship, which waits for the server, is called by the stage and not by the crawler's worker.
func (s *Shipper) Flush(context.Context, string) error { return nil }

// Ship sends what is left of a visit's captures and forgets the visit. It returns when the server has them on its disk.
func (s *Shipper) Ship(ctx context.Context, visit string) error {
	p := s.of(visit)
	defer s.forget(visit)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.holds) == 0 {
		return nil
	}
	return s.send(ctx, p)
}

// forget drops what a visit that is not handed on has left. What it sent before ends with the bucket's time.
func (s *Shipper) forget(visit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.visits, visit)
}

func (s *Shipper) of(visit string) *parcel {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.visits[visit]
	if p == nil {
		if s.visits == nil {
			s.visits = map[string]*parcel{}
		}
		p = &parcel{}
		s.visits[visit] = p
	}
	return p
}

// send puts the parcel into the bucket, trying until that works or ctx ends, and empties it.
func (s *Shipper) send(ctx context.Context, p *parcel) error {
	sealed, err := seal(s.Keys, p.holds)
	if err != nil {
		return err
	}
	var trouble retry
	for {
		if err = s.Broker.put(ctx, p.name, sealed); err == nil {
			trouble.over(s.Log, "sending captures")
			p.name, p.holds, p.size = "", nil, 0
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("send captures: %w", errors.Join(err, ctx.Err()))
		}
		trouble.pause(ctx, s.Log, "captures cannot be sent", err)
	}
}

func (b *Broker) put(ctx context.Context, name string, sealed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	bucket, err := b.js.ObjectStore(ctx, bucketCaptures)
	if err != nil {
		return fmt.Errorf("find bucket %s: %w", bucketCaptures, err)
	}
	meta := jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: uint32(min(len(sealed), partBytes))}}
	if _, err := bucket.Put(ctx, meta, bytes.NewReader(sealed)); err != nil {
		return fmt.Errorf("put parcel into bucket %s: %w", bucketCaptures, err)
	}
	return nil
}

// errGone is wrapped where a parcel is not in the bucket any more, or is not what was put there.
var errGone = errors.New("the parcel is gone")

// get fetches a parcel.
func (b *Broker) get(ctx context.Context, keys *audit.Keys, name string) ([]travelling, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	sealed, err := b.getBytes(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound), errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrDigestMismatch), errors.Is(err, errGone):
		return nil, fmt.Errorf("%w: %w", errGone, err)
	case err != nil:
		return nil, fmt.Errorf("fetch parcel from bucket %s: %w", bucketCaptures, err)
	}
	var holds []travelling
	if err := open(keys, sealed, &holds); err != nil {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	return holds, nil
}

// getBytes reads an object, once it is sure that all of it is there: for a part that has ended its time the library
// would wait, and with it the visits behind this one.
func (b *Broker) getBytes(ctx context.Context, name string) ([]byte, error) {
	bucket, err := b.js.ObjectStore(ctx, bucketCaptures)
	if err != nil {
		return nil, err
	}
	object, err := bucket.GetInfo(ctx, name)
	if err != nil {
		return nil, err
	}
	stream, err := b.js.Stream(ctx, "OBJ_"+bucketCaptures)
	if err != nil {
		return nil, err
	}
	parts := "$O." + bucketCaptures + ".C." + object.NUID
	there, err := stream.Info(ctx, jetstream.WithSubjectFilter(parts))
	if err != nil {
		return nil, err
	}
	if have := there.State.Subjects[parts]; have != uint64(object.Chunks) {
		return nil, fmt.Errorf("%w: %d of its %d parts are there", errGone, have, object.Chunks)
	}
	return bucket.GetBytes(ctx, name)
}

// remove takes parcels out of the bucket. One that stays there ends with the bucket's time.
func (b *Broker) remove(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	bucket, err := b.js.ObjectStore(ctx, bucketCaptures)
	if err != nil {
		return fmt.Errorf("find bucket %s: %w", bucketCaptures, err)
	}
	for _, name := range names {
		if err := bucket.Delete(ctx, name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
			return fmt.Errorf("remove parcel from bucket %s: %w", bucketCaptures, err)
		}
	}
	return nil
}

// parcels names those in which captures of the visit travel, each once.
func parcels(v audit.Visit) []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range v.Captures {
		if name, ok := strings.CutPrefix(c.File, inParcel); ok && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
