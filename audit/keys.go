package audit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Keys are the keys of one installation, all derived from its key file by HKDF-SHA-256.
type Keys struct {
	pseudonym, seal, link []byte
}

// NewKeys derives the keys from the installation's secret, which must be 32 bytes.
func NewKeys(secret []byte) (*Keys, error) {
	if len(secret) != 32 {
		return nil, fmt.Errorf("derive keys: the installation key has %d bytes, want 32", len(secret))
	}
	k := &Keys{}
	for info, to := range map[string]*[]byte{"doorknock pseudonym": &k.pseudonym, "doorknock seal": &k.seal, "doorknock link": &k.link} {
		made, err := hkdf.Key(sha256.New, secret, nil, info, 32)
		if err != nil {
			return nil, fmt.Errorf("derive %s key: %w", info, err)
		}
		*to = made
	}
	return k, nil
}

// Print identifies the installation key without telling it: a database remembers it to refuse a wrong key file.
func (k *Keys) Print() string { return LongHash("key", string(k.link)) }

// Sign makes the mark by which a link of ours is known again: 32 hex digits of HMAC-SHA-256 over the length-prefixed purpose
// and parts. Compare marks with Signed.
func (k *Keys) Sign(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, k.link)
	var n [8]byte
	for _, part := range append([]string{purpose}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Signed reports whether mark is the one that Sign makes, in the same time whatever it is.
func (k *Keys) Signed(mark, purpose string, parts ...string) bool {
	return hmac.Equal([]byte(mark), []byte(k.Sign(purpose, parts...)))
}

// Pseudonym stands for an author within one organisation and platform: the first 16 bytes, as 32 hex digits, of
// HMAC-SHA-256 over the length-prefixed organisation, platform and author. It is still personal data.
func (k *Keys) Pseudonym(organisation string, p Platform, author string) string {
	h := hmac.New(sha256.New, k.pseudonym)
	var n [8]byte
	for _, part := range []string{organisation, string(p), author} {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Seal encrypts a message between our own parts with the installation's key (AES-256-GCM, random nonce first).
func (k *Keys) Seal(plain []byte) ([]byte, error) { return SealWith(k.seal, plain) }

// Unseal is the inverse of Seal. A wrong key or a changed byte is an error.
func (k *Keys) Unseal(sealed []byte) ([]byte, error) { return UnsealWith(k.seal, sealed) }

// SealWith encrypts with a key of its own (32 bytes), as a capture with comments is.
func SealWith(key, plain []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(plain)+gcm.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw nonce: %w", err)
	}
	return gcm.Seal(nonce, nonce, plain, nil), nil
}

// UnsealWith is the inverse of SealWith.
func UnsealWith(key, sealed []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < gcm.NonceSize() {
		return nil, errors.New("unseal: too short to be sealed")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	if err != nil {
		return nil, fmt.Errorf("unseal (wrong key file, or changed bytes): %w", err)
	}
	return plain, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return gcm, nil
}
