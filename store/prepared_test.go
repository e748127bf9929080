package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"

	"doorknock/audit"
)

// A visit is recorded with statements that are prepared already. SQLite asks its authoriser while it prepares a
// statement and at no other time, also where it prepares one again by itself.
func TestRecordPreparesNothingAgain(t *testing.T) {
	db := open(t, nil)
	prepared := map[string]int{}
	err := db.conn.Raw(func(c any) error {
		c.(*sqlite3.SQLiteConn).RegisterAuthorizer(func(op int, table, column, _ string) int {
			prepared[fmt.Sprintf("%d %s %s", op, table, column)]++
			return sqlite3.SQLITE_OK
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	when := day0
	looks := func() {
		for _, s := range []audit.State{audit.Open, audit.Open, audit.Unknown, audit.Closed, audit.Closed, audit.Open, audit.Open} {
			r := look(oak(), when, s)
			for n := range 3 {
				r.Findings = append(r.Findings, audit.Finding{Check: "comments", Scope: fmt.Sprintf("https://oak.test/%d", n), Verdict: verdict(s)})
			}
			r.Visit.Comments = []audit.Comment{{ID: audit.CommentID(oak().ID, "wordpress", when.String()), Post: "p", System: "wordpress", Time: when, Text: "Hello"}}
			record(t, db, r)
			when = when.Add(30 * time.Hour)
		}
	}
	looks()
	if len(prepared) == 0 {
		t.Fatal("the first looks prepared nothing: this test sees nothing")
	}
	clear(prepared)
	looks()
	if d := cmp.Diff(map[string]int{}, prepared); d != "" {
		t.Errorf("known kinds of visits were recorded with statements made anew (operation, table, column):\n%s", d)
	}
}
