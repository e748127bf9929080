package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"doorknock/score/comment"
)

// labelFiles are the files of a folder that tell of labels, in the order they are read.
var labelFiles = []string{"complaints_train.csv", "complaints_dev.csv", "acts_train.csv", "acts_dev.csv"}

// speechActs are the kinds of speech that stand for a label, by the label.
var speechActs = map[string]string{"question": "QUE", "idea": "SUG"}

func newTrainLabels() *cobra.Command {
	c := &cobra.Command{
		Use: "labels PATH...", Short: "Train the models of praise, question and idea",
		Long: "train labels reads complaints_train.csv, complaints_dev.csv, acts_train.csv and acts_dev.csv of each folder, or the CSV\n" +
			"files named. The columns complaint and sentiment tell of praise, the column act of question (QUE) and idea (SUG).\n" +
			"What train refuses is refused. The same rows give the same bytes.",
	}
	return learnt(c, "labels.model", labelFiles, func(file string) ([]comment.Labelled, error) { return labelledRows(file, true) }, comment.TrainLabels)
}

// learnt makes c the command that learns a model of the rows in the files named, or in those of these names in the folders named,
// and writes it.
func learnt[Row any, Model interface {
	File([]comment.Source) ([]byte, error)
}](c *cobra.Command, to string, names []string, read func(file string) ([]Row, error), train func([]Row) (Model, error)) *cobra.Command {
	c.Args = cobra.MinimumNArgs(1)
	c.Flags().StringVar(&to, "out", to, "file to write; a build takes score/comment/"+to+" in")
	c.RunE = func(c *cobra.Command, args []string) error {
		files, sources, err := trainingFiles(args, names, false)
		if err != nil {
			return err
		}
		var rows []Row
		for i, file := range files {
			more, err := read(file)
			if err != nil {
				return err
			}
			rows, sources[i].Rows = append(rows, more...), len(more)
		}
		model, err := train(rows)
		if err != nil {
			return err
		}
		return writeModel(c.OutOrStdout(), to, len(rows), func() ([]byte, error) { return model.File(byFile(sources)) })
	}
	return c
}

// writeModel writes the file of a model and says so.
func writeModel(out io.Writer, to string, rows int, file func() ([]byte, error)) error {
	body, err := file()
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, body, 0o644); err != nil { //nolint:gosec // it holds no text
		return fmt.Errorf("write model: %w", err)
	}
	fmt.Fprintf(out, "%s: trained on %s, %d bytes\n", to, counted(rows, "text"), len(body))
	return nil
}

// labelledRows reads the rows of a file that tell of labels. Rows of test are refused where they are to train on.
func labelledRows(file string, training bool) ([]comment.Labelled, error) {
	table, err := readColumns(file, "text")
	if err != nil {
		return nil, err
	}
	return labelledIn(file, table, training)
}

func labelledIn(file string, table []map[string]string, training bool) ([]comment.Labelled, error) {
	var rows []comment.Labelled
	for _, row := range table {
		if training && row["split"] == "test" {
			return nil, errUsage(fmt.Errorf("train on %s: row %s is kept aside as test", file, row["id"]))
		}
		labels := map[string]bool{}
		if act := row["act"]; act != "" {
			for label, kind := range speechActs {
				labels[label] = act == kind
			}
		}
		if s := row["sentiment"]; s != "" && row["complaint"] != "" {
			labels["praise"] = s == "positive" && row["complaint"] == "0"
		}
		if len(labels) > 0 {
			rows = append(rows, comment.Labelled{ID: row["id"], Text: row["text"], Labels: labels})
		}
	}
	return rows, nil
}

// labelsEval is how well labels are told: praise, question and idea by five-fold cross-validation, threat and spam by the
// signs that are built in.
type labelsEval struct {
	rows    []comment.Labelled
	figures []comment.LabelFigures
	texts   int
	signs   signsEval
}

func (e *labelsEval) add(_ context.Context, path string) error {
	files, err := filesOf(path, labelFiles)
	if err != nil {
		return err
	}
	for _, file := range files {
		file = filepath.Clean(file)
		table, err := readColumns(file, "text")
		if err != nil {
			return err
		}
		rows, err := labelledIn(file, table, false)
		if err != nil {
			return err
		}
		e.rows, e.texts = append(e.rows, rows...), e.texts+len(table)
		if err := e.signs.add(table); err != nil {
			return err
		}
	}
	return nil
}

// labelMetrics are the figures of each label, in the order they are printed.
var labelMetrics = [...]struct {
	name, title string
	of          func(comment.Figures) float64
}{
	{"f1", "F1, at 0.5", func(f comment.Figures) float64 { return f.F1 }},
	{"auc", "area under the curve", func(f comment.Figures) float64 { return f.AUC }},
	{"recall_at_5", "recall at 5 % false alarms", func(f comment.Figures) float64 { return f.At[0].Recall }},
	{"calibration_error", "calibration error", func(f comment.Figures) float64 { return f.Error }},
}

// tierPrefix goes before the names of a tier's metrics.
var tierPrefix = [2]string{"tier1_", "tier2_"}

func (e *labelsEval) metrics() map[string]*float64 {
	m := map[string]*float64{}
	for _, name := range comment.LabelNames {
		for _, prefix := range tierPrefix {
			for _, metric := range labelMetrics {
				m[prefix+name+"_"+metric.name] = nil
			}
		}
	}
	e.signs.threat.put("threat", m)
	e.signs.spam.put("spam", m)
	for _, f := range e.figures {
		for by, prefix := range tierPrefix {
			for _, metric := range labelMetrics {
				v := metric.of(f.By[by])
				m[prefix+f.Name+"_"+metric.name] = &v
			}
		}
	}
	return m
}

// print measures what was read and prints it. No text is printed: they are people's own words.
func (e *labelsEval) print(out io.Writer, asJSON bool) (err error) {
	if len(e.rows) > 0 || e.texts == 0 {
		if e.figures, err = comment.CrossValidateLabels(e.rows); err != nil {
			return err
		}
	}
	if asJSON {
		return json.NewEncoder(out).Encode(struct {
			V       int                 `json:"v"`
			Suite   string              `json:"suite"`
			Items   int                 `json:"items"`
			How     string              `json:"how"`
			Metrics map[string]*float64 `json:"metrics"`
			Wrong   []evalWrong         `json:"wrong"`
		}{1, "labels", e.texts, "praise, question, idea: 5-fold cross-validation; threat, spam: the built-in signs", e.metrics(), []evalWrong{}})
	}
	if fmt.Fprintln(out, counted(e.texts, "text")); len(e.figures) > 0 {
		fmt.Fprintln(out, "\npraise, question and idea by 5-fold cross-validation: without the encoder, and with it")
	}
	for _, f := range e.figures {
		fmt.Fprintf(out, "\n%s: %d of %d\n", f.Name, f.Yes, f.By[0].Rows)
		for _, metric := range labelMetrics {
			fmt.Fprintf(out, "  %-28s %.3f  %.3f\n", metric.title, metric.of(f.By[0]), metric.of(f.By[1]))
		}
	}
	e.signs.print(out, e.metrics())
	return nil
}
