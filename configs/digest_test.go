package configs_test

import (
	"testing"
	"time"

	"doorknock/configs"
)

func TestDigestWhen(t *testing.T) {
	for _, tt := range []struct {
		g    configs.Digest
		day  time.Weekday
		h, m int
	}{
		{configs.Digest{Day: "monday", Time: "07:30"}, time.Monday, 7, 30},
		{configs.Digest{Day: "sunday", Time: "18:05"}, time.Sunday, 18, 5},
		{configs.Digest{Day: "thursday", Time: "00:00"}, time.Thursday, 0, 0},
	} {
		if d, h, m := tt.g.When(); d != tt.day || h != tt.h || m != tt.m {
			t.Errorf("%+v is %v %d:%d", tt.g, d, h, m)
		}
	}
}
