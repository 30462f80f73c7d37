// Command simulate runs the simulator for as many seeds as it is told: whole pools
// with made-up faults in made-up time. It ends at the first promise that is broken,
// with what happened before and the command that runs that seed again.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"usher/internal/sim"
)

func main() {
	var (
		seeds = flag.Uint64("seeds", 1, "how many seeds to run")
		seed  = flag.Uint64("seed", 1, "the first seed")
		steps = flag.Int("steps", sim.Steps, "the steps of each run")
	)
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: simulate [--seeds N] [--seed X] [--steps N]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 || *seeds == 0 || *steps <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	debug.SetGCPercent(400) // runs are short and leave everything behind
	began := time.Now()
	told := began
	sum, ran, err := sim.RunMany(*seed, *seeds, *steps, func(ran int) {
		if time.Since(told) >= 10*time.Second {
			told = time.Now()
			fmt.Fprintf(os.Stderr, "%d seeds, %.0f a second\n", ran, float64(ran)/time.Since(began).Seconds())
		}
	})
	fmt.Printf("%d seeds of %d steps from %d in %v\n%v", ran, *steps, *seed, time.Since(began).Round(time.Second), sum)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
