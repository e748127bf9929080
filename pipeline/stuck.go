package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// refusedWaits is for how many ack waits a lane is refused before it is looked at why, and between two such looks.
const refusedWaits = 5

// refusedLane looks, now and then, whether a lane that is taken is taken by a job that was done: a write of the queue's folder that
// failed can leave it in the stream, where no crawler gets it any more, and the lane would wait until the job's six hours are over.
func (s *Schedule) refusedLane(ctx context.Context, lane string, now time.Time) {
	if s.refused == nil {
		s.refused = make(map[string]time.Time)
	}
	since, known := s.refused[lane]
	if waited := now.Sub(since); known && waited >= 0 && waited < refusedWaits*s.Broker.ackWait {
		return
	}
	s.refused[lane] = now
	if !known {
		return
	}
	switch freed, err := s.Broker.freeLane(ctx, lane); {
	case err != nil: // the other lanes do not wait for it
		s.Log.Warn("cannot look why a domain is taken", "error", err)
	case freed:
		s.Log.Info("a job that was done was still in the queue, and was taken out", "lane", lane)
	}
}

// freeLane takes a lane's job out of the stream where the crawlers' consumer has it and all before it behind itself: it was
// acknowledged, and will not be given to anybody. A job in hand or waiting lies above that floor.
func (b *Broker) freeLane(ctx context.Context, lane string) (freed bool, err error) {
	fail := func(err error) (bool, error) { return false, fmt.Errorf("look at the job of lane %s: %w", lane, err) }
	stream, err := b.js.Stream(ctx, streamJobs)
	if err != nil {
		return fail(err)
	}
	job, err := stream.GetLastMsgForSubject(ctx, jobSubject(lane))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return fail(err)
	}
	consumer, err := stream.Consumer(ctx, durableCrawl)
	if errors.Is(err, jetstream.ErrConsumerNotFound) { // no crawler has come yet
		return false, nil
	}
	if err != nil {
		return fail(err)
	}
	if job.Sequence > consumer.CachedInfo().AckFloor.Stream {
		return false, nil
	}
	if err := stream.DeleteMsg(ctx, job.Sequence); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return fail(err)
	}
	return true, nil
}

// lost reports that no job of a lane is in the queue and no visit waits to be recorded: what was queued was given up, or what was
// seen was. A job leaves the queue after its visit has come, and a visit after it is recorded; a channel that is still due at the
// next look, after that, is nobody's.
func (b *Broker) lost(ctx context.Context, lane string) (bool, error) {
	stream, err := b.js.Stream(ctx, streamJobs)
	if err == nil {
		_, err = stream.GetLastMsgForSubject(ctx, jobSubject(lane))
	}
	switch {
	case err == nil:
		return false, nil
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return false, fmt.Errorf("look for the job of lane %s: %w", lane, err)
	}
	visits, err := b.waiting(ctx, streamVisits)
	return visits == 0, err
}
