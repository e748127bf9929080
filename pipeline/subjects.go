package pipeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/store"
)

// The streams.
const (
	streamJobs   = "JOBS"
	streamVisits = "VISITS"
	streamEvents = "EVENTS"
	streamDead   = "DEAD"
)

// The durable consumers. The two of EVENTS are also the names of the marks in the store's event rows.
const (
	durableCrawl  = "crawl"
	durableRecord = "record"
	durableDead   = "dead"

	// ConsumerScore assesses comments and recomputes scores.
	ConsumerScore = store.ScoreStage
	// ConsumerAlert routes events to receivers.
	ConsumerAlert = store.AlertStage
)

// bucketCaptures is where captures of crawlers on other machines wait for the record stage.
const bucketCaptures = "captures"

// captures is the bucket's policy; only an outside server has it. What lies there is sealed with the installation's key.
func captures(replicas int) jetstream.ObjectStoreConfig {
	return jetstream.ObjectStoreConfig{
		Bucket:      bucketCaptures,
		Description: "captures of crawlers without an evidence folder, sealed, waiting to be recorded",
		Storage:     jetstream.FileStorage,
		Replicas:    replicas,
		// A visit waits at most 24 h in VISITS, and its captures were sent before it: they must not end first. What nobody
		// fetches in two days belongs to a visit that was never handed on.
		TTL: 48 * time.Hour,
		// A visit's captures lie here from its end until it is recorded; no more visits are asked for while 256 messages wait
		// unrecorded (visitsWaiting). A visit of 40 pages of 100 KiB as sent is 4 MiB: 512 of them fill this. When it is full a
		// crawler waits with its captures in hand.
		MaxBytes: 2 << 30,
	}
}

const (
	// partBytes is the most one message carries. The server's own limit is 1 MiB, and a cluster's may be no higher.
	partBytes = 512 << 10
	// maxDeliver is how often a message is offered before it is given up and told to DEAD.
	maxDeliver = 8
	// defaultAckWait is how long a message in hand may be silent before another worker gets it. Long work says
	// "in progress" three times in that span.
	defaultAckWait = 30 * time.Second
)

// streams lists what every server must hold. All of it is on disk (file storage), and when a stream is full a publish
// is refused (DiscardNew): the default throws away the oldest message although its publisher was told it is safe
// (measured: a queue of ten acknowledged twenty and kept ten). MaxBytes are explicit so that a stalled stage cannot
// fill the disk that the database needs. Duplicates only spares work: keys in the database are what keeps rows single.
func streams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name:        streamJobs,
			Description: "channels to look at now, one message a lane",
			Subjects:    []string{"job.*"},
			Retention:   jetstream.WorkQueuePolicy,
			// One visit a domain, queued or running, in the world, however many crawlers there are: a job stays in the
			// stream until its visit is published, and a second one for the same lane is refused meanwhile.
			MaxMsgsPerSubject:    1,
			DiscardNewPerSubject: true,
			Discard:              jetstream.DiscardNew,
			Storage:              jetstream.FileStorage,
			MaxBytes:             256 << 20,
			// No visit takes six hours: a lane whose job was lost to an accident is free again after that.
			MaxAge:     6 * time.Hour,
			Duplicates: 2 * time.Minute,
		},
		{
			Name:        streamVisits,
			Description: "what was seen, sealed, waiting to be recorded",
			Subjects:    []string{"visit.*"},
			Retention:   jetstream.WorkQueuePolicy,
			Discard:     jetstream.DiscardNew,
			Storage:     jetstream.FileStorage,
			MaxBytes:    1 << 30,
			// A visit is recorded within milliseconds; one that nobody could record in a day is better made again.
			// Captures of remote crawlers outlive it (48 h).
			MaxAge:     24 * time.Hour,
			Duplicates: 2 * time.Minute,
		},
		{
			Name:        streamEvents,
			Description: "what was committed: ids, states, counts; never a person's words",
			Subjects:    []string{"event.change.*.*", "event.comments.*", "event.assessed.*", "event.state.*"},
			// Two consumers read it, so a message stays after the first has it.
			Retention:  jetstream.LimitsPolicy,
			Discard:    jetstream.DiscardNew,
			Storage:    jetstream.FileStorage,
			MaxBytes:   256 << 20,
			MaxAge:     30 * 24 * time.Hour,
			Duplicates: 2 * time.Minute,
		},
		{
			Name:        streamDead,
			Description: "advisories about messages given up or refused",
			// The server tells of these only once and by a plain message, lost where nobody listens: hence a stream.
			Subjects:   append(advisories("MAX_DELIVERIES"), advisories("MSG_TERMINATED")...),
			Retention:  jetstream.LimitsPolicy,
			Discard:    jetstream.DiscardNew,
			Storage:    jetstream.FileStorage,
			MaxBytes:   32 << 20,
			MaxAge:     30 * 24 * time.Hour,
			Duplicates: 2 * time.Minute,
		},
	}
}

// advisories are the subjects on which the server says that a message of our streams was given up or refused. DEAD is
// not among them, or a message that its watcher cannot read would go round for ever.
func advisories(what string) []string {
	var subjects []string
	for _, stream := range []string{streamJobs, streamVisits, streamEvents} {
		subjects = append(subjects, "$JS.EVENT.ADVISORY.CONSUMER."+what+"."+stream+".*")
	}
	return subjects
}

// consumer gives the policy all our consumers share: durable, pull, explicit acknowledgement, a finite number of
// deliveries. A message whose worker fell silent comes again after ackWait, the same each time: the worker died, most
// likely by no fault of the message. One that failed is given back with a wait that grows (backOff).
func consumer(name string, ackWait time.Duration, subjects ...string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:        name,
		AckPolicy:      jetstream.AckExplicitPolicy,
		DeliverPolicy:  jetstream.DeliverAllPolicy,
		FilterSubjects: subjects,
		AckWait:        ackWait,
		MaxDeliver:     maxDeliver,
		// Above what all crawlers of the world hold at once: the default of 1,000 would quietly stop the fleet.
		MaxAckPending: 10_000,
	}
}

// backOff is how long a message waits that failed at its nth delivery, from 1.
func backOff(ackWait time.Duration, n uint64) time.Duration {
	waits := [...]time.Duration{1, 1, 2, 4, 10, 20, 30}
	return ackWait * waits[min(max(n, 1), uint64(len(waits)))-1]
}

func jobSubject(lane string) string { return "job." + token(lane) }

func visitSubject(p audit.Platform) string { return "visit." + token(string(p)) }

func eventSubject(e audit.Event) (string, error) {
	switch e.Kind {
	case audit.EventChange:
		return "event.change." + token(e.Organisation) + "." + token(string(e.Check)), nil
	case audit.EventComments, audit.EventAssessed, audit.EventState:
		return "event." + string(e.Kind) + "." + token(e.Organisation), nil
	}
	return "", fmt.Errorf("event %s has the unknown kind %q", e.ID, e.Kind)
}

// token makes one word of a subject: dots become underscores, and so does all else that means something to NATS or
// is no part of a name. Two lanes made equal by this only wait for each other.
func token(word string) string {
	if word == "" {
		return "_"
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, word)
}
