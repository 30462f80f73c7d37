package rest_test

import (
	"bytes"
	"encoding/json"
	flags "flag" // flag is a kind of field in bad_test.go
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/internal/testkit"
)

var update = flags.Bool("update", false, "write the golden files anew, after a deliberate change of the wire")

// transcript writes down what is said on the wire, to be compared with a golden
// file: each request with its title, and the answer's status, headers and body,
// in the order in which they stand. Ids and times are as they are, since both
// are exact in a bubble; only what is random is replaced by its kind.
type transcript struct {
	*testkit.Server
	out   bytes.Buffer
	known map[string]string // secret → what stands for it
	seen  map[string]int    // how many secrets of each kind there were
}

// written runs a scenario on a server of its own and compares what it wrote with
// testdata/{name}.golden.
func written(t *testing.T, name string, scenario func(t *testing.T, x *transcript)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := &transcript{Server: testkit.New(t, testkit.Options{}), known: map[string]string{}, seen: map[string]int{}}
		scenario(t, x)
		x.compare(t, name)
	})
}

func (x *transcript) compare(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	now := x.out.String()
	if *update {
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./internal/rest -update writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(before), "\n"), strings.Split(now, "\n")); diff != "" {
		t.Errorf("%s (-golden +now):\n%s", path, diff)
	}
}

// agent calls an agent's operation and writes it down.
func (x *transcript) agent(title string, a *testkit.Agent, operation, body string) testkit.Answer {
	x.T.Helper()
	return x.write(title, "POST", testkit.AgentPath(operation), body, a.Call(operation, body))
}

// visitor calls a visitor's operation and writes it down.
func (x *transcript) visitor(title string, v *testkit.Visitor, operation, body string) testkit.Answer {
	x.T.Helper()
	return x.write(title, "POST", testkit.VisitorPath(operation), body, v.Call(operation, body))
}

// send sends any request and writes it down.
func (x *transcript) send(title, method, path, body string, header ...string) testkit.Answer {
	x.T.Helper()
	return x.write(title, method, path, body, x.Send(method, path, body, header...))
}

// write writes an exchange down, and holds the body to the rule of twins.
func (x *transcript) write(title, method, path, body string, a testkit.Answer) testkit.Answer {
	x.T.Helper()
	fmt.Fprintf(&x.out, "### %s\n%s %s\n", title, method, x.covered(path))
	if body != "" {
		fmt.Fprintln(&x.out, x.covered(body))
	}
	fmt.Fprintf(&x.out, "\n%d\n", a.Status)
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		if name != "Date" && name != "Content-Length" {
			fmt.Fprintf(&x.out, "%s: %s\n", name, strings.Join(a.Header[name], " | "))
		}
	}
	if a.Body != "" {
		if !strings.HasSuffix(a.Body, "}\n") {
			x.T.Errorf("%s: the body ends with %.10q: expected an object and one line feed", title, a.Body[max(0, len(a.Body)-10):])
		}
		fmt.Fprintf(&x.out, "\n%s", x.covered(indented(x.T, a.Body)))
	}
	x.out.WriteString("\n")
	if strings.Contains(path, "/agent/") || strings.Contains(path, "/consumer/") {
		for _, wrong := range twins(x.T, a.Body) {
			x.T.Errorf("%s: %s", title, wrong)
		}
	}
	return a
}

func indented(t testing.TB, body string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return b.String()
}

// secret finds what is random, in the form that is promised for each kind.
var secret = regexp.MustCompile(strings.Join([]string{
	`(?P<token>\beyJ[\w-]+\.[\w-]+\.[\w-]+)`,
	`(?P<agent_session>\bnode0[0-9a-z]{26}\b)`,
	`(?P<visitor_session>\b[0-9a-z]{26}\b)`,
	`(?P<key>\b[A-Z2-7]{26}\b)`,
}, "|"))

// covered replaces each secret by its kind and a number, the same each time.
func (x *transcript) covered(text string) string {
	return secret.ReplaceAllStringFunc(text, func(s string) string {
		if x.known[s] == "" {
			groups := secret.FindStringSubmatch(s)
			i := 1 + slices.IndexFunc(groups[1:], func(g string) bool { return g != "" })
			kind := strings.ReplaceAll(secret.SubexpNames()[i], "_", " ")
			x.seen[kind]++
			x.known[s] = fmt.Sprintf("<%s %d>", kind, x.seen[kind])
		}
		return x.known[s]
	})
}

// lone are the numbers of 32 bits, which have no twin (agent-api 1.5). The
// visitor API has one for the interval all the same (consumer-api 3.1).
var lone = []string{
	"groupId", "interfaceId", "subTypeId", "sneakPreviewInterval", "coBrowsePremiumSupported",
	"chatRouteId", "availableAgentSessions", "totalAvailableAgents", "engagementsInQueue", "expectedWaitSeconds", "result",
}

// twins answers what breaks the rule that every number x of 64 bits comes with
// xString, the same in digits, and that no other has one.
func twins(t testing.TB, body string) (wrong []string) {
	t.Helper()
	if body == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var all any
	if err := d.Decode(&all); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			_, visitors := v["messageName"]
			_, answer := v["errorMessages"]
			for name, value := range v {
				walk(value)
				twin, has := v[name+"String"]
				switch n, number := value.(json.Number); {
				case number && slices.Contains(lone, name) && !visitors && !answer:
					if has {
						wrong = append(wrong, name+" has a twin, and has only 32 bits")
					}
				case number && twin != n.String():
					wrong = append(wrong, fmt.Sprintf("%s is %s and its twin %v", name, n, twin))
				case value == nil && has && twin != nil:
					wrong = append(wrong, fmt.Sprintf("%s is null and its twin %v", name, twin))
				}
				if base, ok := strings.CutSuffix(name, "String"); ok {
					if _, has := v[base]; !has {
						wrong = append(wrong, name+" is the twin of nothing")
					}
				}
			}
		}
	}
	walk(all)
	return wrong
}

// TestTwins: the rule finds what it should.
func TestTwins(t *testing.T) {
	for body, want := range map[string]int{
		`{"a":1,"aString":"1","b":[{"c":9007199254740993,"cString":"9007199254740993"}]}`:   0,
		`{"groupId":1,"clientTransactionId":null,"clientTransactionIdString":null}`:         0,
		`{"messageName":"x","sneakPreviewInterval":500,"sneakPreviewIntervalString":"500"}`: 0,
		`{"a":1}`:                                        1,
		`{"a":1,"aString":true}`:                         1,
		`{"a":1,"aString":"2"}`:                          1,
		`{"aString":"2"}`:                                1,
		`{"groupId":1,"groupIdString":"1"}`:              1,
		`{"a":null,"aString":"0"}`:                       1,
		`{"messageName":"x","sneakPreviewInterval":500}`: 1,
		`{"b":[{"c":9007199254740993,"cString":"9007199254740992"}]}`: 1,
	} {
		if got := twins(t, body); len(got) != want {
			t.Errorf("%s: found %q, expected %d", body, got, want)
		}
	}
}

// parked begins a call that is held, and answers what waits for its end. It
// returns when nothing but time or another call can go on.
func parked(t *testing.T, call func() (testkit.Answer, error)) func() testkit.Answer {
	t.Helper()
	type result struct {
		answer testkit.Answer
		err    error
	}
	done := make(chan result, 1)
	go func() {
		a, err := call()
		done <- result{a, err}
	}()
	synctest.Wait()
	return func() testkit.Answer {
		t.Helper()
		r := <-done
		if r.err != nil {
			t.Fatal(r.err)
		}
		return r.answer
	}
}
