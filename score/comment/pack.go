package comment

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxModel is the most bytes a packed model may unfold to: ten times what ours have.
const maxModel = 32 << 20

// pack makes a model's file small: all models together are to fit into ten megabytes. Its first two lines, which say what it is
// and was made of, stay as they are. The same bytes give the same file.
func pack(model []byte) ([]byte, error) {
	head, body := headed(model)
	out := *bytes.NewBuffer(slices.Clone(head))
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	return out.Bytes(), nil
}

// unpack gives the model of a file; one that is not packed is the model itself.
func unpack(file []byte) ([]byte, error) {
	head, body := headed(file)
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b, 8}) {
		return file, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
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
	return append(slices.Clip(head), model...), nil
}

// headed parts a model's first two lines from what follows.
func headed(model []byte) (head, body []byte) {
	at := bytes.IndexByte(model, '\n') + 1
	at += bytes.IndexByte(model[at:], '\n') + 1
	return model[:at], model[at:]
}
