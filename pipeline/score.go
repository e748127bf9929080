package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Score assesses new comments and recomputes an organisation's scores when a state begins or stops to count. Scores are
// made anew from what is published, never added to, so the same event twice changes nothing. It judges nothing itself:
// Assess and Rate are given in, both pure.
type Score struct {
	Broker *Broker
	DB     *store.DB
	Assess func(of audit.Stream, text string) audit.Assessment
	// Manner sorts the organisation's own comments by what they do for the one they answer; nil: they are not sorted.
	Manner func(text string) audit.Manner
	Rate   func(o audit.Organisation, answers []store.ScoreInput, at time.Time) []audit.Score
	// Announce is told the events that assessments raise: Relay.Announce.
	Announce func(context.Context, []audit.Event)
	Log      *slog.Logger
}

// Run works until ctx ends.
func (s *Score) Run(ctx context.Context) error {
	e := Events{
		Broker: s.Broker, Name: ConsumerScore, Kinds: []audit.EventKind{audit.EventComments, audit.EventChange, audit.EventState},
		Handle: s.handle, Log: s.Log,
	}
	return e.Run(ctx)
}

func (s *Score) handle(ctx context.Context, e audit.Event) error {
	if e.Kind == audit.EventComments {
		return s.assess(ctx, e)
	}
	return s.rate(ctx, e)
}

func (s *Score) assess(ctx context.Context, e audit.Event) error {
	comments, err := s.DB.Unassessed(ctx, e.Ref)
	if err != nil {
		return fmt.Errorf("read comments: %w", err)
	}
	if len(comments) == 0 { // assessed before, forgotten or erased
		return s.save(ctx, e, nil, time.Now())
	}
	of, err := s.DB.Stream(ctx, e.Channel)
	if err != nil {
		return fmt.Errorf("read where comments are from: %w", err)
	}
	now := time.Now()
	made := make([]audit.Assessment, 0, len(comments))
	for _, c := range comments {
		if a, ok := s.assessOne(of, c); ok {
			a.Comment, a.At = c.ID, now
			made = append(made, a)
		}
	}
	return s.save(ctx, e, made, now)
}

func (s *Score) save(ctx context.Context, e audit.Event, made []audit.Assessment, now time.Time) error {
	raised, err := s.DB.SaveAssessments(ctx, e.ID, made, now)
	if err != nil {
		return fmt.Errorf("save assessments: %w", err)
	}
	if s.Announce != nil {
		s.Announce(ctx, raised)
	}
	return nil
}

// assessOne keeps one text that the scorer cannot take from costing the others their assessment.
func (s *Score) assessOne(of audit.Stream, c audit.Comment) (a audit.Assessment, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("a comment could not be assessed", "comment", c.ID, "error", p)
		}
	}()
	a = s.Assess(of, c.Text)
	if c.By == audit.AuthorOrganisation && s.Manner != nil {
		a.Manner = s.Manner(c.Text)
	}
	return a, true
}

func (s *Score) rate(ctx context.Context, e audit.Event) error {
	now := time.Now() // before reading: of two that rate at once the one that knows more wins
	of, err := s.DB.Organisation(ctx, e.Organisation)
	if err != nil {
		return fmt.Errorf("read whom to score: %w", err)
	}
	answers, err := s.DB.ScoreInputs(ctx, e.Organisation)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	scores := s.Rate(of, answers, now)
	for i := range scores {
		scores[i].Organisation, scores[i].At = e.Organisation, now
	}
	if err := s.DB.SaveScores(ctx, e.ID, scores, now); err != nil {
		return fmt.Errorf("save scores: %w", err)
	}
	return nil
}
