package sites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"usher/api"
)

// SessionAttributes is what a site says about a visitor when it opens a session
// (section 6.3). All are optional.
type SessionAttributes struct {
	FirstName    Text `json:"firstName,omitempty"`
	LastName     Text `json:"lastName,omitempty"`
	EmailAddress Text `json:"emailAddress,omitempty"`
	// QueueID chooses the queue, past the routing rules.
	QueueID        Number `json:"queueId,omitempty"`
	ContactID      Number `json:"contactId,omitempty"`
	OrganizationID Number `json:"organizationId,omitempty"`
	ProductID      Number `json:"productId,omitempty"`
	CategoryID     Number `json:"categoryId,omitempty"`
	IncidentID     Number `json:"incidentId,omitempty"`
	Question       Text   `json:"question,omitempty"`
	// AuxillaryData, spelled as the contract does, holds pairs about the
	// browser; keys such as BROWSER count without regard to case. Read it with
	// Auxiliary, because clients use either spelling.
	AuxillaryData map[string]Text     `json:"auxillaryData,omitempty"`
	AuxiliaryData map[string]Text     `json:"auxiliaryData,omitempty"`
	CustomFields  SessionCustomFields `json:"customFields,omitempty"`
	InterfaceID   Number              `json:"interfaceId,omitempty"`
	// AssigneeID is the account of the agent who is asked first (agent-api 6.4).
	AssigneeID    Number            `json:"assigneeId,omitempty"`
	ResumeType    ResumeType        `json:"resumeType,omitempty"`
	MediaList     Words             `json:"mediaList,omitempty"`
	RequestSource api.RequestSource `json:"requestSource,omitempty"`
	VisitorID     Text              `json:"visitorId,omitempty"`
	ReferrerURL   Text              `json:"referrerUrl,omitempty"`
	RoutingData   Text              `json:"routingData,omitempty"`
	// SessionID is the site's own name of the visit; it is shown to the agent.
	SessionID                Text   `json:"sessionId,omitempty"`
	CoBrowsePremiumSupported Number `json:"coBrowsePremiumSupported,omitempty"`
	// AuthUserName is the site's own unique name of a visitor who is signed in there
	// (section 6.4). It is who the visitor is only as far as its sender is believed.
	AuthUserName Text `json:"authUserName,omitempty"`
}

// Auxiliary is the data of both spellings, with keys in upper case. Of one key
// the contract's spelling wins.
func (a SessionAttributes) Auxiliary() map[string]string {
	data := make(map[string]string, len(a.AuxillaryData)+len(a.AuxiliaryData))
	for _, pairs := range []map[string]Text{a.AuxiliaryData, a.AuxillaryData} {
		for k, v := range pairs {
			data[strings.ToUpper(k)] = string(v)
		}
	}
	return data
}

// SessionCustomField is one of a site's own fields. Type may be missing, and
// counts without regard to case.
type SessionCustomField struct {
	Name  Text          `json:"name"`
	Type  api.FieldType `json:"type,omitempty"`
	Value Text          `json:"value"`
}

// SessionCustomFields is a list of fields. It is read also out of a text that holds
// the list as JSON, which is how chatAuthenticate has it.
type SessionCustomFields []SessionCustomField

// UnmarshalJSON reads a list, or a text that holds one; "" is an empty one, and null
// leaves f alone.
func (f *SessionCustomFields) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		if data = bytes.TrimSpace([]byte(text)); len(data) == 0 {
			data = []byte("[]")
		}
		if json.Unmarshal(data, (*[]SessionCustomField)(f)) != nil { // an error that encoding/json puts the member's name to
			return &json.UnmarshalTypeError{Value: "text that holds no list of fields", Type: reflect.TypeFor[SessionCustomFields]()}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]SessionCustomField)(f))
}

// ResumeType says whether a live engagement of the same visitor is resumed. It is
// read in any case of letters.
type ResumeType string

// The resume types.
const (
	ResumeNone ResumeType = "NONE"
	ResumeLive ResumeType = "RESUME"
	ResumeNot  ResumeType = "DO_NOT_RESUME"
)

// UnmarshalJSON reads a word, and makes its letters capitals; null leaves t alone.
func (t *ResumeType) UnmarshalJSON(data []byte) error {
	text := Text(*t)
	if err := text.UnmarshalJSON(data); err != nil {
		return err
	}
	*t = ResumeType(strings.ToUpper(strings.TrimSpace(string(text))))
	return nil
}

// EstablishSessionsRequest opens a visitor's session: POST establishSessions
// (section 6.3).
//
// It is written as one member, sessionInformation, whose value is a string that
// holds the attributes as JSON. Reading also accepts an object there, or the
// attributes at top level, or nothing at all.
type EstablishSessionsRequest struct {
	SessionInformation SessionAttributes
}

// MarshalJSON writes {"sessionInformation":"{…}"}.
func (r EstablishSessionsRequest) MarshalJSON() ([]byte, error) {
	info, err := json.Marshal(r.SessionInformation)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]string{"sessionInformation": string(info)})
}

// UnmarshalJSON reads every form that clients send.
func (r *EstablishSessionsRequest) UnmarshalJSON(data []byte) error {
	var outer struct {
		SessionInformation json.RawMessage `json:"sessionInformation"`
	}
	if err := json.Unmarshal(data, &outer); err != nil {
		return fmt.Errorf("decode establishSessions: %w", err)
	}
	info := []byte(outer.SessionInformation)
	switch {
	case len(info) == 0 || info[0] == 'n':
		info = data
	case info[0] == '"':
		var text string
		if err := json.Unmarshal(info, &text); err != nil {
			return fmt.Errorf("decode sessionInformation: %w", err)
		}
		if info = bytes.TrimSpace([]byte(text)); len(info) == 0 {
			info = []byte("{}")
		}
	}
	var attributes SessionAttributes
	if err := json.Unmarshal(info, &attributes); err != nil {
		return fmt.Errorf("decode sessionInformation: %w", err)
	}
	r.SessionInformation = attributes
	return nil
}

// EstablishSessionsResponse hands a visitor's program its token and says where
// the chat server is (section 6.3).
type EstablishSessionsResponse struct {
	// SiteName stands in the paths of the chat server.
	SiteName string `json:"siteName"`
	// ChannelToken is the Bearer token of requestEngagement.
	ChannelToken string `json:"channelToken"`
	// SessionServerResponse is a ChatServer written as JSON into a string.
	SessionServerResponse string         `json:"sessionServerResponse"`
	Links                 api.List[Link] `json:"links"`
	// The same once more at top level.
	ChatServer
}

// ChatServer says where the chat server is (section 6.3).
type ChatServer struct {
	// Domain is the host, with ":port" unless that is the scheme's own.
	Domain string `json:"domain,omitempty"`
	// Pool is the value for the pool parameter, such as "1:1".
	Pool string `json:"pool,omitempty"`
	// Port is sent by other servers than usher, in place of ":port".
	Port Text `json:"port,omitempty"`
}

// Server is where the chat server is: SessionServerResponse, or what stands at
// top level when that is empty.
func (r EstablishSessionsResponse) Server() (ChatServer, error) {
	if r.SessionServerResponse == "" {
		return r.ChatServer, nil
	}
	var s ChatServer
	if err := json.Unmarshal([]byte(r.SessionServerResponse), &s); err != nil {
		return ChatServer{}, fmt.Errorf("decode sessionServerResponse: %w", err)
	}
	return s, nil
}
