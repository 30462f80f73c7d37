package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// keeper keeps one site: its machine, under a lock, and the timer that wakes it.
type keeper struct {
	host    *Host
	name    string
	log     *slog.Logger
	stopped chan struct{} // closed when the machine has stopped

	standing atomic.Int32 // the machine's state after its last input
	looking  atomic.Bool  // a look at the site is under way

	mu     sync.Mutex
	m      *machine.Machine
	timer  *time.Timer
	wakeAt time.Duration // what the timer is set to; 0: it is not set
	over   bool          // stopped is closed
	taken  *taken        // what the journal has of the site and is writing; nil for nothing
	news   chan struct{} // closed when the journal has grown; nil while nobody waits for it
}

func newKeeper(h *Host, name string, epoch int64) *keeper {
	k := &keeper{host: h, name: name, log: h.log.With("site", name), stopped: make(chan struct{}), m: machine.New(epoch, h.location)}
	k.input(func(m *machine.Machine, now time.Duration) {
		if h.pool != nil {
			m.Lease(now, h.until)
		}
	})
	return k
}

// epoch answers the epoch under which the site was run.
func (k *keeper) epoch() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.m.Epoch()
}

func (k *keeper) now() time.Duration { return time.Since(k.host.start) }

// state answers where the machine stands, without waiting for what it is doing.
func (k *keeper) state() machine.State { return machine.State(k.standing.Load()) }

// input gives the machine one input and carries out what it wants done.
func (k *keeper) input(f func(m *machine.Machine, now time.Duration)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	f(k.m, now)
	k.carryOut(now)
}

// stands notes where the machine stands, for who asks without waiting.
func (k *keeper) stands() {
	if was := machine.State(k.standing.Swap(int32(k.m.State()))); was == machine.Blocked && k.m.State() == machine.Live {
		k.log.Info("the site goes on")
	}
}

func (k *keeper) carryOut(now time.Duration) {
	for {
		e := k.m.Effects()
		k.stands() // before anybody is told what follows from it
		for _, c := range e.Answered {
			close(c.Tag.(chan struct{}))
		}
		for _, p := range e.Polls {
			r := p.Tag.(*Retrieval)
			k.delivered(now, r)
			close(r.done)
		}
		if e.Alarm != nil {
			k.log.Error("site alarm", "err", e.Alarm)
		}
		if e.Append {
			k.host.journal.Append(journal.Append{Take: k.take, Done: k.appended})
		}
		if e.Load != nil {
			k.metrics().Loading(k.name, k.m.Cause().String())
			go k.load(*e.Load)
		}
		if len(e.Ask) == 0 {
			break
		}
		for _, p := range e.Ask {
			k.m.Evidence(now, p, p.Tag.(*Retrieval).verdict())
		}
	}
	if k.m.State() == machine.Stopped && !k.over {
		k.over = true
		close(k.stopped)
	}
	k.rearm(now)
}

// rearm sets the timer when the machine wants to be woken earlier than it is set
// to. One that is set too early only wakes the machine for nothing.
func (k *keeper) rearm(now time.Duration) {
	at, ok := k.m.Wake()
	if !ok || k.wakeAt != 0 && k.wakeAt <= at {
		return
	}
	k.wakeAt = at
	if k.timer == nil {
		k.timer = time.AfterFunc(at-now, k.tick)
	} else {
		k.timer.Reset(at - now)
	}
}

func (k *keeper) tick() {
	k.input(func(m *machine.Machine, now time.Duration) {
		k.wakeAt = 0
		if !k.over {
			m.Tick(now)
		}
	})
}

// take and appended are the journal's calls.
func (k *keeper) take() (journal.Batch, bool) {
	var b machine.Batch
	var ok bool
	k.input(func(m *machine.Machine, now time.Duration) {
		b, ok = m.Take(now)
		if ok {
			k.taken = &taken{at: now, events: b.Count, bytes: len(b.Events)}
		}
	})
	if !ok {
		return journal.Batch{}, false
	}
	return Pack(k.name, b), true
}

func (k *keeper) appended(err error) {
	o := OutcomeOf(err)
	if err != nil {
		k.log.Warn("append failed", "outcome", o, "err", err)
	}
	var end int64
	k.input(func(m *machine.Machine, now time.Duration) {
		k.written(now, o)
		m.Appended(now, o)
		end = m.Durable()
		k.tellGrown()
	})
	if tell := k.host.appended.Load(); tell != nil && err == nil {
		(*tell)(k.name, end)
	}
}

// load reads the site from the journal, after taking a new epoch if the order
// says so.
func (k *keeper) load(o machine.LoadOrder) {
	s, epoch, err := k.read(o)
	if errors.Is(err, errElsewhere) {
		k.log.Warn("the site is another node's", "err", err)
		k.input(func(m *machine.Machine, now time.Duration) { m.Lost(now) })
		k.host.remove(k)
		k.host.pool.Lost(k.name)
		return
	}
	k.input(func(m *machine.Machine, now time.Duration) {
		if err != nil {
			m.LoadFailed(now, fatal(err), err)
			return
		}
		m.Loaded(now, site.Time(time.Now().UnixMicro()), s, epoch)
	})
}

// fatal reports whether trying again cannot help.
func fatal(err error) bool {
	return errors.Is(err, journal.ErrCorrupt) || errors.Is(err, journal.ErrNewer) || errors.Is(err, journal.ErrNoSite) ||
		errors.Is(err, errReplay)
}

// errReplay: the stored events or parts do not make a site.
var errReplay = errors.New("the site's stored events cannot be applied")

func (k *keeper) read(o machine.LoadOrder) (*site.Site, int64, error) {
	ctx := context.Background() // a load ends with the journal's own time-outs
	epoch := o.From
	if o.Raise {
		var err error
		if epoch, err = k.host.takeEpoch(ctx, k.name, o.From); err != nil {
			return nil, 0, fmt.Errorf("take a new epoch: %w", err)
		}
	}
	st, err := k.host.journal.Load(ctx, k.name)
	if err != nil {
		return nil, 0, err
	}
	if st.Head.Epoch != epoch {
		err := fmt.Errorf("%w: the site is at epoch %d, not %d", journal.ErrFenced, st.Head.Epoch, epoch)
		if k.host.pool != nil {
			err = fmt.Errorf("%w: %w", errElsewhere, err)
		}
		return nil, 0, err
	}
	s, err := Build(st)
	return s, epoch, err
}
