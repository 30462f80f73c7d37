package sim

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
	"time"
)

// Report counts what a run came through.
type Report struct {
	Steps   int
	Elapsed time.Duration // made-up time

	Nodes, Sites               int // places for nodes, and sites
	Posts, Uncertain, Refused  int // posts by how they ended; a post sent twice counts once
	Receipts                   int // of posts that others have, told to those who ask
	Delivered, Repeated        int // messages that clients got for the first time, and again
	Engagements, Leads         int // visits, and how often an agent took one over
	Forwarded, Misdirected     int // requests sent to another node, and sent back from there
	Claims, TakeOvers, Moves   int // of sites: epochs taken, from another node, and hand-overs
	Loads                      int
	Appends                    int
	Failed, Unknown, Fenced    int // appends by outcome
	Landed                     int // writes that had been given up and came later
	Starts, Kills, Stops       int // of nodes
	Pauses, Lapses, Brinks     int // nodes that stood still, leases that ran out, and those that were made to at a bad moment
	Outages, Full, Slow        int // store away, store full, slow words with it
	OpsCut                     int // words with the store whose answer was lost
	Cuts, Dropped, Late        int // connections that broke, requests without an answer, slow ways
	Doubled, Panics, WallJumps int // requests sent twice, commands that panic, jumps of wall clocks

	// Hash is made of all that happened: equal runs have equal hashes.
	Hash uint64
}

// Add adds another run's counts to these.
func (r *Report) Add(o Report) {
	to, from := reflect.ValueOf(r).Elem(), reflect.ValueOf(o)
	for i := range to.NumField() {
		if f := to.Field(i); f.CanInt() {
			f.SetInt(f.Int() + from.Field(i).Int())
		}
	}
	r.Hash ^= o.Hash // in whatever order
}

// Below names the counts that are below a number.
func (r Report) Below(least int) []string {
	var found []string
	for name, n := range r.counts() {
		if n < least {
			found = append(found, name)
		}
	}
	return found
}

// String lists the counts, one a line.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %v\n", "Elapsed", r.Elapsed)
	for name, n := range r.counts() {
		fmt.Fprintf(&b, "%-12s %d\n", name, n)
	}
	fmt.Fprintf(&b, "%-12s %016x\n", "Hash", r.Hash)
	return b.String()
}

// counts are the fields that count something.
func (r Report) counts() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		v := reflect.ValueOf(r)
		for i := range v.NumField() {
			if n, ok := v.Field(i).Interface().(int); ok && !yield(v.Type().Field(i).Name, n) {
				return
			}
		}
	}
}
