package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Outcomes are how an append may end.
var Outcomes = []string{"durable", "fenced", "unknown", "refused"}

type journalMetrics struct {
	commit                prometheus.Observer
	appends               map[string]prometheus.Counter // by outcome
	frames, events, bytes prometheus.Counter
	trimmed               *prometheus.GaugeVec
	trimsFailed           *prometheus.CounterVec

	disk atomic.Pointer[string]
	size atomic.Pointer[func() (int64, bool)]

	journalBytes, diskFree, diskSize *prometheus.Desc
}

func (x *journalMetrics) make(k *maker) {
	x.commit = k.histogram("usher_commit_duration_seconds", "Time that the journal took to write a frame, or to fail.", fine)
	appends := k.counters("usher_appends_total", "Frames that the journal was given, by how that ended.", "outcome")
	x.appends = map[string]prometheus.Counter{}
	for _, o := range Outcomes {
		x.appends[o] = appends.WithLabelValues(o)
	}
	x.frames = k.counter("usher_frames_total", "Frames that were made durable.")
	x.events = k.counter("usher_frame_events_total", "Events in the frames that were made durable.")
	x.bytes = k.counter("usher_frame_bytes_total", "Bytes of the events in the frames that were made durable.")
	x.trimmed = k.gauges("usher_journal_trimmed_timestamp_seconds", "When the journal of a site was last rid of what is too old.", "site")
	x.trimsFailed = k.counters("usher_journal_trim_failures_total", "Times that the journal of a site could not be rid of what is too old.", "site")
	x.journalBytes = k.looked("usher_journal_bytes", "Bytes of the embedded database's files.")
	x.diskFree = k.looked("usher_disk_free_bytes", "Bytes that may still be written to the disk of the data directory.")
	x.diskSize = k.looked("usher_disk_size_bytes", "Bytes of the disk of the data directory.")
	k.seen(x.look, x.journalBytes, x.diskFree, x.diskSize)
}

// WatchDisk says which directory the server writes to, and how large the journal in it
// is; size is nil when the journal is elsewhere, and answers false when it cannot tell.
func (m *Metrics) WatchDisk(dir string, size func() (int64, bool)) {
	if m == nil {
		return
	}
	m.journal.disk.Store(&dir)
	if size != nil {
		m.journal.size.Store(&size)
	}
}

func (x *journalMetrics) look(tell send) {
	if size := x.size.Load(); size != nil {
		if n, ok := (*size)(); ok {
			tell(x.journalBytes, float64(n))
		}
	}
	if dir := x.disk.Load(); dir != nil {
		if free, size, ok := disk(*dir); ok {
			tell(x.diskFree, float64(free))
			tell(x.diskSize, float64(size))
		}
	}
}

// Appended tells that the journal has answered an append, with one of Outcomes, so long after it
// had taken the frame.
func (m *Metrics) Appended(outcome string, took time.Duration) {
	if m != nil {
		m.journal.commit.Observe(took.Seconds())
		m.journal.appends[outcome].Inc()
	}
}

// Framed tells that a frame of so many events, and bytes of them, is durable.
func (m *Metrics) Framed(events, bytes int) {
	if m != nil {
		m.journal.frames.Inc()
		m.journal.events.Add(float64(events))
		m.journal.bytes.Add(float64(bytes))
	}
}

// Trimmed tells that the journal of a site was trimmed, or err says why not.
func (m *Metrics) Trimmed(site string, err error) {
	if m == nil {
		return
	}
	failed := m.journal.trimsFailed.WithLabelValues(site)
	if err != nil {
		failed.Inc()
		return
	}
	m.journal.trimmed.WithLabelValues(site).Set(float64(time.Now().UnixMilli()) / 1e3)
}
