package consumer

import (
	"usher/api"
	"usher/api/sites"
)

// AvailableType says what availableAgentSessions of getQueueStats counts
// (section 2.8).
type AvailableType string

// The available types.
const (
	// AvailableAgents counts the agents who have asked for an engagement and would
	// be offered one now.
	AvailableAgents AvailableType = "AGENTS"
	// AvailableSessions counts the free places of all agents who are there, whether
	// or not they have asked. It is what counts when the request does not say.
	AvailableSessions AvailableType = "SESSIONS"
)

// GetQueueStatsRequest asks how a queue stands. It is sent as JSON in the query's
// parameter request, or as the body of a POST (section 2.8).
type GetQueueStatsRequest struct {
	// QueueID is the queue; required.
	QueueID                    int64         `json:"queueId"`
	ChatProactiveAvailableType AvailableType `json:"chatProactiveAvailableType,omitempty"`
	Request
}

// GetQueueStatsResponse answers getQueueStats (section 2.8). Its ClientID is 0:
// nobody is a client yet.
type GetQueueStatsResponse struct {
	Envelope
	QueueStatistics
}

// QueueStatistics is how a queue stands now, for who thinks of joining it. All of
// it is 0 for a queue that is not there.
type QueueStatistics struct {
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	// AvailableAgentSessions is what AvailableType says; 0 when somebody who came
	// now would be turned away.
	AvailableAgentSessions int32 `json:"availableAgentSessions"`
	// TotalAvailableAgents counts the agents who are there and not unavailable, also
	// those without a free place; 0 when somebody who came now would be turned away.
	TotalAvailableAgents int32 `json:"totalAvailableAgents"`
	// EngagementsInQueue counts those who wait.
	EngagementsInQueue int32 `json:"engagementsInQueue"`
	// ExpectedWaitSeconds is what somebody who came now would wait; 0 also when
	// nothing was measured.
	ExpectedWaitSeconds int32 `json:"expectedWaitSeconds"`
	// AverageWaitSeconds is over those who were taken in the last hour.
	AverageWaitSeconds int32 `json:"averageWaitSeconds"`
	// ResultType is usher's own: api.ResultSuccess when somebody who came now would
	// be let in, the reason's word when not (section 4.5), and api.ResultNone when
	// there is no such queue.
	ResultType api.ResultType `json:"resultType"`
	// Reason is usher's own: a sentence for the visitor that says why nobody is let
	// in, "" when somebody is.
	Reason string `json:"reason"`
}

// GetEngagementQueueRequest describes a would-be engagement to the routing rules.
// It is sent like GetQueueStatsRequest; all is optional (section 2.9).
type GetEngagementQueueRequest struct {
	InterfaceID int32 `json:"interfaceId,omitempty"`
	// InterfaceName counts when InterfaceID is 0.
	InterfaceName  string `json:"interfaceName,omitempty"`
	ProductID      int64  `json:"productId,omitempty"`
	CategoryID     int64  `json:"categoryId,omitempty"`
	OrganizationID int64  `json:"organizationId,omitempty"`
	// CustomFields need a Type where they have a Value.
	CustomFields []sites.SessionCustomField `json:"customFields,omitempty"`
	Request
}

// GetEngagementQueueResponse answers getEngagementQueue: the queue that the rules
// give, and how it stands (section 2.9). Who would be turned away gets a QueueID
// of 0 and zeros, with ResultType and Reason. AvailableAgentSessions counts as
// AvailableSessions says.
type GetEngagementQueueResponse struct {
	Envelope
	QueueStatistics
	// ChatRouteID is the place of the rule that matched among the site's, from 1; 0
	// when none did.
	ChatRouteID int32 `json:"chatRouteId"`
	// CancelledSurveyID is the survey for a visitor who gives up; 0 if none.
	CancelledSurveyID       int64   `json:"cancelledSurveyId"`
	CancelledSurveyIDString string  `json:"cancelledSurveyIdString"`
	CancelledSurveyAuth     *string `json:"cancelledSurveyAuth"`
	// CompletedSurveyID is the survey after a completed chat; 0 if none.
	CompletedSurveyID       int64   `json:"completedSurveyId"`
	CompletedSurveyIDString string  `json:"completedSurveyIdString"`
	CompletedSurveyAuth     *string `json:"completedSurveyAuth"`
}
