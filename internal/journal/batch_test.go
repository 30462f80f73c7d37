package journal

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestCheckMargin: the largest frame that Check lets through is within the
// bound once it is encoded.
func TestCheckMargin(t *testing.T) {
	site := strings.Repeat("s", 1000)
	f := Frame{Site: site, First: math.MaxInt64, Count: math.MaxInt, Epoch: math.MaxInt64, Format: math.MaxInt, NextTimer: math.MinInt64}
	if extra := len(f.AppendTo(nil)) - len(site); extra > frameMargin {
		t.Errorf("a frame needs %d bytes beside its site and events, the margin is %d", extra, frameMargin)
	}
}

func TestHeadAfter(t *testing.T) {
	h := Head{Site: "demo", Position: 10, Epoch: 3, Format: 4, NextTimer: 99}
	f := Frame{Site: "demo", First: 10, Count: 2, Epoch: 3, Format: 2, NextTimer: 0}
	if err := h.Fence(f); err != nil {
		t.Errorf("the next frame is fenced: %v", err)
	}
	want := Head{Site: "demo", Position: 12, Epoch: 3, Format: 4}
	if got := h.After(f); got != want {
		t.Errorf("after the frame: %+v, want %+v", got, want)
	}
	for _, other := range []Frame{{First: 9, Epoch: 3}, {First: 11, Epoch: 3}, {First: 10, Epoch: 2}, {First: 10, Epoch: 4}} {
		if err := h.Fence(other); !errors.Is(err, ErrFenced) {
			t.Errorf("frame at %d under epoch %d: %v", other.First, other.Epoch, err)
		}
	}
}
