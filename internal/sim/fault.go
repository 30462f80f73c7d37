package sim

import (
	"math/rand/v2"
	"time"

	"usher/internal/journal/memory"
)

// faults are how often what goes wrong. Each run draws its own, and most runs
// leave some out, so that each is also seen alone and together with few others.
type faults struct {
	refused, happened, didNot, later float64 // of appends
	loadFails                        float64 // of loads
	crash, stop, full, land, jump    float64 // of steps
	poison                           float64 // of commands: they panic
	requestLost, answerLost          float64 // of commands
	batchLost, silent                float64 // of retrievals: lost; and the network says nothing of it
	giveUp, second                   float64 // of clients' turns: leave a retrieval; send another beside it
}

func drawFaults(rnd *rand.Rand) faults {
	rate := func(most float64) float64 {
		if rnd.IntN(3) == 0 {
			return 0
		}
		return most * rnd.Float64()
	}
	return faults{
		refused: rate(0.05), happened: rate(0.1), didNot: rate(0.1), later: rate(0.1),
		loadFails: rate(0.3),
		crash:     rate(0.008), stop: rate(0.004), full: rate(0.004), land: rate(0.05), jump: rate(0.01),
		poison:      rate(0.02),
		requestLost: rate(0.1), answerLost: rate(0.1),
		batchLost: rate(0.3), silent: rate(0.4),
		giveUp: rate(0.2), second: rate(0.2),
	}
}

// outcome draws how an append ends.
func (w *world) outcome() memory.Outcome {
	if w.calm {
		return memory.Durable
	}
	switch {
	case w.chance(w.faults.refused):
		return memory.Failed
	case w.chance(w.faults.happened):
		return memory.UnknownHappened
	case w.chance(w.faults.didNot):
		return memory.UnknownDidNot
	case w.chance(w.faults.later):
		return memory.UnknownLater
	}
	return memory.Durable
}

// strikes lets happen what nobody asked for.
func (w *world) strikes() {
	f := w.faults
	if w.chance(f.land) {
		if n := w.journal.Land(); n > 0 {
			w.note("%d late writes land", n)
			w.read()
		}
	}
	if full := w.process.full; full && w.chance(0.03) || !full && w.chance(f.full) {
		w.process.full = !full
		w.note("the journal is full: %t", w.process.full)
		w.journal.SetFull(w.process.full)
	}
	if w.chance(f.jump) {
		// Well below the ten minutes for which message ids are remembered.
		w.wallOff = time.Duration(w.rnd.Int64N(int64(4*time.Minute))) - 2*time.Minute
		w.report.WallJumps++
		w.note("the wall clock is wrong by %v", w.wallOff)
	}
	switch {
	case w.chance(f.crash):
		w.crash()
	case w.chance(f.stop):
		w.note("stop")
		w.report.Stops++
		w.process.stop()
	}
}
