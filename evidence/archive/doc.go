// Package archive reads what other programs saved of the web: single pages (HTML as a browser or SingleFile saves it,
// MHTML) and archives (WARC, plain or gzipped, and WACZ).
//
// In: the bytes of a file. Out: one page after the other, each with its address, its time and its body, as far as the file
// itself tells them, and in the end a count of all that was passed over and why. An archive is streamed: of its records
// only one is in memory at a time, and only of those whose address is wanted is the body unpacked. Every size is bounded, and a bound
// that is reached is an error or a count, never a cut body. This package never judges a page, never writes a file, and never
// uses a name from within an archive for anything but to find its parts there.
package archive
