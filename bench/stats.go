package main

import (
	"cmp"
	"math"
	"slices"
)

// number is what statistics are made of.
type number interface {
	~int | ~int64 | ~float64
}

// percentile returns the smallest element of sorted that at least p percent of
// all elements do not exceed (the nearest rank), for 0 < p <= 100. Of nothing it
// is zero.
func percentile[T number](sorted []T, p float64) T {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// median returns the middle of values in order, or the mean of the two in the
// middle when their number is even. Of nothing it is zero. It leaves values as
// they are.
func median[T number](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	low, high := sorted[middle-1], sorted[middle]
	return low + (high-low)/2
}

// medianOf is the median of one figure of each round.
func medianOf[R any, T number](rounds []R, figure func(R) T) T {
	values := make([]T, len(rounds))
	for i, r := range rounds {
		values[i] = figure(r)
	}
	return median(values)
}

// ratio returns a over b, and zero when b is zero.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// span returns the smallest and largest of usher over baseline, round by round.
func span[R any, T number](usher, baseline []R, figure func(R) T) (low, high float64) {
	var ratios []float64
	for i := range min(len(usher), len(baseline)) {
		ratios = append(ratios, ratio(float64(figure(usher[i])), float64(figure(baseline[i]))))
	}
	if len(ratios) == 0 {
		return 0, 0
	}
	return slices.MinFunc(ratios, cmp.Compare), slices.MaxFunc(ratios, cmp.Compare)
}
