package rest

import (
	"log/slog"
	"sync"
	"time"

	"usher/internal/metrics"
)

// noticeEvery is how often the log tells of one limit: a flood must not become one
// of lines.
const noticeEvery = time.Minute

// notices tells the log which limits turn strangers away.
type notices struct {
	log     *slog.Logger
	metrics *metrics.Metrics // nil for none

	mu    sync.Mutex
	kinds map[string]*notice // by the limit's name, of which there are few
}

type notice struct {
	last  time.Time
	times int // since then
}

func newNotices(log *slog.Logger) *notices {
	return &notices{log: log, kinds: make(map[string]*notice)}
}

// tell takes note that a limit was met; by is the network, or the site.
func (n *notices) tell(limit, by string) {
	n.metrics.TurnedAway(limit)
	n.mu.Lock()
	k, now := n.kinds[limit], time.Now()
	if k == nil {
		k = &notice{last: now.Add(-noticeEvery)}
		n.kinds[limit] = k
	}
	k.times++
	times, due := k.times, now.Sub(k.last) >= noticeEvery
	if due {
		k.last, k.times = now, 0
	}
	n.mu.Unlock()
	if due {
		n.log.Warn("strangers are turned away", slog.String("limit", limit), slog.String("by", by), slog.Int("times", times))
	}
}

// told is tell if there is an error, which it answers.
func (n *notices) told(limit, by string, err error) error {
	if err != nil {
		n.tell(limit, by)
	}
	return err
}
