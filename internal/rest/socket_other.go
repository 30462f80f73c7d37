//go:build !linux

package rest

import (
	"net"

	"usher/internal/host/machine"
)

// unsent cannot ask the kernel here: a connection that has not failed counts as
// having delivered what was written.
func unsent(net.Conn) machine.Verdict { return machine.Arrived }
