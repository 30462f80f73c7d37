package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/api"
)

func TestNothingIsHandedOutBeforeItIsDurable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.hears(ann, "joined LEAD Ada")
	durable := w.Position()
	w.TakeGrowth()
	w.says(ada, e, "one")
	one := w.Position()
	must[ClientID](w)(w.SetInteractionStatus(ada, e, typing))
	w.says(ada, e, "two")
	if g := w.TakeGrowth(); len(g) != 3 || g[0] != (Growth{ann.Key, one}) || g[1] != (Growth{ann.Key, one}) || g[2] != (Growth{ann.Key, w.Position()}) {
		t.Errorf("grown: %+v", g)
	}
	for _, c := range []struct {
		durable int64
		want    []string
		last    int64
	}{
		{durable, nil, 0},
		{one, []string{"post one", "activity RESPONDING"}, 2},
		{one, []string{"post one"}, 2}, // what is fleeting is told once
		{w.Position(), []string{"post one", "post two"}, 3},
	} {
		b := w.Collect(ann.Key, c.durable)
		if got := tell(b); !slices.Equal(got, c.want) || b.Last != c.last || b.Empty() != (len(c.want) == 0) {
			t.Errorf("durable to %d: %v, last %d; want %v, last %d", c.durable, got, b.Last, c.want, c.last)
		}
	}
}

func TestAcknowledgementsDelayNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.poll(ann)
	w.flush()
	durable := w.Position()
	ann.Acked, ann.Ack = true, 1
	w.open(ann) // says what it received, and waits
	w.SetInteractionStatus(ada, e, typing)
	if w.Firm() != durable || w.Position() != durable+1 || !w.Pending() {
		t.Errorf("firm %d, position %d; want %d and one more", w.Firm(), w.Position(), durable)
	}
	if g := w.TakeGrowth(); len(g) != 1 || g[0].Position > durable {
		t.Errorf("grown: %+v; want something for now", g)
	}
	if got := tell(w.Collect(ann.Key, durable)); !slices.Equal(got, []string{"activity RESPONDING"}) {
		t.Errorf("handed out %v before the acknowledgement is written; want the typing", got)
	}
}

func TestWaitMessagesDoNotWaitForAcknowledgements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, _ := w.chat(ada)
	must[ClientID](w)(w.Logoff(ada, true))
	w.poll(ann)
	w.Unheard(ann.Key)
	w.flush()
	durable := w.Position()
	ann.Acked, ann.Ack = true, 1
	w.open(ann)
	if got := tell(w.Collect(ann.Key, durable)); !slices.Equal(got, []string{"left LEAD TRANSFERRED_TO_QUEUE", "wait 1"}) {
		t.Errorf("handed out %v", got)
	}
}

func TestWhatWasHandedOutStaysUntilThereIsEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.says(ada, e, "one")
	for range 3 {
		if got := tell(w.poll(ann)); !slices.Equal(got, []string{"joined LEAD Ada", "post one"}) {
			t.Fatalf("handed out %v", got)
		}
		w.restart()
	}
	w.Inferred(ann.Key, 1)
	w.restart()
	w.hears(ann, "post one")
	w.restart()
	w.hears(ann)
}

func TestPositionsAreExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	for _, text := range []string{"one", "two", "three"} {
		w.says(ada, e, text)
	}
	ack := func(n int64, want ...string) {
		t.Helper()
		c := ann
		c.Acked, c.Ack = true, n
		if got := tell(w.poll(c)); !slices.Equal(got, want) {
			t.Errorf("with position %d: %v, want %v", n, got, want)
		}
	}
	ack(99, "joined LEAD Ada", "post one", "post two", "post three") // never given: as if absent
	if w.Exact(ann.Key) {
		t.Error("a position that was never given made the session exact")
	}
	ack(0, "joined LEAD Ada", "post one", "post two", "post three")
	if !w.Exact(ann.Key) {
		t.Error("a position did not make the session exact")
	}
	before := w.Position()
	w.Inferred(ann.Key, 4) // nothing is inferred for it any more
	ack(-5, "joined LEAD Ada", "post one", "post two", "post three")
	if w.Position() != before {
		t.Error("something was recorded")
	}
	ack(2, "post two", "post three")
	ack(1, "post two", "post three") // lower than before
	w.restart()
	if !w.Exact(ann.Key) {
		t.Error("a restart forgot that the session is exact")
	}
	ack(4)
}

func TestInferenceOfNonsenseChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, _ := w.chat(ada)
	before := w.Position()
	for _, n := range []int64{-1, 0, 2, 1 << 60} {
		w.Inferred(ann.Key, n)
	}
	w.Inferred("nobody", 1)
	w.Unheard("nobody")
	w.ClosePoll("nobody")
	if b := w.Collect("nobody", w.Position()); w.Position() != before || !b.Empty() || w.Exact("nobody") {
		t.Error("something came of it")
	}
}

func TestAnOverrideCarriesOverUnderFreshNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	w.hears(ada, "assignment 1", "joined END_USER Ann Lee")
	w.says(ann, e, "one")
	w.poll(ada)
	w.says(ann, e, "two")
	must[Typing](w)(w.VisitorActivity(ann, typing))
	ada = w.logOn(12)
	if w.Exact(ada.Key) {
		t.Error("the new session is exact before it used a position")
	}
	w.says(ann, e, "three")
	b := w.poll(ada)
	for i, want := range []string{"post one", "post two", "post three"} {
		d := b.Deliveries[i]
		if got := tellMessage(d.Message); got != want || d.Number != int64(i+1) || d.Sequence != int64(i+1) {
			t.Errorf("%d: %s, number %d, sequence number %d; want %s", i+1, got, d.Number, d.Sequence, want)
		}
	}
	if h := must[Holdings](w)(w.Engagements(ada)); h.Last != 3 || h.Held[0].LastSequence != 3 {
		t.Errorf("the listing says %+v", h)
	}
}

func TestSequenceNumbersCountForEachEngagement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, a := w.chat(ada)
	ben, b := w.chat(ada)
	w.says(ann, a, "one")
	w.says(ben, b, "one")
	w.says(ann, a, "two")
	var got []string
	for _, d := range w.poll(ada).Deliveries {
		got = append(got, fmt.Sprintf("%d: %d/%d", d.Number, d.Message.Engagement, d.Sequence))
	}
	want := []string{"1: 1/1", "2: 1/2", "3: 2/1", "4: 2/2", "5: 1/3", "6: 2/3", "7: 1/4"}
	if !slices.Equal(got, want) {
		t.Errorf("numbered %v, want %v", got, want)
	}
}

func TestANewerFleetingMessageTakesTheOldersPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	ben, f := w.chat(ada)
	w.receive(ada)
	mode := func(c Caller, m api.Mode) { must[Typing](w)(w.VisitorActivity(c, NewActivity{Mode: m})) }
	mode(ann, api.ModeResponding)
	mode(ben, api.ModeResponding)
	mode(ann, api.ModeListening)
	w.hears(ada, "activity RESPONDING", "activity LISTENING") // Ben's, then Ann's newest
	mode(ann, api.ModeResponding)
	w.says(ann, e, "one")
	mode(ann, api.ModeListening)
	w.says(ben, f, "two")
	mode(ann, api.ModeResponding)
	b := w.poll(ada)
	if got := tell(b); !slices.Equal(got, []string{"post one", "post two", "activity RESPONDING"}) {
		t.Errorf("told %v", got)
	}
	one, act := b.Deliveries[0], b.Deliveries[2]
	if !act.Fleeting || act.Number != b.Last || act.Sequence != one.Sequence {
		t.Errorf("the fleeting message carries %d and %d, want those of the message before it", act.Number, act.Sequence)
	}
}

func TestFleetingMessagesStandBetweenDurableOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.chat(ada)
	ben, f := w.chat(ada)
	w.receive(ada)
	w.says(ann, e, "one")
	must[Typing](w)(w.VisitorActivity(ann, typing))
	w.says(ben, f, "two")
	must[Typing](w)(w.VisitorActivity(ben, NewActivity{Mode: api.ModeListening}))
	w.hears(ada, "post one", "activity RESPONDING", "post two", "activity LISTENING")
}

func TestActivityIsToldOnlyWhileSomebodyLeads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, _ := w.enter(0)
	must[Typing](w)(w.VisitorActivity(ann, typing))
	ada := w.logOn(12)
	w.ask(ada, 1)
	must[Typing](w)(w.VisitorActivity(ann, typing))
	w.hears(ada, "assignment 1")
}

func TestABatchHoldsAMebibyteAndSaysThatThereIsMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	ann, e := w.enter(0)
	text := strings.Repeat("x", MaxPostBytes)
	const posts = MaxUnreceivedBytes / MaxPostBytes
	for range posts {
		w.says(ann, e, text)
	}
	w.ask(ada, 1)
	w.accept(ada, e)
	must[Typing](w)(w.VisitorActivity(ann, typing))
	b := w.poll(ada)
	size := 0
	for _, d := range b.Deliveries {
		size += weight(d)
	}
	if n := len(b.Deliveries); size > MaxBatchBytes || size+weight(b.Deliveries[n-1]) <= MaxBatchBytes || !b.More || b.Last != int64(n) {
		t.Errorf("%d messages of %d bytes, more %t", n, size, b.More)
	}
	w.acknowledge(ada)
	rest := w.poll(ada)
	if n := len(b.Deliveries) + len(rest.Deliveries); n != posts+3 || rest.More {
		t.Errorf("%d messages in all, more %t; want %d", n, rest.More, posts+3)
	}
	if got := tell(rest); got[len(got)-1] != "activity RESPONDING" {
		t.Error("the fleeting message does not come after the durable ones before it")
	}
}

func TestABatchWeighsWhatIsKnownOfVisitors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.logOn(12)
	w.ask(ada, MaxConcurrent)
	c := Contact{Question: strings.Repeat("x", 3000), CustomFields: []CustomField{{Name: "n", Value: strings.Repeat("x", 3000)}}}
	for range 150 {
		must[EngagementOpened](w)(w.RequestEngagement(EngagementRequest{Key: w.key("v"), Contact: c}))
	}
	b := w.poll(ada)
	if n := len(b.Deliveries); n*6000 > MaxBatchBytes || !b.More {
		t.Errorf("%d offers of 6 kB in one batch, more %t", n, b.More)
	}
}
