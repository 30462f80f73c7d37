package site

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepliesOfTheTeamAndOnesOwn(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	has := func(c Caller, want Replies) {
		t.Helper()
		want.Client = w.byKey[c.Key]
		if diff := cmp.Diff(want, must[Replies](w.world)(w.AllReplies(c))); diff != "" {
			t.Errorf("account %d has (-want +got):\n%s", c.Account, diff)
		}
	}
	save := func(c Caller, r Reply) Reply {
		t.Helper()
		_, r, err := w.SaveReply(c, r)
		w.refused(err, "")
		return r
	}
	has(ada, Replies{})
	admin := w.Admin("root")
	late := must[Reply](w.world)(admin.DefineReply(Reply{ID: 7, Title: "Late", Text: "Sorry for the wait, {visitor.firstName}."}))
	hello := must[Reply](w.world)(admin.DefineReply(Reply{ID: 2, Title: "Hello", Text: "Guten Tag", Language: "de", Queues: []QueueID{2, 1}}))
	first := save(ada, Reply{Title: "Mine", Text: "Ada here", Language: "de", Queues: []QueueID{1}})
	if diff := cmp.Diff(Reply{ID: 1, Title: "Mine", Text: "Ada here"}, first); diff != "" {
		t.Errorf("kept is (-want +got):\n%s", diff)
	}
	second := save(ada, Reply{Title: "Bye", Text: "Good bye"})
	bobs := save(bob, Reply{Title: "Bob's", Text: "Bob here"})
	has(ada, Replies{Team: []Reply{hello, late}, Own: []Reply{first, second}})
	has(bob, Replies{Team: []Reply{hello, late}, Own: []Reply{bobs}})

	second.Text = "Bye bye"
	w.silent(func() error { _, _, err := w.SaveReply(ada, first); return err }) // as it is
	save(ada, second)
	must[ClientID](w.world)(w.DeleteReply(ada, first.ID))
	w.silent(func() error { _, err := w.DeleteReply(ada, first.ID); return err })
	third := save(ada, Reply{Title: "New", Text: "New"})
	if third.ID != 3 {
		t.Errorf("a deleted reply's id is given again: %d", third.ID)
	}
	w.nothing(BadRequest, func() error { _, _, err := w.SaveReply(ada, first); return err })
	w.nothing(BadRequest, func() error { _, _, err := w.SaveReply(bob, second); return err }) // it is Ada's
	w.checkpoint()
	w.restart()
	admin = w.Admin("root")
	has(ada, Replies{Team: []Reply{hello, late}, Own: []Reply{second, third}})

	must[Replies](w.world)(w.AllReplies(ada)).Own[0].Title = "changed"
	must[Replies](w.world)(w.AllReplies(ada)).Team[0].Queues[0] = 9
	has(ada, Replies{Team: []Reply{hello, late}, Own: []Reply{second, third}})

	w.refused(admin.Remove(DefinedQueue, 2), Conflict) // a reply names it
	w.refused(admin.Remove(DefinedReply, 2), "")
	w.refused(admin.Remove(DefinedQueue, 2), "")
	w.refused(admin.Remove(DefinedReply, 2), NotFound)
	has(bob, Replies{Team: []Reply{late}, Own: []Reply{bobs}})
	w.refused(w.Admin("root").Remove(DefinedAccount, 13), "")
	w.account(13, "Bob", nil)
	has(w.logOn(13), Replies{Team: []Reply{late}}) // they went with the account
}

func TestRepliesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	for name, r := range map[string]Reply{
		"no title": {Text: "x"}, "no text": {Title: "x"}, "a long title": {Title: strings.Repeat("x", MaxNameBytes+1), Text: "x"},
		"a long text": {Title: "x", Text: strings.Repeat("x", MaxPostBytes+1)}, "a title of bytes": {Title: "\xff", Text: "x"}, "a text of bytes": {Title: "x", Text: "\xff"},
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(BadRequest, func() error { _, _, err := w.SaveReply(ada, r); return err })
			r.ID = 1
			w.nothing(BadRequest, func() error { _, err := w.Admin("root").DefineReply(r); return err })
		})
	}
	for name, r := range map[string]Reply{
		"no id": {Title: "x", Text: "x"}, "an id below zero": {ID: -1, Title: "x", Text: "x"}, "no such queue": {ID: 1, Title: "x", Text: "x", Queues: []QueueID{1, 99}},
		"a long language": {ID: 1, Title: "x", Text: "x", Language: strings.Repeat("x", MaxLanguageBytes+1)},
		"too many queues": {ID: 1, Title: "x", Text: "x", Queues: make([]QueueID, maxList+1)},
	} {
		t.Run(name, func(t *testing.T) {
			w.nothing(BadRequest, func() error { _, err := w.Admin("root").DefineReply(r); return err })
		})
	}
	for _, id := range []ReplyID{-1, 1, 99} {
		w.nothing(BadRequest, func() error { _, _, err := w.SaveReply(ada, Reply{ID: id, Title: "x", Text: "x"}); return err })
	}
	nobody := Caller{Key: "nobody", Account: 12, Agent: true}
	w.nothing(AccessDenied, func() error { _, _, err := w.SaveReply(nobody, Reply{Title: "x", Text: "x"}); return err })
	w.nothing(AccessDenied, func() error { _, err := w.DeleteReply(nobody, 1); return err })
	w.nothing(AccessDenied, func() error { _, err := w.AllReplies(nobody); return err })
}

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada := w.logOn(12)
	for n := range MaxOwnReplies {
		_, _, err := w.SaveReply(ada, Reply{Title: fmt.Sprint(n), Text: "x"})
		w.refused(err, "")
	}
	w.nothing(TooMany, func() error { _, _, err := w.SaveReply(ada, Reply{Title: "more", Text: "x"}); return err })
	_, _, err := w.SaveReply(ada, Reply{ID: 3, Title: "another", Text: "x"})
	w.refused(err, "")
	must[ClientID](w.world)(w.DeleteReply(ada, 1))
	_, _, err = w.SaveReply(ada, Reply{Title: "more", Text: "x"})
	w.refused(err, "")
	for n := range MaxReplies {
		must[Reply](w.world)(w.Admin("root").DefineReply(Reply{ID: ReplyID(n + 1), Title: "x", Text: "x"}))
	}
	w.nothing(TooMany, func() error {
		_, err := w.Admin("root").DefineReply(Reply{ID: MaxReplies + 1, Title: "x", Text: "x"})
		return err
	})
	must[Reply](w.world)(w.Admin("root").DefineReply(Reply{ID: 1, Title: "another", Text: "x"}))
}
