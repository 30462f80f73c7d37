// Package archtest holds the program to its architecture: which package may
// import which, and what the pure ones must not touch. It has no code of its own
// beside its tests, which give the reason for each rule that is broken.
package archtest
