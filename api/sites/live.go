package sites

import "usher/api"

// Live is how a site stands at a moment, and how it did today:
// GET /usher/admin/v1/sites/{site}/live. Times are in epoch milliseconds, 0 for none.
type Live struct {
	// Position is how many events the site had: ask again with after, and the answer comes
	// when it has more.
	Position int64 `json:"position"`
	Time     int64 `json:"time"`
	// Today is from the beginning of the day in Zone to its end, which is the beginning of
	// the next.
	Zone string `json:"zone"`
	From string `json:"from"` // as in TimeLayout
	To   string `json:"to"`
	// FiguresPosition is how many events the figures are made of, at least Position. It is 0,
	// and Trouble says why, when there are none: then all figures are 0.
	FiguresPosition int64  `json:"figuresPosition"`
	Trouble         string `json:"trouble,omitempty"`
	GoalSeconds     int    `json:"goalSeconds"`
	GoalPercent     int    `json:"goalPercent"`
	// Today are the figures of the site: of all its queues, also those that are no more.
	Today Figures `json:"today"`
	// Definitions say what each figure counts, by its name.
	Definitions map[string]string `json:"definitions"`
	// Queues are in the order of their rank, Agents in that of their log-ons, Engagements in
	// that of their ids: the first 1,000. More: the others are in …/engagements.
	Queues      api.List[LiveQueue]      `json:"queues"`
	Agents      api.List[LiveAgent]      `json:"agents"`
	Engagements api.List[LiveEngagement] `json:"engagements"`
	More        bool                     `json:"more"`
}

// Figures count engagements that were requested today, as a report does.
type Figures struct {
	Requested int `json:"requested"`
	Answered  int `json:"answered"`
	InTime    int `json:"inTime"`
	Abandoned int `json:"abandoned"`
	// Unanswered ended before an agent wrote.
	Unanswered int `json:"unanswered"`
	// InTimePercent is null when nothing was answered or left.
	InTimePercent *float64 `json:"inTimePercent"`
}

// LiveQueue is a queue.
type LiveQueue struct {
	QueueStanding
	// LongestSince is since when the one waits who waits longest.
	LongestSince int64   `json:"longestSince"`
	Today        Figures `json:"today"`
}

// LiveAgent is an agent session.
type LiveAgent struct {
	AgentStanding
	StatusSince int64 `json:"statusSince"`
	// NeedsAnswer counts the visitors whom it leads and who wait for its answer,
	// LongestSince is since when the first of them does.
	NeedsAnswer  int   `json:"needsAnswer"`
	LongestSince int64 `json:"longestSince"`
	// GoesAt is when an absent one's session ends.
	GoesAt int64 `json:"goesAt"`
}

// LiveEngagement is an engagement that is live.
type LiveEngagement struct {
	Engagement
	// LastPostTime is when somebody last did something in it, WaitsSince since when its
	// visitor waits for an answer.
	LastPostTime int64 `json:"lastPostTime"`
	WaitsSince   int64 `json:"waitsSince"`
}
