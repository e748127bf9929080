// Package talk makes figures of who talks and who answers on an organisation's channels: reply times, what was promised
// against what was measured, comments that are no longer visible, kinds of posts.
//
// In: comments without their words (audit.Said), looks, posts, the working days of a nation. Out: counts, medians, shares
// with their samples. It is pure: no clock and no store, and the order of the inputs does not matter. It never says why
// somebody answered or did not, and where the sample is too small it says nothing. docs/talk.md explains every figure.
package talk
