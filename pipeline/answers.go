package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/evidence/archive"
	"doorknock/store"
)

// FormatAnswers is what an import calls the file in which a phone keeps what its owner saw.
const FormatAnswers archive.Format = "answers"

const (
	// answersMark begins an answer file; the page that writes it (cmd/doorknock/offline.html) writes it first.
	answersMark = `{"doorknock":"looks"`
	answersMost = 64 << 20 // bytes of one: a picture for each of some places
	placesMost  = 200      // looks in one
)

// IsAnswers reports whether a file that begins so is an answer file.
func IsAnswers(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"), []byte(answersMark))
}

// answerFile is what the offline page writes.
type answerFile struct {
	Doorknock string `json:"doorknock"`
	V         int    `json:"v"`
	Ticket    string `json:"ticket"`
	Looks     []struct {
		audit.Statement

		File []byte `json:"file,omitempty"` // base64 of a picture or a saved page
	} `json:"looks"`
}

// Answers takes the looks of an answer file, which anybody may have written: what its invitation's form would take, and no
// more. An invitation counts as of the time of each look, so that a file may come after the link has ended. One look that cannot be
// taken costs the others nothing; the error then names it.
func (w *Witnesses) Answers(ctx context.Context, r io.Reader) (Imported, error) {
	out := Imported{Format: FormatAnswers}
	raw, err := io.ReadAll(io.LimitReader(r, answersMost+1))
	if err != nil {
		return out, fmt.Errorf("read an answer file: %w", err)
	}
	if len(raw) > answersMost {
		return out, fmt.Errorf("read an answer file: it has more than %d MB", answersMost>>20)
	}
	sum := sha256.Sum256(raw)
	out.SHA256 = hex.EncodeToString(sum[:])
	var file answerFile
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return out, fmt.Errorf("read an answer file: %w: %w", audit.ErrStatement, err)
	}
	if file.V != 1 || len(file.Looks) > placesMost {
		return out, fmt.Errorf("read an answer file: %w: version %d, %d looks", audit.ErrStatement, file.V, len(file.Looks))
	}
	out.Records = len(file.Looks)
	var failed []error
	for _, l := range file.Looks {
		took, err := w.answer(ctx, file.Ticket, l.Statement, l.File)
		if err != nil && !errors.Is(err, audit.ErrLooked) {
			failed = append(failed, err)
			continue
		}
		out.add(took)
	}
	return out, errors.Join(failed...)
}

// answer takes one look of a file; one that is there already is known.
func (w *Witnesses) answer(ctx context.Context, ticket string, s audit.Statement, file []byte) (ImportedLook, error) {
	v, err := w.openAt(ctx, ticket, s.At)
	if err != nil {
		return ImportedLook{}, err
	}
	s.V, s.Campaign, s.Invite = 1, v.Campaign, v.ID
	look := ImportedLook{Visit: s.VisitID(), Channel: s.Channel, At: s.At}
	i := slices.IndexFunc(v.Targets, func(t store.Target) bool { return t.Channel.ID == s.Channel })
	if i >= 0 {
		c := v.Targets[i].Channel
		look.Organisation, look.URL, look.Pages = c.Organisation, c.URL, 1
	}
	_, err = w.Take(ctx, v, s, file)
	if look.Known = errors.Is(err, audit.ErrLooked); err != nil {
		return look, err
	}
	findings, err := w.DB.VisitFindings(ctx, look.Visit)
	for _, f := range findings {
		look.Answers = append(look.Answers, ImportAnswer{Check: f.Check, Scope: f.Scope, State: f.Verdict.State(), Kind: f.Verdict.Kind()})
	}
	return look, err
}

// add counts a look that was taken.
func (i *Imported) add(l ImportedLook) {
	i.Pages += l.Pages
	if len(l.Answers) > 0 {
		i.Read++
	}
	i.Looks = append(i.Looks, l)
	if i.From.IsZero() || l.At.Before(i.From) {
		i.From = l.At
	}
	if l.At.After(i.To) {
		i.To = l.At
	}
}

// openAt is Open as of a time that has been.
func (w *Witnesses) openAt(ctx context.Context, ticket string, at time.Time) (store.Invitation, error) {
	if now := w.now(); at.IsZero() || at.After(now) {
		at = now
	}
	id, err := w.signed(ticket)
	if err != nil {
		return store.Invitation{}, err
	}
	return w.DB.Invitation(ctx, id, at)
}

// signed gives the invitation that a ticket of ours names.
func (w *Witnesses) signed(ticket string) (id string, err error) {
	parts := strings.Split(ticket, ".")
	if len(parts) != 3 || len(ticket) > 128 || !w.Keys.Signed(parts[2], invitePurpose, parts[0], parts[1]) {
		return "", fmt.Errorf("open an invitation: %w", store.ErrNotFound)
	}
	return parts[0], nil
}

// Offline is what the page that needs no network is made from: one invitation with its places.
type Offline struct {
	Ticket string         `json:"ticket"`
	Title  string         `json:"title"`
	Ends   time.Time      `json:"ends"`
	Most   int            `json:"most"` // bytes of one file
	Posts  int            `json:"posts"`
	Places []OfflinePlace `json:"places"`
}

// OfflinePlace is one place of it.
type OfflinePlace struct {
	Channel string          `json:"channel"`
	Name    string          `json:"name"`
	URL     string          `json:"url"`
	Control string          `json:"control"`
	Asked   []audit.CheckID `json:"asked"`
}

// Offline gives what the offline page of a ticket asks.
func (w *Witnesses) Offline(ctx context.Context, ticket string) (Offline, error) {
	v, err := w.Open(ctx, ticket)
	if err != nil {
		return Offline{}, err
	}
	o := Offline{Ticket: ticket, Title: v.Title, Ends: v.Expires, Most: evidence.MaxArtefact, Posts: audit.LastPosts}
	for _, t := range v.Targets {
		o.Places = append(o.Places, OfflinePlace{Channel: t.Channel.ID, Name: t.Name, URL: t.Channel.URL, Control: t.Control, Asked: w.Asked(t.Channel.Platform)})
	}
	return o, nil
}
