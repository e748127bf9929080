package comment

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// maxModel is the most bytes a packed model may unfold to: ten times what ours have.
const maxModel = 32 << 20

// pack makes a model's file small: all models together are to fit into ten megabytes. The same bytes give the same file.
func pack(model []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	if _, err := w.Write(model); err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	return out.Bytes(), nil
}

// unpack gives the model of a file; one that is not packed is the model itself.
func unpack(file []byte) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		return file, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("unpack model: %w", err)
	}
	model, err := io.ReadAll(io.LimitReader(r, maxModel+1))
	if err != nil {
		return nil, fmt.Errorf("unpack model: %w", err)
	}
	if len(model) > maxModel {
		return nil, errors.New("unpack model: it is larger than any model")
	}
	return model, nil
}
