package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// child is this program at work in another process.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	pipe  io.ReadCloser
	said  *tail
}

// startChild runs this program and gives the first line it prints: an address.
func (g *rig) startChild(ctx context.Context, args ...string) (*child, string, error) {
	c := &child{cmd: exec.CommandContext(ctx, g.o.Program, args...), said: &tail{}}
	c.cmd.Stderr = c.said
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = 10 * time.Second
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, and we tell the child
	var err error
	if c.pipe, err = c.cmd.StdoutPipe(); err != nil {
		return nil, "", fmt.Errorf("start %s: %w", args[0], err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("start %s: %w", args[0], err)
	}
	c.lines = bufio.NewScanner(c.pipe)
	if !c.lines.Scan() {
		return nil, "", errors.Join(fmt.Errorf("%v said nothing but: %s", args, c.said), c.stop())
	}
	return c, strings.TrimSpace(c.lines.Text()), nil
}

// operator gives the address of a run's second line: the operator's pages, where /metrics is.
func (c *child) operator() (string, error) {
	if !c.lines.Scan() {
		return "", fmt.Errorf("no second address: %s", c.said)
	}
	address, _, _ := strings.Cut(strings.TrimSpace(c.lines.Text()), " ")
	return address, nil
}

// stop ends the child as a service manager would.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	_, _ = io.Copy(io.Discard, c.pipe)        // its last words are of no use
	err := c.cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() < 0 || errors.Is(err, context.Canceled) || errors.Is(err, os.ErrProcessDone) {
		return nil // ended by our signal before it listened for it
	}
	if err != nil {
		return fmt.Errorf("a process of the measurement: %w: %s", err, c.said)
	}
	return nil
}

// tail keeps the last of what a child complained of.
type tail struct{ last []byte }

// Write takes what the child says.
func (t *tail) Write(b []byte) (int, error) {
	t.last = append(t.last, b...)
	t.last = t.last[max(0, len(t.last)-2000):]
	return len(b), nil
}

func (t *tail) String() string { return string(t.last) }
