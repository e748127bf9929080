package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"doorknock/score/comment"
)

// complaintsEval is how well complaints are told: of a corpus folder by ten-fold cross-validation, of other files by
// the built-in model.
type complaintsEval struct {
	crossed, apart []comment.Row
	leaked         int // rows of files that the built-in model was trained on: left out
	figures        comment.Figures
	speed          float64
}

// add reads a folder with the corpus's training files, or one file.
func (e *complaintsEval) add(_ context.Context, path string) error {
	files, err := complaintsOf(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read labelled texts: %w", err)
	}
	for _, file := range files {
		rows, err := complaintRows(filepath.Clean(file), false)
		if err != nil {
			return err
		}
		if info.IsDir() {
			e.crossed = append(e.crossed, rows...)
			continue
		}
		if err := e.keep(rows); err != nil {
			return err
		}
	}
	return nil
}

// keep takes the rows that the built-in model was not trained on.
func (e *complaintsEval) keep(rows []comment.Row) error {
	model, err := comment.Builtin()
	if err != nil {
		return err
	}
	for _, r := range rows {
		if model.Knows(r.Text) {
			e.leaked++
			continue
		}
		e.apart = append(e.apart, r)
	}
	return nil
}

// finish measures what was read.
func (e *complaintsEval) finish() error {
	model, err := comment.Builtin()
	switch {
	case err != nil:
		return err
	case len(e.crossed) > 0 && len(e.apart)+e.leaked > 0:
		return errUsage(errors.New("eval comments: a folder is told by cross-validation and a file by the built-in model; give one kind"))
	case len(e.crossed) > 0:
		if e.figures, err = comment.CrossValidate(e.crossed); err != nil {
			return err
		}
	case len(e.apart) > 0:
		e.figures = model.Measure(e.apart)
	default:
		return fmt.Errorf("eval comments: the built-in model was trained on each of the %d rows", e.leaked)
	}
	e.speed = perSecond(model, append(e.crossed, e.apart...))
	return nil
}

// perSecond is how many texts the model tells in a second of one processor's time.
func perSecond(model *comment.Linear, rows []comment.Row) float64 {
	const least = 300 * time.Millisecond
	n, start := 0, processorTime()
	for {
		for _, r := range rows {
			_ = model.Probability(r.Text)
		}
		n += len(rows)
		if spent := processorTime() - start; spent >= least {
			return float64(n) / spent.Seconds()
		}
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return time.Duration(time.Now().UnixNano()) // where there is no such clock
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// complaintMetrics are the figures in the order they are printed, with those of the papers beside them.
var complaintMetrics = [...]struct {
	name, title, published string
}{
	{"macro_f1", "macro F1, at the model's threshold", ""},
	{"macro_f1_low", "  95 % of bootstrap samples from", ""},
	{"macro_f1_high", "  to", ""},
	{"macro_f1_half", "macro F1, at 0.5", "ACL 2019 0.79; COLING 2020, a large encoder, 0.87; NAACL 2021 0.882"},
	{"accuracy", "accuracy, at 0.5", ""},
	{"auc", "area under the curve", ""},
	{"recall_at_5", "recall at 5 % false alarms", ""},
	{"calibration_error", "calibration error", ""},
	{"domain_macro_f1", "macro F1, each domain left out", ""},
	{"domain_macro_f1_own", "  with a threshold of such texts", ""},
	{"per_second", "texts a second of one processor", ""},
	{"leaked", "rows left out: the model knows them", ""},
}

func (e *complaintsEval) metrics() map[string]*float64 {
	f := e.figures
	m := map[string]*float64{}
	for name, v := range map[string]float64{
		"macro_f1": f.MacroF1, "macro_f1_low": f.Low, "macro_f1_high": f.High, "macro_f1_half": f.AtHalf, "accuracy": f.Accuracy,
		"auc": f.AUC, "recall_at_5": f.RecallAt5, "calibration_error": f.Error, "domain_macro_f1": f.Domains,
		"domain_macro_f1_own": f.DomainsOwn, "per_second": math.Round(e.speed), "leaked": float64(e.leaked),
	} {
		m[name] = nil
		if f.Rows > 0 && !math.IsNaN(v) {
			m[name] = &v
		}
	}
	return m
}

// print measures what was read and prints it. No text is printed: they are people's own words.
func (e *complaintsEval) print(out io.Writer, asJSON bool) error {
	if err := e.finish(); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(out).Encode(struct {
			V       int                 `json:"v"`
			Suite   string              `json:"suite"`
			Items   int                 `json:"items"`
			How     string              `json:"how"`
			Metrics map[string]*float64 `json:"metrics"`
			Wrong   []evalWrong         `json:"wrong"`
		}{1, "comments", e.figures.Rows, e.how(), e.metrics(), []evalWrong{}})
	}
	fmt.Fprintf(out, "%s, %s\n", counted(e.figures.Rows, "text"), e.how())
	metrics := e.metrics()
	for _, m := range complaintMetrics {
		v := metrics[m.name]
		switch {
		case v == nil:
			continue
		case m.published != "" && len(e.crossed) > 0:
			fmt.Fprintf(out, "  %-38s %.4g   (%s)\n", m.title, *v, m.published)
		default:
			fmt.Fprintf(out, "  %-38s %.4g\n", m.title, *v)
		}
	}
	return nil
}

func (e *complaintsEval) how() string {
	if len(e.crossed) > 0 {
		return "10-fold cross-validation"
	}
	return "by the built-in model"
}
