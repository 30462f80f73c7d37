package sqlite

import (
	"sync/atomic"
	"testing"
)

// SetHeadsEvery changes headsEvery for one test.
func SetHeadsEvery(t *testing.T, batches int64) {
	was := headsEvery
	headsEvery = batches
	t.Cleanup(func() { headsEvery = was })
}

// PieceRows is how many rows one piece of a trim deletes at most.
const PieceRows = pieceRows

// CountScanned counts the batches that are read during one test, and their bytes.
func CountScanned(t *testing.T) (rows, bytes *atomic.Int64) {
	was := scanned
	rows, bytes = new(atomic.Int64), new(atomic.Int64)
	scanned = func(size int) {
		rows.Add(1)
		bytes.Add(int64(size))
	}
	t.Cleanup(func() { scanned = was })
	return rows, bytes
}
