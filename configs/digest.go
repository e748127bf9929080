package configs

import (
	"slices"
	"time"
)

// Digest says when, where and to whom the weekly edition is sent.
type Digest struct {
	Day       string   `yaml:"day"`
	Time      string   `yaml:"time"`
	Zone      string   `yaml:"zone"`
	Mail      []string `yaml:"mail"`
	Receivers []string `yaml:"receivers"`
}

func days() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

// When gives day, hour and minute of settings that were checked.
func (g Digest) When() (day time.Weekday, hour, minute int) {
	at, err := time.Parse("15:04", g.Time)
	if err != nil {
		at = time.Date(0, 1, 1, 7, 30, 0, 0, time.UTC) // the default, of settings that nobody checked
	}
	return time.Weekday((max(slices.Index(days(), g.Day), 0) + 1) % 7), at.Hour(), at.Minute()
}
