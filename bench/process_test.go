package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestParseResident(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     int64
		fails    bool
	}{
		{name: "ordinary", in: "Name:\tusher\nVmHWM:\t   99999 kB\nVmRSS:\t   12345 kB\nThreads:\t9\n", want: 12345 << 10},
		{name: "last line", in: "VmRSS:\t1 kB", want: 1 << 10},
		{name: "a process that has ended", in: "Name:\tusher\nState:\tZ (zombie)\n", fails: true},
		{name: "another unit", in: "VmRSS:\t1 MB\n", fails: true},
		{name: "no number", in: "VmRSS:\tmuch kB\n", fails: true},
	} {
		got, err := parseResident([]byte(test.in))
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %d, %v", test.name, got, err)
		}
	}
}

func TestParseCPU(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194560 100 0 0 0 250 50 7 7 20 0 9 0 1000 1 1"
	for _, test := range []struct {
		name, in string
		want     time.Duration
		fails    bool
	}{
		{name: "ordinary", in: "42 (usher)" + rest, want: 3 * time.Second},
		{name: "a difficult name", in: "42 (a) b (c d)" + rest, want: 3 * time.Second},
		{name: "short", in: "42 (usher) S 1 2 3", fails: true},
		{name: "no numbers", in: "42 (usher)" + strings.ReplaceAll(rest, "250", "x"), fails: true},
		{name: "empty", fails: true},
	} {
		got, err := parseCPU([]byte(test.in))
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
}

func TestParseMachineCPU(t *testing.T) {
	type cpu struct{ busy, stolen, all time.Duration }
	for _, test := range []struct {
		name, in string
		want     cpu
		fails    bool
	}{
		{name: "ordinary", in: "cpu  100 10 50 1000 20 5 15 8 3 2\ncpu0 1 1 1 1\n", want: cpu{1800 * time.Millisecond, 80 * time.Millisecond, 12080 * time.Millisecond}},
		{name: "an old kernel", in: "cpu 1 2 3 4\n", fails: true},
		{name: "one processor", in: "cpu0 100 10 50 1000 20 5 15 8 3 2\n", fails: true},
		{name: "no numbers", in: "cpu 100 10 x 1000 20 5 15 8 3 2\n", fails: true},
		{name: "empty", fails: true},
	} {
		var got cpu
		var err error
		got.busy, got.stolen, got.all, err = parseMachineCPU([]byte(test.in))
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
}

func TestProcessReadsItself(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	p := &process{name: "this test", cmd: &exec.Cmd{Process: self}}
	if rss, err := p.resident(); rss < 1<<20 || err != nil {
		t.Errorf("resident: %d bytes, %v", rss, err)
	}
	if _, err := p.cpu(); err != nil {
		t.Errorf("cpu: %v", err)
	}
	if d, err := ownCPU(); d <= 0 || err != nil {
		t.Errorf("own CPU: %v, %v", d, err)
	}
	if busy, _, all, err := machineCPU(); busy <= 0 || all < busy || err != nil {
		t.Errorf("machine: busy %v of %v, %v", busy, all, err)
	}
	if err := raiseOpenFiles(10); err != nil {
		t.Error(err)
	}
}
