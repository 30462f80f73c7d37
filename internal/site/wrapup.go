package site

import (
	"slices"
	"unicode/utf8"
)

// WrapUpResult is one of the results that a site's agents choose from when they wrap up.
type WrapUpResult struct {
	ID   int32  `json:"id"`
	Name string `json:"name"`
}

func checkResults(all []WrapUpResult) error {
	if len(all) > maxList {
		return refuse(BadRequest, "results hold at most %d entries", maxList)
	}
	for i, r := range all {
		if r.Name == "" || len(r.Name) > MaxNameBytes || r.ID <= 0 {
			return refuse(BadRequest, "results[%d]: expected a name and a positive id", i)
		}
		if slices.ContainsFunc(all[:i], func(o WrapUpResult) bool { return o.ID == r.ID }) {
			return refuse(BadRequest, "results[%d]: id %d stands there twice", i, r.ID)
		}
	}
	return nil
}

// WrapUp is what an agent keeps of an engagement: its result, and a note that no visitor
// sees.
type WrapUp struct {
	// Result is one of the settings' results, 0 for none.
	Result int32  `json:"result,omitempty"`
	Note   string `json:"note,omitempty"`
}

// WrapUpNoted: the lead noted what came of an engagement. A later note takes its place.
type WrapUpNoted struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	WrapUp     WrapUp       `json:"wrapUp"`
	// Name is the result's at that time, for those who read it later.
	Name string `json:"name,omitempty"`
}

func (ev *WrapUpNoted) apply(s *Site, _ Time) {
	e := s.live[ev.Engagement]
	e.WrapUp = ev.WrapUp
	s.touchEngagement(e.ID)
}

// NoteWrapUp keeps what the lead of an engagement notes of it, while it goes on or after
// its end until it is released.
func (s *Site) NoteWrapUp(c Caller, id EngagementID, w WrapUp) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	e := s.live[id]
	switch {
	case e == nil || e.Lead != a.Client:
		return 0, refuse(BadRequest, "engagementId %d is not led by this session", id)
	case e.State == Offered:
		return 0, refuse(Conflict, "engagement %d is offered: accept it first", id)
	case !utf8.ValidString(w.Note):
		return 0, refuse(BadRequest, "note holds bytes that are not UTF-8: send text in UTF-8")
	case len(w.Note) > MaxPostBytes:
		return 0, refuse(TooLarge, "note has %d bytes: expected at most %d", len(w.Note), MaxPostBytes)
	}
	i := slices.IndexFunc(s.Settings.Results, func(r WrapUpResult) bool { return r.ID == w.Result })
	if i < 0 && w.Result != 0 && w.Result != e.WrapUp.Result {
		return 0, refuse(BadRequest, "result is %d: expected 0, or the id of one of the site's results", w.Result)
	}
	if w == e.WrapUp {
		return a.Client, nil
	}
	ev := &WrapUpNoted{Engagement: id, Client: a.Client, WrapUp: w}
	if i >= 0 {
		ev.Name = s.Settings.Results[i].Name
	}
	s.record(ev)
	return a.Client, nil
}
