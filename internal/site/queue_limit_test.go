package site

import (
	"strings"
	"testing"
	"time"

	"usher/api"
)

// TestQueuesThatCannotBe has one thing wrong in each row, and where.
func TestQueuesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", OverflowSeconds: 30, OverflowQueue: 2})
	w.queue(QueueDefinition{ID: 2, Name: "Sales", OverflowSeconds: 30, OverflowQueue: 3})
	for _, c := range []struct {
		name  string
		queue QueueDefinition
		place string
	}{
		{"no id", QueueDefinition{Name: "x"}, "id is 0"},
		{"no name", QueueDefinition{ID: 4}, "name"},
		{"a long name", QueueDefinition{ID: 4, Name: strings.Repeat("x", MaxNameBytes+1)}, "name"},
		{"hours that are not", QueueDefinition{ID: 4, Name: "x", Hours: 9}, "hours: 9"},
		{"less than none may wait", QueueDefinition{ID: 4, Name: "x", MaxWaiting: -1}, "maxWaiting is -1"},
		{"more than can wait", QueueDefinition{ID: 4, Name: "x", MaxWaiting: MaxEngagements + 1}, "maxWaiting"},
		{"less than no time", QueueDefinition{ID: 4, Name: "x", OverflowSeconds: -1, OverflowQueue: 1}, "overflowSeconds is -1"},
		{"more than a week", QueueDefinition{ID: 4, Name: "x", OverflowSeconds: maxSeconds + 1, OverflowQueue: 1}, "overflowSeconds"},
		{"overflow to nowhere", QueueDefinition{ID: 4, Name: "x", OverflowSeconds: 1}, "overflowQueue"},
		{"overflow to what is not", QueueDefinition{ID: 4, Name: "x", OverflowSeconds: 1, OverflowQueue: 9}, "overflowQueue: 9"},
		{"overflow to itself", QueueDefinition{ID: 3, Name: "x", OverflowSeconds: 1, OverflowQueue: 3}, "overflowQueue: queue 3"},
		{"a new one to itself", QueueDefinition{ID: 4, Name: "x", OverflowQueue: 4}, "overflowQueue: 4"},
		{"a circle of two", QueueDefinition{ID: 3, Name: "x", OverflowSeconds: 1, OverflowQueue: 2}, "overflowQueue: queue 2"},
		{"a circle of three", QueueDefinition{ID: 3, Name: "x", OverflowSeconds: 1, OverflowQueue: 1}, "overflowQueue: queue 1"},
		{"a circle of full queues", QueueDefinition{ID: 3, Name: "x", MaxWaiting: 1, OverflowQueue: 1}, "overflowQueue: queue 1"},
	} {
		before := w.Position()
		_, err := w.Admin("test").DefineQueue(c.queue)
		if codeOf(err) != BadRequest || !strings.Contains(err.Error(), c.place) || w.Position() != before {
			t.Errorf("%s: answered %v, want a refusal with %q", c.name, err, c.place)
		}
	}
}

// TestAFullQueueSendsNewcomersOn, or away when there is nowhere to send them.
func TestAFullQueueSendsNewcomersOn(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 3, Name: "Night", MaxWaiting: 1})
	w.queue(QueueDefinition{ID: 2, Name: "Sales", MaxWaiting: 1, OverflowQueue: 3})
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, MaxWaiting: 2, OverflowQueue: 2})
	for i, want := range []QueueID{1, 1, 2, 3} {
		_, e := w.enter(0)
		if got := w.live[e].Queue; got != want {
			t.Errorf("number %d waits in queue %d, want %d", i, got, want)
		}
	}
	w.turnedAway(0, api.ResultNoAgentsAvailable)
	w.turnedAway(1, api.ResultNoAgentsAvailable)
	w.turnedAway(3, api.ResultNoAgentsAvailable)
	ada := w.logOn(12)
	w.ask(ada, 1)
	_, e := w.enter(0) // the first was offered, and waits no more
	w.inQueue(e, 1)
	w.turnedAway(0, api.ResultNoAgentsAvailable)
	w.queue(QueueDefinition{ID: 3, Name: "Night"}) // takes effect at once
	_, e = w.enter(0)
	w.inQueue(e, 3)
	w.after(time.Minute)
	w.inQueue(e, 3)
}

// TestAFullQueueWhoseOverflowIsClosed turns newcomers away with the other's reason.
func TestAFullQueueWhoseOverflowIsClosed(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	h := office("UTC")
	h.Holidays = []Holiday{{Date: "2026-06-08"}}
	w.hoursOf(h)
	w.becomes("2026-06-07T12:00:00Z")
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, MaxWaiting: 1, OverflowQueue: 2})
	w.enter(0)
	w.turnedAway(0, api.ResultOutOfHours)
	w.becomes("2026-06-08T12:00:00Z")
	w.enter(0) // the first has waited too long, and gone
	w.turnedAway(0, api.ResultHoliday)
}

// TestWhatComesBackIsNeverTurnedAway: what lost its lead or its offer comes back to a
// queue however full it is.
func TestWhatComesBackIsNeverTurnedAway(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, MaxWaiting: 1})
	ada := w.logOn(12)
	_, active := w.chat(ada)
	_, offered := w.enter(0)
	w.stops(ada)
	_, waits := w.enter(0)
	w.turnedAway(0, api.ResultNoAgentsAvailable)
	must[ClientID](w.world)(w.Logoff(ada, true))
	for _, e := range []EngagementID{active, offered, waits} {
		w.inQueue(e, 1)
	}
}
