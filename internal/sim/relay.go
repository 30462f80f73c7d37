package sim

import (
	"fmt"
	"time"

	cluster "usher/internal/cluster/machine"
	"usher/internal/host/machine"
	"usher/internal/journal"
)

// relay sends a request to the node that runs its site, and hands its answer back.
func (t *trip) relay(a *cluster.Ask) {
	w := t.w
	w.report.Forwarded++
	t.phase, t.asked = relaying, a.Node.Incarnation
	t.relays++
	w.broke(t.spins())
	p := &pass{slot: t.n.slot.number, epoch: a.At.Epoch, within: t.until - w.now}
	if t.q.poll != nil {
		p.answer = t.n.answers.expect(t.n)
	}
	t.expects = p.answer
	t.out = &exchange{
		from: t.n, slot: w.slotOf(t.asked),
		begin: func(x *exchange) { x.at.take(x, t.q, p) },
	}
	x := t.out
	x.back = func(a answer) { t.relayed(x, a) }
	x.broken = func(never bool) {
		switch {
		case t.over || t.out != x:
		case never:
			t.failed(cluster.Unsent)
		default:
			t.failed(cluster.Cut)
		}
	}
	w.send(x)
	t.patience = w.clock(t.until+answerLate, t.n, func() {
		if t.out == x && !t.over {
			x.abandon()
			t.replied(cluster.Cut)
		}
	})
}

// relayed takes another node's answer.
func (t *trip) relayed(x *exchange, a answer) {
	switch {
	case t.over || t.out != x:
	case a.misdirected:
		t.w.report.Misdirected++
		at := journal.Placement{Head: journal.Head{Site: t.q.c.name, Epoch: a.epoch}, Owner: a.owner.Incarnation}
		t.n.input(func(m *cluster.Machine, now time.Duration) {
			m.Meet(now, a.owner)
			m.Learn(now, at, t.asked)
		})
		t.replied(cluster.Misdirected)
	default:
		if t.q.poll != nil && a.batch.Last > 0 {
			t.n.answers.kept[t.expects] = t.x // the evidence of its arrival, for that node
		}
		t.letGo()
		t.finish(a)
	}
}

// failed tells the machine that a node could not be reached.
func (t *trip) failed(r cluster.Reply) {
	t.n.input(func(m *cluster.Machine, now time.Duration) { m.Failed(now, t.q.c.name, t.asked) })
	t.replied(r)
}

// replied decides what becomes of a request that another node has not answered.
func (t *trip) replied(r cluster.Reply) {
	t.letGo()
	after := cluster.After
	if t.w.tamper.fate != nil {
		after = t.w.tamper.fate
	}
	switch after(r, t.q.poll != nil || t.q.reads) {
	case cluster.Uncertain:
		t.refuse(machine.ErrUncertain)
	case cluster.Again:
		t.moved()
	}
}

// letGo ends the wait for another node.
func (t *trip) letGo() {
	t.w.cancel(t.patience)
	t.n.answers.giveUp(t.expects)
	t.out, t.phase = nil, idle
}

// cutOff ends the wait for another node's answer when this node stops.
func (t *trip) cutOff() {
	t.out.abandon()
	t.letGo()
	t.moved()
}

// spins answers an error when a request is sent to and fro without end.
func (t *trip) spins() error {
	if most := 50 + int(25*(t.w.now-t.began)/time.Second); t.relays > most {
		return fmt.Errorf("%s was sent to other nodes %d times in %v", t.q.what, t.relays, t.w.now-t.began)
	}
	return nil
}
