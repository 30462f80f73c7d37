package metrics

import (
	"testing"
	"time"
)

// BenchmarkHotPath measures what happens for each frame, each post that is delivered and
// each request.
func BenchmarkHotPath(b *testing.B) {
	m := New(Build{})
	r := Request{Method: "POST", Route: "/engagement/api/consumer/{site}/v1/postMessage", Status: 200, Took: 3 * time.Millisecond}
	for name, op := range map[string]func(){
		"frame":    func() { m.Appended("durable", 2*time.Millisecond); m.Framed(3, 900) },
		"delivery": func() { m.Delivered(2 * time.Millisecond) },
		"request":  func() { m.Requested(r) },
		"retrieval": func() {
			m.Requested(Request{Method: "POST", Route: r.Route, Status: 200, Took: time.Second, Retrieval: true})
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				op()
			}
		})
	}
}
