package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// readyFile is what usher tells about itself when it answers.
type readyFile struct {
	URL        string `json:"url"`
	AdminToken string `json:"adminToken"`
	Pool       string `json:"pool"`
	Sites      []struct {
		Site     string `json:"site"`
		Accounts []struct {
			Login    string `json:"login"`
			Password string `json:"password"`
		} `json:"accounts"`
		Queues []struct {
			QueueID int64 `json:"queueId"`
		} `json:"queues"`
	} `json:"sites"`
}

// newData makes a directory for one usher's data.
func (b *bench) newData() (string, error) {
	data, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return "", fmt.Errorf("make a data directory: %w", err)
	}
	return data, nil
}

// startUsher starts usher on the database in data, which is made if it is not
// there. profile names the file for its CPU profile, or is empty.
func (b *bench) startUsher(ctx context.Context, data, profile string) (*process, *readyFile, error) {
	path := filepath.Join(data, "ready.json")
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("remove the ready file of the last start: %w", err)
	}
	cmd := exec.Command(b.options.usher, "serve", "--demo", "--demo-bot=false",
		"--data", filepath.Join(data, "usher"), "--listen", "127.0.0.1:0", "--ready-file", path)
	if profile != "" {
		cmd.Env = append(os.Environ(), "USHER_CPUPROFILE="+profile)
	}
	p, err := launch("usher", b.dir, cmd)
	if err != nil {
		return nil, nil, err
	}
	var ready readyFile
	err = p.await(ctx, func() (string, error) {
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("read the ready file: %w", err)
		}
		if err := json.Unmarshal(raw, &ready); err != nil {
			return "", fmt.Errorf("read the ready file: %w", err)
		}
		return strings.TrimPrefix(ready.URL, "http://"), nil
	})
	if err != nil {
		return nil, nil, err
	}
	return p, &ready, nil
}

// startHub starts the baseline with what it is to answer.
func (b *bench) startHub(ctx context.Context, s script) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program for the hub: %w", err)
	}
	input, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write the hub's script: %w", err)
	}
	out, err := os.CreateTemp(b.dir, "hub-*.url")
	if err != nil {
		return nil, fmt.Errorf("make a file for the hub's address: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(self, hubMode)
	cmd.Stdin, cmd.Stdout = bytes.NewReader(input), out
	p, err := launch("hub", b.dir, cmd)
	if err != nil {
		return nil, err
	}
	err = p.await(ctx, func() (string, error) {
		raw, err := os.ReadFile(out.Name())
		if line, ok := strings.CutSuffix(string(raw), "\n"); ok && err == nil {
			return strings.TrimPrefix(line, "http://"), nil
		}
		return "", err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// end stops a server and says so when that went wrong; what it measured holds.
func (b *bench) end(p *process) {
	if err := p.stop(); err != nil {
		b.note("%v", err)
	}
}
