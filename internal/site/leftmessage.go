package site

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// LeftMessage is what a visitor wrote while nobody was there. It waits here until
// somebody has answered it.
type LeftMessage struct {
	Number   int64         `json:"number"`
	At       Time          `json:"at"`
	Queue    QueueID       `json:"queue,omitempty"` // where a chat would have gone, 0 for nowhere
	Name     string        `json:"name,omitempty"`
	Email    string        `json:"email"`
	Text     string        `json:"text"`
	Language string        `json:"language,omitempty"`
	Page     string        `json:"page,omitempty"`
	Fields   []CustomField `json:"fields,omitempty"`
}

func (m *LeftMessage) size() int {
	n := len(m.Name) + len(m.Email) + len(m.Text) + len(m.Language) + len(m.Page)
	for _, f := range m.Fields {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// MessageLeft: a visitor left a message.
type MessageLeft struct {
	Message LeftMessage `json:"message"`
}

func (ev *MessageLeft) apply(s *Site, at Time) {
	m := ev.Message
	m.At = at
	s.LastMessage = m.Number
	s.left[m.Number] = &m
	s.touch(partLeftMessage, m.Number, 0)
}

// MessageDone: somebody has answered a message that was left, or it was erased.
type MessageDone struct {
	Number int64  `json:"number"`
	By     string `json:"by,omitempty"`
}

func (ev *MessageDone) apply(s *Site, _ Time) {
	delete(s.left, ev.Number)
	s.touch(partLeftMessage, ev.Number, 0)
}

// LeaveMessage keeps what a visitor wrote, and answers its number. A page that did not
// hear of it says it again: while the same words wait, they are kept once.
func (s *Site) LeaveMessage(m LeftMessage) (int64, error) {
	switch {
	case !looksLikeAddress(m.Email):
		return 0, refuse(BadRequest, "emailAddress: expected one e-mail address, such as ann@example.org")
	case m.Text == "":
		return 0, refuse(BadRequest, "message is empty: expected a text")
	case len(m.Text) > MaxPostBytes:
		return 0, refuse(TooLarge, "message has %d bytes: expected at most %d", len(m.Text), MaxPostBytes)
	case len(m.Name) > MaxNameBytes || len(m.Page) > MaxNameBytes || len(m.Language) > MaxLanguageBytes:
		return 0, refuse(BadRequest, "name and pageUrl have at most %d bytes each, language %d", MaxNameBytes, MaxLanguageBytes)
	case !utf8.ValidString(m.Text) || !utf8.ValidString(m.Name) || !utf8.ValidString(m.Page) || !utf8.ValidString(m.Language):
		return 0, refuse(BadRequest, "the message holds bytes that are not UTF-8: send text in UTF-8")
	case m.Page != "" && !webAddress.MatchString(m.Page):
		return 0, refuse(BadRequest, "pageUrl is %.80q: expected an address that begins with https:// or http://", m.Page)
	case m.Queue != 0 && s.queues[m.Queue] == nil:
		return 0, refuse(BadRequest, "queueId %d is not a queue of this site", m.Queue)
	}
	for number, o := range s.left {
		if o.Email == m.Email && o.Text == m.Text && o.Name == m.Name && o.Queue == m.Queue {
			return number, nil
		}
	}
	var c Contact
	for i, f := range m.Fields {
		if !c.setField(f) {
			return 0, refuse(BadRequest, "fields[%d]: expected a name, and a value of its type of at most %d bytes", i, MaxPostBytes)
		}
	}
	if c.size() > MaxPostBytes {
		return 0, refuse(TooLarge, "fields have %d bytes: expected at most %d", c.size(), MaxPostBytes)
	}
	m.Number, m.Fields = s.LastMessage+1, c.CustomFields
	if err := s.holdsMessage(m); err != nil {
		return 0, err
	}
	s.record(&MessageLeft{Message: m})
	return m.Number, nil
}

// holdsMessage answers nil when there is room for one more message.
func (s *Site) holdsMessage(m LeftMessage) error {
	bytes, each := m.size(), 0
	for _, o := range s.left {
		bytes += o.size()
		if strings.EqualFold(o.Email, m.Email) {
			each++
		}
	}
	switch {
	case len(s.left) >= MaxLeftMessages || bytes > MaxLeftBytes:
		return refuse(TooMany, "%d messages of this site wait to be answered: try again later", len(s.left))
	case each >= MaxLeftEach:
		return refuse(TooMany, "%d messages of this e-mail address wait to be answered: try again later", each)
	}
	return nil
}

// LeftMessages answers the messages after a number that nobody has answered yet, oldest
// first, and whether there is more.
func (s *Site) LeftMessages(after int64, most int) ([]LeftMessage, bool) {
	var out []LeftMessage
	for _, n := range sortedKeys(s.left) {
		if n <= after {
			continue
		}
		if len(out) == most {
			return out, true
		}
		m := *s.left[n]
		m.Fields = slices.Clone(m.Fields)
		out = append(out, m)
	}
	return out, false
}

// MessageDone takes a message that was left off the list.
func (a Admin) MessageDone(number int64) error {
	s := a.site
	if s.left[number] == nil {
		if number > 0 && number <= s.LastMessage {
			return nil // it is done
		}
		return refuse(NotFound, "there is no message %d at this site", number)
	}
	s.record(&MessageDone{Number: number, By: a.by})
	return nil
}

// EraseMessages takes the messages off the list that somebody left under an address, in
// upper or lower case, and answers how many.
func (a Admin) EraseMessages(email string) int {
	erased := 0
	for _, n := range sortedKeys(a.site.left) {
		if strings.EqualFold(a.site.left[n].Email, email) {
			a.site.record(&MessageDone{Number: n, By: a.by})
			erased++
		}
	}
	return erased
}
