package crawler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// TestClasses: more classes than the table begins with, some on several elements, one named twice on one.
func TestClasses(t *testing.T) {
	table, nodes := newClassTable(0), make([]*html.Node, 3000)
	for i := range nodes {
		nodes[i] = &html.Node{Data: fmt.Sprint(i)}
		if table.add(i, fmt.Sprintf(" one-%d  third-%d\tone-%d ", i, i/3, i)) {
			t.Fatalf("element %d is hidden", i)
		}
	}
	if !table.add(2999, "wide d-none") {
		t.Error("d-none hides nothing")
	}
	for class, want := range map[string]string{"one-2": "2", "third-0": "0 1 2", "third-999": "2997 2998 2999", "d-none": "2999", "none": "", "": ""} {
		var got []string
		for _, n := range table.of(class, nodes) {
			got = append(got, n.Data)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("class %q (-want +got):\n%s", class, diff)
		}
	}
}
