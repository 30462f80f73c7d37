package agent

import "usher/api"

// InformationType says which agents retrieveAgentsAndQueues lists (section 3.10).
type InformationType string

// The information types. ID names an account, group, profile, queue (which they
// serve) or engagement (in which they are).
const (
	InformationNone       InformationType = "NONE" // every agent who is logged on
	InformationAll        InformationType = "ALL"  // the same
	InformationAgent      InformationType = "AGENT"
	InformationGroup      InformationType = "GROUP"
	InformationProfile    InformationType = "PROFILE"
	InformationQueue      InformationType = "QUEUE"
	InformationEngagement InformationType = "ENGAGEMENT"
)

// InformationTypes lists every information type, for validation.
var InformationTypes = []InformationType{
	InformationNone, InformationAll, InformationAgent, InformationGroup, InformationProfile, InformationQueue, InformationEngagement,
}

// RetrieveAgentsAndQueuesRequest asks who is logged on and how the queues stand
// (section 3.10).
type RetrieveAgentsAndQueuesRequest struct {
	Request
	// ID is what Type names; required, and looked at only with some types.
	ID int64 `json:"id"`
	// Type is required with IncludeAgentInformation.
	Type                    InformationType `json:"type,omitempty"`
	IncludeAgentInformation bool            `json:"includeAgentInformation"`
	IncludeQueueInformation bool            `json:"includeQueueInformation"`
	// IncludeQueueStatistics says how the queues stand that are listed.
	IncludeQueueStatistics bool `json:"includeQueueStatistics"`
}

// RetrieveAgentsAndQueuesResponse answers retrieveAgentsAndQueues. A list that
// was not asked for is empty (section 3.10).
type RetrieveAgentsAndQueuesResponse struct {
	Envelope
	Agents api.List[AgentInformation] `json:"agents"`
	Queues api.List[QueueInformation] `json:"queues"`
}

// QueueInformation describes a queue (section 3.10).
type QueueInformation struct {
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	Name          string `json:"name"`
	// ProfileIDsList are the profiles that serve the queue.
	ProfileIDsList api.List[int64] `json:"profileIdsList"`
	// QueueStatistics is null unless it was asked for.
	QueueStatistics *QueueStatistics `json:"queueStatistics"`
}

// QueueStatistics says how a queue stands (section 3.10).
type QueueStatistics struct {
	// AvailableAgentSessions counts the places that are free, over all agents who
	// serve the queue and are there.
	AvailableAgentSessions int32 `json:"availableAgentSessions"`
	// TotalAvailableAgents counts these agents, also those without a free place.
	TotalAvailableAgents int32 `json:"totalAvailableAgents"`
	// EngagementsInQueue counts those who wait.
	EngagementsInQueue int32 `json:"engagementsInQueue"`
	// ExpectedWaitSeconds is how long somebody who came now would wait; 0 also
	// when there is nothing to tell it by.
	ExpectedWaitSeconds int32 `json:"expectedWaitSeconds"`
}

// RerouteAvailabilityRequest asks how the queue stands to which RerouteEngagement
// would send. It is sent as the parameter request of a GET, in JSON (section 3.11).
type RerouteAvailabilityRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// RerouteAvailabilityResponse answers rerouteAvailability, as far as the
// engagement's product and category tell (section 3.11).
type RerouteAvailabilityResponse struct {
	Envelope
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	// ChatRouteID is the queue's id once more: a route of usher leads to one queue.
	ChatRouteID int32 `json:"chatRouteId"`
	QueueStatistics
}

// RerouteEngagementRequest sends an engagement that the session leads to the
// queue that the site's escalation rules give (section 3.12).
type RerouteEngagementRequest struct {
	Request
	EngagementID int64 `json:"engagementId"`
}

// RerouteEngagementResponse answers rerouteEngagement (section 3.12). The
// session's place is free.
type RerouteEngagementResponse struct {
	Envelope
}
