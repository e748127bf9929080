// Package audit is the vocabulary of doorknock: organisations, channels, visits, readings, findings,
// changes, comments, and the rules that turn findings into a confirmed state.
//
// In: plain values. Out: plain values. It imports the standard library only, performs no I/O and reads
// no clock; ids are made from content, and only sealing draws a random nonce.
// It never accuses by accident: the zero value of a State is Unknown, and a Verdict other than unknown
// comes only from a constructor that demands evidence.
package audit
