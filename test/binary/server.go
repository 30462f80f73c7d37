package binary

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"usher/api/sites"
)

const (
	// startFor is how long a server may take until it answers: generous, for a
	// program with the race detector on a busy machine.
	startFor = 30 * time.Second
	// stopFor is how long the server promises to take for a stop.
	stopFor = 10 * time.Second
	// lookEvery is how often a start looks for the ready file.
	lookEvery = 5 * time.Millisecond
)

// Server is a running usher serve.
type Server struct {
	// Ready is what the server wrote into its ready file.
	Ready sites.Ready

	cmd   *exec.Cmd
	ready string
	log   string
	done  chan struct{} // closed when the process has ended
	err   error         // how it ended
}

// Start runs program with the arguments of usher serve in dir, and returns at
// once: Wait tells when the server answers. Standard output and error are
// appended to serve.out and serve.err there, and the ready file is ready.json.
func Start(program, dir string, env []string, args ...string) (*Server, error) {
	s := &Server{ready: filepath.Join(dir, "ready.json"), log: filepath.Join(dir, "serve.err"), done: make(chan struct{})}
	if err := os.Remove(s.ready); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old ready file: %w", err)
	}
	s.cmd = exec.Command(program, append([]string{"serve", "--ready-file", s.ready}, args...)...)
	s.cmd.Dir, s.cmd.Env = dir, env
	var files [2]*os.File
	for i, name := range []string{"serve.out", "serve.err"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("keep the server's output: %w", err)
		}
		defer f.Close() // the process has its own
		files[i] = f
	}
	s.cmd.Stdout, s.cmd.Stderr = files[0], files[1]
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	return s, nil
}

// Wait returns when the server answers, or has ended without doing so.
func (s *Server) Wait() error {
	end := time.NewTimer(startFor)
	defer end.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		b, err := os.ReadFile(s.ready)
		switch {
		case err == nil:
			return json.Unmarshal(b, &s.Ready)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("read the ready file: %w", err)
		}
		select {
		case <-look.C:
		case <-s.done:
			return fmt.Errorf("the server ended before it answered: %v\n%s", s.err, s.Log())
		case <-end.C:
			s.Kill()
			return fmt.Errorf("the server did not answer within %v\n%s", startFor, s.Log())
		}
	}
}

// Stop ends the server with SIGTERM. It must exit with 0 in the time that it
// promises.
func (s *Server) Stop() error {
	if err := s.signal(syscall.SIGTERM); err != nil {
		return err
	}
	end := time.NewTimer(stopFor)
	defer end.Stop()
	select {
	case <-s.done:
	case <-end.C:
		s.Kill()
		return fmt.Errorf("the server did not stop within %v\n%s", stopFor, s.Log())
	}
	if s.err != nil {
		return fmt.Errorf("stop the server: %w\n%s", s.err, s.Log())
	}
	return nil
}

// Kill ends the server as a crash does, and returns when it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.done
}

// signal sends the server a signal.
func (s *Server) signal(signal os.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil {
		return fmt.Errorf("signal the server (%v): %w (it ended before: %v)\n%s", signal, err, s.err, s.Log())
	}
	return nil
}

// Log is what the server, and those before it in the same directory, said on
// standard error.
func (s *Server) Log() string {
	b, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// alarming is what no run of the server may say.
var alarming = regexp.MustCompile(`(?m)^.*(WARNING: DATA RACE|panic|fatal error: |level=ERROR).*$`)

// Alarm answers an error when something is in the log that must never be there.
func (s *Server) Alarm() error { return s.AlarmUnless(func(string) bool { return false }) }

// AlarmUnless is Alarm for a test that expects some of it: whole lines that are as
// expected are passed over.
func (s *Server) AlarmUnless(expected func(line string) bool) error {
	log := s.Log()
	for _, at := range alarming.FindAllStringIndex(log, -1) {
		if !expected(log[at[0]:at[1]]) {
			return fmt.Errorf("the server reports a fault:\n%.4000s", log[at[0]:])
		}
	}
	return nil
}
