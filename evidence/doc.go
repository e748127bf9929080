// Package evidence keeps what was seen: exchanges go in, WARC 1.1 files and, later, the same bytes come out.
//
// It never judges an answer, never fetches anything, and never writes outside the folder it was opened on. A capture
// with comments is sealed with a key of its own that this package hands out and does not keep.
package evidence
