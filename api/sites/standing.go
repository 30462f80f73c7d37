package sites

import "usher/api"

// Standing is how a site stands now: GET /usher/admin/v1/sites/{site}/standing.
type Standing struct {
	// Queues are in the order of their rank, Agents in that of their log-ons.
	Queues api.List[QueueStanding] `json:"queues"`
	Agents api.List[AgentStanding] `json:"agents"`
}

// Opening says whether a queue is open, and why not.
type Opening string

// The openings.
const (
	OpeningOpen    Opening = "OPEN"
	OpeningClosed  Opening = "CLOSED"
	OpeningHoliday Opening = "HOLIDAY"
)

// QueueStanding is how a queue stands now.
type QueueStanding struct {
	QueueID int64   `json:"queueId"`
	Name    string  `json:"name"`
	Opening Opening `json:"opening"`
	// Profiles are the ids of the profiles that serve it.
	Profiles api.List[int64] `json:"profiles"`
	// Agents are logged on, there, and not unavailable, whether or not they have
	// a place free. FreePlaces are those that they have free together.
	Agents     int `json:"agents"`
	FreePlaces int `json:"freePlaces"`
	// Ready are the agents who would be offered an engagement now.
	Ready int `json:"ready"`
	// Waiting are the engagements in it.
	Waiting int `json:"waiting"`
	// ExpectedSeconds is how long who came now would wait, AverageSeconds how long
	// those waited whom an agent took in the last hour.
	ExpectedSeconds int `json:"expectedSeconds"`
	AverageSeconds  int `json:"averageSeconds"`
	// Known is false when there was nothing to measure the expectation by.
	Known bool `json:"known"`
}

// AgentStanding is one agent session.
type AgentStanding struct {
	AccountID int64              `json:"accountId"`
	ClientID  int64              `json:"clientId"`
	Name      string             `json:"name"`
	Status    api.ActivityStatus `json:"status"`
	SubTypeID int32              `json:"subTypeId"`
	Profile   int64              `json:"profile"`
	Group     int64              `json:"group"`
	// Holds are the engagements that it has: offered, active and in wrap-up.
	// Places is how many it may have.
	Holds  int `json:"holds"`
	Places int `json:"places"`
	// Ready: it would be offered an engagement now.
	Ready bool `json:"ready"`
	// Absent: it gave no sign of life for a while.
	Absent bool `json:"absent"`
	// Since is when the session began, as in TimeLayout.
	Since string `json:"since"`
}
