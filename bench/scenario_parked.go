package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// memory is what one server needed in one round of parked polls.
type memory struct {
	bytesAPoll int64
}

// runParked measures parked polls. Each round has new servers, since memory that
// was once taken is given back late.
func (b *bench) runParked(ctx context.Context) ([]parkedRow, error) {
	var rows []parkedRow
	for _, n := range b.options.parked {
		if err := raiseOpenFiles(n); err != nil {
			return nil, err
		}
		var ofUsher, ofHub []memory
		for i := range b.options.rounds {
			u, answers, seats, err := b.parkAtUsher(ctx, n)
			if err != nil {
				return nil, fmt.Errorf("%d polls, usher: %w", n, err)
			}
			h, err := b.parkAtHub(ctx, answers, seats)
			if err != nil {
				return nil, fmt.Errorf("%d polls, baseline: %w", n, err)
			}
			ofUsher, ofHub = append(ofUsher, u), append(ofHub, h)
			b.note("%d polls, round %d of %d: usher %d bytes a poll, baseline %d",
				n, i+1, b.options.rounds, u.bytesAPoll, h.bytesAPoll)
		}
		rows = append(rows, newParkedRow(n, ofUsher, ofHub))
	}
	return rows, nil
}

// rehearsers are the visitors who come and go before a server's memory is first
// looked at, so that program pages and caches, which are needed once and not a
// poll, are not counted as polls.
const rehearsers = 16

// startRested starts usher with the tokens of n visitors, all issued by an earlier
// start on the same data. So the measured process has checked and hashed no
// password: each takes 19 MiB that stay resident for minutes, and would pass for
// memory that it had before the polls.
func (b *bench) startRested(ctx context.Context, n int) (p *process, s *site, tokens []string, err error) {
	data, err := b.newData()
	if err != nil {
		return nil, nil, nil, err
	}
	if tokens, err = b.inviteVisitors(ctx, data, n); err != nil {
		return nil, nil, nil, fmt.Errorf("invite visitors: %w", err)
	}
	p, ready, err := b.startUsher(ctx, data, "")
	if err != nil {
		return nil, nil, nil, err
	}
	if s, err = newSite(ready); err != nil {
		return nil, nil, nil, p.failed(err)
	}
	return p, s, tokens, nil
}

// inviteVisitors starts usher only to get tokens for n visitors.
func (b *bench) inviteVisitors(ctx context.Context, data string, n int) ([]string, error) {
	p, ready, err := b.startUsher(ctx, data, "")
	if err != nil {
		return nil, err
	}
	defer b.end(p)
	s, err := newSite(ready)
	if err != nil {
		return nil, err
	}
	defer s.close()
	tokens := make([]string, n)
	progress := b.counter("visitors invited", n)
	return tokens, each(ctx, n, setupWorkers, func(ctx context.Context, i int) (err error) {
		tokens[i], err = s.invite(ctx, i, s.queue)
		progress()
		return err
	})
}

// parkAtUsher measures n visitors with their sessions and queued engagements, and
// returns also what the baseline needs to do the same.
func (b *bench) parkAtUsher(ctx context.Context, n int) (memory, script, []seat, error) {
	fail := func(err error) (memory, script, []seat, error) { return memory{}, script{}, nil, err }
	p, s, tokens, err := b.startRested(ctx, n+rehearsers)
	if err != nil {
		return fail(err)
	}
	defer b.end(p)
	defer s.close()
	var first recorded
	for _, token := range tokens[n:] {
		v, err := s.request(ctx, token)
		if err != nil {
			return fail(fmt.Errorf("rehearse: %w", err))
		}
		if first, err = exchangeOnce(ctx, p, s.visitorPollCall(v)); err != nil {
			return fail(fmt.Errorf("rehearse: %w", err))
		}
		if err := welcomed(first.Body); err != nil {
			return fail(fmt.Errorf("rehearse: %w", err))
		}
		if err := s.leave(ctx, v); err != nil {
			return fail(fmt.Errorf("rehearse: %w", err))
		}
	}
	before, err := residentAtRest(ctx, p)
	if err != nil {
		return fail(err)
	}

	seats := make([]seat, n)
	progress := b.counter("visitors in the queue", n)
	err = each(ctx, n, setupWorkers, func(ctx context.Context, i int) error {
		v, err := s.request(ctx, tokens[i])
		if err != nil {
			return err
		}
		// What waits for a new visitor, its place in the queue, is fetched here: the
		// connections that are measured carry nothing but polls that park, as at the
		// baseline. One that was answered before holds on to some kB for long.
		ack, err := s.firstPoll(ctx, v)
		seats[i] = seat{s.visitorPollCall(v), ack}
		progress()
		return err
	})
	if err != nil {
		return fail(fmt.Errorf("set up visitors: %w", err))
	}
	s.close()
	m, err := parkedMemory(ctx, p, seats, before)
	// The baseline's posts are never timed here: any short answer will do.
	return m, script{Post: timeoutLike(first), Message: first, Timeout: timeoutLike(first)}, seats, err
}

// welcomed checks the answer to a visitor's first poll. It must bring something
// at once: every visitor of the set-up would else wait for a whole hold.
func welcomed(body []byte) error {
	var answer struct {
		SystemMessages []json.RawMessage `json:"systemMessages"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("first getMessages of a visitor answered %s: %w", body, err)
	}
	if len(answer.SystemMessages) == 0 {
		return fmt.Errorf("first getMessages of a queued visitor answered %s: its wait information should have been there", body)
	}
	return nil
}

// parkAtHub measures the same polls at the baseline, each at a mailbox of its
// own.
func (b *bench) parkAtHub(ctx context.Context, answers script, seats []seat) (memory, error) {
	p, err := b.startHub(ctx, answers)
	if err != nil {
		return memory{}, err
	}
	defer b.end(p)
	onHub := make([]seat, len(seats))
	for i, s := range seats {
		onHub[i] = seat{poll: s.poll.at("/poll?id=" + mailboxID(i))}
	}
	like := seats[0].poll
	for i := range rehearsers {
		id := mailboxID(len(seats) + i)
		for _, target := range []string{"/post?to=" + id, "/poll?id=" + id} {
			if _, err := exchangeOnce(ctx, p, like.at(target)); err != nil {
				return memory{}, fmt.Errorf("rehearse: %w", err)
			}
		}
	}
	before, err := residentAtRest(ctx, p)
	if err != nil {
		return memory{}, err
	}
	return parkedMemory(ctx, p, onHub, before)
}

// parkedMemory parks all polls at p and compares its memory with that before.
func parkedMemory(ctx context.Context, p *process, seats []seat, before int64) (memory, error) {
	var m memory
	err := park(ctx, p.host, dialTo(p.host), seats, func() error {
		after, err := residentAtRest(ctx, p)
		m.bytesAPoll = (after - before) / int64(len(seats))
		return err
	})
	return m, err
}

// exchangeOnce sends one request on a connection of its own and keeps the answer.
func exchangeOnce(ctx context.Context, p *process, c call) (recorded, error) {
	conn, err := dialTo(p.host)(ctx, 0)
	if err != nil {
		return recorded{}, err
	}
	defer conn.Close()
	w := newWire(conn)
	w.got.keepHead = true
	if err := w.send(c.layOut(p.host).bytes(firstSerial, 0)); err != nil {
		return recorded{}, err
	}
	got, err := w.receive()
	if err != nil {
		return recorded{}, err
	}
	return record(got), nil
}
