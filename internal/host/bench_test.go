package host_test

import (
	"strconv"
	"testing"

	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal/memory"
	"usher/internal/metrics"
	"usher/internal/site"
)

// BenchmarkHost measures what a command and a delivery cost beside the journal, which is
// in memory here and costs next to nothing, with metrics and without.
//
//   - read: a command that decides nothing.
//   - post: a visitor's post, until it is durable.
//   - deliver: a visitor's post, until it is handed to its agent's parked retrieval.
func BenchmarkHost(b *testing.B) {
	for name, op := range map[string]func(*booth){"read": (*booth).read, "post": (*booth).post, "deliver": (*booth).deliver} {
		for kept, m := range map[string]*metrics.Metrics{"plain": nil, "metrics": metrics.New(metrics.Build{})} {
			b.Run(name+"/"+kept, func(b *testing.B) {
				x := newBooth(b, m)
				for b.Loop() {
					op(x)
				}
			})
		}
	}
}

// booth is a site with one chat.
type booth struct {
	*testing.B
	h     *host.Host
	posts int
}

func newBooth(b *testing.B, m *metrics.Metrics) *booth {
	h, err := host.New(b.Context(), memory.NewAuto(), site.Location{}, quiet())
	if err != nil {
		b.Fatal(err)
	}
	h.Measure(m)
	chat(b, h)
	return &booth{B: b, h: h}
}

func (x *booth) do(run func(*site.Site) error) {
	if err := try(x.Context(), x.h, run); err != nil {
		x.Fatal(err)
	}
}

func (x *booth) read() { x.do(func(s *site.Site) error { return s.Alive(agent) }) }

func (x *booth) post() {
	x.posts++
	x.do(func(s *site.Site) error {
		return second(s.PostAsVisitor(visitor, site.NewPost{Body: "post " + strconv.Itoa(x.posts)}))
	})
	if x.posts%100 == 0 { // or its mailbox would be full
		x.take(x.retrieve())
	}
}

func (x *booth) deliver() {
	parked := make(chan *host.Retrieval)
	go func() { parked <- x.retrieve() }()
	x.posts++
	x.do(func(s *site.Site) error {
		return second(s.PostAsVisitor(visitor, site.NewPost{Body: "post " + strconv.Itoa(x.posts)}))
	})
	x.take(<-parked)
}

func (x *booth) retrieve() *host.Retrieval {
	got, err := x.h.Retrieve(x.Context(), "demo", agent, machine.Numbers{}, 0)
	if err != nil {
		x.Error(err)
	}
	return got
}

// take says that an answer arrived.
func (x *booth) take(got *host.Retrieval) {
	c := agent
	c.Ack, c.Acked = got.Batch.Last, true
	x.do(func(s *site.Site) error { return s.Alive(c) })
}
