package main

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestDemoReadByNobody: a demo whose output is cut off after the first line, as by `| head -1`, ends and takes its folder away.
func TestDemoReadByNobody(t *testing.T) {
	t.Parallel() // it waits for the script
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cmd := exec.Command(bin, "demo", "--listen", "127.0.0.1:0")
	cmd.Stdout, cmd.Env = write, append(os.Environ(), "TMPDIR="+folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(slower*2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	if _, err := bufio.NewReaderSize(read, 16).ReadString('\n'); err != nil {
		t.Errorf("the first line: %v", err)
	}
	if err := read.Close(); err != nil {
		t.Error(err)
	}
	if err := write.Close(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if !cmd.ProcessState.Success() {
		t.Errorf("the demo ended otherwise than well: %v", cmd.ProcessState)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v in its folder (%v)", left, err)
	}
}
