package sites

import "usher/api"

// Queue is a queue: GET, PUT and DELETE
// /usher/admin/v1/sites/{site}/queues/{id}. QueueID in a request does not count.
type Queue struct {
	QueueID int64  `json:"queueId,omitempty"`
	Name    string `json:"name"`
	// Default marks the queue of visitors for whom none was chosen. At most one
	// queue of a site is marked: marking one takes the mark from the other.
	Default bool `json:"default"`
	// Rank orders the queues for agents who serve them by strict priority: the
	// lowest is first.
	Rank int `json:"rank"`
	// Hours in which visitors are let in; 0 is always.
	Hours int64 `json:"hours"`
	// MaxWaiting is how many may wait before newcomers are sent to
	// OverflowQueue, or away; 0 is no limit but the site's.
	MaxWaiting int `json:"maxWaiting"`
	// OverflowSeconds of waiting send an engagement on to OverflowQueue; 0 is never.
	OverflowSeconds int   `json:"overflowSeconds"`
	OverflowQueue   int64 `json:"overflowQueue"`
}

// Queues are a site's queues in the order of their ids:
// GET /usher/admin/v1/sites/{site}/queues.
type Queues struct {
	Queues api.List[Queue] `json:"queues"`
}
