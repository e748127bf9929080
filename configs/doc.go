// Package configs holds what an operator may change without building anew: doorknock.yaml with every setting,
// organisations.csv, the dated word lists, and the code that reads them.
//
// In: files as people write them. Out: typed settings, organisations and channels, the installation's keys, or all
// mistakes of a file at once with their places. It never starts anything and never prints a secret.
package configs
