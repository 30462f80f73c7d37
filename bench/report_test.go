package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sampleReport() report {
	rounds := func(posts ...int) (rs []round) {
		for _, n := range posts {
			rs = append(rs, round{
				posts: n, window: 2 * time.Second,
				latencies: []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond},
				server:    time.Duration(n) * 60 * time.Microsecond, generator: time.Duration(n) * 20 * time.Microsecond, others: 0.1,
			})
		}
		return rs
	}
	return report{
		conversations: []conversationsRow{newConversationsRow(64, rounds(1000, 3000, 2000), rounds(4000, 4000, 8000))},
		parked:        []parkedRow{newParkedRow(10000, []memory{{3000}, {4000}, {5000}}, []memory{{16000}, {16000}, {16000}})},
	}
}

// The shape is a promise: names and nesting stay, and are only added to.
func TestJSONShape(t *testing.T) {
	var out bytes.Buffer
	if err := sampleReport().writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	server := func(posts float64) map[string]any {
		return map[string]any{
			"postsPerSecond": posts, "p50Ms": 2.0, "p99Ms": 3.0,
			"serverCPUMicros": 60.0, "generatorCPUMicros": 20.0, "generatorShare": 0.25, "othersShare": 0.1,
		}
	}
	want := map[string]any{"rows": []any{
		map[string]any{
			"scenario": "conversations", "store": "sqlite", "sites": 1.0, "inFlight": 64.0,
			"usher": server(1000), "baseline": server(2000), "ratio": 0.5, "ratioMin": 0.25, "ratioMax": 0.75,
		},
		map[string]any{
			"scenario": "parked", "polls": 10000.0, "usherBytes": 4000.0, "baselineBytes": 16000.0,
			"ratio": 0.25, "ratioMin": 0.1875, "ratioMax": 0.3125,
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

func TestJSONOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := (report{}).writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(out.String()), ""); got != `{"rows":[]}` {
		t.Errorf("got %s", got)
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := sampleReport().writeTable(&out, options{rounds: 3, window: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	lines := map[string][]string{
		"64":    {"64", "1000", "2000", "0.50", "(0.25-0.75)", "2.00/3.00", "2.00/3.00", "60", "60", "25%", "25%", "10%", "10%"},
		"10000": {"10000", "4000", "16000", "0.25", "(0.19-0.31)"},
	}
	for line := range strings.Lines(out.String()) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if want, ok := lines[fields[0]]; ok {
			if diff := cmp.Diff(want, fields); diff != "" {
				t.Errorf("line of %s (-want +got):\n%s", fields[0], diff)
			}
			delete(lines, fields[0])
		}
	}
	if len(lines) > 0 {
		t.Errorf("no line for %v in\n%s", lines, out.String())
	}
}
