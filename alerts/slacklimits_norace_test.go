//go:build !race

package alerts

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"doorknock/internal/hostile"
)

// TestSlackLimits sends every hostile text, and long runs of signs that are made of several characters, through every block of ours.
func TestSlackLimits(t *testing.T) {
	texts := []string{strings.Repeat("👩🏽‍🚀", 900), strings.Repeat("e\u0301\u0302\u0303\u0304\u0305", 900), strings.Repeat("🏴󠁧󠁢󠁷󠁬󠁳󠁿🇬🇧", 700),
		strings.Repeat("नमस्ते", 900), strings.Repeat("&<>", 3000), strings.Repeat("\"\\", 4000), strings.Repeat("https://a.test/?b=c&d=e ", 200), ""}
	for _, h := range hostile.Texts() {
		texts = append(texts, h.Text[:min(len(h.Text), 4<<10)])
	}
	chance := rand.New(rand.NewPCG(7, 2026))
	pieces := []rune("aé👩🏽‍🚀\u0301\u200d\u202e<>&*_`~@#|\n\t\x00ŵ한ᄒ\u0915\u094d🇬🇧")
	for range 8 {
		var b strings.Builder
		for range chance.IntN(400) {
			b.WriteRune(pieces[chance.IntN(len(pieces))])
		}
		texts = append(texts, b.String())
	}
	for _, text := range texts {
		for _, alerts := range []int{1, 12} {
			m := wild(text, alerts)
			for _, look := range []slackLook{{buttons: true}, {words: true}} {
				data, err := json.Marshal(look.message(m))
				if err != nil {
					t.Fatal(err)
				}
				keepsLimits(t, data)
			}
		}
	}
}
