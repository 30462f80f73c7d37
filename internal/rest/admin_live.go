package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/api/sites"
	"usher/internal/archive"
	"usher/internal/site"
)

const (
	// liveFor is how long a board waits for something to happen at its site.
	liveFor = 30 * time.Second
	// liveEvery is how often at most a site is looked at for its boards, all together.
	liveEvery = time.Second
	// liveAtOnce is how many boards of one site may wait at once.
	liveAtOnce = 100
	// liveEngagements is how many engagements a board is told of.
	liveEngagements = 1000
	// figuresFor is how long the archive may take to follow: else there are no figures.
	figuresFor = 5 * time.Second
)

// boards keeps what the boards of each site look at.
type boards struct{ sites sync.Map } // name → *board

// board is what those share who look at one site.
type board struct {
	places chan struct{} // holds one for each who looks
	turn   chan struct{} // holds one while somebody looks at the site

	// The last look; they belong to the turn.
	at    time.Time
	zone  string // that was asked for
	state sites.Live
}

func (b *boards) of(name string) *board {
	x, _ := b.sites.LoadOrStore(name, &board{places: make(chan struct{}, liveAtOnce), turn: make(chan struct{}, 1)})
	return x.(*board)
}

// viewLive answers how a site stands. With after it waits until something has happened
// beyond that position, but no longer than liveFor, or until the server stops.
func viewLive(s *Server, c *adminCall) (any, error) {
	after, _ := c.page()
	asked := c.r.URL.Query().Get("zone")
	c.zone()
	if c.err != nil {
		return nil, c.err
	}
	owner, err := s.node.Owner(c.r.Context(), c.site)
	if err != nil {
		return nil, err
	}
	b := s.boards.of(c.site)
	select {
	case b.places <- struct{}{}:
		defer func() { <-b.places }()
	default:
		return nil, &site.Error{Code: site.TooMany, Message: fmt.Sprintf("%d boards look at this site already: close one, or try again later", liveAtOnce)}
	}
	if after > 0 {
		waiting, cancel := context.WithTimeout(c.r.Context(), liveFor)
		defer cancel()
		defer context.AfterFunc(s.closing, cancel)()
		if err := owner.Host.Grown(waiting, c.site, after); err != nil && waiting.Err() == nil {
			return nil, err
		}
	}
	return b.look(s, c, after, asked)
}

// look answers the last look if it is new enough, and else looks anew.
func (b *board) look(s *Server, c *adminCall, after int64, zone string) (any, error) {
	ctx := c.r.Context()
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if young := liveEvery - time.Since(b.at); young > 0 {
		if b.zone == zone && b.state.Position > after {
			return b.state, nil
		}
		select {
		case <-time.After(young):
		case <-s.closing.Done():
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	state, err := s.live(c, zone)
	if err != nil {
		return nil, err
	}
	b.at, b.zone, b.state = time.Now(), zone, state
	return state, nil
}

// live looks at the site, and then at its figures of the day.
func (s *Server) live(c *adminCall, zone string) (sites.Live, error) {
	type now struct {
		site.Board
		zone     string
		settings site.Settings
		live     []site.LiveEngagement
		more     bool
	}
	n, err := adminDo(s, c, func(x *site.Site) (n now, _ error) {
		n.Board, n.zone, n.settings = x.Board(), x.Zone(), x.CurrentSettings()
		n.live, n.more = x.LiveEngagements(0, liveEngagements)
		return n, nil
	})
	if err != nil {
		return sites.Live{}, err
	}
	l, err := time.LoadLocation(cmp.Or(zone, n.zone))
	if err != nil {
		return sites.Live{}, fmt.Errorf("find the zone of a day: %w", err)
	}
	day := n.At.Std().In(l)
	from := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, l)
	to := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, l)
	goal := time.Duration(n.settings.GoalSeconds) * time.Second
	answer := sites.Live{
		Position: n.Position, Time: n.At.Millis(), Zone: l.String(), From: stamp(site.Time(from.UnixMicro())), To: stamp(site.Time(to.UnixMicro())),
		GoalSeconds: n.settings.GoalSeconds, GoalPercent: n.settings.GoalPercent, More: n.more,
	}
	today := map[site.QueueID]sites.Figures{}
	switch report, err := s.figures(c, from, to); {
	case err != nil:
		answer.Trouble = err.Error()
	default:
		answer.FiguresPosition, goal = report.Position, report.Goal
		for _, r := range report.Rows {
			today[site.QueueID(r.ID)] = add(sites.Figures{}, r)
			answer.Today = add(answer.Today, r)
		}
	}
	answer.Definitions = definedFigures(goal)
	for _, q := range n.Queues {
		answer.Queues = append(answer.Queues, sites.LiveQueue{QueueStanding: wireQueue(q.QueueStanding), LongestSince: q.Since.Millis(), Today: today[q.ID]})
	}
	for _, a := range n.Agents {
		answer.Agents = append(answer.Agents, sites.LiveAgent{
			AgentStanding: wireAgent(a.AgentStanding), StatusSince: a.StatusSince.Millis(), NeedsAnswer: a.Waiting,
			LongestSince: a.Oldest.Millis(), GoesAt: a.GoesAt.Millis(),
		})
	}
	for _, e := range n.live {
		answer.Engagements = append(answer.Engagements, sites.LiveEngagement{
			Engagement: wireLive(e), LastPostTime: e.ActiveAt.Millis(), WaitsSince: e.WaitsSince.Millis(),
		})
	}
	return answer, nil
}

// figures answers the day's report by queue, with all that is durable now. The error says
// in words for people why there is none; the site can be looked at all the same.
func (s *Server) figures(c *adminCall, from, to time.Time) (archive.Report, error) {
	ctx, cancel := context.WithTimeout(c.r.Context(), figuresFor)
	defer cancel()
	err := s.archive.Follow(ctx, c.site)
	var r archive.Report
	if err == nil {
		r, err = s.archive.Report(ctx, c.site, archive.ByQueue, from, to, from.Location())
	}
	switch {
	case err == nil:
		return r, nil
	case errors.Is(err, archive.ErrStopped):
		return r, errors.New("the archive does not follow this site: GET …/archive says why")
	case ctx.Err() != nil:
		return r, errors.New("the archive is behind: the figures come when it has caught up")
	}
	s.log.Debug("no figures for a board", "site", c.site, "err", err) // each second, while it lasts
	return r, errors.New("the archive cannot be read now: GET …/archive may say why")
}
