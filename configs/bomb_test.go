//go:build !race

package configs

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/score/comment"
)

// Any bytes in, an assessment out within 100 ms of one processor's time, with the rules as they are; on a slower processor within
// four times what a plain text takes that is as long as the encoder reads. The race detector would make it ten times that.
func TestHazardBombs(t *testing.T) {
	_, rules := builtinScorer(t)
	scorer, err := comment.NewTrained(rules)
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	plain := strings.Repeat("The garden party was lovely, but I rang about the boiler three weeks ago and nobody called back. ", 24)
	scorer.Assess("the first one reads the model")
	const thisThread = 1 // RUSAGE_THREAD
	clock := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(thisThread, &u); err != nil {
			t.Skipf("no clock of a thread here: %v", err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for _, words := range []string{"mould ", "no no no no mould ", "leak fixed not ", "water water water off water ", "fire door fire door not ", "what if ",
		"my our if you gas ", "no ", "ceiling roof wall stairs ", "Smell gas. Sorted! ", "a", "\xff", "kill ", "is is is has ", "I'll kill you ", "\"I'll kill\" he said ", "dm me loans £5 www.a.example ", "07700 900456 "} {
		least, may := time.Hour, 100*time.Millisecond
		for range 5 { // the least of some, since other work shares the processor's caches
			start := clock()
			a := scorer.Assess("I smell gas. " + strings.Repeat(words, (1<<20)/len(words)))
			least = min(least, clock()-start)
			if len(a.Hazards) == 0 || a.Hazards[0].ID != "gas" {
				t.Errorf("%q hides the gas", words)
			}
			if least <= may {
				break
			}
			start = clock()
			scorer.Assess(plain)
			may = max(may, 4*(clock()-start))
		}
		if least > may {
			t.Errorf("a megabyte of %q took %v", words, least)
		}
	}
}
