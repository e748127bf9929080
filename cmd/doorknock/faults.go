//go:build faults

package main

import (
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// dieAtEnv says at which named point the program kills itself, and when it comes there for the nth time:
// DOORKNOCK_DIE_AT=after_send:3.
const dieAtEnv = "DOORKNOCK_DIE_AT"

// dieAt gives what the stages tell of the points they reach; nil where the environment names none. SIGKILL leaves the
// program no moment to tidy up, which is what the tests want.
func dieAt(getenv func(string) string) func(point string) {
	name, times, _ := strings.Cut(getenv(dieAtEnv), ":")
	if name == "" {
		return nil
	}
	nth, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		nth = 1
	}
	var left atomic.Int64
	left.Store(nth)
	return func(point string) {
		if point == name && left.Add(-1) == 0 {
			_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL) // our own process: it cannot fail
			select {}                                           // not one step more
		}
	}
}
