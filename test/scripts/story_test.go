package scripts

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/api/sites"
	"usher/test/binary"
)

// story is the world of one script: a server, and those who talk to it.
type story struct {
	dir string

	server *binary.Server
	args   []string // of its start
	listen string   // the address it was bound to
	nodes  map[string]*nodeState

	agents    map[string]*agent
	visitors  map[string]*visitor
	terminals map[string]*terminal

	mu          sync.Mutex       // polls run in the background
	engagements map[int64]string // whose it is
}

type storyKey struct{}

func newStory(dir string) *story {
	return &story{
		dir: dir, listen: "127.0.0.1:0",
		nodes: map[string]*nodeState{}, agents: map[string]*agent{}, visitors: map[string]*visitor{}, terminals: map[string]*terminal{},
		engagements: map[int64]string{},
	}
}

// end takes away what the script left running.
func (s *story) end() {
	for _, t := range s.terminals {
		t.kill()
	}
	for _, a := range s.agents {
		a.close()
	}
	for _, v := range s.visitors {
		v.close()
	}
	if s.server != nil {
		s.server.Kill()
	}
	for _, n := range s.nodes {
		if n.server != nil {
			n.server.Kill()
		}
	}
}

// refusal is an answer of the server that is not what was asked for: the one
// kind of failure that a script can expect with "!".
type refusal struct{ text string }

func (r refusal) Error() string { return r.text }

// verb makes a command of the scripts from a function that answers lines.
func verb(run func(s *story, ts *testscript.TestScript, args []string) ([]string, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		out := ts.Stdout() // a verb that brings nothing has an empty output
		lines, err := run(ts.Value(storyKey{}).(*story), ts, args)
		for _, l := range lines {
			fmt.Fprintln(out, l)
		}
		r, refused := errors.AsType[refusal](err)
		switch {
		case neg && refused:
			fmt.Fprintln(out, r.text)
		case neg && err == nil:
			ts.Fatalf("it succeeded, and should have been refused")
		case err != nil:
			ts.Fatalf("%v", err)
		}
	}
}

// serve is the verb server.
func (s *story) serve(ts *testscript.TestScript, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, errors.New("usage: server start|stop|kill9|restart")
	}
	if args[0] != "start" && s.server == nil {
		return nil, errors.New("no server was started")
	}
	switch args[0] {
	case "start":
		s.args = args[1:]
		return s.start(ts)
	case "restart":
		return s.start(ts)
	case "kill9":
		s.server.Kill()
		return nil, s.server.Alarm()
	case "stop":
		return nil, errors.Join(s.server.Stop(), s.server.Alarm())
	}
	return nil, fmt.Errorf("unknown: server %s", args[0])
}

// start starts a server on the story's data; a second time on the same port.
func (s *story) start(ts *testscript.TestScript) ([]string, error) {
	env := os.Environ()
	for _, name := range []string{"USHER_POOL", "USHER_LOG_FORMAT"} { // those that the stories set
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	server, err := binary.Start(program, s.dir, env, append([]string{"--data", "data", "--listen", s.listen}, s.args...)...)
	if err != nil {
		return nil, err
	}
	s.server = server
	if err := server.Wait(); err != nil {
		return nil, err
	}
	_, host, _ := strings.Cut(server.Ready.URL, "://")
	if _, port, err := net.SplitHostPort(host); err == nil {
		s.listen = net.JoinHostPort("127.0.0.1", port)
	}
	ts.Setenv("URL", server.Ready.URL)
	ts.Setenv("LISTEN", s.listen)
	return nil, nil
}

// site answers the site that the stories play at.
func (s *story) site() (sites.ReadySite, error) {
	if s.server == nil || len(s.server.Ready.Sites) == 0 {
		return sites.ReadySite{}, errors.New("no server with a site runs: server start --demo")
	}
	return s.server.Ready.Sites[0], nil
}

// whose answers the name of an engagement's visitor.
func (s *story) whose(engagement int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := s.engagements[engagement]; ok {
		return name
	}
	return fmt.Sprintf("engagement-%d", engagement)
}

// engagement answers the engagement of a visitor; "" is the only visitor.
func (s *story) engagement(name string) (int64, error) {
	if name == "" && len(s.visitors) == 1 {
		for only := range s.visitors {
			name = only
		}
	}
	v, ok := s.visitors[name]
	if !ok {
		return 0, fmt.Errorf("say which visitor's engagement: %q is none", name)
	}
	return v.engagement, nil
}
