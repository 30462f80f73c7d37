package machine

// Reply is how a request ended that was sent to another node.
type Reply int

// The replies.
const (
	Answered    Reply = iota // that node answered it
	Unsent                   // it never got there
	Cut                      // it got there, or may have, and no answer came back
	Misdirected              // that node did not carry it out: the site is not there
)

// Fate is what becomes of a request after a reply.
type Fate int

// The fates.
const (
	Over      Fate = iota // the answer is the client's
	Again                 // find out where the site is, and send it there
	Uncertain             // the client is told that nobody knows whether it was done
)

// After decides what becomes of a request. A retrieval and whatever changes nothing
// may be carried out twice.
func After(r Reply, repeatable bool) Fate {
	switch {
	case r == Answered:
		return Over
	case r == Cut && !repeatable:
		return Uncertain
	}
	return Again
}
