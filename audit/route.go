package audit

// Route is the way of a visit: what it asked and what came, in order. A plan that gets the same answers asks for the same
// again and learns the same, so the next visit goes this way without finding it anew, and where every answer is the
// same, all that was found stands.
type Route struct {
	Visit    string `json:"visit,omitempty"`    // the newest that went this way; "" in the visit itself
	Findings int    `json:"findings,omitempty"` // how many that visit has
	Plan     string `json:"plan"`               // hash of what the way follows from beside the answers
	Steps    []Step `json:"steps"`
}

// Step is one request of a route.
type Step struct {
	URL    string `json:"url"`
	For    string `json:"for"`
	Depth  int    `json:"depth,omitempty"`
	Accept string `json:"accept,omitempty"`
	Sum    string `json:"sum"` // hash of what came
}

// Same says that every answer of a visit was that of an earlier one, whose findings stand. How many there are is said so
// that none goes missing unnoticed.
type Same struct {
	Visit    string `json:"visit"`
	Findings int    `json:"findings"`
}
