// Package api holds the words that both contracts share: the enumerations of
// the agent and the visitor API. The wire types stand beside it in api/agent,
// api/consumer and api/sites. It imports nothing of ours, so that programs
// outside this module's internals can use it.
package api

// ActivityStatus says whether an agent session wants engagements
// (agent API: setActivityStatus, status).
type ActivityStatus string

// The activity statuses. A session that never set one has StatusNone, which
// does not block offers that were asked for; only StatusUnavailable does.
const (
	StatusNone        ActivityStatus = "NONE"
	StatusAvailable   ActivityStatus = "AVAILABLE"
	StatusUnavailable ActivityStatus = "UNAVAILABLE"
)

// Mode is what a participant is doing in an engagement
// (agent API: ChatActivitySignal; visitor API: activity).
type Mode string

// The modes. Clients send ModeListening (not typing) and ModeResponding
// (typing); the others only ever appear in messages to visitors.
const (
	ModeNone        Mode = "NONE"
	ModeAway        Mode = "AWAY"
	ModeListening   Mode = "LISTENING"
	ModeResearching Mode = "RESEARCHING"
	ModeResponding  Mode = "RESPONDING"
)

// Reason is why a participant left an engagement, or why it ended
// (ChatDisconnectNotification.reason, RNEngagementConcludedMessage.reason).
type Reason string

// The reasons.
const (
	ReasonNone               Reason = "NONE"
	ReasonAgentConcluded     Reason = "AGENT_CONCLUDED"
	ReasonEndUserConcluded   Reason = "END_USER_CONCLUDED"
	ReasonQueueTimeout       Reason = "QUEUE_TIMEOUT"
	ReasonIdleTimeout        Reason = "IDLE_TIMEOUT"
	ReasonEjected            Reason = "EJECTED"
	ReasonTransferredToQueue Reason = "TRANSFERRED_TO_QUEUE"
	ReasonParticipantLeft    Reason = "PARTICIPANT_LEFT"
	ReasonNoAgentsAvailable  Reason = "NO_AGENTS_AVAILABLE"
)

// Role is what a participant is in an engagement.
type Role string

// The roles.
const (
	RoleNone      Role = "NONE"
	RoleEndUser   Role = "END_USER"
	RoleConferee  Role = "CONFEREE"
	RoleLead      Role = "LEAD"
	RoleMonitor   Role = "MONITOR"
	RoleTransient Role = "TRANSIENT"
)

// PartyType is the kind of a message's sender or destination
// (agent API: destinationType, senderType).
type PartyType string

// The party types that usher acts on or sends.
const (
	PartyNone       PartyType = "NONE"
	PartyAgent      PartyType = "AGENT"
	PartyEndUser    PartyType = "END_USER"
	PartyEngagement PartyType = "ENGAGEMENT"
	PartyGroup      PartyType = "GROUP"
	PartyProfile    PartyType = "PROFILE"
	PartyQueue      PartyType = "QUEUE"
	PartySystem     PartyType = "SYSTEM"
)

// PartyTypes lists every party type of the contract, for validation.
var PartyTypes = []PartyType{
	PartyNone, PartyAgent, PartyEndUser, PartyEngagement, PartyGroup, PartyProfile, PartyQueue,
	"SUBSCRIPTION_AGENT_STATS", "SUBSCRIPTION_AGENT_STATS_BY_GROUP", "SUBSCRIPTION_AGENT_STATS_BY_QUEUE",
	"SUBSCRIPTION_AGENT_GROUP_STATS", "SUBSCRIPTION_ENGAGEMENT_STATS", "SUBSCRIPTION_ENGAGEMENT_STATS_BY_QUEUE",
	"SUBSCRIPTION_ENGAGEMENT_STATS_BY_AGENT", "SUBSCRIPTION_QUEUE_STATS", PartySystem, "UNIVERSAL_QUEUE", "UNKNOWN",
}

// Visibility is who may see a message.
type Visibility string

// The visibilities. VisibilityNotEndUser hides a message from the visitor.
const (
	VisibilityNone       Visibility = "NONE"
	VisibilityAll        Visibility = "ALL"
	VisibilityNotEndUser Visibility = "NOT_ENDUSER"
)

// AssignmentAction is an agent's answer to an offer
// (agent API: assignmentAcknowledgement, action).
type AssignmentAction string

// The assignment actions.
const (
	ActionNone        AssignmentAction = "NONE"
	ActionAccept      AssignmentAction = "ACCEPT"
	ActionDecline     AssignmentAction = "DECLINE"
	ActionUnavailable AssignmentAction = "UNAVAILABLE"
	ActionAvailable   AssignmentAction = "AVAILABLE"
)

// ActionType says whether a person or a program answered an offer.
type ActionType string

// The action types.
const (
	ActionTypeNone   ActionType = "NONE"
	ActionTypeManual ActionType = "MANUAL"
	ActionTypeAuto   ActionType = "AUTO"
)

// AssignmentType is the part an agent is offered in an engagement.
type AssignmentType string

// The assignment types.
const (
	AssignmentNone       AssignmentType = "NONE"
	AssignmentConference AssignmentType = "CONFERENCE"
	AssignmentLead       AssignmentType = "LEAD"
	AssignmentTransfer   AssignmentType = "TRANSFER"
	AssignmentMonitor    AssignmentType = "MONITOR"
)

// SneakPreviewState says whether a visitor's unsent text is shown to agents.
type SneakPreviewState string

// The sneak preview states.
const (
	SneakPreviewNone               SneakPreviewState = "NONE"
	SneakPreviewEnabled            SneakPreviewState = "ENABLED"
	SneakPreviewDisabled           SneakPreviewState = "DISABLED"
	SneakPreviewSiteUnavailable    SneakPreviewState = "SITE_UNAVAILABLE"
	SneakPreviewServiceUnavailable SneakPreviewState = "SERVICE_UNAVAILABLE"
)

// FieldType is the type of a custom field's value.
type FieldType string

// The custom field types.
const (
	FieldBoolean  FieldType = "BOOLEAN"
	FieldDate     FieldType = "DATE"
	FieldDateTime FieldType = "DATETIME"
	FieldInteger  FieldType = "INTEGER"
	FieldLong     FieldType = "LONG"
	FieldString   FieldType = "STRING"
	FieldDecimal  FieldType = "DECIMAL"
)

// RequestSource is where an engagement came from.
type RequestSource string

// SourceRestAPI is the source of engagements opened through the visitor API.
const SourceRestAPI RequestSource = "REST_API"

// InitiationType is who started an engagement, and how.
type InitiationType string

// The initiation types.
const (
	InitiationConsumerStandard InitiationType = "CONSUMER_STANDARD"
	InitiationConsumerTargeted InitiationType = "CONSUMER_TARGETED"
	InitiationAgent            InitiationType = "AGENT_INITIATED"
)

// ExceptionCode is the word for what was wrong, in an error body
// (agent API, section 1.8).
type ExceptionCode string

// The exception codes of the contract.
const (
	AccessDenied                 ExceptionCode = "ACCESS_DENIED"
	BadRequest                   ExceptionCode = "BAD_REQUEST"
	InvalidField                 ExceptionCode = "INVALID_FIELD"
	Conflict                     ExceptionCode = "CONFLICT"
	UndefinedCondition           ExceptionCode = "UNDEFINED_CONDITION"
	EngagementIDUnknown          ExceptionCode = "ENGAGEMENT_ID_UNKNOWN"
	DependencyApplicationTimeout ExceptionCode = "DEPENDENCY_APPLICATION_TIMEOUT"
	InternalServerError          ExceptionCode = "INTERNAL_SERVER_ERROR"
	UnknownException             ExceptionCode = "UNKNOWN_EXCEPTION"
)

// ResultType is the outcome of requestEngagement (consumer-api 4.5).
type ResultType string

// The result types.
const (
	ResultNone              ResultType = "NONE"
	ResultSuccess           ResultType = "SUCCESS"
	ResultExistingSession   ResultType = "EXISTING_SESSION"
	ResultOutOfHours        ResultType = "FAIL_OUT_OF_HOURS"
	ResultHoliday           ResultType = "FAIL_HOLIDAY"
	ResultNoAgentsAvailable ResultType = "FAIL_NO_AGENTS_AVAIL"
	ResultRuleDequeue       ResultType = "FAIL_RULE_DEQUEUE"
)

// ConnectionState is how a participant's connection stands (consumer-api 3.7).
type ConnectionState string

// The connection states.
const (
	ConnectionActive       ConnectionState = "ACTIVE"
	ConnectionAbsent       ConnectionState = "ABSENT"
	ConnectionDisconnected ConnectionState = "DISCONNECTED"
)
