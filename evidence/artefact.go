package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	_ "image/png" // pictures of a phone's screen
	"strings"

	"doorknock/audit"
)

const (
	// MaxArtefact is how many bytes of a picture or a saved page are taken.
	MaxArtefact = 10 << 20
	// maxPixels is what a phone's camera makes at most; drawn anew it takes four bytes each.
	maxPixels = 25_000_000
)

// ErrArtefact is wrapped where a file is neither a picture nor a saved page that can be kept.
var ErrArtefact = errors.New("this file is neither a picture (JPEG or PNG) nor a saved page (HTML or MHTML)")

// NewArtefact makes of a file that a witness sends what is kept of it. A picture is drawn anew, so that nothing stays of what
// the camera wrote into it: place, time, model, preview. A saved page is kept as it is; it is sealed and never shown as a page.
// The caller takes one at a time: a large picture takes a hundred megabytes for a moment.
func NewArtefact(raw []byte) (kept []byte, a audit.Artefact, err error) {
	if len(raw) > MaxArtefact {
		return nil, a, fmt.Errorf("%w: it has %d bytes, and %d are taken at most", ErrArtefact, len(raw), MaxArtefact)
	}
	a.Hash = hexHash(raw)
	switch {
	case isPage(raw):
		a.Kind, a.Type, kept = "page", "text/html", raw
		if !bytes.Contains(bytes.ToLower(raw[:min(len(raw), 2048)]), []byte("<html")) {
			a.Type = "multipart/related"
		}
	default:
		if kept, err = redraw(raw); err != nil {
			return nil, a, err
		}
		a.Kind, a.Type = "picture", "image/jpeg"
	}
	a.Kept, a.Bytes = hexHash(kept), len(kept)
	return kept, a, nil
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// isPage reports whether a file begins as a saved page does.
func isPage(raw []byte) bool {
	begin := strings.ToLower(string(bytes.TrimLeft(raw[:min(len(raw), 4096)], "\xef\xbb\xbf \t\r\n")))
	for _, head := range []string{"<!doctype html", "<html", "<!--"} {
		if strings.HasPrefix(begin, head) {
			return true
		}
	}
	return strings.Contains(begin, "mime-version:") && strings.Contains(begin, "multipart/related")
}

// redraw reads a picture and writes its pixels alone.
func redraw(raw []byte) ([]byte, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArtefact, err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxPixels/size.Height {
		return nil, fmt.Errorf("%w: it has %d by %d pixels", ErrArtefact, size.Width, size.Height)
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArtefact, err)
	}
	if _, opaque := picture.(*image.YCbCr); !opaque { // what shines through is white in print and on a screen
		whole := image.NewRGBA(picture.Bounds())
		draw.Draw(whole, whole.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(whole, whole.Bounds(), picture, picture.Bounds().Min, draw.Over)
		picture = whole
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("draw the picture anew: %w", err)
	}
	return out.Bytes(), nil
}
