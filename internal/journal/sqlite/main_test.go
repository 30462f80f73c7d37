package sqlite_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"usher/internal/journal"
)

// children are what the test binary does instead of testing when it is started
// by startChild: processes that can be killed or confined.
var children = map[string]func(dir string) error{}

const childName, childDir = "USHER_TEST_CHILD", "USHER_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	name := os.Getenv(childName)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := children[name](os.Getenv(childDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startChild starts a child on a data directory and answers its output.
func startChild(t *testing.T, name, dir string) (*exec.Cmd, *bufio.Scanner, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childName+"="+name, childDir+"="+dir)
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out), stderr
}

// site is a site as a test writes it: its events say where they stand.
type site struct{ journal.Head }

// frame is the next frame of count events.
func (s site) frame(count int) journal.Frame {
	var b bytes.Buffer
	for i := range int64(count) {
		fmt.Fprintf(&b, `{"site":%q,"event":%d}`+"\n", s.Site, s.Position+i)
	}
	return journal.Frame{Site: s.Site, First: s.Position, Count: count, Epoch: s.Epoch, Format: 1, Events: b.Bytes()}
}

// checkpoint is a batch of count events whose only part says the position.
func (s site) checkpoint(count int) journal.Batch {
	return journal.Batch{Frame: s.frame(count), Checkpoint: true,
		Parts: []journal.Part{{Key: "position", Data: fmt.Append(nil, s.Position+int64(count))}}}
}

// write appends and waits; the site moves on when it succeeds.
func (s *site) write(j journal.Journal, b journal.Batch) error {
	done := make(chan error, 1)
	j.Append(journal.Append{
		Take: func() (journal.Batch, bool) { return b, true },
		Done: func(err error) { done <- err },
	})
	err := <-done
	if err == nil {
		s.Head = s.After(b.Frame)
	}
	return err
}

func newSite(t testing.TB, j journal.Journal, name string) *site {
	t.Helper()
	h, err := j.Create(t.Context(), name)
	if err != nil {
		t.Fatalf("create %s: %v", name, err)
	}
	return &site{h}
}

// check fails the test unless the site is whole: its events say where they
// stand, from the first that is kept on without a gap, and its part is of the
// checkpoint's position.
func check(t testing.TB, j journal.Journal, name string) journal.State {
	t.Helper()
	s, err := j.Load(t.Context(), name)
	if err != nil {
		t.Fatalf("load %s: %v", name, err)
	}
	at := site{journal.Head{Site: name, Position: s.Head.First}}
	err = j.Read(t.Context(), name, -1, func(f journal.Frame) bool {
		if want := at.frame(f.Count); f.First != at.Position || !bytes.Equal(f.Events, want.Events) {
			t.Errorf("%s: frame at %d holds\n%s", name, f.First, f.Events)
		}
		at.Position = f.End()
		return true
	})
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	if at.Position != s.Head.Position {
		t.Errorf("%s: the frames end at %d, the head is at %d", name, at.Position, s.Head.Position)
	}
	replayed := s.CheckpointPosition
	for _, f := range s.Frames {
		if f.First != replayed {
			t.Errorf("%s: a loaded frame is at %d, %d was due", name, f.First, replayed)
		}
		replayed = f.End()
	}
	if replayed != s.Head.Position {
		t.Errorf("%s: the loaded frames end at %d, the head is at %d", name, replayed, s.Head.Position)
	}
	for _, p := range s.Parts {
		if string(p.Data) != fmt.Sprint(s.CheckpointPosition) {
			t.Errorf("%s: the part is of position %s, the checkpoint of %d", name, p.Data, s.CheckpointPosition)
		}
	}
	if len(s.Parts) == 0 && s.CheckpointPosition > 0 {
		t.Errorf("%s: no part at checkpoint %d", name, s.CheckpointPosition)
	}
	return s
}
