package host_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal/memory"
	"usher/internal/metrics"
	"usher/internal/site"
)

// TestLook: a site that a command keeps is told of as busy; the others are looked at,
// and nobody waits for it, however often somebody looks.
func TestLook(t *testing.T) {
	t.Parallel()
	h := open(t, memory.NewAuto())
	chat(t, h)
	for _, name := range []string{"calm", "stuck"} {
		if _, err := h.Create(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	began, goOn := make(chan struct{}), make(chan struct{})
	over := make(chan error)
	go func() {
		_, err := host.Do(t.Context(), h, "stuck", func(*site.Site) (int, error) {
			close(began)
			<-goOn
			return 0, nil
		})
		over <- err
	}()
	<-began
	none, cancel := context.WithCancel(t.Context())
	cancel()
	for h.Look(none) == nil { // from here on the look at the stuck site waits for its turn
	}
	busy := func(name string) bool {
		return slices.ContainsFunc(h.Look(t.Context()), func(s metrics.Site) bool { return s.Name == name && s.Busy })
	}
	for busy("calm") || busy("demo") { // the looks of before have their turn at any moment
	}
	for range 3 {
		var told []string
		for _, s := range h.Look(t.Context()) {
			told = append(told, fmt.Sprint(s.Name, " ", s.State, " ", s.Busy, " ", s.Engagements))
		}
		if want := []string{"calm live false 0", "demo live false 1", "stuck live true 0"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	}
	if err := h.Healthy(); err != nil {
		t.Error(err)
	}
	close(goOn)
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	for busy("stuck") { // nor for ever
	}
	closed(t, h)
}

// TestMetricsKnowTheWords: whatever the machine may say, the metrics have a series for.
func TestMetricsKnowTheWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		known []string
		said  []fmt.Stringer
	}{
		{metrics.Causes, []fmt.Stringer{machine.Needed, machine.AfterFenced, machine.AfterUnknown, machine.AfterRefused, machine.AfterFailed, machine.AfterPanic}},
		{metrics.Outcomes, []fmt.Stringer{machine.Durable, machine.Fenced, machine.Unknown, machine.Refused}},
		{metrics.States[1:], []fmt.Stringer{machine.Loading, machine.Live, machine.Blocked, machine.Shut, machine.Stopping, machine.Stopped}},
	} {
		var words []string
		for _, s := range c.said {
			words = append(words, s.String())
		}
		if !slices.Equal(words, c.known) {
			t.Errorf("the machine says %q, the metrics know %q", words, c.known)
		}
	}
}
