package crowd

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"usher/client"
)

// retrieval is the loop of a client of our own, in one of the habits.
type retrieval struct {
	wire   *wire
	path   string
	header http.Header // who we are
	habit  habit

	mu       sync.Mutex
	sequence int64
	acked    int64 // all up to here was handled
}

// numbers are a request's own.
type numbers struct {
	Sequence int64 `json:"sequenceNumber"`
	Created  int64 `json:"timeCreated"`
}

// request answers the header and the numbers of the next request, of whatever kind.
func (r *retrieval) request() (http.Header, numbers) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.header.Clone()
	if r.habit.exact() {
		h.Set("Usher-Ack", strconv.FormatInt(r.acked, 10))
	}
	if r.habit == habitConstant {
		return h, numbers{11, 1653509828320}
	}
	r.sequence++
	return h, numbers{r.sequence, time.Now().UnixMilli()}
}

// run polls until the session ends, ctx does, or handle says that it is over. An
// answer counts as received when the whole of it was read. handle is called with
// each answer; answer makes a place to decode the next one into.
func run[A any](ctx context.Context, r *retrieval, handle func(*A) (over bool)) error {
	defer r.wire.close()
	for ctx.Err() == nil {
		header, n := r.request()
		answer := new(A)
		got, err := r.wire.post(ctx, r.path+"getMessages", header, n, answer)
		if errors.Is(err, client.ErrSessionEnded) {
			return err
		}
		if err != nil {
			pause(ctx, againAfter)
			continue
		}
		over := handle(answer)
		if text := got.Get("Usher-Last"); text != "" {
			last, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return err
			}
			r.mu.Lock()
			r.acked = last
			r.mu.Unlock()
		}
		if over {
			return nil
		}
	}
	return context.Cause(ctx)
}
