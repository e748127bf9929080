package configs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/configs"
)

func noEnv(string) (string, bool) { return "", false }

func TestDefault(t *testing.T) {
	c := configs.Default()
	if c.Purpose != configs.Private || c.Web.Listen != "127.0.0.1:8080" || c.NoticeDays() != 0 ||
		c.Crawl.Interval != 6*time.Hour || c.Retain.Text != 30*24*time.Hour || c.Confirm.After != 24*time.Hour {
		t.Errorf("Default() = %+v", c)
	}
	loaded, err := configs.Load("doorknock.yaml", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, loaded); diff != "" {
		t.Errorf("the file laid over itself differs:\n%s", diff)
	}
}

// Every key of the structs stands in doorknock.yaml, at its place or in a commented example.
func TestEveryKeyIsDocumented(t *testing.T) {
	data, err := os.ReadFile("doorknock.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(path string, typ reflect.Type, seen map[reflect.Type]bool)
	walk = func(path string, typ reflect.Type, seen map[reflect.Type]bool) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for f := range typ.Fields() {
			name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if options == "inline" {
				walk(path, f.Type, seen)
				continue
			}
			if name == "" {
				t.Errorf("%s.%s has no yaml name", typ, f.Name)
				continue
			}
			if !regexp.MustCompile(`(?m)^[ #-]*` + name + `:`).Match(data) {
				t.Errorf("%s.%s is not in doorknock.yaml", path, name)
			}
			walk(path+"."+name, f.Type, seen)
		}
	}
	walk("", reflect.TypeFor[configs.Config](), map[reflect.Type]bool{})
}

// A bad file beside NAME.want, which holds every mistake, a line each, without the folder.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := configs.Load(file, func(name string) (string, bool) { return "canary", name == "SET" })
			if _, ok := errors.AsType[configs.Mistakes](err); !ok {
				t.Fatalf("Load() = %v, want mistakes", err)
			}
			got := strings.ReplaceAll(err.Error(), "testdata/bad/", "") + "\n"
			wantFile := strings.TrimSuffix(file, ".yaml") + ".want"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("mistakes differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	_, err := configs.Load("testdata/nothing.yaml", noEnv)
	if err == nil || !strings.HasPrefix(err.Error(), "testdata/nothing.yaml: there is no such file") {
		t.Errorf("Load() = %v", err)
	}
}

func TestSecretFromEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "d.yaml")
	const text = "alerts:\n  route: {receiver: s}\n  receivers:\n    - name: s\n      slack: {webhook_url: '${HOOK}'}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const canary = "https://hooks.slack.com/services/T0/B0/canary"
	c, err := configs.Load(file, func(name string) (string, bool) { return canary, name == "HOOK" })
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Alerts.Receivers[0].Slack.WebhookURL.Reveal(); got != canary {
		t.Errorf("the secret is %q", got)
	}
	said, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprintf("%v %+v %s", c, c.Alerts.Receivers[0].Slack, said); strings.Contains(all, "canary") {
		t.Errorf("the secret was printed: %s", all)
	}
}

func FuzzLoad(f *testing.F) {
	dir := f.TempDir()
	for _, seed := range []string{"", "purpose: team", "crawl:\n  pace: 1s\n", "hosts: {a.test: '127.0.0.1:80'}", "a: &x [*x]", "? a\n: b",
		"--- \n--- \n", "alerts:\n  receivers:\n    - log:\n", "\x00", "a: !!binary x", "<<: {a: 1}", "web: [", "crawl: |\n  x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(dir, "fuzz.yaml")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := configs.Load(file, noEnv)
		var all configs.Mistakes
		if err != nil && !errors.As(err, &all) {
			t.Fatalf("Load() = %v, which is no list of mistakes", err)
		}
		if err == nil && (c.Web.Listen == "" || c.Confirm.After <= 0) {
			t.Fatalf("a useless configuration was accepted: %+v", c)
		}
	})
}
