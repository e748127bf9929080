// Package web makes the pages that people read: what was seen, the league table, each organisation, the evidence of
// each finding, the changes, the method, and the same as CSV.
//
// In goes the public view of the store, which shows published rows only, and the documents of the checks and
// platforms. Out come complete HTML pages without script, and CSV. It never writes to the store, never fetches,
// never serves a captured page as HTML, and never listens where other machines could reach it.
package web
