// Package upgrade opens databases that former versions wrote with the program of
// today. Each version left one after a little working day, killed in the middle of
// it and stopped in order; what it had acknowledged must be there, and the day goes
// on. The day of today is recorded by each run, and kept by one with -record.
package upgrade

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"usher/test/binary"
)

var (
	record   = flag.String("record", "", "keep the day that is recorded in testdata, under this name")
	recorder = flag.String("program", "", "record the day of this program in place of today's")
	features = flag.Int("features", math.MaxInt, "what that program can do: its event format")
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(binary.InTempDir(func(path string) int {
		program = path
		return m.Run()
	}))
}

// The two ways in which a day is left.
var endings = []string{"killed", "stopped"}

// TestFormerVersions: the program of today goes on with what each version left.
func TestFormerVersions(t *testing.T) {
	t.Parallel()
	versions, err := filepath.Glob("testdata/*/day.json")
	if err != nil || len(versions) < 3 {
		t.Fatalf("%d versions in testdata (%v), want at least 3", len(versions), err)
	}
	for _, file := range versions {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			goOn(t, dir)
		})
	}
}

// TestToday: what today's program leaves it can go on with itself, and a later one
// will find a day like it in testdata.
func TestToday(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if *record != "" {
		dir = filepath.Join("testdata", *record)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatalf("%v: a recorded day is kept as it is; remove it by hand to record it anew", err)
		}
	}
	by := program
	if *recorder != "" {
		by = *recorder
	}
	recordDay(t, by, *features, dir)
	goOn(t, dir)
}

// goOn holds today's program against a day, in each of its endings.
func goOn(t *testing.T, dir string) {
	for _, ending := range endings {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(dir, "day.json"))
			if err != nil {
				t.Fatal(err)
			}
			var d day
			if err := json.Unmarshal(b, &d); err != nil {
				t.Fatal(err)
			}
			to := t.TempDir()
			unpack(t, filepath.Join(dir, ending+".tar.gz"), filepath.Join(to, "data"))
			d.check(t, to)
		})
	}
}
