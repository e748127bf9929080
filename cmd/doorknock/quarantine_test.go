package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/configs"
)

func TestQuarantineCommands(t *testing.T) {
	dir := t.TempDir()
	settings := filepath.Join(dir, "doorknock.yaml")
	text := fmt.Sprintf("data_dir: %[1]s/data\nkey_file: %[1]s/doorknock.key\n", dir)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig(settings)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openInstallation(t.Context(), cfg, newLog(configs.Log{Level: "error"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", filepath.Join(dir, "data", "doorknock.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO quarantine (platform, check_id, since, read, pending) VALUES ('web', 'comments', '2026-11-21T10:00:00.000Z', 40, 12)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"list"}, 0, "web comments: held since 2026-11-21 10:00 UTC; 12 of 40 places showed a new answer at once; answers of 0 organisations wait"},
		{[]string{"release", "web", "forum"}, exitUsage, "web forum is not held"},
		{[]string{"release", "web", "comments"}, 0, "web comments is released"},
		{[]string{"release", "web", "comments"}, exitUsage, "web comments is not held"},
		{[]string{"list"}, 0, "Nothing is held."},
	} {
		var out bytes.Buffer
		args := append(append([]string{"quarantine"}, step.args...), "--config", settings)
		if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != step.code || !strings.Contains(out.String(), step.says) {
			t.Errorf("%v: exit %d, want %d\n%swant %q", step.args, code, step.code, out.String(), step.says)
		}
	}
}
