package site

import (
	"bytes"
	"cmp"
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"usher/api"
)

// floor is a world with more of a contact centre in it, and with a checkpoint
// whenever somebody is listened to: when the test is over, the checkpoint must
// make the same site as the journal does, with all its definitions.
type floor struct {
	*world
	parts map[string][]byte
}

// newFloor makes a world with the queues 1 (Support, the default), 2 (Sales) and
// 3 (Night), the pulling agents 12 (Ada), 13 (Bob) and 14 (Cyd), and the
// supervisors 15 (Sue) and 16 (Tom). All serve every queue, and have four places
// until they say otherwise.
func newFloor(t testing.TB) *floor {
	t.Helper()
	w := &floor{world: newWorld(t), parts: map[string][]byte{}}
	w.queue(QueueDefinition{ID: 2, Name: "Sales"})
	w.queue(QueueDefinition{ID: 3, Name: "Night"})
	w.account(14, "Cyd", nil)
	w.account(15, "Sue", func(a *Account) { a.Supervisor = true })
	w.account(16, "Tom", func(a *Account) { a.Supervisor = true })
	t.Cleanup(func() {
		if !t.Failed() {
			w.check()
			w.sameAfterCheckpoint()
		}
	})
	return w
}

// checkpoint takes what was touched since the last one.
func (w *floor) checkpoint() {
	w.flush()
	for _, p := range w.TakeParts() {
		if w.parts[p.Key] = p.Data; p.Data == nil {
			delete(w.parts, p.Key)
		}
	}
}

// sameAfterCheckpoint compares the site that the checkpoints make with the live one.
func (w *floor) sameAfterCheckpoint() {
	w.t.Helper()
	w.checkpoint()
	var parts []Part
	for _, k := range sortedKeys(w.parts) {
		parts = append(parts, Part{Key: k, Data: w.parts[k]})
	}
	s, err := Restore(w.Position(), parts, w.sideTexts())
	if err != nil {
		w.t.Fatalf("restore: %v", err)
	}
	w.sameDefinitions(s)
	w.sameDefinitions(w.rebuilt())
	w.same(s)
}

// sameDefinitions fails unless s has the definitions and the audit log of the
// world's site.
func (w *floor) sameDefinitions(s *Site) {
	w.t.Helper()
	live, _ := w.Changes(0, MaxChanges)
	other, _ := s.Changes(0, MaxChanges)
	a, b := encode([]any{w.View(), live, w.Site.state}), encode([]any{s.View(), other, s.state})
	if !bytes.Equal(a, b) {
		w.t.Fatalf("the definitions differ (-live +rebuilt):\n%s", gocmp.Diff(string(a), string(b)))
	}
}

// catchUp lets sessions retrieve and acknowledge all there is, whatever it is.
func (w *floor) catchUp(all ...Caller) {
	w.t.Helper()
	for _, c := range all {
		w.poll(c)
		w.acknowledge(c)
	}
	w.checkpoint()
}

// told retrieves and acknowledges, and compares what was told in full: with the
// kind of an assignment, with names, and with who was meant by a post.
func (w *floor) told(c Caller, want ...string) {
	w.t.Helper()
	var got []string
	for _, d := range w.poll(c).Deliveries {
		got = append(got, w.tellFully(d.Message))
	}
	w.acknowledge(c)
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Fatalf("told (-want +got):\n%s", diff)
	}
	w.check()
	w.checkpoint()
}

// hasHeard retrieves and acknowledges, and looks for one text among what was told.
func (w *floor) hasHeard(c Caller, want string) {
	w.t.Helper()
	var got []string
	for _, d := range w.poll(c).Deliveries {
		got = append(got, w.tellFully(d.Message))
	}
	w.acknowledge(c)
	if times(got, want) != 1 {
		w.t.Fatalf("told %q, want %q once among it", got, want)
	}
}

func (w *world) tellFully(m *Message) string {
	switch m.Kind {
	case KindAssignment:
		text := fmt.Sprintf("assignment %s %d", m.Assignment.Type, m.Engagement)
		if m.Assignment.Targeted {
			text += " targeted"
		}
		if m.Assignment.Note != "" {
			text += ": " + m.Assignment.Note
		}
		return text
	case KindPost:
		kind := "post"
		if m.Post.Only != 0 {
			kind = "whisper"
		}
		if m.Post.Visibility == api.VisibilityNotEndUser {
			kind += " to agents"
		}
		return kind + ": " + said(m.Post)
	case KindLeft, KindConcluded:
		return fmt.Sprintf("%s %s %s %s", m.Kind, m.Left.Role, m.Left.Reason, cmp.Or(m.Left.Name, "-"))
	case KindRole:
		return fmt.Sprintf("role %s %s", m.Role.Role, cmp.Or(w.agentName(m.Role.Client), "-"))
	case KindConfig:
		return fmt.Sprintf("config %s:%d %s", m.Config.Domain, m.Config.Port, m.Config.Pool)
	case KindError:
		return fmt.Sprintf("error %s", m.Error.Condition)
	case KindConnection:
		return fmt.Sprintf("connection %s %s %s, %d s left", m.Connection.State, m.Connection.Role, cmp.Or(w.agentName(m.Connection.Client), "-"), m.Connection.Seconds)
	case KindActivity:
		text := "activity " + string(m.Activity.Mode)
		if m.Activity.SneakPreview != "" {
			text += ": " + m.Activity.SneakPreview
		}
		return text
	}
	return tellMessage(m)
}
