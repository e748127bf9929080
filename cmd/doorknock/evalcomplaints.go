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

	"doorknock/configs"
	"doorknock/score/comment"
)

// complaintsEval is how well complaints are told: of a corpus folder by ten-fold cross-validation, of other files by
// the built-in model.
type complaintsEval struct {
	crossed, apart []comment.Row
	causes         map[string]string // by text: what people marked as the cause of a complaint of a folder
	model          *comment.Trained  // nil: the built-in one
	leaked         int               // rows of files that the built-in model was trained on: left out
	why            comment.CauseFigures
	figures        [len(comment.Tiers)]comment.Figures
	speed          [len(comment.Tiers)]float64
}

// add reads a folder with the corpus's training files, or one file.
func (e *complaintsEval) add(_ context.Context, path string) error {
	files, err := filesOf(path, complaintFiles)
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
			if err := e.addCauses(file); err != nil {
				return err
			}
			continue
		}
		if err := e.keep(rows); err != nil {
			return err
		}
	}
	return nil
}

// addCauses notes what people marked as the cause of each complaint of a file, where it has such a column.
func (e *complaintsEval) addCauses(file string) error {
	table, err := readColumns(filepath.Clean(file), "text", "complaint")
	if err != nil {
		return err
	}
	for _, row := range table {
		if row["complaint"] == "1" && row["cause"] != "" {
			if e.causes == nil {
				e.causes = map[string]string{}
			}
			e.causes[row["text"]] = row["cause"]
		}
	}
	return nil
}

func (e *complaintsEval) teller() (*comment.Trained, error) {
	if e.model != nil {
		return e.model, nil
	}
	return comment.Builtin()
}

// reasons holds the built-in model's reasons against the causes that people marked.
func (e *complaintsEval) reasons() error {
	if len(e.causes) == 0 {
		return nil
	}
	rules, err := configs.Hazards()
	if err != nil {
		return err
	}
	scorer, err := comment.NewTrained(rules)
	if err != nil {
		return err
	}
	e.why = scorer.Causes(e.causes)
	return nil
}

// keep takes the rows that the built-in model was not trained on.
func (e *complaintsEval) keep(rows []comment.Row) error {
	model, err := e.teller()
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
	model, err := e.teller()
	switch {
	case err != nil:
		return err
	case len(e.crossed) > 0 && len(e.apart)+e.leaked > 0:
		return errUsage(errors.New("eval comments: a folder is told by cross-validation and a file by the built-in model; give one kind"))
	case len(e.crossed) > 0:
		if e.figures, err = comment.CrossValidate(e.crossed); err != nil {
			return err
		}
		if err := e.reasons(); err != nil {
			return err
		}
	case len(e.apart) > 0:
		if e.figures, err = model.Measure(e.apart); err != nil {
			return err
		}
	default:
		return fmt.Errorf("eval comments: the built-in model was trained on each of the %d rows", e.leaked)
	}
	for _, may := range comment.Tiers {
		e.speed[may] = perSecond(model, may, append(e.crossed, e.apart...))
	}
	return nil
}

// perSecond is how many texts the model tells in a second of one processor's time.
func perSecond(model *comment.Trained, may comment.Tier, rows []comment.Row) float64 {
	const least = 300 * time.Millisecond
	model.Probability(rows[0].Text, comment.EncoderAlways) // so that reading the encoder is not in the figure
	start := processorTime()
	for n := 0; ; n++ {
		if n%16 == 0 && n > 0 {
			if spent := processorTime() - start; spent >= least {
				return float64(n) / spent.Seconds()
			}
		}
		_, _ = model.Probability(rows[n%len(rows)].Text, may)
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return time.Duration(time.Now().UnixNano()) // where there is no such clock
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// answeredBy names the ways a model may answer, by tier, and what goes before their metrics.
var answeredBy = [len(comment.Tiers)]struct{ title, prefix string }{
	comment.Auto:          {"as `classify` answers: the encoder where the linear tier is not sure", ""},
	comment.LinearOnly:    {"linear tier alone", "tier1_"},
	comment.EncoderAlways: {"encoder for every text", "tier2_"},
}

// complaintMetrics are the figures of each way in the order they are printed, with those of the papers beside them.
var complaintMetrics = [...]struct {
	name, title, published string
	of                     func(comment.Figures) float64
}{
	{"macro_f1", "macro F1, at the model's threshold", "", func(f comment.Figures) float64 { return f.MacroF1 }},
	{"macro_f1_low", "  95 % of bootstrap samples from", "", func(f comment.Figures) float64 { return f.Low }},
	{"macro_f1_high", "  to", "", func(f comment.Figures) float64 { return f.High }},
	{"macro_f1_half", "macro F1, at 0.5", "ACL 2019 0.79; COLING 2020, a large encoder, 0.87; NAACL 2021 0.882", func(f comment.Figures) float64 { return f.AtHalf }},
	{"accuracy", "accuracy, at 0.5", "ACL 2019 0.80 to 0.81", func(f comment.Figures) float64 { return f.Accuracy }},
	{"auc", "area under the curve", "ACL 2019 0.87", func(f comment.Figures) float64 { return f.AUC }},
	{"recall_at_5", "recall at 5 % false alarms", "", func(f comment.Figures) float64 { return f.At[0].Recall }},
	{"precision_at_5", "  precision there", "", func(f comment.Figures) float64 { return f.At[0].Precision }},
	{"recall_at_2", "recall at 2 % false alarms", "", func(f comment.Figures) float64 { return f.At[1].Recall }},
	{"precision_at_2", "  precision there", "", func(f comment.Figures) float64 { return f.At[1].Precision }},
	{"recall_at_1", "recall at 1 % false alarms", "", func(f comment.Figures) float64 { return f.At[2].Recall }},
	{"precision_at_1", "  precision there", "", func(f comment.Figures) float64 { return f.At[2].Precision }},
	{"calibration_error", "calibration error", "", func(f comment.Figures) float64 { return f.Error }},
	{"domain_macro_f1", "macro F1, each domain left out", "", func(f comment.Figures) float64 { return f.Domains }},
	{"domain_macro_f1_own", "  with a threshold of such texts", "", func(f comment.Figures) float64 { return f.DomainsOwn }},
	{"encoder_asked", "share for which the encoder was asked", "", func(f comment.Figures) float64 { return f.Asked }},
}

func (e *complaintsEval) metrics() map[string]*float64 {
	m := map[string]*float64{}
	put := func(name string, v float64) {
		m[name] = nil
		if e.figures[0].Rows > 0 && !math.IsNaN(v) {
			m[name] = &v
		}
	}
	for may, by := range answeredBy {
		for _, metric := range complaintMetrics {
			put(by.prefix+metric.name, metric.of(e.figures[may]))
		}
		put(by.prefix+"per_second", math.Round(e.speed[may]))
	}
	put("leaked", float64(e.leaked))
	if m["cause_met"], m["cause_chance"] = nil, nil; e.why.Texts > 0 {
		m["cause_met"], m["cause_chance"] = &e.why.Top, &e.why.Chance
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
		}{1, "comments", e.figures[0].Rows, e.how(), e.metrics(), []evalWrong{}})
	}
	fmt.Fprintf(out, "%s, %s\n", counted(e.figures[0].Rows, "text"), e.how())
	if e.leaked > 0 {
		fmt.Fprintf(out, "%s left out: the model knows them\n", counted(e.leaked, "row"))
	}
	metrics := e.metrics()
	if e.why.Texts > 0 {
		fmt.Fprintf(out, "of %d complaints whose cause people marked, the heaviest words of the built-in model are part of it in %.3f (by chance %.3f)\n",
			e.why.Texts, e.why.Top, e.why.Chance)
	}
	for _, by := range answeredBy {
		fmt.Fprintf(out, "\n%s\n", by.title)
		for _, m := range complaintMetrics {
			v := metrics[by.prefix+m.name]
			switch {
			case v == nil:
				continue
			case m.published != "" && len(e.crossed) > 0:
				fmt.Fprintf(out, "  %-38s %.3f   (%s)\n", m.title, *v, m.published)
			default:
				fmt.Fprintf(out, "  %-38s %.3f\n", m.title, *v)
			}
		}
		fmt.Fprintf(out, "  %-38s %.0f\n", "texts a second of one processor", *metrics[by.prefix+"per_second"])
	}
	return nil
}

func (e *complaintsEval) how() string {
	if len(e.crossed) > 0 {
		return "10-fold cross-validation"
	}
	return "by the built-in model"
}
