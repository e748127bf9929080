package configs

import (
	"cmp"
	"strings"

	"doorknock/audit"
)

// Score says how comments are told apart here.
type Score struct {
	// Thresholds are the probabilities from which a comment counts as a complaint, by ORGANISATION/PLATFORM, or by PLATFORM for
	// all others on it. Elsewhere the model's own holds.
	Thresholds map[string]float64 `yaml:"thresholds"`
}

// Threshold gives the probability that is set for a stream, 0 where none is.
func (s Score) Threshold(of audit.Stream) float64 {
	return cmp.Or(s.Thresholds[of.String()], s.Thresholds[string(of.Platform)])
}

func (k *checker) score(s Score) {
	for stream, p := range s.Thresholds {
		key := "score.thresholds." + stream
		if p <= 0 || p >= 1 {
			k.wrong(key, "%v is no probability between 0 and 1", p)
		}
		organisation, platform, both := strings.Cut(stream, "/")
		if !both {
			organisation, platform = "", stream
		}
		if both && !audit.ValidOrganisationID(organisation) {
			k.wrong(key, "%q is not an organisation's id; want ORGANISATION/PLATFORM or PLATFORM", organisation)
		}
		k.oneOf(key, platform, append(PlatformNames(), string(audit.Web))...)
	}
}
