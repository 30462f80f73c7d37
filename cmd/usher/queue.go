package main

// queues are the commands of usher queue.
type queues struct{}

func (queues) kind() kind {
	return kind{
		command: "usher queue", noun: "queue", path: "queues", id: 7, set: "--name Cards --max-waiting 50 --hours 1",
		columns: []string{"queueId", "name", "default", "rank", "hours", "maxWaiting", "overflowSeconds", "overflowQueue"},
	}
}

type queueFlags struct {
	Name            *string `json:"name,omitempty" help:"Its name." placeholder:"TEXT"`
	Default         *bool   `json:"default,omitempty" help:"The queue of visitors for whom none was chosen." negatable:""`
	Rank            *int    `json:"rank,omitempty" help:"Its place for agents who serve by strict priority: the lowest is first." placeholder:"N"`
	Hours           *int64  `json:"hours,omitempty" help:"The business hours in which visitors are let in; 0 is always." placeholder:"ID"`
	MaxWaiting      *int    `json:"maxWaiting,omitempty" help:"How many may wait; 0 is no limit." placeholder:"N"`
	OverflowSeconds *int    `json:"overflowSeconds,omitempty" help:"After how long a wait goes on in the overflow queue; 0 is never." placeholder:"N"`
	OverflowQueue   *int64  `json:"overflowQueue,omitempty" help:"The overflow queue." placeholder:"ID"`
}
