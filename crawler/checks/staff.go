package checks

import (
	"strings"

	"doorknock/crawler"
)

// person is a line that names somebody beside what they do. The name is only counted, never kept.
type person struct {
	at   int    // of the block
	role string // as it is written
}

// namedStaff gives the people whose name stands with one of the roles: in one line, in the cells of a row, or in two lines
// that follow each other.
func namedStaff(all []stretch, roles []string) (found []person) {
	for i, b := range all {
		if role := roleBeside(b, roles); role != "" {
			found = append(found, person{i, role})
			continue
		}
		if !crawler.IsName(b.text) {
			continue
		}
		if i+1 < len(all) && isRole(all[i+1], roles) {
			found = append(found, person{i, all[i+1].text})
		} else if i > 0 && isRole(all[i-1], roles) && (i < 2 || !crawler.IsName(all[i-2].text)) {
			found = append(found, person{i, all[i-1].text})
		}
	}
	return found
}

// isRole reports whether a line is a job title and no sentence.
func isRole(b stretch, roles []string) bool {
	return len(b.text) <= 90 && stemIn(b.lower, roles) && !strings.HasSuffix(b.text, ".") && len(strings.Fields(b.text)) <= 12
}

// roleBeside gives the role that stands with a name in the line itself.
func roleBeside(b stretch, roles []string) string {
	parts := b.cells
	if len(parts) == 0 && len(b.text) <= 140 {
		for _, mark := range [...]string{" – ", " — ", " - ", ": ", " | ", ", ", " ("} {
			if before, after, ok := strings.Cut(b.text, mark); ok {
				parts = []string{before, after}
				break
			}
		}
	}
	for i, part := range parts {
		if !crawler.IsName(part) {
			continue
		}
		for j, other := range parts {
			if i != j && len(other) <= 100 && stemIn(plain(other), roles) {
				return other
			}
		}
	}
	return ""
}
