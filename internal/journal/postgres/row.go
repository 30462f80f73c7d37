package postgres

import (
	"fmt"
	"hash/crc32"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is the checksum of a row that is no frame.
func sum(site, key string, data []byte) int64 {
	s := crc32.Checksum([]byte(site+"\x00"+key+"\x00"), castagnoli)
	return int64(crc32.Update(s, castagnoli, data))
}

// headColumns are what head.scan reads.
const headColumns = `site, position, first, epoch, owner, format, next_timer, checkpoint`

// head is a row of heads.
type head struct {
	journal.Placement
	checkpoint int64
}

func (h *head) scan(row pgx.Row) error {
	return row.Scan(&h.Site, &h.Position, &h.First, &h.Epoch, &h.Owner, &h.Format, &h.NextTimer, &h.checkpoint)
}

// check refuses a head that no append can have left.
func (h *head) check() error {
	switch {
	case h.checkpoint > h.Position:
		return fmt.Errorf("%w: site %s has a checkpoint from the future, at position %d, and its head is at %d; restore the database from a backup",
			journal.ErrCorrupt, h.Site, h.checkpoint, h.Position)
	case h.First < 0 || h.First > h.checkpoint:
		return fmt.Errorf("%w: the events of site %s are kept from position %d, and its checkpoint is at %d; restore the database from a backup",
			journal.ErrCorrupt, h.Site, h.First, h.checkpoint)
	}
	return nil
}

// eachPair calls fn with the rows (key, data, sum) of a site.
func eachPair(rows pgx.Rows, site string, fn func(key string, data []byte)) error {
	var key string
	var data []byte
	var stored int64
	_, err := pgx.ForEachRow(rows, []any{&key, &data, &stored}, func() error {
		if got := sum(site, key, data); got != stored {
			return fmt.Errorf("%w: the checksum of %s is %08x, stored was %08x; restore the database from a backup", journal.ErrCorrupt, key, got, stored)
		}
		fn(key, data) // which is another one for each row
		return nil
	})
	return err
}
