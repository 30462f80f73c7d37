package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startLimit = 30 * time.Second // a server that does not answer by then is broken
	stopLimit  = 20 * time.Second // twice what a graceful stop may take

	// clockTick is the unit of CPU times in /proc: user programs see 100 Hz on
	// every Linux, whatever the kernel itself ticks at.
	clockTick = 10 * time.Millisecond

	// tmpfsMagic is the type of a file system in memory, from linux/magic.h.
	tmpfsMagic = 0x01021994
)

// process is a server under measurement.
type process struct {
	name   string
	host   string // host:port it listens at
	cmd    *exec.Cmd
	log    string        // file with its output
	exited chan struct{} // closed when it has ended
	err    error         // how it ended; read after exited
}

// launch starts cmd with its errors in a log file under dir. The process is in a
// group of its own: an interrupt from the terminal is for the bench, which then
// stops its servers in order.
func launch(name, dir string, cmd *exec.Cmd) (*process, error) {
	log, err := os.CreateTemp(dir, name+"-*.log")
	if err != nil {
		return nil, fmt.Errorf("make a log for %s: %w", name, err)
	}
	defer log.Close()
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, log: log.Name(), exited: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// await calls ready until it reports an address, and fails when the process ends
// or takes too long.
func (p *process) await(ctx context.Context, ready func() (host string, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		host, err := ready()
		if err != nil {
			return p.failed(err)
		}
		if host != "" {
			p.host = host
			return nil
		}
		select {
		case <-tick.C:
		case <-p.exited:
			return p.failed(fmt.Errorf("it ended before it was ready: %w", p.err))
		case <-ctx.Done():
			return p.failed(fmt.Errorf("not ready: %w", ctx.Err()))
		}
	}
}

// failed stops the process and adds the end of its log to what went wrong.
func (p *process) failed(err error) error {
	_ = p.stop()
	return fmt.Errorf("%s: %w\n%s", p.name, err, p.logTail())
}

func (p *process) logTail() string {
	const most = 4096
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return string(b[max(0, len(b)-most):])
}

// stop ends the process as an administrator would, and kills one that does not
// end. A process that has ended already stays so.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be gone
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.exited
		return fmt.Errorf("%s did not stop within %v and was killed", p.name, stopLimit)
	}
	if p.err != nil {
		return fmt.Errorf("%s ended badly: %w\n%s", p.name, p.err, p.logTail())
	}
	return nil
}

// resident returns the process' resident memory in bytes.
func (p *process) resident() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the memory of %s: %w", p.name, err)
	}
	return parseResident(b)
}

// cpu returns the processor time that the process has used.
func (p *process) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the CPU time of %s: %w", p.name, err)
	}
	return parseCPU(b)
}

// parseResident finds VmRSS, in bytes, in the text of /proc/PID/status.
func parseResident(status []byte) (int64, error) {
	for line := range bytes.Lines(status) {
		if value, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kB, ok := bytes.CutSuffix(bytes.TrimSpace(value), []byte(" kB"))
			n, err := strconv.ParseInt(string(bytes.TrimSpace(kB)), 10, 64)
			if !ok || err != nil {
				return 0, fmt.Errorf("VmRSS is %q, not a number of kB", value)
			}
			return n << 10, nil
		}
	}
	return 0, errors.New("no VmRSS in the process' status: it has ended")
}

// parseCPU adds user and system time in the text of /proc/PID/stat. The
// command's name, the second field, may hold spaces and brackets.
func parseCPU(stat []byte) (time.Duration, error) {
	const user, system = 11, 12 // fields after the name, from 0
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= system {
		return 0, fmt.Errorf("/proc stat %q is too short", stat)
	}
	var ticks int64
	for _, f := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc stat %q: %w", stat, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// machineCPU returns the time that all processors together were busy with
// anything, the time taken from them by the machine's host, and the time that
// passed for all of them.
func machineCPU() (busy, stolen, all time.Duration, err error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, 0, fmt.Errorf("read the machine's CPU time: %w", err)
	}
	return parseMachineCPU(b)
}

// parseMachineCPU reads the first line of /proc/stat.
func parseMachineCPU(stat []byte) (busy, stolen, all time.Duration, err error) {
	const idle, iowait, steal = 3, 4, 7 // fields after "cpu", from 0; guests are within user
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line)
	if len(fields) < steal+2 || fields[0] != "cpu" {
		return 0, 0, 0, fmt.Errorf("/proc/stat begins with %q, not with the sum of all processors", line)
	}
	for i, f := range fields[1 : steal+2] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("/proc/stat begins with %q: %w", line, err)
		}
		d := time.Duration(n) * clockTick
		all += d
		switch i {
		case idle, iowait:
		case steal:
			stolen += d
		default:
			busy += d
		}
	}
	return busy, stolen, all, nil
}

// ownCPU returns the processor time that this program has used.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the generator's CPU time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// raiseOpenFiles makes room for connections. Servers inherit the limit.
func raiseOpenFiles(connections int) error {
	want := uint64(connections + 500) // the rest: files, the set-up's connections
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if limit.Cur >= want {
		return nil
	}
	raised := syscall.Rlimit{Cur: want, Max: max(want, limit.Max)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err != nil {
		return fmt.Errorf("%d connections need %d open files and %d are allowed (see ulimit -Hn): %w", connections, want, limit.Max, err)
	}
	return nil
}

// inMemory reports whether dir lies on a file system that keeps nothing.
func inMemory(dir string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(dir, &s) == nil && int64(s.Type) == tmpfsMagic
}
