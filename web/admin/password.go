package admin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"doorknock/audit"
)

// The cost of one try: 19 MiB and two passes, about 40 ms.
const (
	argonMemory = 19 << 10 // KiB
	argonPasses = 2
	argonBytes  = 32

	shortestPassword = 12  // characters
	longestPassword  = 512 // bytes
)

// ErrNoHash is wrapped when a password file holds something else than what `doorknock config password` writes.
var ErrNoHash = errors.New("it holds no password hash; write it with: doorknock config password FILE")

// A Password is the hash of the operator's password. Its zero value lets nobody in.
type Password struct{ salt, hash []byte }

// NewPassword makes the hash of a password; one of under 12 characters is refused.
func NewPassword(plain string) (Password, error) {
	if n := utf8.RuneCountInString(plain); n < shortestPassword || len(plain) > longestPassword {
		return Password{}, fmt.Errorf("the password has %d characters: want %d or more (three words do)", n, shortestPassword)
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return Password{}, fmt.Errorf("draw a salt: %w", err)
	}
	return Password{salt, argon(plain, salt)}, nil
}

func argon(plain string, salt []byte) []byte {
	return argon2.IDKey([]byte(plain), salt, argonPasses, argonMemory, 1, argonBytes)
}

// head begins the one form of hash that is read.
var head = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$", argon2.Version, argonMemory, argonPasses)

// String gives the hash as a password file holds it.
func (p Password) String() string {
	b := base64.RawStdEncoding
	return head + b.EncodeToString(p.salt) + "$" + b.EncodeToString(p.hash)
}

// ParsePassword reads what String gives. Its errors never tell what was read: it may be a password.
func ParsePassword(text string) (Password, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), head)
	salt, hash, ok2 := strings.Cut(rest, "$")
	if !ok || !ok2 {
		return Password{}, ErrNoHash
	}
	var p Password
	var err1, err2 error
	b := base64.RawStdEncoding.Strict()
	p.salt, err1 = b.DecodeString(salt)
	p.hash, err2 = b.DecodeString(hash)
	if err1 != nil || err2 != nil || len(p.salt) != 16 || len(p.hash) != argonBytes {
		return Password{}, ErrNoHash
	}
	return p, nil
}

// ReadPassword reads a password file, which others must not be able to read.
func ReadPassword(path string) (Password, error) {
	f, err := os.Open(path)
	if err != nil {
		return Password{}, fmt.Errorf("read the operator's password: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read from
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&0o077 != 0 {
		return Password{}, fmt.Errorf("%s can be read by others (mode %04o); run chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return Password{}, fmt.Errorf("read the operator's password: %w", err)
	}
	p, err := ParsePassword(string(text))
	if err != nil {
		return p, fmt.Errorf("read the operator's password from %s: %w", path, err)
	}
	return p, nil
}

// Set reports whether there is a password.
func (p Password) Set() bool { return len(p.hash) > 0 }

// Matches reports whether plain is the password. It takes as long either way.
func (p Password) Matches(plain string) bool {
	if !p.Set() || len(plain) > longestPassword {
		return false
	}
	return subtle.ConstantTimeCompare(argon(plain, p.salt), p.hash) == 1
}

// print says which password a session was opened with, without telling it.
func (p Password) print() string { return audit.Hash("password", string(p.salt), string(p.hash)) }
