package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/memory"
)

// ctx is for the memory journal, which waits for nothing.
var ctx = context.Background()

// storeFor bounds what a node asks of the store when it says nothing else.
const storeFor = 10 * time.Second

// store is the journal that all nodes share, and what lies between them and it.
type store struct {
	w       *world
	journal *memory.Journal
	full    bool
	away    time.Duration // until when nobody reaches it
	kept    []journal.Batch
}

var (
	errAway = errors.New("the store cannot be reached")
	errLate = errors.New("the store did not answer in time")
	errCut  = errors.New("the connection to the store broke")
)

// reachable reports whether a node reaches the store now.
func (s *store) reachable(n *node) bool { return s.w.now >= max(s.away, n.away) }

// op is one word of a node with the store.
type op struct {
	patience time.Duration
	effect   func() error // at the store; not run when it is not reached
	done     func(error)  // at the node
	renewal  bool

	n    *node
	over bool // it has had its effect, or never will
	told bool
}

// ask carries an op out: it takes a while to get there and back, and may get lost
// on both ways. Its effect may come after the node has given it up.
func (s *store) ask(n *node, o *op) {
	w := s.w
	o.n = n
	n.ops = append(n.ops, o)
	there, back := w.storage(), w.storage()
	patience := o.patience
	if patience == 0 {
		patience = storeFor
	}
	w.clock(w.now+patience, n, func() { o.tell(errLate) })
	if !s.reaches(o) && w.rnd.IntN(2) == 0 {
		o.over = true
		w.plan(&event{at: w.now + there, node: n, run: func() { o.tell(errAway) }})
		return
	}
	w.in(there, func() {
		if o.over {
			return
		}
		o.over = true
		if !s.reaches(o) {
			return // it waits for an answer in vain
		}
		err := o.effect()
		if o.renewal && n.last && !w.calm {
			n.atTheBrink()
			back = min(patience-there, time.Duration(w.rnd.Int64N(int64(patience))))
		}
		if w.now >= n.deadFrom && w.now < n.deadTo || !w.calm && !w.gentle && w.chance(w.faults.opCut) {
			w.report.OpsCut++
			err = errCut
		}
		w.plan(&event{at: w.now + back, node: n, run: func() { o.tell(err) }})
	})
}

// reaches reports whether an op gets to the store now.
func (s *store) reaches(o *op) bool {
	return s.reachable(o.n) && !(o.renewal && s.w.now < o.n.unrenewed)
}

func (o *op) tell(err error) {
	if !o.told {
		o.told = true
		o.n.ops = without(o.n.ops, o)
		o.done(err)
	}
}

// storage draws how long something takes at the store, one way.
func (w *world) storage() time.Duration {
	d := 100*time.Microsecond + time.Duration(w.rnd.Int64N(int64(2*time.Millisecond)))
	if w.calm || !w.chance(w.faults.slow) {
		return d
	}
	w.report.Slow++
	if w.gentle || w.rnd.IntN(3) > 0 {
		return d + time.Duration(w.rnd.Int64N(int64(300*time.Millisecond)))
	}
	return d + time.Duration(w.rnd.Int64N(int64(15*time.Second)))
}

// write carries out an append that was taken.
func (s *store) write(n *node, b journal.Batch, o memory.Outcome) error {
	if s.w.tamper.epochless {
		b.Frame.Epoch = s.head(b.Frame.Site).Epoch
	}
	if s.w.tamper.unsynced && o == memory.UnknownLater {
		o = memory.UnknownDidNot
	}
	var ended error
	s.journal.Append(journal.Append{Take: func() (journal.Batch, bool) { return b, true }, Done: func(err error) { ended = err }})
	s.journal.Step(o)
	written := s.w.centre(b.Frame.Site).wrote(n)
	if o == memory.UnknownLater {
		s.w.in(time.Duration(s.w.rnd.IntN(4))*s.w.storage(), s.land)
	}
	if s.w.tamper.unsynced && (written || ended == nil) {
		s.kept = append(s.kept, b)
	}
	return ended
}

// head answers a site's head as the store has it.
func (s *store) head(name string) journal.Head {
	heads, err := s.journal.Heads(ctx)
	i := slices.IndexFunc(heads, func(h journal.Head) bool { return h.Site == name })
	if err != nil || i < 0 {
		s.w.breaks("the journal has no site %s: %v", name, err)
		return journal.Head{}
	}
	return heads[i]
}

// land lets the writes that were given up arrive.
func (s *store) land() {
	if n := s.journal.Land(); n > 0 {
		s.w.note("%d late writes land", n)
		s.w.report.Landed += n
	}
	for _, c := range s.w.centres {
		before := c.record.position
		if c.read(); c.record.position > before && c.record.epoch != s.head(c.name).Epoch {
			s.w.breaks("a late write of %s landed under epoch %d, after %d was taken", c.name, c.record.epoch, s.head(c.name).Epoch)
		}
	}
}

func (s *store) setFull(full bool) {
	if s.full != full {
		s.full = full
		s.w.note("the journal is full: %t", full)
		s.journal.SetFull(full)
	}
}

// forget is a journal that says durable and forgets the last of it at a crash.
func (s *store) forget() {
	for _, c := range s.w.centres {
		c.record.epoch = 0
	}
	n := len(s.kept) - s.w.rnd.IntN(4)
	s.kept = s.kept[:max(n, 0)]
	was, err := s.journal.Heads(ctx)
	if err != nil {
		panic(err)
	}
	s.journal = memory.New()
	for _, h := range was {
		if _, err := s.journal.Create(ctx, h.Site); err != nil {
			panic(err)
		}
	}
	for i := range s.kept {
		s.kept[i].Frame.Epoch = 1
		var ended error
		s.journal.Append(journal.Append{Take: func() (journal.Batch, bool) { return s.kept[i], true }, Done: func(err error) { ended = err }})
		s.journal.Step(memory.Durable)
		if ended != nil {
			panic(fmt.Sprintf("write the journal anew: %v", ended))
		}
	}
}
