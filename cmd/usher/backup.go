package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// backupCommand is usher backup.
type backupCommand struct {
	administration
	File string `arg:"" help:"The file to write; - is the standard output." placeholder:"FILE"`
}

func (backupCommand) Help() string {
	return `Writes a consistent copy of everything to a tar file, while the server goes on: the
database, the archive and the files of the data directory. It holds secrets: keep it safe. A
server over PostgreSQL refuses; copy that with pg_dump.

To restore, stop the server, unpack the file into an empty data directory, and start it.

Example:

  usher backup /var/backups/usher-2026-03-29.tar
  mkdir -m 700 data && tar -xf usher-2026-03-29.tar -C data && usher serve --data data`
}

func (c backupCommand) Run(p *process) error {
	if c.File == "-" {
		return c.fetch(p, p.stdout)
	}
	if _, err := os.Lstat(c.File); err == nil {
		return usageError(fmt.Sprintf("%s is there already: choose another name", c.File))
	}
	f, err := os.CreateTemp(filepath.Dir(c.File), ".usher-backup-*") // mode 0600
	if err != nil {
		return usageError(fmt.Sprintf("the backup cannot be written: %v", err))
	}
	err = c.fetch(p, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), c.File)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "wrote %s, %d bytes\n", c.File, info.Size())
	return nil
}

// fetch writes the server's backup.
func (c *backupCommand) fetch(p *process, to io.Writer) error {
	answer, err := c.send(p.ctx, p, http.MethodGet, "/usher/admin/v1/backup", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
		if err != nil {
			return fmt.Errorf("read the answer of %s: %w", c.Server, err)
		}
		return refusal(answer.StatusCode, b)
	}
	if _, err := io.Copy(to, answer.Body); err != nil {
		return fmt.Errorf("the backup broke off: %w", err)
	}
	return nil
}
