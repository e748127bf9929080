package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"doorknock/score/comment"
)

// dangerFiles are the files of a folder that tell of dangers, in the order they are read. hazards_eval.csv is kept aside.
var dangerFiles = []string{"hazards.csv", "dangers.csv", everydayFile}

// everydayFile holds what people write to firms of all kinds. It has no column of urgency: none of it is a danger of a home.
const everydayFile = "complaints_train.csv"

func newTrainDangers() *cobra.Command {
	c := &cobra.Command{
		Use: "dangers PATH...", Short: "Train the second reading for dangers, of what the rules' words miss",
		Long: "train dangers reads hazards.csv and dangers.csv of each folder, or the CSV files named (columns text, hazards, urgent). The\n" +
			"column urgent says whether somebody should look at once, the first of hazards without a context to which rule it belongs.\n" +
			"The texts of complaints_train.csv are taken for everyday ones, of which none is urgent.\n" +
			"What train refuses is refused, and what is kept aside for evaluation (_eval). The same rows give the same bytes.",
	}
	return learnt(c, "danger.model", dangerFiles, func(file string) ([]comment.HazardRow, error) {
		if filepath.Base(file) == everydayFile {
			return everydayRows(file)
		}
		return hazardRows(file)
	}, comment.TrainDangers)
}

// hazardRows reads sentences with what a person says of them.
func hazardRows(file string) ([]comment.HazardRow, error) {
	table, err := readColumns(file, "text", "hazards", "urgent")
	if err != nil {
		return nil, err
	}
	var rows []comment.HazardRow
	for _, row := range table {
		rows = append(rows, comment.HazardRow{Text: row["text"], Hazards: strings.Fields(row["hazards"]), Urgent: row["urgent"] == "1"})
	}
	return rows, nil
}

// everydayRows reads texts of which none tells of a danger.
func everydayRows(file string) ([]comment.HazardRow, error) {
	table, err := readColumns(file, "text")
	if err != nil {
		return nil, err
	}
	var rows []comment.HazardRow
	for _, row := range table {
		rows = append(rows, comment.HazardRow{Text: row["text"]})
	}
	return rows, nil
}
