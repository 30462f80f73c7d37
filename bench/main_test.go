package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain makes the test binary the servers too: the baseline, and a fake of
// usher, so that a whole run can be tried without usher.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		var err error
		switch os.Args[1] {
		case hubMode:
			err = serveHub(os.Stdin, os.Stdout)
		case "serve":
			err = serveFakeProcess(os.Args[2:])
		default:
			os.Exit(m.Run())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestParseOptions(t *testing.T) {
	for _, test := range []struct {
		name  string
		args  []string
		want  options
		fails string
	}{
		{name: "defaults", want: options{rounds: 3, window: 2 * time.Second, conversations: []int{1, 16, 64, 256}, parked: []int{1000, 10000}}},
		{
			name: "all",
			args: []string{"--json", "--rounds", "5", "--seconds", "0.5", "--conversations", "2, 4", "--parked", "", "--profile", "p", "--usher", "u"},
			want: options{json: true, rounds: 5, window: time.Second / 2, conversations: []int{2, 4}, profile: "p", usher: "u"},
		},
		{name: "no rounds", args: []string{"--rounds", "0"}, fails: "--rounds 0"},
		{name: "no time", args: []string{"--seconds", "0"}, fails: "--seconds 0"},
		{name: "no number", args: []string{"--parked", "many"}, fails: `"many" is not a positive number`},
		{name: "nobody", args: []string{"--conversations", "0"}, fails: "not a positive number"},
		{name: "an argument", args: []string{"fast"}, fails: `"fast"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseOptions(test.args, io.Discard)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("error %v, want one with %q", err, test.fails)
				}
				return
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(options{})); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// runWithFake runs the program with the test binary in usher's place.
func runWithFake(t *testing.T, ctx context.Context, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	var out, progress bytes.Buffer
	opts, err := parseOptions(append(args, "--usher", self), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	err = run(ctx, opts, &out, &progress)
	left, readErr := os.ReadDir(os.Getenv("TMPDIR"))
	if readErr != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, readErr)
	}
	return out.String(), progress.String(), err
}

// A whole run with both servers as processes; its figures are of no interest.
func TestRun(t *testing.T) {
	stdout, stderr, err := runWithFake(t, t.Context(), "--json", "--rounds", "1", "--seconds", "0.01", "--conversations", "1,3", "--parked", "")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	var got struct{ Rows []conversationsRow }
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	var inFlight []int
	for _, row := range got.Rows {
		inFlight = append(inFlight, row.InFlight)
	}
	if !slices.Equal(inFlight, []int{1, 3}) {
		t.Errorf("rows for %v, want 1 and 3:\n%s", inFlight, stdout)
	}
	if strings.Contains(stderr, "ended badly") || strings.Contains(stderr, "killed") {
		t.Errorf("a server did not stop as it was asked to:\n%s", stderr)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stdout, _, err := runWithFake(t, ctx, "--conversations", "1", "--parked", "1")
	if err == nil || stdout != "" {
		t.Errorf("error %v and report %q, want an error alone", err, stdout)
	}
}

func TestRunTellsWhyUsherDidNotStart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	opts := options{rounds: 1, window: time.Millisecond, conversations: []int{1}, usher: "/bin/false"}
	if err := run(t.Context(), opts, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "ended before it was ready") {
		t.Errorf("error %v, want one that says how usher ended", err)
	}
}
