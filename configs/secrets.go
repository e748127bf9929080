package configs

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// secretFiles gives the files that hold secrets, by key. Those that are not configured are left out. The installation key and
// the operator's password are not among them: what others can read of those is refused when they are read.
func (c Config) secretFiles() map[string]string {
	files := map[string]string{
		"nats.creds_file": c.NATS.CredsFile, "nats.password_file": c.NATS.PasswordFile,
		"mail.password_file": c.Mail.PasswordFile, "alerts.heartbeat.url_file": c.Alerts.Heartbeat.URLFile,
	}
	for name, p := range c.Platforms {
		files["platforms."+name+".token_file"], files["platforms."+name+".hook_file"] = p.TokenFile, p.HookFile
	}
	for i, r := range c.Alerts.Receivers {
		for key, path := range r.Files() {
			files[fmt.Sprintf("alerts.receivers[%d].%s", i, key)] = path
		}
	}
	for key, path := range files {
		if path == "" {
			delete(files, key)
		}
	}
	return files
}

// OpenSecrets says of which files with secrets everybody on this machine can read, a sentence each that begins with the key. They
// are used all the same: a container's secrets often stand so, where nobody else is. A group may read them without a word.
func (c Config) OpenSecrets() []string {
	var open []string
	for key, path := range c.secretFiles() {
		if s, err := os.Stat(path); err == nil && s.Mode().IsRegular() && s.Mode().Perm()&0o004 != 0 {
			open = append(open, mistaken("%s: everybody on this machine can read %s (mode %04o), which holds a secret; run chmod o-rwx %s", key, path, s.Mode().Perm(), path))
		}
	}
	slices.SortFunc(open, strings.Compare)
	return open
}
