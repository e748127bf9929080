package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// ErrNotLoopback is wrapped when the pages are asked to listen where other machines can reach them.
var ErrNotLoopback = errors.New("the pages have no password yet and listen on this machine only")

// Loopback reports, by an error that wraps ErrNotLoopback, an address that other machines could reach.
func Loopback(address net.Addr) error {
	a, err := netip.ParseAddrPort(address.String())
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	if !a.Addr().Unmap().IsLoopback() {
		return fmt.Errorf("listen on %s: %w; use 127.0.0.1", address, ErrNotLoopback)
	}
	return nil
}

// readTimeout is how long a request may take to arrive, where its page does not ask for longer (Guard.Takes).
const readTimeout = 15 * time.Second

// Serve answers on the listener until ctx ends, then lets running answers finish for up to five seconds. It closes
// the listener, and refuses one that is not on a loopback address.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	if err := Loopback(l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       readTimeout,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve pages on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // a reader who hangs does not keep the process
	}
	if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	if err != nil {
		return fmt.Errorf("stop serving pages: %w", err)
	}
	return nil
}

// Warm makes the pages that read most once, for nobody, so that the first reader does not wait for templates, memory and a
// file that nobody has read yet. What goes wrong is for a reader's request to tell.
func Warm(ctx context.Context, h http.Handler) {
	for _, path := range []string{"/league", "/"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://127.0.0.1"+path, nil)
		if err != nil {
			return
		}
		h.ServeHTTP(nobody{http.Header{}}, r)
	}
}

// nobody takes an answer and keeps nothing.
type nobody struct{ h http.Header }

// Header takes what is said of the answer.
func (n nobody) Header() http.Header { return n.h }

// WriteHeader takes the status.
func (n nobody) WriteHeader(int) {}

// Write takes a part of the answer.
func (n nobody) Write(b []byte) (int, error) { return len(b), nil }
