package site

import (
	"slices"
	"time"
)

// Settings are what an administrator sets for a site.
// Times are in seconds, as they are written on the wire.
type Settings struct {
	// HoldSeconds is how long a retrieval is held when there is nothing: 1 to 30.
	HoldSeconds int `json:"holdSeconds"`
	// OfferSeconds is how long an agent has to answer an offer.
	OfferSeconds int `json:"offerSeconds"`
	// AbsentSeconds without a sign of life make a session absent; twice that ends it.
	AbsentSeconds int `json:"absentSeconds"`
	// IdleSeconds in which nobody does anything end an engagement.
	IdleSeconds int `json:"idleSeconds"`
	// QueueSeconds of waiting end an engagement.
	QueueSeconds int `json:"queueSeconds"`
	// AllowedOrigins are the web origins whose pages may call the visitor API; "*" is any.
	AllowedOrigins []string `json:"allowedOrigins"`
	// Spam turns the checks of visitors' posts on.
	Spam bool `json:"spam"`
	// RequireContext demands the application context header of the bootstrap.
	RequireContext bool `json:"requireContext,omitempty"`
	// HostNames are the hosts by which a bootstrap call without a site's name means this one.
	HostNames []string `json:"hostNames,omitempty"`
	// Default marks the site that a bootstrap call means when nothing else tells.
	Default bool `json:"default,omitempty"`
}

// DefaultSettings answers the contract's own defaults (agent-api 2.4).
func DefaultSettings() Settings {
	return Settings{
		HoldSeconds: 30, OfferSeconds: 60, AbsentSeconds: 120, IdleSeconds: 600, QueueSeconds: 1800,
		AllowedOrigins: []string{"*"},
	}
}

const (
	maxHoldSeconds = 30            // the contract's own limit
	maxSeconds     = 7 * 24 * 3600 // a week: longer is no longer a chat
	maxList        = 100           // origins, host names
)

// Hold answers how long a retrieval is held.
func (s Settings) Hold() time.Duration    { return seconds(s.HoldSeconds) }
func (s Settings) offer() time.Duration   { return seconds(s.OfferSeconds) }
func (s Settings) absent() time.Duration  { return seconds(s.AbsentSeconds) }
func (s Settings) idle() time.Duration    { return seconds(s.IdleSeconds) }
func (s Settings) inQueue() time.Duration { return seconds(s.QueueSeconds) }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// Clone answers a copy that shares nothing.
func (s Settings) Clone() Settings {
	s.AllowedOrigins, s.HostNames = slices.Clone(s.AllowedOrigins), slices.Clone(s.HostNames)
	return s
}

// CurrentSettings answers a copy of the site's settings.
func (s *Site) CurrentSettings() Settings { return s.Settings.Clone() }

// ChangeSettings replaces the settings and answers them.
func (s *Site) ChangeSettings(n Settings) (Settings, error) {
	for _, f := range []struct {
		name       string
		value, max int
	}{
		{"holdSeconds", n.HoldSeconds, maxHoldSeconds}, {"offerSeconds", n.OfferSeconds, maxSeconds},
		{"absentSeconds", n.AbsentSeconds, maxSeconds}, {"idleSeconds", n.IdleSeconds, maxSeconds},
		{"queueSeconds", n.QueueSeconds, maxSeconds},
	} {
		if f.value < 1 || f.value > f.max {
			return Settings{}, refuse(BadRequest, "%s is %d: expected 1 to %d", f.name, f.value, f.max)
		}
	}
	if len(n.AllowedOrigins) > maxList || len(n.HostNames) > maxList {
		return Settings{}, refuse(BadRequest, "allowedOrigins and hostNames hold at most %d entries", maxList)
	}
	s.record(&SettingsChanged{Settings: n.Clone()})
	return s.CurrentSettings(), nil
}
