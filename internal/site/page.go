package site

import (
	"slices"
	"unicode/utf8"
)

// Page is a page of the host's that a visitor looks at.
type Page struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
	Since Time   `json:"since,omitempty"`
}

// PageViewed: the visitor went on to another page.
type PageViewed struct {
	Engagement EngagementID `json:"engagement"`
	Page       Page         `json:"page"`
}

func (ev *PageViewed) apply(s *Site, at Time) {
	e := s.live[ev.Engagement]
	p := ev.Page
	p.Since = at
	e.Page = &p
	s.touchEngagement(e.ID)
}

// ViewPage notes which page a visitor looks at, and tells the agents.
func (s *Site) ViewPage(c Caller, url, title string) (ClientID, error) {
	v, err := s.callingVisitor(c)
	switch {
	case err != nil:
		return 0, err
	case url == "" || len(url) > MaxNameBytes || len(title) > MaxNameBytes:
		return 0, refuse(BadRequest, "url and title: expected a url of 1 to %d bytes, and a title of at most that", MaxNameBytes)
	case !utf8.ValidString(url) || !utf8.ValidString(title):
		return 0, refuse(BadRequest, "url and title: expected text in UTF-8")
	case !webAddress.MatchString(url): // agents follow it
		return 0, refuse(BadRequest, "url is %.80q: expected an address that begins with https:// or http://", url)
	}
	e := s.live[v.Engagement]
	if e == nil || e.State == Concluded || e.Page != nil && e.Page.URL == url && e.Page.Title == title {
		return v.Client, nil
	}
	if err := v.states(s.now); err != nil {
		return 0, err
	}
	s.record(&PageViewed{Engagement: e.ID, Page: Page{URL: url, Title: title}})
	s.tellVisitor(e)
	return v.Client, nil
}

// Facts are what a visitor's page says of it while the chat goes on. What is empty stays.
type Facts struct {
	FirstName, LastName, Email string
	Fields                     []CustomField
}

// StateFacts takes what a visitor's page says of it. Who was named by the host's back end
// keeps that name, and who was brought by it the fields that it has.
func (s *Site) StateFacts(c Caller, f Facts) (ClientID, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return 0, err
	}
	e := s.live[v.Engagement]
	if e == nil || e.State == Concluded {
		return 0, refuse(Conflict, "the engagement is concluded: nothing more is taken in")
	}
	n := e.Contact.clone()
	if v.Identity == "" {
		for _, x := range []struct {
			what  Property
			value string
		}{{FirstName, f.FirstName}, {LastName, f.LastName}, {Email, f.Email}} {
			if x.value != "" && !n.set(x.what, x.value) {
				return 0, refuse(BadRequest, "firstName, lastName and emailAddress: expected text of at most %d bytes", MaxPostBytes)
			}
		}
	}
	for i, field := range f.Fields {
		if has := e.Contact.field(field.Name); has != nil {
			if v.Network == "" {
				continue
			}
			field.Type = has.Type
		}
		if !n.setField(field) {
			return 0, refuse(BadRequest, "fields[%d]: expected a name, and a value of its type of at most %d bytes", i, MaxPostBytes)
		}
	}
	if size := n.size(); size > MaxFactsBytes && size > e.Contact.size() {
		return 0, refuse(TooLarge, "what is known of the visitor would have %d bytes: its page may bring it to %d", size, MaxFactsBytes)
	}
	if n.equal(e.Contact) {
		return v.Client, nil
	}
	if err := v.states(s.now); err != nil {
		return 0, err
	}
	s.record(&ContactChanged{Engagement: e.ID, Client: v.Client, Contact: n})
	s.stirred(e)
	s.tellVisitor(e)
	return v.Client, nil
}

// states takes note that a visitor's page has something recorded, unless it did so too
// often of late.
func (v *VisitorSession) states(now Time) error {
	v.stated = slices.DeleteFunc(v.stated, func(at Time) bool { return now.Sub(at) >= StatementsFor })
	if len(v.stated) >= MaxStatements {
		return refuse(TooMany, "the page said %d new things within %d s: say the newest again later", MaxStatements, int(StatementsFor.Seconds()))
	}
	v.stated = append(v.stated, now)
	return nil
}

// field answers a custom field, nil when there is none of this name.
func (c *Contact) field(name string) *CustomField {
	if i := slices.IndexFunc(c.CustomFields, func(f CustomField) bool { return f.Name == name }); i >= 0 {
		return &c.CustomFields[i]
	}
	return nil
}

// tellVisitor tells the agents who ask for usher's own messages that something else is
// known of the visitor.
func (s *Site) tellVisitor(e *Engagement) {
	for _, c := range s.asking(e, e.Visitor) {
		s.fleet(c, Message{Kind: KindVisitor, Engagement: e.ID, Visitor: e.Visitor})
	}
}

// VisitorKnown is what an agent may know of a visitor.
type VisitorKnown struct {
	Client     ClientID
	Visitor    ClientID
	Assignment Assignment // whose Contact it is
	// Identity is the name by which the host's back end knows the visitor, "" when the
	// visitor itself said who it is.
	Identity string
	Page     *Page
}

// VisitorOf answers what is known of the visitor of an engagement that the caller has, or
// is asked to take.
func (s *Site) VisitorOf(c Caller, id EngagementID) (VisitorKnown, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return VisitorKnown{}, err
	}
	e := s.live[id]
	if e.roleOf(a.Client) == "" {
		return VisitorKnown{}, refuse(BadRequest, "engagementId %d is not an engagement of this session", id)
	}
	k := VisitorKnown{Client: a.Client, Visitor: e.Visitor}
	if e.Page != nil {
		p := *e.Page
		k.Page = &p
	}
	k.Assignment = *s.assignment(e, a, "", nil).Assignment
	k.Assignment.Contact = e.Contact.clone()
	if v := s.visitors[e.Visitor]; v != nil {
		k.Identity = v.Identity
	}
	return k, nil
}
