package checks

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/systems.md lists every system that the checks know, as they know it.
func TestSystemsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/systems.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, n := range SystemNotes() {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", n.System, n.Kind, n.State)
	}
	if !strings.Contains(string(page), table.String()) {
		t.Errorf("docs/systems.md does not hold this table:\n%s", table.String())
	}
}
