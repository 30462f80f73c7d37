// Command bench measures usher beside a baseline: a bare net/http mailbox hub
// that keeps everything in memory and moves the same bytes. Both run as
// processes of their own, driven in turn by the same lean client, on Linux.
//
//	go run ./bench            a table for people
//	go run ./bench --json     the same for programs
//
// There are two scenarios. In "conversations" each conversation posts its next
// message when the last one was delivered to its agent's parked poll; usher
// keeps its data in SQLite with full durability. In "parked" a number of
// visitors wait in getMessages, and the server's resident memory is divided by
// their number.
//
// The machine's speed may change within minutes, so rounds are interleaved and
// only what stands in one table can be compared. Data lies in the directory for
// temporary files; set TMPDIR to measure another disk.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// hubMode is the first argument that makes this program the baseline's server.
const hubMode = "hub"

// options are the program's flags.
type options struct {
	json          bool
	rounds        int
	window        time.Duration // the measured part of a round of conversations
	conversations []int         // in flight, a scenario each
	parked        []int         // polls, a scenario each
	profile       string        // directory for CPU profiles of usher, or ""
	usher         string        // the binary under test, or "" to build it
}

// parseOptions reads the command line; what is wrong is told on stderr.
func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{conversations: []int{1, 16, 64, 256}, parked: []int{1000, 10000}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	flags.IntVar(&o.rounds, "rounds", 3, "rounds of each server; medians are reported")
	seconds := flags.Float64("seconds", 2, "measured length of a round of conversations")
	flags.Func("conversations", "conversations in flight, separated by commas; empty for none (default 1,16,64,256)",
		func(s string) (err error) { o.conversations, err = parseCounts(s); return err })
	flags.Func("parked", "parked polls, separated by commas; empty for none (default 1000,10000)",
		func(s string) (err error) { o.parked, err = parseCounts(s); return err })
	flags.StringVar(&o.profile, "profile", "", "`directory` for a CPU profile of usher during the conversations, their setup included")
	flags.StringVar(&o.usher, "usher", "", "usher `binary` to measure (default: build usher/cmd/usher)")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	o.window = time.Duration(*seconds * float64(time.Second))
	switch {
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("unknown argument %q: all settings are flags, see --help", flags.Arg(0))
	case o.rounds < 1:
		return options{}, fmt.Errorf("--rounds %d: at least one round is needed", o.rounds)
	case o.window <= 0:
		return options{}, fmt.Errorf("--seconds %g: a round must last longer than nothing", *seconds)
	}
	return o, nil
}

func parseCounts(s string) ([]int, error) {
	var counts []int
	for field := range strings.SplitSeq(s, ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", field)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == hubMode {
		if err := serveHub(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench hub:", err)
			os.Exit(1)
		}
		return
	}
	opts, err := parseOptions(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opts, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// run does all the measuring that opts ask for and writes the report.
func run(ctx context.Context, opts options, stdout, stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "usher-bench-")
	if err != nil {
		return fmt.Errorf("make a directory for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	b := &bench{options: opts, dir: dir, progress: stderr}
	if inMemory(dir) {
		fmt.Fprintf(stderr, "bench: %s is kept in memory, so usher's syncs cost nothing; set TMPDIR to a directory on a disk\n", dir)
	}
	if b.options.usher == "" {
		b.options.usher = filepath.Join(dir, "usher")
		fmt.Fprintln(stderr, "bench: building usher")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.options.usher, "usher/cmd/usher")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build usher (run inside its checkout, or name a binary with --usher): %w\n%s", err, out)
		}
	}
	if opts.profile != "" {
		if err := os.MkdirAll(opts.profile, 0o755); err != nil {
			return fmt.Errorf("make the profile directory: %w", err)
		}
	}

	var r report
	if r.conversations, err = b.runConversations(ctx); err != nil {
		return fmt.Errorf("conversations: %w", err)
	}
	if r.parked, err = b.runParked(ctx); err != nil {
		return fmt.Errorf("parked: %w", err)
	}
	if opts.json {
		return r.writeJSON(stdout)
	}
	return r.writeTable(stdout, opts)
}

// bench is one run of the program.
type bench struct {
	options options
	dir     string // for binaries, data and logs; removed at the end

	mu       sync.Mutex // guards progress
	progress io.Writer
}

// note tells a person who waits what is going on.
func (b *bench) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(b.progress, "bench: "+format+"\n", args...)
}
