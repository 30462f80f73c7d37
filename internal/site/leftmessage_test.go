package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

func TestMessagesWaitUntilSomebodyIsDoneWithThem(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	full := LeftMessage{
		Queue: 2, Name: "Ann Lee", Email: "ann@example.org", Text: "Call me", Language: "en", Page: "https://shop.example/a",
		Fields: []CustomField{{Name: "order", Type: api.FieldInteger, Value: "7"}},
	}
	leave := func(m LeftMessage) LeftMessage {
		t.Helper()
		m.Number, m.At = must[int64](w.world)(w.LeaveMessage(m)), w.now
		return m
	}
	wait := func(want ...LeftMessage) {
		t.Helper()
		got, more := w.LeftMessages(0, 99)
		if diff := cmp.Diff(want, got); diff != "" || more {
			t.Errorf("there wait, more %t (-want +got):\n%s", more, diff)
		}
	}
	wait()
	first := leave(full)
	w.after(time.Second)
	second := leave(LeftMessage{Email: "Ben@Example.org", Text: "Hello?"})
	third := leave(LeftMessage{Email: "ben@example.org", Text: "Hello??"})
	if first.Number != 1 || second.Number != 2 || third.Number != 3 {
		t.Errorf("the numbers are %d, %d and %d", first.Number, second.Number, third.Number)
	}
	// Its page did not hear of it, and says it again.
	w.silent(func() error {
		n, err := w.LeaveMessage(full)
		if n != first.Number {
			t.Errorf("said again it is message %d", n)
		}
		return err
	})
	wait(first, second, third)
	got, _ := w.LeftMessages(0, 1)
	got[0].Fields[0].Value = "changed" // what is handed out is a copy
	w.checkpoint()
	w.restart()
	wait(first, second, third)
	for _, c := range []struct {
		after   int64
		most    int
		numbers []int64
		more    bool
	}{{0, 2, []int64{1, 2}, true}, {1, 2, []int64{2, 3}, false}, {2, 1, []int64{3}, false}, {3, 9, nil, false}, {0, 3, []int64{1, 2, 3}, false}} {
		var numbers []int64
		all, more := w.LeftMessages(c.after, c.most)
		for _, m := range all {
			numbers = append(numbers, m.Number)
		}
		if !slices.Equal(numbers, c.numbers) || more != c.more {
			t.Errorf("after %d at most %d are %v, more %t", c.after, c.most, numbers, more)
		}
	}

	admin := w.Admin("root")
	w.refused(admin.MessageDone(1), "")
	w.silent(func() error { return admin.MessageDone(1) })
	for _, n := range []int64{-1, 0, 4} {
		w.nothing(NotFound, func() error { return admin.MessageDone(n) })
	}
	wait(second, third)
	again := leave(full) // which is a new one now
	if again.Number != 4 {
		t.Errorf("a number is given again: %d", again.Number)
	}
	if n := admin.EraseMessages("BEN@example.org"); n != 2 {
		t.Errorf("erased are %d", n)
	}
	if n := admin.EraseMessages("ben@example.org"); n != 0 {
		t.Errorf("erased again are %d", n)
	}
	wait(again)
}

func TestMessagesThatCannotBeLeft(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	good := func(change func(*LeftMessage)) LeftMessage {
		m := LeftMessage{Email: "ann@example.org", Text: "Call me"}
		change(&m)
		return m
	}
	long := strings.Repeat("x", MaxPostBytes+1)
	many := make([]CustomField, maxList+1)
	for i := range many {
		many[i].Name = fmt.Sprint("field ", i)
	}
	for name, c := range map[string]struct {
		change func(*LeftMessage)
		want   Code
	}{
		"no address":           {func(m *LeftMessage) { m.Email = "" }, BadRequest},
		"no real address":      {func(m *LeftMessage) { m.Email = "ann" }, BadRequest},
		"two addresses":        {func(m *LeftMessage) { m.Email = "a@b.example,c@d.example" }, BadRequest},
		"no text":              {func(m *LeftMessage) { m.Text = "" }, BadRequest},
		"a long text":          {func(m *LeftMessage) { m.Text = long }, TooLarge},
		"a text of bytes":      {func(m *LeftMessage) { m.Text = "\xff" }, BadRequest},
		"a long name":          {func(m *LeftMessage) { m.Name = long[:MaxNameBytes+1] }, BadRequest},
		"a name of bytes":      {func(m *LeftMessage) { m.Name = "\xff" }, BadRequest},
		"a long page":          {func(m *LeftMessage) { m.Page = "https://a/" + long[:MaxNameBytes] }, BadRequest},
		"a page that is code":  {func(m *LeftMessage) { m.Page = "javascript:alert(1)" }, BadRequest},
		"a page of bytes":      {func(m *LeftMessage) { m.Page = "https://a/\xff" }, BadRequest},
		"a long language":      {func(m *LeftMessage) { m.Language = long[:MaxLanguageBytes+1] }, BadRequest},
		"a language of bytes":  {func(m *LeftMessage) { m.Language = "\xff" }, BadRequest},
		"no such queue":        {func(m *LeftMessage) { m.Queue = 99 }, BadRequest},
		"a field of no name":   {func(m *LeftMessage) { m.Fields = []CustomField{{Value: "x"}} }, BadRequest},
		"a field of its type":  {func(m *LeftMessage) { m.Fields = []CustomField{{Name: "n", Type: api.FieldInteger, Value: "x"}} }, BadRequest},
		"too many fields":      {func(m *LeftMessage) { m.Fields = many }, BadRequest},
		"fields that are long": {func(m *LeftMessage) { m.Fields = []CustomField{{Name: "n", Value: long[:MaxPostBytes]}} }, TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(c.want, func() error { _, err := w.LeaveMessage(good(c.change)); return err })
		})
	}
}

// TestMessagesAreBounded: strangers write them, so their number and size are bounded, and
// nobody fills the list alone.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	leave := func(w *floor, who, n, size int) error {
		_, err := w.LeaveMessage(LeftMessage{Email: fmt.Sprintf("a%d@example.org", who), Text: fmt.Sprint(n, strings.Repeat("x", size))})
		return err
	}
	t.Run("of one address", func(t *testing.T) {
		w := newFloor(t)
		for n := range MaxLeftEach {
			w.refused(leave(w, 1, n, 0), "")
		}
		w.nothing(TooMany, func() error { return leave(w, 1, 99, 0) })
		w.nothing(TooMany, func() error {
			_, err := w.LeaveMessage(LeftMessage{Email: "A1@Example.org", Text: "more"})
			return err
		})
		w.refused(leave(w, 1, 0, 0), "") // one that waits
		w.refused(leave(w, 2, 0, 0), "")
		w.refused(w.Admin("root").MessageDone(1), "")
		w.refused(leave(w, 1, 99, 0), "")
	})
	t.Run("in number", func(t *testing.T) {
		w := newFloor(t)
		for n := range MaxLeftMessages {
			w.refused(leave(w, n, 0, 0), "")
		}
		w.nothing(TooMany, func() error { return leave(w, MaxLeftMessages, 0, 0) })
		w.refused(w.Admin("root").MessageDone(7), "")
		w.refused(leave(w, MaxLeftMessages, 0, 0), "")
	})
	t.Run("in bytes", func(t *testing.T) {
		w := newFloor(t)
		const each = MaxPostBytes - 10
		n := 0
		for ; leave(w, n, 0, each) == nil; n++ {
			if n > MaxLeftBytes/each {
				t.Fatalf("%d messages of %d bytes are kept", n, each)
			}
		}
		w.nothing(TooMany, func() error { return leave(w, n, 0, each) })
		if n < MaxLeftBytes/(each+100) {
			t.Errorf("there is room for %d messages only", n)
		}
	})
}
