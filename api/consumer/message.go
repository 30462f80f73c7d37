package consumer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"usher/api"
)

// The names of the messages (section 3).
const (
	NameActivityChanged        = "RNEngagementActivityChangedMessage"
	NameConcluded              = "RNEngagementConcludedMessage"
	NameWaitInformationChanged = "RNEngagementWaitInformationChangedMessage"
	NameParticipantAdded       = "RNEngagementParticipantAddedMessage"
	NameMessagePosted          = "RNEngagementMessagePostedMessage"
	NameParticipantLeft        = "RNEngagementParticipantLeftMessage"
	NameConnectionStateChanged = "RNEngagementParticipantConnectionStateChangedMessage"
	NameRoleChanged            = "RNEngagementRoleChangedMessage"
	NameConfigurationChanged   = "RNEngagementConfigurationChangedMessage"
	NameErrorOccurred          = "RNEngagementConsumerErrorOccurredMessage"
	// usher's own, for who asks for them (section 3.14).
	NameReceipt = "UsherReceiptMessage"
	NameIdle    = "UsherIdleMessage"
)

// PoolSetting is the Name of a ConfigurationChanged: its Value is the new pool
// (section 3.9).
const PoolSetting = "CHAT_CLUSTER_POOL_ID"

// SystemMessage is one element of a batch: exactly one of its pointers is set.
// As JSON it is a flat object that carries its name in messageName (section 3.0).
type SystemMessage struct {
	ActivityChanged        *ActivityChanged
	Concluded              *Concluded
	WaitInformationChanged *WaitInformationChanged
	ParticipantAdded       *ParticipantAdded
	MessagePosted          *MessagePosted
	ParticipantLeft        *ParticipantLeft
	ConnectionStateChanged *ConnectionStateChanged
	RoleChanged            *RoleChanged
	ConfigurationChanged   *ConfigurationChanged
	ErrorOccurred          *ErrorOccurred
	Receipt                *Receipt
	Idle                   *Idle

	// Unknown is set when decoding met a name that is not among the above.
	Unknown *Header
}

// Name is the message's name, such as NameConcluded; "" if nothing is set.
func (m SystemMessage) Name() string {
	name, _ := m.content()
	return name
}

// content answers what is set, with its name.
func (m SystemMessage) content() (string, any) {
	switch {
	case m.ActivityChanged != nil:
		return NameActivityChanged, m.ActivityChanged
	case m.Concluded != nil:
		return NameConcluded, m.Concluded
	case m.WaitInformationChanged != nil:
		return NameWaitInformationChanged, m.WaitInformationChanged
	case m.ParticipantAdded != nil:
		return NameParticipantAdded, m.ParticipantAdded
	case m.MessagePosted != nil:
		return NameMessagePosted, m.MessagePosted
	case m.ParticipantLeft != nil:
		return NameParticipantLeft, m.ParticipantLeft
	case m.ConnectionStateChanged != nil:
		return NameConnectionStateChanged, m.ConnectionStateChanged
	case m.RoleChanged != nil:
		return NameRoleChanged, m.RoleChanged
	case m.ConfigurationChanged != nil:
		return NameConfigurationChanged, m.ConfigurationChanged
	case m.ErrorOccurred != nil:
		return NameErrorOccurred, m.ErrorOccurred
	case m.Receipt != nil:
		return NameReceipt, m.Receipt
	case m.Idle != nil:
		return NameIdle, m.Idle
	case m.Unknown != nil:
		return m.Unknown.MessageName, m.Unknown
	}
	return "", nil
}

// choose sets the pointer for a name to a new message and answers it.
func (m *SystemMessage) choose(name string) any {
	*m = SystemMessage{}
	switch name {
	case NameActivityChanged:
		m.ActivityChanged = new(ActivityChanged)
	case NameConcluded:
		m.Concluded = new(Concluded)
	case NameWaitInformationChanged:
		m.WaitInformationChanged = new(WaitInformationChanged)
	case NameParticipantAdded:
		m.ParticipantAdded = new(ParticipantAdded)
	case NameMessagePosted:
		m.MessagePosted = new(MessagePosted)
	case NameParticipantLeft:
		m.ParticipantLeft = new(ParticipantLeft)
	case NameConnectionStateChanged:
		m.ConnectionStateChanged = new(ConnectionStateChanged)
	case NameRoleChanged:
		m.RoleChanged = new(RoleChanged)
	case NameConfigurationChanged:
		m.ConfigurationChanged = new(ConfigurationChanged)
	case NameErrorOccurred:
		m.ErrorOccurred = new(ErrorOccurred)
	case NameReceipt:
		m.Receipt = new(Receipt)
	case NameIdle:
		m.Idle = new(Idle)
	default:
		m.Unknown = new(Header)
	}
	_, content := m.content()
	return content
}

// MarshalJSON writes the message that is set. Its MessageName must be the name
// that belongs to it. Whether HTML is escaped is left to the encoder that it is
// part of.
func (m SystemMessage) MarshalJSON() ([]byte, error) {
	name, content := m.content()
	if content == nil {
		return nil, errors.New("encode system message: none is set")
	}
	if h := content.(interface{ header() Header }).header(); h.MessageName != name {
		return nil, fmt.Errorf("encode system message: messageName is %q and must be %q", h.MessageName, name)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(content); err != nil {
		return nil, fmt.Errorf("encode system message: %w", err)
	}
	return b.Bytes(), nil
}

// UnmarshalJSON reads a message by its messageName. A name that is not known is
// kept in Unknown: new messages may come, and programs must not fail on them.
func (m *SystemMessage) UnmarshalJSON(data []byte) error {
	var name struct {
		MessageName string `json:"messageName"`
	}
	if err := json.Unmarshal(data, &name); err != nil {
		return fmt.Errorf("decode system message: %w", err)
	}
	if err := json.Unmarshal(data, m.choose(name.MessageName)); err != nil {
		return fmt.Errorf("decode %.80q: %w", name.MessageName, err)
	}
	return nil
}

// Header holds the fields common to messages (section 3.0).
type Header struct {
	MessageName string `json:"messageName"`
	CreatedTime string `json:"createdTime"`
	// SequenceNumber counts the session's durable messages. A fleeting message
	// repeats the number before it.
	SequenceNumber       int64  `json:"sequenceNumber"`
	SequenceNumberString string `json:"sequenceNumberString"`
}

func (h Header) header() Header { return h }

// ActivityChanged says what an agent is doing (section 3.1). It is fleeting.
type ActivityChanged struct {
	Header
	// ClientID is the agent's.
	ClientID           int64                 `json:"clientId"`
	ClientIDString     string                `json:"clientIdString"`
	Mode               api.Mode              `json:"mode"`
	EngagementID       int64                 `json:"engagementId"`
	EngagementIDString string                `json:"engagementIdString"`
	SneakPreviewState  api.SneakPreviewState `json:"sneakPreviewState"`
	// SneakPreviewInterval is in milliseconds.
	SneakPreviewInterval       int64   `json:"sneakPreviewInterval"`
	SneakPreviewIntervalString string  `json:"sneakPreviewIntervalString"`
	SneakPreview               *string `json:"sneakPreview"`
	SneakPreviewFocus          bool    `json:"sneakPreviewFocus"`
}

// Concluded says that the engagement is over; it is the last message
// (section 3.2).
type Concluded struct {
	Header
	Reason api.Reason `json:"reason"`
	// Role is of the participant whose leaving ended it.
	Role api.Role `json:"role"`
}

// WaitInformationChanged says where in the queue the visitor stands
// (section 3.3). It is fleeting.
type WaitInformationChanged struct {
	Header
	// Position is 1 for the next.
	Position       int64  `json:"position"`
	PositionString string `json:"positionString"`
	// ExpectedWaitTimeSeconds and AverageWaitTimeSeconds are in seconds.
	ExpectedWaitTimeSeconds       int64  `json:"expectedWaitTimeSeconds"`
	ExpectedWaitTimeSecondsString string `json:"expectedWaitTimeSecondsString"`
	AverageWaitTimeSeconds        int64  `json:"averageWaitTimeSeconds"`
	AverageWaitTimeSecondsString  string `json:"averageWaitTimeSecondsString"`
	EngagementID                  int64  `json:"engagementId"`
	EngagementIDString            string `json:"engagementIdString"`
}

// ParticipantAdded says that an agent joined (section 3.4).
type ParticipantAdded struct {
	Header
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	Name           string `json:"name"`
	// Greeting may hold HTML; "" if there is none.
	Greeting           string            `json:"greeting"`
	Role               api.Role          `json:"role"`
	VirtualAgent       bool              `json:"virtualAgent"`
	AccountID          int64             `json:"accountId"`
	AccountIDString    string            `json:"accountIdString"`
	MessageDataMap     map[string]string `json:"messageDataMap"`
	EngagementID       int64             `json:"engagementId"`
	EngagementIDString string            `json:"engagementIdString"`
	AgentSessionType   AgentSessionType  `json:"agentSessionType,omitempty"`
}

// MessagePosted is a post of somebody else (section 3.5).
type MessagePosted struct {
	Header
	Body string `json:"body"`
	// ClientID is the sender's.
	ClientID       int64             `json:"clientId"`
	ClientIDString string            `json:"clientIdString"`
	RichText       bool              `json:"richText"`
	OffTheRecord   bool              `json:"offTheRecord"`
	MessageID      *string           `json:"messageId"`
	MessageDataMap map[string]string `json:"messageDataMap"`
	VAResponse     *string           `json:"vaResponse"`
	// SenderType is PartyAgent or PartySystem.
	SenderType         api.PartyType `json:"senderType"`
	EngagementID       int64         `json:"engagementId"`
	EngagementIDString string        `json:"engagementIdString"`
	// PostNumber counts the posts of the engagement from 1. It is usher's own, and sent
	// to who asks for usher's own messages alone (section 3.14).
	PostNumber       int64  `json:"postNumber,omitempty"`
	PostNumberString string `json:"postNumberString,omitempty"`
}

// ParticipantLeft says that one participant left and the engagement goes on
// (section 3.6).
type ParticipantLeft struct {
	Header
	ClientID           int64      `json:"clientId"`
	ClientIDString     string     `json:"clientIdString"`
	Role               api.Role   `json:"role"`
	DisconnectReason   api.Reason `json:"disconnectReason"`
	Reason             api.Reason `json:"reason"` // the same once more
	Name               string     `json:"name"`
	EngagementID       int64      `json:"engagementId"`
	EngagementIDString string     `json:"engagementIdString"`
}

// ConnectionStateChanged says that another participant's connection was lost or
// came back (section 3.7). It is fleeting.
type ConnectionStateChanged struct {
	Header
	ClientID        int64               `json:"clientId"`
	ClientIDString  string              `json:"clientIdString"`
	ConnectionState api.ConnectionState `json:"connectionState"`
	Role            api.Role            `json:"role"`
	// SecondsToDisconnect is how long until an absent agent is dropped, in seconds.
	SecondsToDisconnect       int64  `json:"secondsToDisconnect"`
	SecondsToDisconnectString string `json:"secondsToDisconnectString"`
	EngagementID              int64  `json:"engagementId"`
	EngagementIDString        string `json:"engagementIdString"`
}

// RoleChanged says that the lead changed (section 3.8).
type RoleChanged struct {
	Header
	ClientID           int64    `json:"clientId"`
	ClientIDString     string   `json:"clientIdString"`
	Role               api.Role `json:"role"`
	LeadClientID       int64    `json:"leadClientId"`
	LeadClientIDString string   `json:"leadClientIdString"`
	EngagementID       int64    `json:"engagementId"`
	EngagementIDString string   `json:"engagementIdString"`
}

// ConfigurationChanged says that the site moved: all later requests must name
// the new pool (section 3.9).
type ConfigurationChanged struct {
	Header
	Name   string  `json:"name"`
	Value  string  `json:"value"`
	Domain *string `json:"domain"`
	Port   *string `json:"port"`
	Pool   *string `json:"pool"`
}

// ErrorOccurred says that something failed later on (section 3.10).
type ErrorOccurred struct {
	Header
	ErrorCondition api.ExceptionCode `json:"errorCondition"`
	Text           string            `json:"text"`
	Type           string            `json:"type"`
}

// Receipt says how far an agent has received and seen the posts (section 3.14). It is
// fleeting, and usher's own.
type Receipt struct {
	Header
	// ClientID is the agent's.
	ClientID       int64  `json:"clientId"`
	ClientIDString string `json:"clientIdString"`
	// ReceivedPost and SeenPost are the newest posts that are known to have reached it,
	// and to have been looked at; 0 when nothing is known.
	ReceivedPost       int64  `json:"receivedPost"`
	ReceivedPostString string `json:"receivedPostString"`
	SeenPost           int64  `json:"seenPost"`
	SeenPostString     string `json:"seenPostString"`
	EngagementID       int64  `json:"engagementId"`
	EngagementIDString string `json:"engagementIdString"`
}

// Idle says that the chat is about to end because nobody does anything (section 3.14). It
// is fleeting, and usher's own.
type Idle struct {
	Header
	// Ends is when; null when it no longer will, since somebody did something.
	Ends               *string `json:"ends"`
	EngagementID       int64   `json:"engagementId"`
	EngagementIDString string  `json:"engagementIdString"`
}
