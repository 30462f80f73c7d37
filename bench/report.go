package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// report is what a run found.
type report struct {
	conversations []conversationsRow
	parked        []parkedRow
}

// conversationsRow is one scenario of conversations; its figures are medians of
// the rounds.
type conversationsRow struct {
	Scenario string  `json:"scenario"` // "conversations"
	Store    string  `json:"store"`    // usher's journal: "sqlite"
	Sites    int     `json:"sites"`
	InFlight int     `json:"inFlight"`
	Usher    traffic `json:"usher"`
	Baseline traffic `json:"baseline"`
	Ratio    float64 `json:"ratio"`    // usher's posts a second over the baseline's
	RatioMin float64 `json:"ratioMin"` // the same of the round where it was least
	RatioMax float64 `json:"ratioMax"` // and where it was most
}

// traffic is what one server did.
type traffic struct {
	PostsPerSecond  float64 `json:"postsPerSecond"` // posts delivered to a poll
	P50Ms           float64 `json:"p50Ms"`          // from the start of a post to its delivery, milliseconds
	P99Ms           float64 `json:"p99Ms"`
	ServerMicros    float64 `json:"serverCPUMicros"`    // processor time a post, microseconds
	GeneratorMicros float64 `json:"generatorCPUMicros"` // the same of the load generator
	GeneratorShare  float64 `json:"generatorShare"`     // of the processor time of both, 0 to 1
	OthersShare     float64 `json:"othersShare"`        // of all processor time that other programs took, 0 to 1
}

// parkedRow is one scenario of parked polls.
type parkedRow struct {
	Scenario      string  `json:"scenario"` // "parked"
	Polls         int     `json:"polls"`
	UsherBytes    int64   `json:"usherBytes"` // resident memory a poll, bytes
	BaselineBytes int64   `json:"baselineBytes"`
	Ratio         float64 `json:"ratio"` // usher over baseline
	RatioMin      float64 `json:"ratioMin"`
	RatioMax      float64 `json:"ratioMax"`
}

func newConversationsRow(inFlight int, usher, baseline []round) conversationsRow {
	row := conversationsRow{
		Scenario: "conversations", Store: "sqlite", Sites: 1, InFlight: inFlight,
		Usher: trafficOf(usher), Baseline: trafficOf(baseline),
	}
	row.Ratio = ratio(row.Usher.PostsPerSecond, row.Baseline.PostsPerSecond)
	row.RatioMin, row.RatioMax = span(usher, baseline, round.postsPerSecond)
	return row
}

func trafficOf(rounds []round) traffic {
	t := traffic{
		PostsPerSecond:  medianOf(rounds, round.postsPerSecond),
		P50Ms:           medianOf(rounds, round.p50),
		P99Ms:           medianOf(rounds, round.p99),
		ServerMicros:    medianOf(rounds, round.serverMicros),
		GeneratorMicros: medianOf(rounds, round.generatorMicros),
		OthersShare:     medianOf(rounds, func(r round) float64 { return r.others }),
	}
	t.GeneratorShare = ratio(t.GeneratorMicros, t.GeneratorMicros+t.ServerMicros)
	return t
}

func newParkedRow(polls int, usher, baseline []memory) parkedRow {
	bytesAPoll := func(m memory) int64 { return m.bytesAPoll }
	row := parkedRow{
		Scenario: "parked", Polls: polls,
		UsherBytes: medianOf(usher, bytesAPoll), BaselineBytes: medianOf(baseline, bytesAPoll),
	}
	row.Ratio = ratio(float64(row.UsherBytes), float64(row.BaselineBytes))
	row.RatioMin, row.RatioMax = span(usher, baseline, bytesAPoll)
	return row
}

// MarshalJSON puts all rows into one list, as scripts expect them.
func (r report) MarshalJSON() ([]byte, error) {
	rows := []any{}
	for _, row := range r.conversations {
		rows = append(rows, row)
	}
	for _, row := range r.parked {
		rows = append(rows, row)
	}
	return json.Marshal(map[string]any{"rows": rows})
}

func (r report) writeJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	if err := out.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// writeTable writes the report for people.
func (r report) writeTable(w io.Writer, opts options) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.conversations) > 0 {
		fmt.Fprintf(t, "conversations: usher (SQLite, one site) and the baseline (net/http, memory); medians of %d rounds of %v\n", opts.rounds, opts.window)
		fmt.Fprintln(t, "\tposts/s\t\t\t\tdelivered p50/p99 ms\t\tserver CPU µs/post\t\tgenerator's share\t\tothers' CPU\t\t")
		fmt.Fprintln(t, "in flight\tusher\tbaseline\tratio\t(rounds)\tusher\tbaseline\tusher\tbaseline\tusher\tbaseline\tusher\tbaseline\t")
		for _, row := range r.conversations {
			u, b := row.Usher, row.Baseline
			fmt.Fprintf(t, "%d\t%.0f\t%.0f\t%.2f\t(%.2f-%.2f)\t%.2f/%.2f\t%.2f/%.2f\t%.0f\t%.0f\t%.0f%%\t%.0f%%\t%.0f%%\t%.0f%%\t\n",
				row.InFlight, u.PostsPerSecond, b.PostsPerSecond, row.Ratio, row.RatioMin, row.RatioMax,
				u.P50Ms, u.P99Ms, b.P50Ms, b.P99Ms, u.ServerMicros, b.ServerMicros, 100*u.GeneratorShare, 100*b.GeneratorShare,
				100*u.OthersShare, 100*b.OthersShare)
		}
		fmt.Fprintln(t)
	}
	if len(r.parked) > 0 {
		fmt.Fprintf(t, "parked polls: resident bytes a poll, with its session and engagement; medians of %d rounds\n", opts.rounds)
		fmt.Fprintln(t, "polls\tusher\tbaseline\tratio\t(rounds)\t")
		for _, row := range r.parked {
			fmt.Fprintf(t, "%d\t%d\t%d\t%.2f\t(%.2f-%.2f)\t\n", row.Polls, row.UsherBytes, row.BaselineBytes, row.Ratio, row.RatioMin, row.RatioMax)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
