package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"usher/api/sites"
	"usher/internal/cluster"
	places "usher/internal/cluster/machine"
	"usher/internal/host"
	"usher/internal/site"
)

// face is how a site is found that a request does not name.
type face struct {
	hostNames []string
	fallback  bool // it is the one that is meant when no host name fits
}

// face asks a site for its face, at whatever node it runs, within the time of ctx.
func (s *Server) face(ctx context.Context, name string) (face, error) {
	for {
		place, err := s.node.Locate(ctx, name, 0)
		if err != nil {
			return face{}, err
		}
		if place.Here {
			owner, err := s.node.Owner(ctx, name)
			if err != nil {
				return face{}, err
			}
			set, err := host.Do(ctx, owner.Host, name, func(s *site.Site) (site.Settings, error) { return s.CurrentSettings(), nil })
			return face{set.HostNames, set.Default}, err
		}
		set, reply, err := s.settingsFrom(ctx, place, name)
		if reply == places.Answered || err != nil {
			return face{set.HostNames, set.Default}, err
		}
	}
}

// settingsFrom asks another node for a site's settings. There is an error when that
// cannot be asked or was refused; the settings are good when it was Answered.
func (s *Server) settingsFrom(ctx context.Context, place cluster.Place, name string) (set sites.Settings, reply places.Reply, err error) {
	node := place.Node
	token, err := s.keys.AdminToken(ctx)
	if err != nil {
		return set, 0, err
	}
	q, err := s.node.Request(ctx, http.MethodGet, node.Address+adminSites+"/"+name+"/settings")
	if err != nil {
		return set, 0, fmt.Errorf("ask for site %s: %w", name, err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	answer, reply := s.node.Send(q)
	if reply == places.Misdirected || reply == places.Answered {
		defer answer.Body.Close()
	}
	switch {
	case reply == places.Misdirected:
		s.learn(name, answer, place)
		return set, reply, nil
	case reply != places.Answered:
		s.node.Failed(name, node.Incarnation)
		return set, reply, ctx.Err()
	case answer.StatusCode != http.StatusOK:
		return set, reply, fmt.Errorf("ask node %s for site %s: status %d", node.Name, name, answer.StatusCode)
	}
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		return set, reply, fmt.Errorf("ask node %s for site %s: %w", node.Name, name, err)
	}
	return set, reply, nil
}
