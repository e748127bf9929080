package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorknock/configs"
)

// addTime adds a flag whose value is a length of time, written as in the settings: 90m, 24h or 7d.
func addTime(c *cobra.Command, into *time.Duration, name string, standard time.Duration, usage string) {
	*into = standard
	c.Flags().Var((*timeFlag)(into), name, usage)
}

// timeFlag reads and shows a length of time as the settings do, which know days.
type timeFlag time.Duration

// Set takes what was written after the flag.
func (t *timeFlag) Set(text string) error {
	d, err := configs.ParseTime(text)
	if err != nil {
		return err //nolint:wrapcheck // pflag says of which flag and value
	}
	*t = timeFlag(d)
	return nil
}

func (t *timeFlag) String() string { return inWords(time.Duration(*t)) }

// Type is the word that stands for the value in the help.
func (t *timeFlag) Type() string { return "time" }

// inWords writes a length of time as the settings do: 7d, 36h, 90m.
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
