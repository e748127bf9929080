package pipeline

// The named points at which tests kill the program. Each lies between two steps of which the first is done and the second
// is not.
const (
	// AfterCapture: the evidence is kept and the visit is made, but not published.
	AfterCapture = "after_capture"
	// AfterCommit: the visit is in the database, but nothing is announced and its message not acknowledged.
	AfterCommit = "after_commit"
	// BeforeAck: the work of a message is done, but the message not acknowledged. Every stage passes here.
	BeforeAck = "before_ack"
)

// reach tells whoever wants to know that a point was reached.
func (b *Broker) reach(point string) {
	if b.reached != nil {
		b.reached(point)
	}
}
