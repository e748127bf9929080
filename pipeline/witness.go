package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence"
	"doorknock/store"
)

// Witnesses takes what people saw. What comes in is a statement and a file beside it; what it leaves is a visit with its
// findings, the statement in the evidence folder, and the file there, sealed with a key of its own. All of it is on the
// disk and committed before it is answered.
type Witnesses struct {
	DB     *store.DB
	Keys   *audit.Keys
	Keeper crawler.Keeper
	Checks []crawler.Check
	Drop   func(file string) error // removes a file of the evidence folder
	Now    func() time.Time        // nil: time.Now

	one sync.Mutex // picture at a time
}

// Asked gives the questions that a person is asked about a place of this platform.
func (w *Witnesses) Asked(p audit.Platform) []audit.CheckID {
	var asked []audit.CheckID
	for _, id := range audit.Witnessed() {
		if slices.ContainsFunc(w.Checks, func(c crawler.Check) bool { return c.ID == id && slices.Contains(c.On, p) }) {
			asked = append(asked, id)
		}
	}
	return asked
}

// invitePurpose keeps these marks apart from those of other links.
const invitePurpose = "witness"

// Ticket gives the last part of an invitation's link: it names the invitation and when it ends, and is signed.
func (w *Witnesses) Ticket(v store.Invite) string {
	ends := strconv.FormatInt(v.Expires.Unix(), 36)
	return v.ID + "." + ends + "." + w.Keys.Sign(invitePurpose, v.ID, ends)
}

// Open gives the invitation of a ticket, which anybody may have written: store.ErrNotFound or store.ErrInviteOver.
func (w *Witnesses) Open(ctx context.Context, ticket string) (store.Invitation, error) {
	return w.openAt(ctx, ticket, w.now())
}

func (w *Witnesses) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

// longAgo is how old a look may be when it comes: an answer file may lie on a phone for a while.
const longAgo = 30 * 24 * time.Hour

// Take records one person's look. file is what came beside the statement, nil: nothing. Errors that wrap
// audit.ErrStatement, evidence.ErrArtefact or audit.ErrLooked are for that person.
func (w *Witnesses) Take(ctx context.Context, v store.Invitation, s audit.Statement, file []byte) (store.Recorded, error) {
	var out store.Recorded
	i := slices.IndexFunc(v.Targets, func(t store.Target) bool { return t.Channel.ID == s.Channel })
	if i < 0 {
		return out, fmt.Errorf("%w: it is about a page that this invitation does not ask about", audit.ErrStatement)
	}
	target, now := v.Targets[i], w.now().UTC()
	s.V, s.Campaign, s.Invite, s.URL, s.Control, s.Artefact = 1, v.Campaign, v.ID, target.Channel.URL, target.Control, nil
	s.At = s.At.UTC().Truncate(time.Second)
	switch asked := w.Asked(target.Channel.Platform); {
	case len(asked) == 0:
		return out, fmt.Errorf("%w: nothing is asked about pages of %s", audit.ErrStatement, target.Channel.Platform)
	case s.At.After(now.Add(10*time.Minute)) || now.Sub(s.At) > longAgo:
		return out, fmt.Errorf("%w: it says %s, which is not within the last thirty days", audit.ErrStatement, s.At.Format("2 Jan 2006"))
	default:
		if err := s.Check(asked); err != nil {
			return out, fmt.Errorf("take a look at %s: %w", s.URL, err)
		}
	}
	if looked, err := w.DB.HasVisit(ctx, s.VisitID()); err != nil || looked {
		return out, errors.Join(err, fmt.Errorf("take a look at %s: %w", s.URL, audit.ErrLooked))
	}
	visit, artefact, err := w.keep(ctx, target.Channel, &s, file)
	if err != nil {
		return out, err
	}
	findings := s.Findings(w.Asked(target.Channel.Platform))
	for n := range findings {
		findings[n].Verdict = findings[n].Verdict.Seen(visit.Captures[0].ID, s.URL, audit.ByWitness)
	}
	out, err = w.DB.Record(ctx, store.Recording{Visit: visit, Findings: findings, Now: now, Witness: &store.Witnessed{Statement: s, Inviter: v.Inviter, Artefact: artefact}})
	if err == nil && out.Duplicate {
		err = fmt.Errorf("take a look at %s: %w", s.URL, audit.ErrLooked)
	}
	return out, err
}

// keep puts the statement and the sealed file into the evidence folder and gives the visit that names them, the statement first.
func (w *Witnesses) keep(ctx context.Context, c audit.Channel, s *audit.Statement, file []byte) (v audit.Visit, artefact string, err error) {
	v = audit.Visit{V: 1, ID: s.VisitID(), Channel: c, How: audit.ByWitness, StartedAt: s.At, ObservedAt: s.At}
	given := func(what, kind string, body []byte, seal bool) error {
		address := "urn:doorknock:" + what + ":" + v.ID
		sum := sha256.Sum256(body)
		x := &evidence.Exchange{
			Method: http.MethodGet, URL: address, At: s.At, Given: true, Body: body, ResponseHead: []byte("HTTP/1.1 200 OK\r\nContent-Type: " + kind + "\r\n\r\n"),
		}
		k, err := w.Keeper.Keep(ctx, v.ID, x, seal)
		if err != nil {
			return fmt.Errorf("keep the %s: %w", what, err)
		}
		hash := hex.EncodeToString(sum[:])
		v.Captures = append(v.Captures, audit.Capture{
			ID: audit.LongHash("capture", v.ID, "GIVEN", address, hash), URL: address, Status: http.StatusOK, Type: kind, Hash: hash, Bytes: len(body),
			At: s.At, File: k.File, Offset: k.Offset, Sealed: k.Sealed, Key: k.Key,
		})
		return nil
	}
	var kept []byte
	if len(file) > 0 {
		w.one.Lock()
		var a audit.Artefact
		kept, a, err = evidence.NewArtefact(file)
		w.one.Unlock()
		if err != nil {
			return v, "", fmt.Errorf("take the file: %w", err)
		}
		s.Artefact = &a
	}
	if err := given("statement", "application/json", s.Bytes(), false); err != nil {
		return v, "", err
	}
	if s.Artefact != nil {
		if err := given(s.Artefact.Kind, s.Artefact.Type, kept, true); err != nil {
			return v, "", err
		}
		artefact = v.Captures[1].ID
	}
	return v, artefact, w.Keeper.Flush(ctx, v.ID)
}

// Withdraw takes back what a person said of a place, at that person's wish or the operator's.
func (w *Witnesses) Withdraw(ctx context.Context, visit, why string) error {
	files, err := w.DB.WithdrawLook(ctx, visit, why, w.now())
	if err != nil {
		return fmt.Errorf("withdraw a look: %w", err)
	}
	for _, file := range files {
		if err := w.Drop(file); err != nil {
			return fmt.Errorf("withdraw a look: %w", err)
		}
	}
	return nil
}
