package store

import "testing"

// To let go of a row SQLite looks for rows that refer to it. Tidying lets go of findings, captures and visits by the
// thousand, so each column that refers to one of them leads an index: else every row of its table would be read each time.
func TestReferencesAreIndexed(t *testing.T) {
	db := open(t, nil)
	const references = `SELECT m.name, k."from" FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) k
		WHERE m.type = 'table' AND k."table" IN ('finding', 'capture', 'visit')`
	if n := len(dump(t, db, references)); n < 12 {
		t.Errorf("%d references found, want a dozen: the list is not read right", n)
	}
	for _, unled := range dump(t, db, references+` AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) i
			JOIN pragma_index_info(i.name) c ON c.seqno = 0 WHERE c.name = k."from" AND i.partial = 0)`) {
		t.Errorf("%s has no index that begins with it", unled)
	}
}
