package postgres

import (
	"testing"
	"time"
)

// AppendsAtOnce is the bound of the connections that append.
const AppendsAtOnce = appendsAtOnce

// SetShortTimeout changes what an append may take, for one test.
func SetShortTimeout(t *testing.T, d time.Duration) {
	was := shortTimeout
	shortTimeout = d
	t.Cleanup(func() { shortTimeout = was })
}
