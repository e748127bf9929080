package comment

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// maxModel is the most bytes the parts of a model may unfold to: ten times what ours have.
const maxModel = 32 << 20

// packModel gives a learnt model as a file: a line that says which it is, in what version, a line of JSON that says what it was made
// of, and the parts one after another, little-endian and packed, since all models together are to fit into ten megabytes. The same
// parts give the same bytes.
func packModel(format string, head any, parts []any) ([]byte, error) {
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBufferString(format + "\n" + string(line) + "\n")
	w, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if err := binary.Write(w, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpackModel reads the head of what packModel made, and gives its parts. Whether they are what the head says is for the caller to see.
func unpackModel(file []byte, format string, head any) (parts []byte, err error) {
	first, rest, _ := bytes.Cut(file, []byte("\n"))
	if string(first) != format {
		return nil, fmt.Errorf("it does not begin with %q", format)
	}
	line, packed, _ := bytes.Cut(rest, []byte("\n"))
	if err := json.Unmarshal(line, head); err != nil {
		return nil, fmt.Errorf("its second line: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack it: %w", err)
	}
	if parts, err = io.ReadAll(io.LimitReader(r, maxModel+1)); err != nil {
		return nil, fmt.Errorf("unpack it: %w", err)
	}
	if len(parts) > maxModel {
		return nil, errors.New("it is larger than any model")
	}
	return parts, nil
}

// number is one of a part's numbers.
func number(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
