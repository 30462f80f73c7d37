package scripts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/internal/journal/pgtest"
	"usher/test/binary"
)

// TestNodes tells stories of several nodes over a PostgreSQL. Their verbs, beside
// those of TestScripts, are:
//
//	database            an empty database for the story, in $DATABASE
//	database KIND       a server of its own: unsynced, replica (read-only), guarded (by
//	                    the password "open sesame", which is in $DATABASE too)
//	node NAME start FLAG...        usher serve over $DATABASE
//	node NAME stop|kill9|restart   SIGTERM and exit 0; SIGKILL; a start at the same address
//	node NAME asked                from now on agents, visitors and admin ask this node
func TestNodes(t *testing.T) {
	base := pgtest.URL(t) // skipped here, where there is no PostgreSQL
	p := params("testdata/nodes")
	p.Cmds["database"] = func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) > 1 {
			ts.Fatalf("usage: database [KIND]")
		}
		ts.Setenv("DATABASE", database(t, base, append(args, "")[0]))
	}
	p.Cmds["node"] = verb((*story).node)
	testscript.Run(t, p)
}

// database answers the URL of a database of a kind.
func database(t *testing.T, base, kind string) string {
	t.Helper()
	switch kind {
	case "":
		return pgtest.Schema(t, base)
	case "unsynced":
		return pgtest.Start(t, "fsync = off").URL()
	case "replica":
		return pgtest.Start(t).Standby(t).URL()
	case "guarded":
		s := pgtest.Start(t)
		pgtest.Exec(t, s.URL(), `CREATE ROLE `+pgtest.Guarded+` LOGIN PASSWORD 'open sesame'`, `GRANT CREATE ON SCHEMA public TO `+pgtest.Guarded)
		return strings.Replace(s.URL(), "postgres@", pgtest.Guarded+":open%20sesame@", 1)
	}
	t.Fatalf("unknown: database %s", kind)
	return ""
}

// nodeState is a node of a story.
type nodeState struct {
	dir    string
	listen string
	args   []string
	server *binary.Server
}

// node is the verb node.
func (s *story) node(ts *testscript.TestScript, args []string) ([]string, error) {
	if len(args) < 2 {
		return nil, errors.New("usage: node NAME start|stop|kill9|restart|asked")
	}
	name, verb, args := args[0], args[1], args[2:]
	n := s.nodes[name]
	if n == nil {
		if verb != "start" {
			return nil, fmt.Errorf("node %s was not started", name)
		}
		n = &nodeState{dir: filepath.Join(s.dir, name), listen: "127.0.0.1:0"}
		s.nodes[name] = n
	}
	switch verb {
	case "start":
		n.args = args
		return nil, s.startNode(ts, name, n)
	case "restart":
		return nil, s.startNode(ts, name, n)
	case "kill9":
		n.server.Kill()
		return nil, n.server.Alarm()
	case "stop":
		return nil, errors.Join(n.server.Stop(), n.server.Alarm())
	case "asked":
		s.server = n.server
		return nil, nil
	}
	return nil, fmt.Errorf("unknown: node NAME %s", verb)
}

func (s *story) startNode(ts *testscript.TestScript, name string, n *nodeState) (err error) {
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	env := append(os.Environ(), "USHER_DATABASE="+ts.Getenv("DATABASE"))
	n.server, err = binary.Start(program, n.dir, env, append([]string{
		"--data", "data", "--node", name, "--listen", n.listen, "--lease", "1s", "--demo", "--demo-bot=false"}, n.args...)...)
	if err != nil {
		return err
	}
	if err := n.server.Wait(); err != nil {
		return err
	}
	n.listen = strings.TrimPrefix(n.server.Ready.URL, "http://")
	s.server = n.server
	return nil
}
