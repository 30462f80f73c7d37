//go:build unix

package binary

import "syscall"

// Pause stops the server in the middle of whatever it does, as a machine does that
// stands still, until Resume.
func (s *Server) Pause() error { return s.signal(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }
