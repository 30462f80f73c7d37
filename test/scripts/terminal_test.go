package scripts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// showFor is how long a terminal may take to show something.
const showFor = 20 * time.Second

// terminal is a command that runs with pipes. Its verbs:
//
//	start usher ARG...   run it
//	type TEXT            a line of input
//	shows REGEXP         wait for a line, after those waited for before
//	end                  end the input; the command must exit with 0
type terminal struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	done   chan struct{}
	err    error
	screen screen
}

func (s *story) terminalVerb(_ *testscript.TestScript, args []string) ([]string, error) {
	if len(args) < 2 {
		return nil, errors.New("usage: terminal NAME VERB [ARG...]")
	}
	name, verb, args := args[0], args[1], args[2:]
	if verb == "start" {
		return nil, s.startTerminal(name, args)
	}
	t := s.terminals[name]
	switch {
	case t == nil:
		return nil, fmt.Errorf("terminal %s was not started", name)
	case verb == "end" && len(args) == 0:
		return nil, t.end()
	case len(args) != 1:
		return nil, fmt.Errorf("usage: terminal NAME %s TEXT", verb)
	case verb == "type":
		_, err := io.WriteString(t.stdin, args[0]+"\n")
		return nil, err
	case verb == "shows":
		return t.shows(args[0])
	}
	return nil, fmt.Errorf("unknown: terminal NAME %s", verb)
}

func (s *story) startTerminal(name string, args []string) error {
	if len(args) == 0 || args[0] != "usher" {
		return errors.New("usage: terminal NAME start usher ARG...")
	}
	t := &terminal{cmd: exec.Command(program, args[1:]...), done: make(chan struct{}), screen: screen{changed: make(chan struct{}, 1)}}
	t.cmd.Dir, t.cmd.Env = s.dir, os.Environ()
	t.cmd.Stdout, t.cmd.Stderr = &t.screen, &t.screen
	var err error
	if t.stdin, err = t.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := t.cmd.Start(); err != nil {
		return err
	}
	s.terminals[name] = t
	go func() {
		t.err = t.cmd.Wait()
		close(t.done)
	}()
	return nil
}

// shows waits for a line that matches.
func (t *terminal) shows(pattern string) ([]string, error) {
	r, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	end := time.NewTimer(showFor)
	defer end.Stop()
	for {
		if line, ok := t.screen.find(r); ok {
			return []string{line}, nil
		}
		select {
		case <-t.screen.changed:
		case <-t.done:
			if line, ok := t.screen.find(r); ok {
				return []string{line}, nil
			}
			return nil, fmt.Errorf("the command ended (%v) and had shown:\n%s", t.err, t.screen.text())
		case <-end.C:
			return nil, fmt.Errorf("it shows only:\n%s", t.screen.text())
		}
	}
}

func (t *terminal) end() error {
	if err := t.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) { // the command may have ended
		return err
	}
	end := time.NewTimer(showFor)
	defer end.Stop()
	select {
	case <-t.done:
		if t.err != nil {
			return fmt.Errorf("the command ended with %w and had shown:\n%s", t.err, t.screen.text())
		}
		return nil
	case <-end.C:
		return fmt.Errorf("the command goes on after the end of its input; it shows:\n%s", t.screen.text())
	}
}

func (t *terminal) kill() {
	_ = t.cmd.Process.Kill() // it may have ended by itself
	<-t.done
}

// screen is what a command has written.
type screen struct {
	changed chan struct{} // holds one token when something was added

	mu    sync.Mutex
	all   bytes.Buffer
	shown int // all up to here was waited for
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	s.all.Write(b)
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return len(b), nil
}

// find answers the first whole line that matches, after those found before.
func (s *screen) find(r *regexp.Regexp) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.shown
	for line := range strings.Lines(string(s.all.Bytes()[s.shown:])) {
		at += len(line)
		text, whole := strings.CutSuffix(line, "\n")
		if whole && r.MatchString(text) {
			s.shown = at
			return text, true
		}
	}
	return "", false
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}
