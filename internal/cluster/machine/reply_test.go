package machine_test

import (
	"testing"

	"usher/internal/cluster/machine"
)

// A command is never carried out twice, and a retrieval never fails over a node
// that went away.
func TestAfter(t *testing.T) {
	for _, c := range []struct {
		reply           machine.Reply
		command, repeat machine.Fate
	}{
		{machine.Answered, machine.Over, machine.Over},
		{machine.Unsent, machine.Again, machine.Again},
		{machine.Cut, machine.Uncertain, machine.Again},
		{machine.Misdirected, machine.Again, machine.Again},
	} {
		if got := machine.After(c.reply, false); got != c.command {
			t.Errorf("reply %d to a command: fate %d, want %d", c.reply, got, c.command)
		}
		if got := machine.After(c.reply, true); got != c.repeat {
			t.Errorf("reply %d to what may be repeated: fate %d, want %d", c.reply, got, c.repeat)
		}
	}
}
