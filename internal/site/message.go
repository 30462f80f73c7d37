package site

import "usher/api"

// Kind is what a system message tells.
type Kind string

// The kinds of system messages. Activity, Wait, Connection and usher's own are fleeting: they live in
// memory only, have no mailbox number of their own, and a newer one of the same
// kind and sender takes the older one's place.
const (
	KindAssignment Kind = "assignment" // to an agent: an engagement is offered
	KindJoined     Kind = "joined"     // someone joined the engagement
	KindPost       Kind = "post"       // someone posted
	KindLeft       Kind = "left"       // someone left, the engagement goes on
	KindConcluded  Kind = "concluded"  // the engagement is over
	KindActivity   Kind = "activity"   // what someone is doing
	KindWait       Kind = "wait"       // to a visitor: the place in the queue
	KindRole       Kind = "role"       // to a visitor: another agent leads
	KindConfig     Kind = "config"     // the server is reached elsewhere from now on
	KindError      Kind = "error"      // to an agent: what it asked for cannot be
	KindConnection Kind = "connection" // how an agent's connection stands, or a visitor's
	// Usher's own, for those who ask for them:
	KindReceipt Kind = "receipt" // how far somebody has received and seen the posts
	KindIdle    Kind = "idle"    // the engagement is about to end
	KindVisitor Kind = "visitor" // to an agent: something else is known of the visitor
)

// Message is one system message, in the site's own vocabulary; rest writes it
// in the dialect of the receiver's contract. A message never changes once it is
// made, so it may be shared by mailboxes and read without the site's lock.
type Message struct {
	Kind       Kind         `json:"kind"`
	At         Time         `json:"at"`
	Engagement EngagementID `json:"engagement"`

	// Exactly one of these, by Kind; Concluded uses Left.
	Assignment *Assignment `json:"assignment,omitempty"`
	Joined     *Joined     `json:"joined,omitempty"`
	Post       *Post       `json:"post,omitempty"`
	Left       *Left       `json:"left,omitempty"`
	Activity   *Activity   `json:"activity,omitempty"`
	Connection *Connection `json:"connection,omitempty"`
	Wait       *Wait       `json:"wait,omitempty"`
	Role       *RoleChange `json:"role,omitempty"`
	Config     *Location   `json:"config,omitempty"`
	Error      *Trouble    `json:"error,omitempty"`
	Receipt    *Receipt    `json:"receipt,omitempty"`
	Idle       *Idle       `json:"idle,omitempty"`
	Visitor    ClientID    `json:"visitor,omitempty"`
}

// Assignment offers an engagement to an agent (agent-api 4.5).
type Assignment struct {
	Type           api.AssignmentType `json:"type"`
	Agent          AgentInfo          `json:"agent"`
	Visitor        ClientID           `json:"visitor"`
	Contact        Contact            `json:"contact"`
	Queue          QueueID            `json:"queue"`
	CreatedAt      Time               `json:"createdAt"`
	FirstEngagedAt Time               `json:"firstEngagedAt,omitempty"` // 0: nobody joined yet
	// EngagedSeconds is how long agents have led it until now.
	EngagedSeconds int64 `json:"engagedSeconds,omitempty"`
	// Targeted: the visitor, or a rule, meant this agent.
	Targeted bool `json:"targeted,omitempty"`
	// Note is the word of the lead who sends it.
	Note string `json:"note,omitempty"`
}

// RoleChange tells a visitor that an agent has another role (consumer-api 3.8).
type RoleChange struct {
	Client ClientID `json:"client"`
	Role   api.Role `json:"role"`
	Lead   ClientID `json:"lead"` // who leads now
}

// Location is where clients reach the site's server (agent-api 4.3).
type Location struct {
	Domain string `json:"domain"`
	Port   int    `json:"port"`
	Pool   string `json:"pool"`
}

// Trouble tells an agent that something it asked for and was answered 200 cannot
// be done (agent-api 4.9).
type Trouble struct {
	Condition Code   `json:"condition"`
	Text      string `json:"text"`
}

// AgentInfo is what an agent's own messages tell about it (agent-api 3.10).
type AgentInfo struct {
	Client  ClientID           `json:"client"`
	Account AccountID          `json:"account"`
	Name    string             `json:"name"`
	Status  api.ActivityStatus `json:"status"`
	SubType int32              `json:"subType,omitempty"`
	Profile ProfileID          `json:"profile,omitempty"`
	Group   GroupID            `json:"group,omitempty"`
}

// Joined tells that a participant joined (agent-api 4.6, consumer-api 3.4).
type Joined struct {
	Client       ClientID  `json:"client"`
	Account      AccountID `json:"account,omitempty"` // 0: the visitor
	Name         string    `json:"name"`
	Greeting     string    `json:"greeting,omitempty"`
	Role         api.Role  `json:"role"`
	VirtualAgent bool      `json:"virtualAgent,omitempty"`
}

// Left tells that a participant left, or who ended the engagement
// (agent-api 4.4, consumer-api 3.2 and 3.6).
type Left struct {
	Client ClientID   `json:"client"`
	Name   string     `json:"name,omitempty"`
	Role   api.Role   `json:"role"`
	Reason api.Reason `json:"reason"`
}

// Activity tells what a participant is doing (agent-api 4.2, consumer-api 3.1).
type Activity struct {
	Client            ClientID
	Mode              api.Mode
	SneakPreview      string
	SneakPreviewState api.SneakPreviewState `json:",omitempty"`
	SneakPreviewFocus bool
}

// Connection tells a visitor how an agent's connection stands (consumer-api 3.7), or an
// agent how the visitor's does.
type Connection struct {
	Client ClientID
	Role   api.Role
	State  api.ConnectionState
	// Seconds until an agent who stays absent is without the engagement, or it ends for
	// want of its visitor.
	Seconds int
}

// Wait tells a waiting visitor its place (consumer-api 3.3).
type Wait struct {
	Position        int // 1 is next
	ExpectedSeconds int
	AverageSeconds  int
	// Known: there was something to measure the expectation by.
	Known bool `json:",omitempty"`
}

// Post is one text of a conversation.
type Post struct {
	Number     int64          `json:"number"` // counts the engagement's posts
	Client     ClientID       `json:"client"`
	SenderType api.PartyType  `json:"senderType"`
	At         Time           `json:"at"`
	Visibility api.Visibility `json:"visibility,omitempty"`
	// Only is the one participant who was meant, 0 when all were.
	Only ClientID `json:"only,omitempty"`
	// Body is empty when the post is off the record: its text stands apart.
	Body         string            `json:"body,omitempty"`
	ApartBytes   int               `json:"apartBytes,omitempty"` // length of the text that stands apart
	RichText     bool              `json:"richText,omitempty"`
	OffTheRecord bool              `json:"offTheRecord,omitempty"`
	MessageID    string            `json:"messageId,omitempty"`
	MessageType  string            `json:"messageType,omitempty"`
	Data         map[string]string `json:"data,omitempty"`
	VAResponse   string            `json:"vaResponse,omitempty"`
	// File is a file that was posted in place of a text.
	File *File `json:"file,omitempty"`

	apart string // the text of a post off the record
}

// what is what makes the post the same as another one with its message id.
func (p *Post) what() string {
	if p.File != nil {
		return p.File.what()
	}
	return p.Body
}

// Text answers the post's text, also off the record.
func (p *Post) Text() string {
	if p.OffTheRecord {
		return p.apart
	}
	return p.Body
}

// size is what the post weighs against the bounds. It does not need the text
// that stands apart, which may be gone when the post's event is replayed.
func (p *Post) size() int {
	return len(p.Body) + p.ApartBytes + len(p.VAResponse) + dataSize(p.Data) + p.File.size()
}

func dataSize(m map[string]string) int {
	n := 0
	for k, v := range m {
		n += len(k) + len(v)
	}
	return n
}

// Contact is what is known of a visitor (agent-api 4.5.1, consumer-api 2.1).
type Contact struct {
	FirstName      string            `json:"firstName,omitempty"`
	LastName       string            `json:"lastName,omitempty"`
	Email          string            `json:"email,omitempty"`
	Question       string            `json:"question,omitempty"`
	ContactID      int64             `json:"contactId,omitempty"`
	OrganizationID int64             `json:"organizationId,omitempty"`
	ProductID      int64             `json:"productId,omitempty"`
	CategoryID     int64             `json:"categoryId,omitempty"`
	IncidentID     int64             `json:"incidentId,omitempty"`
	InterfaceID    int32             `json:"interfaceId,omitempty"`
	Language       string            `json:"language,omitempty"`
	CustomFields   []CustomField     `json:"customFields,omitempty"`
	Browser        string            `json:"browser,omitempty"`
	UserAgent      string            `json:"userAgent,omitempty"`
	OS             string            `json:"operatingSystem,omitempty"`
	IPAddress      string            `json:"ipAddress,omitempty"`
	VisitorID      string            `json:"visitorId,omitempty"`
	ReferrerURL    string            `json:"referrerUrl,omitempty"`
	RequestSource  api.RequestSource `json:"requestSource,omitempty"`
}

// size is the length of all texts.
func (c *Contact) size() int {
	n := len(c.FirstName) + len(c.LastName) + len(c.Email) + len(c.Question) + len(c.Language) + len(c.Browser) +
		len(c.UserAgent) + len(c.OS) + len(c.IPAddress) + len(c.VisitorID) + len(c.ReferrerURL)
	for _, f := range c.CustomFields {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// Name answers the visitor's display name, "" when none is known.
func (c Contact) Name() string {
	switch {
	case c.FirstName == "":
		return c.LastName
	case c.LastName == "":
		return c.FirstName
	}
	return c.FirstName + " " + c.LastName
}

// CustomField is a site's own field. Value is text, as clients send it.
type CustomField struct {
	Name  string        `json:"name"`
	Type  api.FieldType `json:"type,omitempty"`
	Value string        `json:"value,omitempty"`
}
