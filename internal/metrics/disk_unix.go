//go:build linux || darwin || freebsd || dragonfly

package metrics

import "golang.org/x/sys/unix"

// disk answers how many bytes of the disk below dir may still be written, and how many
// it has.
func disk(dir string) (free, size uint64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, false
	}
	block := uint64(s.Bsize)
	return uint64(s.Bavail) * block, uint64(s.Blocks) * block, true
}
