package main

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for _, test := range []struct {
		name   string
		sorted []int
		p      float64
		want   int
	}{
		{"of nothing", nil, 50, 0},
		{"of one", []int{7}, 99, 7},
		{"the half of two", []int{1, 2}, 50, 1},
		{"just over the half of two", []int{1, 2}, 51, 2},
		{"50 of a hundred", hundred, 50, 50},
		{"99 of a hundred", hundred, 99, 99},
		{"99.5 of a hundred", hundred, 99.5, 100},
		{"all", hundred, 100, 100},
		{"hardly any", hundred, 0.001, 1},
	} {
		if got := percentile(test.sorted, test.p); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.IntRange(0, 50), 1, 200).Draw(t, "values")))
		p := rapid.Float64Range(0.1, 100).Draw(t, "p")
		got := percentile(values, p)
		notAbove, below := 0, 0
		for _, v := range values {
			if v <= got {
				notAbove++
			}
			if v < got {
				below++
			}
		}
		need := math.Ceil(p / 100 * float64(len(values)))
		if float64(notAbove) < need {
			t.Fatalf("%v percent of %v: %d leaves only %d at or below it", p, values, got, notAbove)
		}
		if float64(below) >= need {
			t.Fatalf("%v percent of %v: %d is not the smallest, %d are below it", p, values, got, below)
		}
	})
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"of nothing", nil, 0},
		{"of one", []float64{3}, 3},
		{"of two", []float64{4, 2}, 3},
		{"of three", []float64{9, 1, 2}, 2},
		{"of four", []float64{9, 1, 2, 4}, 3},
	} {
		before := slices.Clone(test.values)
		if got := median(test.values); got != test.want {
			t.Errorf("%s: got %g, want %g", test.name, got, test.want)
		}
		if !slices.Equal(before, test.values) {
			t.Errorf("%s: the values were changed to %v", test.name, test.values)
		}
	}
}

func TestSpan(t *testing.T) {
	same := func(v float64) float64 { return v }
	low, high := span([]float64{1, 4, 3}, []float64{2, 2, 3}, same)
	if low != 0.5 || high != 2 {
		t.Errorf("got %g to %g, want 0.5 to 2", low, high)
	}
	if low, high = span(nil, nil, same); low != 0 || high != 0 {
		t.Errorf("of no rounds: got %g to %g, want zeros", low, high)
	}
	if got := ratio(1, 0); got != 0 {
		t.Errorf("a ratio over nothing is %g, want 0", got)
	}
}
