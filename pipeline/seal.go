package pipeline

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"doorknock/audit"
)

const (
	// squeezeFrom is the size from which a message is compressed before it is sealed: below it the disk is cheaper.
	squeezeFrom = 128 << 10
	// visitBytes is the most one visit may come to, so that neither a hostile site nor a hostile message fills memory.
	visitBytes = 32 << 20
)

var (
	errTooLarge = fmt.Errorf("write message: over %d bytes", visitBytes)
	errSealed   = errors.New("read message")
)

// seal makes v a message that only this installation can read: JSON, compressed where it is long, encrypted. Jobs and
// visits hold pseudonyms, link texts and people's words; JetStream keeps them on disk, so it gets them sealed.
func seal(keys *audit.Keys, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	if len(plain) > visitBytes {
		return nil, errTooLarge
	}
	if len(plain) >= squeezeFrom {
		if plain, err = squeeze(plain); err != nil {
			return nil, err
		}
	}
	sealed, err := keys.Seal(plain)
	if err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	return sealed, nil
}

// open is the inverse of seal.
func open(keys *audit.Keys, sealed []byte, v any) error {
	plain, err := keys.Unseal(sealed)
	if err != nil {
		return fmt.Errorf("%w: %w", errSealed, err)
	}
	if bytes.HasPrefix(plain, []byte{0x1f, 0x8b}) {
		if plain, err = unsqueeze(plain); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	return nil
}

func squeeze(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress message: %w", err)
	}
	return b.Bytes(), nil
}

func unsqueeze(small []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(small))
	if err != nil {
		return nil, fmt.Errorf("uncompress message: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, visitBytes+1))
	if err != nil {
		return nil, fmt.Errorf("uncompress message: %w", err)
	}
	if len(plain) > visitBytes {
		return nil, fmt.Errorf("uncompress message: over %d bytes", visitBytes)
	}
	return plain, nil
}
