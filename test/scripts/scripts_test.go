// Package scripts tells stories about usher with the real program. Each file in
// testdata is one story, named for the promise that it tells. Its verbs, beside
// those of testscript, are:
//
//	server start FLAG...      usher serve, in a data directory and on a port of its own
//	server stop|kill9|restart SIGTERM and exit 0; SIGKILL; a start on the same data and port
//	admin METHOD PATH JSON    a call of the administration
//	agent NAME VERB...        an agent's program; agent_test.go has its verbs
//	visitor NAME VERB...      a visitor's program; visitor_test.go has its verbs
//	terminal NAME VERB...     a command in a terminal; terminal_test.go has its verbs
//	exits CODE PROGRAM ARG... a command that ends with an exit code
//	json FILE MEMBER...       a member of a JSON file
//	mode FILE                 a file's permissions
//	truncate FILE BYTES       cuts a file off
//
// What a verb brings is compact lines on standard output, for stdout and cmp.
package scripts

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/test/binary"
)

// program is the path of usher, built once for all stories.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	patient()
	os.Exit(binary.InTempDir(func(path string) int {
		program = path
		return m.Run()
	}))
}

// patient lets more stories be told at once than there are processors, unless
// -parallel says otherwise: they wait more than they work.
func patient() {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
}

func TestScripts(t *testing.T) { testscript.Run(t, params("testdata")) }

// params are what the stories of a folder are told with.
func params(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(program)+string(filepath.ListSeparator)+e.Getenv("PATH"))
			docs, err := filepath.Abs("../../docs") // for stories that do what a page says
			if err != nil {
				return err
			}
			e.Setenv("DOCS", docs)
			s := newStory(e.WorkDir)
			e.Values[storyKey{}] = s
			e.Defer(s.end)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":   verb((*story).serve),
			"admin":    verb((*story).admin),
			"agent":    verb((*story).agentVerb),
			"visitor":  verb((*story).visitorVerb),
			"terminal": verb((*story).terminalVerb),
			"exits":    exits,
			"json":     verb((*story).jsonMember),
			"mode":     verb((*story).mode),
			"truncate": verb((*story).truncate),
		},
	}
}
