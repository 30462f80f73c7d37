package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Guarded is a role that the servers let in by its password alone; a test that
// wants it has to create it. Everybody else is trusted.
const Guarded = "guarded"

// Server is a PostgreSQL of a test's own.
type Server struct {
	programs programs
	dir      string // data, log and socket are in it
	port     int
	keeper   *keeper
	process  *exec.Cmd     // nil while it is stopped
	ended    chan struct{} // closed when process is reaped
}

// Start makes a server and starts it; it is gone at the end of the test. settings
// are lines of postgresql.conf, such as "fsync = off".
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := create(find(t), settings...)
	if err != nil {
		t.Fatalf("make a PostgreSQL: %v", err)
	}
	t.Cleanup(s.remove)
	s.Start(t)
	return s
}

// URL names the server's maintenance database, for a superuser.
func (s *Server) URL() string { return s.Database("postgres") }

// Database names one of the server's databases.
func (s *Server) Database(name string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, name)
}

// Start starts a server that was stopped or killed, at its old address.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
}

// Stop stops the server in good order: sessions are cut off, open transactions
// rolled back.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.end(syscall.SIGINT)
}

// Restart stops the server in good order and starts it again.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop(t)
	s.Start(t)
}

// Kill ends the server as a crash does: nothing is written any more, the next start
// recovers.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.end(syscall.SIGKILL)
}

// Pause stops the server's main process and every session in the middle of what
// they do, so that they look like a machine that does not answer, until the
// function it answers is called.
func (s *Server) Pause(t testing.TB) (resume func()) {
	t.Helper()
	pids := append(s.children(t), s.process.Process.Pid)
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("pause PostgreSQL: %v", err)
		}
	}
	return func() {
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGCONT); err != nil && !errors.Is(err, syscall.ESRCH) {
				t.Errorf("go on with PostgreSQL: %v", err)
			}
		}
	}
}

// children are the process ids of the server's sessions.
func (s *Server) children(t testing.TB) []int {
	t.Helper()
	conn := Connect(t, s.URL())
	defer conn.Close(context.Background())
	rows, err := conn.Query(context.Background(), `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatalf("list the sessions: %v", err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatalf("list the sessions: %v", err)
	}
	return pids
}

// Standby starts a replica of the server, which is gone at the end of the test.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	r, err := prepare(s.programs)
	if err != nil {
		t.Fatalf("make a standby: %v", err)
	}
	t.Cleanup(r.remove)
	err = r.programs.run(r.dir, "pg_basebackup", "--pgdata", r.data(), "--dbname", s.URL(), "--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
	if err == nil {
		err = r.configure(nil)
	}
	if err != nil {
		t.Fatalf("make a standby: %v", err)
	}
	r.Start(t)
	return r
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// prepare makes the directory of a server, and sees to it that it goes.
func prepare(p programs) (*Server, error) {
	dir, err := p.makeDir()
	if err != nil {
		return nil, err
	}
	s := &Server{programs: p, dir: dir}
	if s.keeper, err = keep(p, dir); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// create makes a server that is not started yet.
func create(p programs, settings ...string) (*Server, error) {
	s, err := prepare(p)
	if err != nil {
		return nil, err
	}
	err = p.run(s.dir, "initdb", "--pgdata", s.data(), "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--no-locale", "--no-sync", "--wal-segsize", "4")
	if err == nil {
		err = s.configure(settings)
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// configure writes the server's settings, and finds a port for it.
func (s *Server) configure(settings []string) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("find a port: %w", err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	lines := append([]string{
		"listen_addresses = '127.0.0.1'",
		fmt.Sprintf("port = %d", s.port),
		fmt.Sprintf("unix_socket_directories = '%s'", s.dir),
		"max_connections = 200",
		"shared_buffers = 16MB",
		"max_wal_size = 64MB",
		"dynamic_shared_memory_type = mmap", // in the data directory, with which it goes
		"fsync = on",                        // or the journal refuses it; cheap in memory
	}, settings...)
	if err := s.write("postgresql.conf", lines); err != nil {
		return err
	}
	return s.write("pg_hba.conf", []string{
		"local all all trust",
		"host all " + Guarded + " 127.0.0.1/32 scram-sha-256",
		"host all,replication all 127.0.0.1/32 trust",
	})
}

// write replaces a file that initdb made, which keeps its owner.
func (s *Server) write(name string, lines []string) error {
	if err := os.WriteFile(filepath.Join(s.data(), name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return fmt.Errorf("configure the server: %w", err)
	}
	return nil
}

// start starts the process and waits until it lets somebody in. One that was killed
// may have left sessions that have not noticed yet: then it tries again.
func (s *Server) start() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return fmt.Errorf("open the server's log: %w", err)
		}
		s.process = s.programs.command(s.dir, "postgres", "-D", s.data())
		s.process.Stdout, s.process.Stderr = log, log
		err = s.process.Start()
		log.Close()
		if err != nil {
			return fmt.Errorf("start the server: %w", err)
		}
		ended, process := make(chan struct{}), s.process
		s.ended = ended
		go func() {
			process.Wait()
			close(ended)
		}()
		err = s.admits(ctx)
		if err == nil {
			return nil
		}
		said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		if ctx.Err() != nil || !strings.Contains(string(said), "pre-existing shared memory block") {
			return fmt.Errorf("%w; its log says:\n%s", err, said[max(0, len(said)-2000):])
		}
		os.Remove(filepath.Join(s.dir, "log"))
	}
}

// admits waits until the server lets somebody in, or is gone.
func (s *Server) admits(ctx context.Context) error {
	for {
		conn, err := pgx.Connect(ctx, s.URL())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			return errors.New("the server ended")
		case <-ctx.Done():
			return fmt.Errorf("the server lets nobody in: %w", err)
		case <-time.After(10 * time.Millisecond): // it is asked again, not hoped for
		}
	}
}

// end signals the process and waits until it is gone.
func (s *Server) end(signal os.Signal) {
	if s.process == nil {
		return
	}
	s.process.Process.Signal(signal)
	<-s.ended
	s.process = nil
	if signal == syscall.SIGKILL {
		// Nobody may take the number in it for this server's: another process can get it.
		os.Remove(filepath.Join(s.data(), "postmaster.pid"))
	}
}

// remove ends the server and deletes its directory.
func (s *Server) remove() {
	s.end(syscall.SIGQUIT)
	s.keeper.release()
}

// keeper is a small process that outlives this one by moments: when its input ends,
// because it is closed or because this process is gone, it stops the server that is
// still there and deletes the directory.
type keeper struct {
	cmd   *exec.Cmd
	input io.Closer
}

func keep(p programs, dir string) (*keeper, error) {
	script := `cat >/dev/null
		[ -f "$1/data/postmaster.pid" ] && "$2/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1
		rm -rf "$1"`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", dir, p.bin)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: p.as}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the keeper of %s: %w", dir, err)
	}
	return &keeper{cmd, input}, nil
}

func (k *keeper) release() {
	k.input.Close()
	k.cmd.Wait()
}
