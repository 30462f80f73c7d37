package sqlite

import "testing"

// SetHeadsEvery changes headsEvery for one test.
func SetHeadsEvery(t *testing.T, batches int64) {
	was := headsEvery
	headsEvery = batches
	t.Cleanup(func() { headsEvery = was })
}
