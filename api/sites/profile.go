package sites

import "usher/api"

// Policy says in which order an agent is given what waits in its queues.
type Policy string

// The policies (section 2.5).
const (
	// FirstDue is the longest wait over all queues.
	FirstDue Policy = "FIRST_DUE"
	// StrictPriority goes by the queues' rank, within one by the longest wait.
	StrictPriority Policy = "STRICT_PRIORITY"
)

// Serving is what an agent is given, and how.
type Serving struct {
	// Queues are the ids of the queues that are served. With AllQueues it is
	// every queue but the ones in Except, also queues made later.
	Queues    api.List[int64] `json:"queues"`
	AllQueues bool            `json:"allQueues"`
	Except    api.List[int64] `json:"except"`
	// Pull means that the agent gets an engagement only after asking for one.
	Pull bool `json:"pull"`
	// Places is how many engagements an agent has at once: offered, active and
	// in wrap-up. 0 is 4, for who pulls what requestAssignment says.
	Places int `json:"places"`
	// Policy is FirstDue when empty.
	Policy Policy `json:"policy,omitempty"`
	// AllowDecline: offers may be declined; nil in a request is true.
	AllowDecline *bool `json:"allowDecline,omitempty"`
	// AutoDecline: an offer without an answer expires and goes on to the next
	// agent; otherwise it is accepted for this one. nil in a request is true.
	AutoDecline *bool `json:"autoDecline,omitempty"`
}

// Profile is what several accounts have in common: GET, PUT and DELETE
// /usher/admin/v1/sites/{site}/profiles/{id}. ProfileID in a request does not count.
type Profile struct {
	ProfileID int64  `json:"profileId,omitempty"`
	Name      string `json:"name"`
	Serving
}

// Profiles are a site's profiles in the order of their ids:
// GET /usher/admin/v1/sites/{site}/profiles.
type Profiles struct {
	Profiles api.List[Profile] `json:"profiles"`
}
