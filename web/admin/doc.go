// Package admin is the operator's pages: a listener of its own, on the loopback address, with a password, sessions and
// /metrics. What goes in is the store, the password's hash and a table of pages; what comes out is one handler. It never
// shows a page to somebody who is not logged in, never changes anything on a GET, and never takes a form that this
// session was not given.
//
// Another page is one file that makes a Page, and one line where cmd/doorknock puts the table together.
package admin
