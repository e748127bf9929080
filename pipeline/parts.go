package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The headers of one part of a visit that is longer than partBytes. They tell nothing of what is sealed.
const (
	headerAttempt = "Doorknock-Attempt" // digest of the sealed whole
	headerPart    = "Doorknock-Part"    // from 0
	headerParts   = "Doorknock-Parts"
)

const (
	mostParts = visitBytes/partBytes + 1
	// partsWait is how long parts wait for the rest. A crawler that died between two parts has not acknowledged its
	// job, so the visit comes again as another attempt.
	partsWait = 10 * time.Minute
)

// split makes the messages of one sealed visit. Nats-Msg-Id is the visit's id and the part, so that a job crawled
// twice is recorded once. Where there are several parts it names the attempt too: two attempts are sealed differently,
// and a part of the one never fits the other, so the server must not take the second's for repeats of the first's.
func split(subject, visit string, sealed []byte) []*nats.Msg {
	if len(sealed) <= partBytes {
		return []*nats.Msg{{Subject: subject, Data: sealed, Header: nats.Header{nats.MsgIdHdr: {visit + ".0"}}}}
	}
	sum := sha256.Sum256(sealed)
	attempt := hex.EncodeToString(sum[:8])
	n := (len(sealed) + partBytes - 1) / partBytes
	messages := make([]*nats.Msg, n)
	for i := range messages {
		messages[i] = &nats.Msg{
			Subject: subject,
			Data:    sealed[i*partBytes : min((i+1)*partBytes, len(sealed))],
			Header: nats.Header{
				nats.MsgIdHdr: {fmt.Sprintf("%s.%d.%s", visit, i, attempt)},
				headerAttempt: {attempt},
				headerPart:    {strconv.Itoa(i)},
				headerParts:   {strconv.Itoa(n)},
			},
		}
	}
	return messages
}

// A partial is a sealed visit of which some parts have come.
type partial struct {
	parts [][]byte
	from  []jetstream.Msg
	have  int
	since time.Time
}

// assembly joins parts to wholes. It is used by one goroutine at a time.
type assembly struct{ waiting map[string]*partial }

// add takes one message and gives the sealed whole with the messages it came in, once all are there; until then, nothing.
func (a *assembly) add(m jetstream.Msg, now time.Time) ([]byte, []jetstream.Msg, error) {
	attempt := m.Headers().Get(headerAttempt)
	if attempt == "" {
		return m.Data(), []jetstream.Msg{m}, nil
	}
	i, err1 := strconv.Atoi(m.Headers().Get(headerPart))
	n, err2 := strconv.Atoi(m.Headers().Get(headerParts))
	if err := errors.Join(err1, err2); err != nil || n < 1 || n > mostParts || i < 0 || i >= n {
		return nil, nil, fmt.Errorf("part %d of %d: %w", i, n, errors.Join(err, errors.New("not a part of a visit")))
	}
	p := a.waiting[attempt]
	if p == nil {
		p = &partial{parts: make([][]byte, n), from: make([]jetstream.Msg, n), since: now}
		a.waiting[attempt] = p
	}
	if len(p.parts) != n {
		return nil, nil, fmt.Errorf("part %d of %d: other parts say of %d", i, n, len(p.parts))
	}
	if p.parts[i] == nil {
		p.have++
	}
	p.parts[i], p.from[i] = m.Data(), m
	if p.have < n {
		return nil, nil, nil
	}
	delete(a.waiting, attempt)
	var whole []byte
	for _, part := range p.parts {
		whole = append(whole, part...)
	}
	return whole, p.from, nil
}

// stale removes the partials that waited too long and gives their messages.
func (a *assembly) stale(now time.Time) []jetstream.Msg {
	var left []jetstream.Msg
	for attempt, p := range a.waiting {
		if now.Sub(p.since) < partsWait {
			continue
		}
		delete(a.waiting, attempt)
		for _, m := range p.from {
			if m != nil {
				left = append(left, m)
			}
		}
	}
	return left
}
