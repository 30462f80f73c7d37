package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"usher/api/sites"
)

// defaultServer is where a server on this machine answers when nobody says otherwise.
const defaultServer = "http://127.0.0.1:8080"

// target says which server a client command talks to.
type target struct {
	Server    string `help:"The server's address (${default})." default:"http://127.0.0.1:8080" placeholder:"URL" env:"USHER_SERVER"`
	Site      string `help:"The site; by default the only one, or the demo." placeholder:"NAME" env:"USHER_SITE"`
	ReadyFile string `help:"Take address and credentials from this ready file of a server." placeholder:"FILE" env:"USHER_READY_FILE"`
}

// ready reads the ready file, if one was named, and takes the server from it.
func (t *target) ready() (*sites.ReadySite, error) {
	if t.ReadyFile == "" {
		return nil, nil
	}
	b, err := os.ReadFile(t.ReadyFile)
	if err != nil {
		return nil, usageError(fmt.Sprintf("the ready file cannot be read: %v", err))
	}
	var r sites.Ready
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, usageError(fmt.Sprintf("%s is no ready file: %v", t.ReadyFile, err))
	}
	t.Server = r.URL
	for _, s := range r.Sites {
		if t.Site == "" || t.Site == s.Site {
			t.Site = s.Site
			return &s, nil
		}
	}
	return nil, usageError(fmt.Sprintf("%s names no site %s", t.ReadyFile, t.Site))
}

// demoSite asks the server for its demo, which tells everybody its widget key.
func (t *target) demoSite(ctx context.Context) (*sites.DemoSite, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(t.Server, "/")+"/demo/site.json", nil)
	if err != nil {
		return nil, usageError(fmt.Sprintf("--server %q: %v", t.Server, err))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s: start one with usher serve --demo: %w", t.Server, err)
	}
	defer answer.Body.Close()
	var d sites.DemoSite
	if answer.StatusCode != http.StatusOK || json.NewDecoder(answer.Body).Decode(&d) != nil {
		return nil, usageError(fmt.Sprintf("the server at %s has no demo: say --site and --key, or --ready-file", t.Server))
	}
	return &d, nil
}
