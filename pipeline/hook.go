package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// What a message that a platform sends by itself may weigh, and how old one may be: Meta tries again for a day and a half.
const (
	hookBytes = 1 << 20
	hookAge   = 48 * time.Hour
)

// HookTold is what one message says of one channel: the visit that keeps it, without its id and times, and what it told by
// outcome. A channel with an empty id is a page that nobody here knows.
type HookTold struct {
	Visit    audit.Visit
	At       time.Time
	Outcomes map[string]int
}

// Hook takes Facebook's messages. What it says is committed before it is answered; what bears no signature of the app's
// secret, comes twice, is old, or tells of a page that nobody knows is refused and counted.
type Hook struct {
	DB     *store.DB
	Secret audit.Secret // of the app
	Verify audit.Secret // the word that Meta repeats when the hook is set up
	// Read takes a message apart; an error says that it has not the shape.
	Read func(ctx context.Context, body []byte) ([]HookTold, error)
	Now  func() time.Time // nil: time.Now
	Log  *slog.Logger
}

// ServeHTTP answers Meta: 200 for what was taken and for what need not come again, 403 without a signature, 400 for another
// shape, 503 where it could not be kept and is to come again.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		h.verify(w, r)
	case http.MethodPost:
		h.take(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// verify repeats Meta's challenge to whoever knows the word.
func (h *Hook) verify(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	challenge := q.Get("hub.challenge")
	if q.Get("hub.mode") != "subscribe" || subtle.ConstantTimeCompare([]byte(q.Get("hub.verify_token")), []byte(h.Verify.Reveal())) != 1 ||
		len(challenge) > 100 || strings.Trim(challenge, "0123456789") != "" {
		h.refuse(w, r, "signature", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, challenge) // digits
}

func (h *Hook) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, hookBytes))
	if err != nil {
		h.refuse(w, r, "shape", http.StatusBadRequest)
		return
	}
	if !h.signed(body, r.Header.Get("X-Hub-Signature-256")) {
		h.refuse(w, r, "signature", http.StatusForbidden)
		return
	}
	told, err := h.Read(r.Context(), body)
	if err != nil {
		h.refuse(w, r, "shape", http.StatusBadRequest)
		return
	}
	outcomes, sum := map[string]int{}, sha256.Sum256(body)
	for i, t := range told {
		if err := h.keep(r.Context(), t, strconv.Itoa(i)+" "+hex.EncodeToString(sum[:]), outcomes); err != nil {
			h.Log.Error("a message of Facebook could not be kept; it will come again", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	h.count(r.Context(), outcomes)
	w.WriteHeader(http.StatusOK)
}

// signed compares the signature in time that tells nothing.
func (h *Hook) signed(body []byte, header string) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(header, "sha256="))
	mac := hmac.New(sha256.New, []byte(h.Secret.Reveal()))
	mac.Write(body)
	return err == nil && h.Secret != "" && strings.HasPrefix(header, "sha256=") && hmac.Equal(given, mac.Sum(nil))
}

// keep records what a message tells of one channel. The same message again is a visit that is there already.
func (h *Hook) keep(ctx context.Context, t HookTold, sum string, outcomes map[string]int) error {
	now := h.now().UTC()
	v := t.Visit
	switch {
	case v.Channel.ID == "":
		outcomes["refused: unknown"]++
		return nil
	case now.Sub(t.At) > hookAge || t.At.After(now.Add(10*time.Minute)):
		outcomes["refused: old"]++
		return nil
	}
	v.V, v.ID, v.How, v.Told = 1, audit.LongHash("told", v.Channel.ID, sum), audit.PageToken, true
	v.StartedAt, v.ObservedAt, v.Captures = now, now, []audit.Capture{}
	done, err := h.DB.Record(ctx, store.Recording{Visit: v, Now: now})
	if err != nil {
		return err
	}
	if done.Duplicate {
		outcomes["refused: replayed"]++
		return nil
	}
	for what, n := range t.Outcomes {
		outcomes[what] += n
	}
	return nil
}

func (h *Hook) refuse(w http.ResponseWriter, r *http.Request, why string, status int) {
	h.count(r.Context(), map[string]int{"refused: " + why: 1})
	w.WriteHeader(status)
}

func (h *Hook) count(ctx context.Context, outcomes map[string]int) {
	if len(outcomes) == 0 {
		return
	}
	if err := h.DB.CountHooks(ctx, outcomes, h.now()); err != nil && !errors.Is(err, context.Canceled) {
		h.Log.Warn("messages of Facebook are not counted", "error", err)
	}
}

func (h *Hook) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}
