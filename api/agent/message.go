package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"usher/api"
)

// NoMessageType is the messageType of messages that the server makes (section 5.6).
const NoMessageType = "NONE"

// PoolSetting is the Name of a ChatConfigChangeNotification: its Value is the
// new pool (section 4.3).
const PoolSetting = "CHAT_CLUSTER_POOL_ID"

// SystemMessage is one element of a batch: exactly one of its pointers is set.
// As JSON it is an object with one key, the name of the message's type
// (section 4).
type SystemMessage struct {
	ChatActivitySignal             *ChatActivitySignal             `json:"ChatActivitySignal,omitempty"`
	ChatConfigChangeNotification   *ChatConfigChangeNotification   `json:"ChatConfigChangeNotification,omitempty"`
	ChatDisconnectNotification     *ChatDisconnectNotification     `json:"ChatDisconnectNotification,omitempty"`
	ChatEngagementAssignment       *ChatEngagementAssignment       `json:"ChatEngagementAssignment,omitempty"`
	ChatEngagementParticipantAdded *ChatEngagementParticipantAdded `json:"ChatEngagementParticipantAdded,omitempty"`
	ChatGetTimeout                 *ChatGetTimeout                 `json:"ChatGetTimeout,omitempty"`
	ChatPostMessage                *ChatPostMessage                `json:"ChatPostMessage,omitempty"`
	ChatSystemError                *ChatSystemError                `json:"ChatSystemError,omitempty"`

	// These are usher's own, for those who ask for them (section 4.11).
	UsherConnection *UsherConnection `json:"UsherConnection,omitempty"`
	UsherIdle       *UsherIdle       `json:"UsherIdle,omitempty"`
	UsherReceipt    *UsherReceipt    `json:"UsherReceipt,omitempty"`
	UsherVisitor    *UsherVisitor    `json:"UsherVisitor,omitempty"`

	// Unknown is set when decoding met a type that is not among the above: it
	// is that type's name, and all pointers are nil. It is never written.
	Unknown string `json:"-"`
}

// Name is the name of the message's type, such as "ChatPostMessage"; "" if
// nothing is set.
func (m SystemMessage) Name() string {
	switch {
	case m.ChatActivitySignal != nil:
		return "ChatActivitySignal"
	case m.ChatConfigChangeNotification != nil:
		return "ChatConfigChangeNotification"
	case m.ChatDisconnectNotification != nil:
		return "ChatDisconnectNotification"
	case m.ChatEngagementAssignment != nil:
		return "ChatEngagementAssignment"
	case m.ChatEngagementParticipantAdded != nil:
		return "ChatEngagementParticipantAdded"
	case m.ChatGetTimeout != nil:
		return "ChatGetTimeout"
	case m.ChatPostMessage != nil:
		return "ChatPostMessage"
	case m.ChatSystemError != nil:
		return "ChatSystemError"
	case m.UsherConnection != nil:
		return "UsherConnection"
	case m.UsherIdle != nil:
		return "UsherIdle"
	case m.UsherReceipt != nil:
		return "UsherReceipt"
	case m.UsherVisitor != nil:
		return "UsherVisitor"
	}
	return m.Unknown
}

// UnmarshalJSON reads an object with one key. A key that is no known type is
// kept in Unknown: new types may come, and programs must not fail on them.
func (m *SystemMessage) UnmarshalJSON(data []byte) error {
	type plain SystemMessage // without this method
	var known plain
	if err := json.Unmarshal(data, &known); err != nil {
		return fmt.Errorf("decode system message: %w", err)
	}
	*m = SystemMessage(known)
	if m.Name() != "" {
		return nil
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return fmt.Errorf("decode system message: %w", err)
	}
	if len(keys) > 0 {
		m.Unknown = slices.Min(slices.Collect(maps.Keys(keys)))
	}
	return nil
}

// Header holds the fields common to messages (section 4.1).
type Header struct {
	// DestinationID is the receiver: of a ChatPostMessage the engagement.
	DestinationID       int64  `json:"destinationId"`
	DestinationIDString string `json:"destinationIdString"`
	NoticeHeader
}

// NoticeHeader is a Header without a destinationId, which is what a
// ChatConfigChangeNotification has (section 4.1).
type NoticeHeader struct {
	DestinationType api.PartyType  `json:"destinationType"`
	SenderID        int64          `json:"senderId"`
	SenderIDString  string         `json:"senderIdString"`
	SenderType      api.PartyType  `json:"senderType"`
	MessageType     string         `json:"messageType"`
	Visibility      api.Visibility `json:"visibility"`
	// CreatedTime is in epoch milliseconds.
	CreatedTime       int64  `json:"createdTime"`
	CreatedTimeString string `json:"createdTimeString"`
	// SequenceNumber counts the durable messages of one session and engagement.
	// A fleeting message repeats the number before it.
	SequenceNumber       int64  `json:"sequenceNumber"`
	SequenceNumberString string `json:"sequenceNumberString"`
}

// ChatActivitySignal says what the visitor is doing (section 4.2). It is fleeting.
type ChatActivitySignal struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	// ClientID is the visitor's.
	ClientID          int64                 `json:"clientId"`
	ClientIDString    string                `json:"clientIdString"`
	Mode              api.Mode              `json:"mode"`
	SneakPreviewState api.SneakPreviewState `json:"sneakPreviewState"`
	// SneakPreviewInterval is in milliseconds.
	SneakPreviewInterval int32 `json:"sneakPreviewInterval"`
	// SneakPreview is what was typed so far.
	SneakPreview      string `json:"sneakPreview"`
	SneakPreviewFocus bool   `json:"sneakPreviewFocus"`
	Header
}

// ChatConfigChangeNotification says that the site moved: all later requests
// must name the new pool (section 4.3).
type ChatConfigChangeNotification struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Domain string `json:"domain"`
	// Port is text here, though it is a number in serviceSettings.
	Port string `json:"port"`
	Pool string `json:"pool"`
	NoticeHeader
}

// ChatDisconnectNotification says that a participant left (section 4.4). With
// RoleNone and ReasonTransferredToQueue it withdraws an offer; with RoleTransient
// somebody who was asked to join does not.
type ChatDisconnectNotification struct {
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
	// ClientID and Role are of who left.
	ClientID       int64      `json:"clientId"`
	ClientIDString string     `json:"clientIdString"`
	Reason         api.Reason `json:"reason"`
	Role           api.Role   `json:"role"`
	Header
}

// ChatEngagementAssignment offers an engagement to the agent, or asks it to join
// one, by its Type. The agent answers with assignmentAcknowledgement (section 4.5).
type ChatEngagementAssignment struct {
	ContactInfo        ContactInfo      `json:"contactInfo"`
	AgentInfo          AgentInformation `json:"agentInfo"`
	EngagementID       int64            `json:"engagementId"`
	EngagementIDString string           `json:"engagementIdString"`
	// EngagementCreateTime is in epoch milliseconds.
	EngagementCreateTime       int64  `json:"engagementCreateTime"`
	EngagementCreateTimeString string `json:"engagementCreateTimeString"`
	// EngagementFirstEngagedTime is when an agent first joined, in epoch
	// milliseconds; 0 if none has.
	EngagementFirstEngagedTime       int64  `json:"engagementFirstEngagedTime"`
	EngagementFirstEngagedTimeString string `json:"engagementFirstEngagedTimeString"`
	// SecondsEngaged is in seconds.
	SecondsEngaged       int64              `json:"secondsEngaged"`
	SecondsEngagedString string             `json:"secondsEngagedString"`
	QueueID              int64              `json:"queueId"`
	QueueIDString        string             `json:"queueIdString"`
	Type                 api.AssignmentType `json:"type"`
	RequestSource        api.RequestSource  `json:"requestSource"`
	IncidentID           int64              `json:"incidentId"`
	IncidentIDString     string             `json:"incidentIdString"`
	InitiationType       api.InitiationType `json:"initiationType"`
	// AsyncRequestID is null unless the engagement came over a messaging channel.
	AsyncRequestID *string `json:"asyncRequestId"`
	// ConsumerID is opaque, and the same each time a visitor comes whom the site
	// names by a contact or visitor id.
	ConsumerID string `json:"consumerId"`
	// Note is usher's own: the word of the lead who sends the engagement on, ""
	// when there is none.
	Note string `json:"note"`
	Header
}

// ChatEngagementParticipantAdded says that somebody joined (section 4.6).
type ChatEngagementParticipantAdded struct {
	Name               string            `json:"name"`
	Greeting           string            `json:"greeting"`
	MessageDataMap     map[string]string `json:"messageDataMap"`
	EngagementID       int64             `json:"engagementId"`
	EngagementIDString string            `json:"engagementIdString"`
	// ClientID is of who joined.
	ClientID       int64    `json:"clientId"`
	ClientIDString string   `json:"clientIdString"`
	Role           api.Role `json:"role"`
	// AccountID is 0 for the visitor.
	AccountID       int64  `json:"accountId"`
	AccountIDString string `json:"accountIdString"`
	VirtualAgent    bool   `json:"virtualAgent"`
	Header
}

// ChatGetTimeout says that nothing came; it is alone in its batch (section 4.7).
type ChatGetTimeout struct{}

// ChatPostMessage is a post of the visitor, or of another agent in the
// engagement. Its DestinationID is the engagement, also when one agent alone is
// meant (section 4.8).
type ChatPostMessage struct {
	Body           string            `json:"body"`
	VAResponse     *string           `json:"vaResponse"`
	OffTheRecord   bool              `json:"offTheRecord"`
	RichText       bool              `json:"richText"`
	MessageDataMap map[string]string `json:"messageDataMap"`
	MessageID      string            `json:"messageId"`
	// PostNumber is usher's own, as history has it, for those who ask for usher's own
	// messages (section 4.11); 0 and not there for all others.
	PostNumber       int64  `json:"postNumber,omitempty"`
	PostNumberString string `json:"postNumberString,omitempty"`
	Header
}

// ChatSystemError is a failed operation, as a message and as the member
// chatSystemError of answers (section 4.9).
type ChatSystemError struct {
	ErrorCondition api.ExceptionCode `json:"errorCondition"`
	Text           string            `json:"text"`
	// Type is AUTH, CANCEL, CONTINUE, MODIFY or WAIT.
	Type string `json:"type"`
}
