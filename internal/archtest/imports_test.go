package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "usher"

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	Doc          string
	Name         string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
}

// folder is the package's place in the module, "" for its root.
func (p pkg) folder() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// ours answers those of a package's imports that belong to the module, by folder.
func ours(imports []string) []string {
	var names []string
	for _, i := range imports {
		if f, ok := strings.CutPrefix(i, module+"/"); ok {
			names = append(names, f)
		}
	}
	return names
}

// in reports whether a folder is one of those named; "a/..." is a and all below it.
func in(folder string, named ...string) bool {
	return slices.ContainsFunc(named, func(n string) bool {
		base, below := strings.CutSuffix(n, "/...")
		return folder == base || below && strings.HasPrefix(folder, base+"/")
	})
}

// only says what of ours some packages may import, tests aside.
type only struct {
	of, may []string
	why     string
}

var directions = []only{
	{[]string{"internal/site"}, []string{"api"},
		"the rules are pure: they know the contracts' words and nothing of wire, host or disk"},
	{[]string{"internal/record"}, []string{"api", "internal/site"},
		"what happened is read from events alone, wherever they come from"},
	{[]string{"internal/archive"}, []string{"api", "internal/blob", "internal/journal", "internal/record", "internal/site"},
		"the archive is made from the journal alone, whoever runs the sites"},
	{[]string{"internal/host/machine"}, []string{"internal/site"},
		"the simulator drives the machine itself, so it decides without the shell around it"},
	{[]string{"internal/host"}, []string{"internal/host/machine", "internal/journal", "internal/metrics", "internal/site"},
		"the host knows time and I/O and no wire; whoever needs another journal hands it in"},
	{[]string{"internal/cluster"}, []string{"internal/cluster/machine", "internal/host", "internal/host/machine", "internal/journal", "internal/metrics"},
		"which node runs a site is decided without knowing what a chat is"},
	{[]string{"internal/cluster/machine"}, []string{"internal/journal"},
		"the simulator drives the machine itself, so it decides without the shell around it"},
	{[]string{"internal/rest"}, []string{"api/...", "internal/auth", "internal/cluster/...", "internal/host/...", "internal/metrics", "internal/archive", "internal/blob", "internal/record", "internal/richtext", "internal/site", "internal/web"},
		"the wire asks cluster and host, and never the journal: what is answered went through the one door"},
	{[]string{"internal/journal"}, nil,
		"the journal knows bytes and order, never what an event means"},
	{[]string{"internal/journal/memory", "internal/journal/sqlite", "internal/journal/postgres", "internal/journal/journaltest"}, []string{"internal/journal"},
		"engines keep the journal's promises and know nobody above it, nor each other"},
	{[]string{"internal/journal/pgtest"}, nil,
		"it starts a database server, for whatever is tested with one"},
	{[]string{"internal/metrics"}, nil,
		"numbers and words are kept without knowing what a chat is"},
	{[]string{"internal/auth"}, nil,
		"passwords and tokens can be judged without knowing what they open"},
	{[]string{"internal/blob", "internal/mail", "internal/richtext"}, nil,
		"files, letters and rich text are kept, sent and cleaned without knowing whose they are"},
	{[]string{"internal/web/..."}, nil,
		"the pages are clients like any other: they are served as files, and know only the documented APIs"},
	{[]string{"api/..."}, []string{"api/..."},
		"programs elsewhere import the wire types, and must not get the server with them"},
	{[]string{"client/..."}, []string{"api/...", "client/..."},
		"the SDK talks to any server that keeps the contract, so it knows only the contract"},
	{[]string{"internal/sim"}, []string{"api", "internal/cluster/machine", "internal/host/...", "internal/journal", "internal/journal/memory", "internal/site"},
		"a seed replays exactly only without sockets, disks and secrets"},
	{[]string{"internal/sim/workday"}, []string{"api", "internal/site"},
		"the simulated day drives the rules alone"},
}

// users says who may import a package at all; tests always may.
type users struct {
	of  string
	by  []string
	why string
}

var doors = []users{
	{"internal/app", []string{"cmd/..."}, "the process stands on top of everything: only programs start it"},
	{"internal/testkit", nil, "what is made for tests must not get into the program"},
	{"internal/journal/journaltest", nil, "what is made for tests must not get into the program"},
	{"internal/journal/pgtest", nil, "what is made for tests must not get into the program"},
	{"internal/sim", []string{"internal/sim/cmd/simulate"}, "the simulator is no part of the program"},
	{"internal/site", []string{"internal/rest", "internal/record", "internal/archive", "internal/host/...", "internal/app", "internal/sim/...", "internal/testkit", "test/kill/crowd"},
		"a site is reached through its host, and spoken to by those who know its words"},
	{"internal/archive", []string{"internal/app", "internal/rest", "internal/testkit"}, "the archive is opened in one place, and asked by the wire"},
	{"internal/journal/sqlite", []string{"internal/app"}, "which engine is used is decided in one place"},
	{"internal/journal/postgres", []string{"internal/app"}, "which engine is used is decided in one place"},
}

// never names standard packages that the pure ones do without.
var never = only{
	of: []string{"internal/site", "internal/record", "internal/host/machine", "internal/cluster/machine"},
	may: []string{"context", "log/...", "sync/...", "math/rand/...", "crypto/...", "database/...", "net/...", "os/...", "io/fs", "runtime/...", "syscall",
		"testing/...", "unsafe"},
	why: "it is pure: a seed must replay it, so no clock, goroutine, random or I/O",
}

// clock names what of package time reads the clock or waits for it.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}

// broken lists every rule that these packages break.
func broken(all []pkg) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, rule := range directions {
		for _, p := range all {
			if !in(p.folder(), rule.of...) {
				continue
			}
			for _, i := range ours(p.Imports) {
				if !in(i, rule.may...) {
					say("%s imports %s: %s", p.folder(), i, rule.why)
				}
			}
		}
	}
	for _, rule := range doors {
		for _, p := range all {
			if slices.Contains(ours(p.Imports), rule.of) && !in(p.folder(), rule.by...) {
				say("%s imports %s: %s", p.folder(), rule.of, rule.why)
			}
		}
	}
	for _, p := range all {
		if !in(p.folder(), never.of...) {
			continue
		}
		for _, i := range p.Imports {
			if in(i, never.may...) {
				say("%s imports %s: %s", p.folder(), i, never.why)
			}
		}
	}
	return found
}

// TestImports: imports run downwards only.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, b := range broken(list(t)) {
		t.Error(b)
	}
}

// TestRulesMeanSomething: each rule names packages that are there, so that a
// renamed one does not slip out of it.
func TestRulesMeanSomething(t *testing.T) {
	t.Parallel()
	all := list(t)
	var named []string
	for _, rule := range append(slices.Clone(directions), never) {
		named = append(named, rule.of...)
	}
	for _, rule := range directions {
		named = append(named, rule.may...)
	}
	for _, rule := range doors {
		named = append(append(named, rule.of), rule.by...)
	}
	for _, n := range named {
		if !slices.ContainsFunc(all, func(p pkg) bool { return in(p.folder(), n) }) {
			t.Errorf("a rule names %s, which is no package", n)
		}
	}
}

// TestRulesAreKept: what each rule forbids is found.
func TestRulesAreKept(t *testing.T) {
	t.Parallel()
	planted := func(folder string, imports ...string) pkg {
		return pkg{ImportPath: module + "/" + folder, Imports: imports}
	}
	for _, bad := range []pkg{
		planted("internal/site", "usher/internal/host"), planted("internal/site", "usher/api/agent"), planted("internal/site", "context"),
		planted("internal/site", "log/slog"), planted("internal/site", "math/rand/v2"), planted("internal/site", "crypto/rand"), planted("internal/site", "os"),
		planted("internal/site", "net/http"), planted("internal/site", "database/sql"), planted("internal/site", "sync/atomic"), planted("internal/site", "log"),
		planted("internal/host/machine", "usher/internal/host"), planted("internal/host/machine", "sync"), planted("internal/host", "usher/internal/cluster"),
		planted("internal/host", "usher/api"), planted("internal/cluster", "usher/internal/rest"), planted("internal/cluster", "usher/internal/site"),
		planted("internal/rest", "usher/internal/app"), planted("internal/rest", "usher/internal/journal"), planted("internal/journal", "usher/internal/site"),
		planted("internal/journal/sqlite", "usher/internal/host"), planted("internal/journal/memory", "usher/internal/journal/sqlite"),
		planted("internal/journal/postgres", "usher/internal/journal/sqlite"), planted("internal/cluster", "usher/internal/journal/postgres"),
		planted("internal/journal/postgres", "usher/internal/journal/pgtest"), planted("cmd/usher", "usher/internal/journal/pgtest"),
		planted("internal/auth", "usher/internal/site"), planted("api", "usher/client"), planted("api/agent", "usher/internal/site"),
		planted("client", "usher/internal/link"), planted("client/internal/link", "usher/internal/auth"), planted("bench", "usher/internal/app"),
		planted("internal/app", "usher/internal/testkit"), planted("cmd/usher", "usher/internal/testkit"), planted("bench", "usher/internal/journal/journaltest"),
		planted("internal/archive", "usher/internal/host"), planted("cmd/usher", "usher/internal/archive"),
		planted("cmd/usher", "usher/internal/site"), planted("internal/record", "usher/internal/host"), planted("internal/record", "os"), planted("internal/sim", "usher/internal/rest"),
	} {
		if len(broken([]pkg{bad})) == 0 {
			t.Errorf("%s may import %s", bad.folder(), bad.Imports)
		}
	}
}

// TestPure: the pure packages read no clock and start nothing.
func TestPure(t *testing.T) {
	t.Parallel()
	files := 0
	for _, p := range list(t) {
		if !in(p.folder(), never.of...) {
			continue
		}
		for _, name := range p.GoFiles {
			files++
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for at, what := range impure(f) {
				t.Errorf("%s: %s: %s", set.Position(at), what, never.why)
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d files were looked at", files)
	}
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x
import . "time"
import clock "time"
func f(c chan int) { go f(c); c <- 1; <-c; select {}; clock.Now(); _ = clock.Sleep; _ = clock.Second }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := impure(f); len(got) != 7 {
		t.Errorf("of 7 planted faults %d were found: %v", len(got), got)
	}
}

// impure finds what a pure file must not do.
func impure(f *ast.File) map[token.Pos]string {
	found := map[token.Pos]string{}
	name := ""
	for _, i := range f.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err != nil || path != "time" {
			continue
		}
		switch {
		case i.Name == nil:
			name = "time"
		case i.Name.Name == ".":
			found[i.Pos()] = "a dot import of time"
		default:
			name = i.Name.Name
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found[n.Pos()] = "a goroutine"
		case *ast.SendStmt:
			found[n.Pos()] = "a send"
		case *ast.SelectStmt:
			found[n.Pos()] = "a select"
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				found[n.Pos()] = "a receive"
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == name && slices.Contains(clock, n.Sel.Name) {
				found[n.Pos()] = "time." + n.Sel.Name
			}
		}
		return true
	})
	return found
}

// TestPackageComments: every package says what it is.
func TestPackageComments(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.Dir) + " "
		}
		doc := p.Doc
		if len(p.GoFiles) == 0 {
			doc = testDoc(t, p)
			want = "Package "
		}
		if doc == "" || !strings.HasPrefix(doc, want) {
			t.Errorf("%s: the package comment is %q, want one that begins with %q", p.folder(), doc, want)
		}
	}
}

// testDoc reads the package comment of a package that has only tests.
func testDoc(t *testing.T, p pkg) string {
	t.Helper()
	for _, name := range append(p.TestGoFiles, p.XTestGoFiles...) {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			return f.Doc.Text()
		}
	}
	return ""
}

// list answers every package of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,Doc,Name,GoFiles,TestGoFiles,XTestGoFiles,Imports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, &stderr)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}
