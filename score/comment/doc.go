// Package comment says of a comment's text whether it reads as a complaint, which dangers it tells of, and how soon a
// person should look.
//
// In: text. Out: an assessment with byte offsets of that text. It is pure and keeps nothing. It never says that a
// danger is real or a landlord at fault: a hazard is a rule whose words stand in the text.
package comment
