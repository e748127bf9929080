package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"doorknock/configs"
	"doorknock/score/comment"
)

// signFiles are the files of a folder that tell of threats and spam, or hold ordinary talk, in the order they are read.
var signFiles = []string{"labels.csv", freshFile, "complaints_train.csv"}

// freshFile holds the sentences that the phrases of the signs were not made by.
const freshFile = "labels_fresh.csv"

func newTrainSigns() *cobra.Command {
	c := &cobra.Command{
		Use: "signs PATH...", Short: "Train what stands beside the signs of threats and spam",
		Long: "train signs reads labels.csv and labels_fresh.csv (columns text, threat, spam) and complaints_train.csv, which stands for\n" +
			"ordinary talk, of each folder, or the CSV files named. What train refuses is refused. The same rows give the same bytes.",
	}
	return learnt(c, "signs.model", signFiles, signRows, func(rows []comment.SignRow) (*comment.Labels, error) {
		rules, err := configs.Hazards()
		if err != nil {
			return nil, err
		}
		return comment.TrainSigned(rules, rows)
	})
}

// signRows reads sentences with what a person says of them. A file without the columns threat and spam is ordinary talk.
func signRows(file string) ([]comment.SignRow, error) {
	table, err := readColumns(file, "text")
	if err != nil {
		return nil, err
	}
	var rows []comment.SignRow
	for _, row := range table {
		if row["split"] == "test" {
			return nil, errUsage(fmt.Errorf("train on %s: row %s is kept aside as test", file, row["id"]))
		}
		_, told := row["threat"]
		rows = append(rows, comment.SignRow{Text: row["text"], Threat: row["threat"] == "1", Spam: row["spam"] == "1", Ordinary: !told, Fresh: filepath.Base(file) == freshFile})
	}
	return rows, nil
}
