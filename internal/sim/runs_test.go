package sim

import (
	"errors"
	"strings"
	"testing"
)

func TestAFailureSaysHowToSeeItAgain(t *testing.T) {
	broken := errors.New("broken")
	_, ran, err := runMany(10, 100, 7, nil, func(seed uint64, steps int) (Report, error) {
		if seed >= 15 {
			return Report{}, broken
		}
		return Report{Steps: steps}, nil
	})
	f, ok := errors.AsType[*Failure](err)
	if !ok || f.Seed < 15 || f.Steps != 7 || !errors.Is(err, broken) {
		t.Fatalf("error %v, want the failure of a seed from 15 on", err)
	}
	if want := "simulate --seed 1"; !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--steps 7") {
		t.Errorf("error %q does not say how to see it again", err)
	}
	if ran > 50 {
		t.Errorf("%d seeds ran although one had failed", ran)
	}
}

func TestReportsAddUp(t *testing.T) {
	sum, ran, err := runMany(1, 30, 2, nil, func(_ uint64, steps int) (Report, error) {
		return Report{Steps: steps, Kills: 1}, nil
	})
	if err != nil || ran != 30 || sum.Steps != 60 || sum.Kills != 30 {
		t.Errorf("%d runs, %+v, %v", ran, sum, err)
	}
	few := sum.Below(31)
	if strings.Join(few, " ") == "" || few[0] == "Steps" {
		t.Errorf("below 31 are %v", few)
	}
}
