package site

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"usher/api"
)

// Property is one of the contract's properties of an engagement or its visitor
// (agent-api 3.8, 3.9).
type Property string

// The properties.
const (
	FirstName  Property = "FIRST_NAME"
	LastName   Property = "LAST_NAME"
	Email      Property = "EMAIL"
	Question   Property = "QUESTION"
	ProductID  Property = "PRODUCT_ID"
	CategoryID Property = "CATEGORY_ID"
	ContactID  Property = "CONTACT_ID"
	IncidentID Property = "INCIDENT_ID"
)

// PropertyType says whose property is meant.
type PropertyType string

// The types.
const (
	OfEngagement PropertyType = "ENGAGEMENT"
	OfUser       PropertyType = "USER"
)

// allowed are the properties of each type: the wider set of the two operations.
var allowed = map[PropertyType][]Property{
	OfEngagement: {ContactID, IncidentID},
	OfUser:       {FirstName, LastName, Email, Question, ProductID, ContactID, CategoryID},
}

// ContactChanged: what is known of an engagement's visitor changed.
type ContactChanged struct {
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"` // the session that changed it: an agent's, or the visitor's own
	Contact    Contact      `json:"contact"`
}

func (ev *ContactChanged) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	e.Contact, e.ActiveAt = ev.Contact, at
	s.touchEngagement(e.ID)
	if v := s.visitors[e.Visitor]; v != nil && v.Email != e.Contact.Email {
		v.Email = e.Contact.Email
		s.touchSession(v.Client)
	}
}

// set changes one property, and reports whether the value can be.
func (c *Contact) set(p Property, value string) bool {
	text := map[Property]*string{FirstName: &c.FirstName, LastName: &c.LastName, Email: &c.Email, Question: &c.Question}[p]
	if text != nil {
		if len(value) > MaxPostBytes || !utf8.ValidString(value) {
			return false
		}
		*text = value
		return true
	}
	number := map[Property]*int64{
		ProductID: &c.ProductID, CategoryID: &c.CategoryID, ContactID: &c.ContactID, IncidentID: &c.IncidentID,
	}[p]
	n, err := strconv.ParseUint(value, 10, 63)
	if number == nil || err != nil || n > MaxWireNumber {
		return false
	}
	*number = int64(n)
	return true
}

// Modification is a change of several properties.
type Modification struct {
	Type       PropertyType
	Properties map[Property]string
	// Fields are custom fields; only of the user.
	Fields []CustomField
}

// SetProperty changes one property of an engagement (agent-api 3.8). The agent
// need not take part in it.
func (s *Site) SetProperty(c Caller, id EngagementID, t PropertyType, p Property, value string) (ClientID, error) {
	a, e, err := s.modifying(c, id, t)
	if err != nil {
		return 0, err
	}
	if !slices.Contains(allowed[t], p) {
		return 0, refuse(BadRequest, "name %.40q is not a property of type %s", p, t)
	}
	contact := e.Contact.clone()
	if !contact.set(p, value) {
		return 0, refuse(BadRequest, "value: %.40q cannot be %s: ids are digits, texts have at most %d bytes", value, p, MaxPostBytes)
	}
	if err := s.change(e, a, contact); err != nil {
		return 0, err
	}
	return a.Client, nil
}

// ModifyProperties changes several properties (agent-api 3.9), and answers for each
// by its name whether it was changed.
func (s *Site) ModifyProperties(c Caller, id EngagementID, m Modification) (ClientID, map[string]bool, error) {
	a, e, err := s.modifying(c, id, m.Type)
	if err != nil {
		return 0, nil, err
	}
	if len(m.Fields) > 0 && m.Type != OfUser {
		return 0, nil, refuse(BadRequest, "customFields: expected with type USER only")
	}
	done := map[string]bool{}
	contact := e.Contact.clone()
	for _, p := range sortedKeys(m.Properties) {
		done[string(p)] = slices.Contains(allowed[m.Type], p) && contact.set(p, m.Properties[p])
	}
	for _, f := range m.Fields {
		done[f.Name] = contact.setField(f)
	}
	if err := s.change(e, a, contact); err != nil {
		return 0, nil, err
	}
	return a.Client, done, nil
}

func (s *Site) modifying(c Caller, id EngagementID, t PropertyType) (*AgentSession, *Engagement, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return nil, nil, err
	}
	e := s.live[id]
	switch {
	case t != OfEngagement && t != OfUser:
		return nil, nil, refuse(BadRequest, "type is %.40q: expected ENGAGEMENT or USER", t)
	case e == nil:
		return nil, nil, refuse(BadRequest, "engagementId %d is not live at this site", id)
	}
	return a, e, nil
}

// change records a contact that is another than before.
func (s *Site) change(e *Engagement, a *AgentSession, n Contact) error {
	if size := n.size(); size > MaxContactBytes && size > e.Contact.size() {
		return refuse(TooLarge, "what is known of the visitor would have %d bytes: expected at most %d", size, MaxContactBytes)
	}
	if !n.equal(e.Contact) {
		s.record(&ContactChanged{Engagement: e.ID, Client: a.Client, Contact: n})
		s.stirred(e)
	}
	return nil
}

func (c Contact) clone() Contact {
	c.CustomFields = slices.Clone(c.CustomFields)
	return c
}

func (c Contact) equal(o Contact) bool {
	return string(encode(c)) == string(encode(o))
}

// setField changes or adds a custom field, and reports whether it can be.
func (c *Contact) setField(f CustomField) bool {
	if f.Name == "" || len(f.Name) > MaxNameBytes || len(f.Value) > MaxPostBytes || !utf8.ValidString(f.Name) ||
		!utf8.ValidString(f.Value) || !f.valid() {
		return false
	}
	i := slices.IndexFunc(c.CustomFields, func(o CustomField) bool { return o.Name == f.Name })
	switch {
	case i >= 0:
		if f.Type == "" {
			f.Type = c.CustomFields[i].Type
		}
		c.CustomFields[i] = f
	case len(c.CustomFields) >= maxList:
		return false
	default:
		c.CustomFields = append(c.CustomFields, f)
	}
	return true
}

// valid reports whether a value is what its type says; text always is.
func (f CustomField) valid() bool {
	if f.Value == "" {
		return true
	}
	switch f.Type {
	case api.FieldBoolean:
		return slices.Contains([]string{"true", "false", "1", "0"}, f.Value)
	case api.FieldInteger, api.FieldLong:
		bits := 64
		if f.Type == api.FieldInteger {
			bits = 32
		}
		_, err := strconv.ParseInt(f.Value, 10, bits)
		return err == nil
	case api.FieldDecimal:
		_, err := strconv.ParseFloat(f.Value, 64)
		return err == nil
	}
	return true
}
