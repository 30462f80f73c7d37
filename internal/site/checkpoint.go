package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PartFormat is the newest format of a checkpoint's parts that this program
// writes and reads.
const PartFormat = 5

type partKind uint8

const (
	partSite partKind = iota
	partQueue
	partAccount
	partSession
	partEngagement
	partPosts
	partToken
	partProfile
	partGroup
	partInterface
	partHours
	partChange
	partLetter
	partReply
	partOwnReplies
	partLeftMessage
)

var partNames = [...]string{
	"site", "queue", "account", "session", "engagement", "posts", "token", "profile", "group", "interface", "hours", "change", "letter",
	"reply", "ownReplies", "message",
}

// of answers the key of an entity of this kind, as it stands in the journal and in
// the audit log.
func (k partKind) of(id int64) string { return partKey{kind: k, id: id}.String() }

type partKey struct {
	kind partKind
	id   int64
	sub  int64
	key  SessionKey
}

// String is the part's key in the journal, such as "engagement/7001" or "posts/7001/3".
func (k partKey) String() string {
	switch k.kind {
	case partSite:
		return partNames[partSite]
	case partToken:
		return partNames[partToken] + "/" + string(k.key)
	case partPosts:
		return partNames[partPosts] + "/" + strconv.FormatInt(k.id, 10) + "/" + strconv.FormatInt(k.sub, 10)
	default:
		return partNames[k.kind] + "/" + strconv.FormatInt(k.id, 10)
	}
}

func (s *Site) touch(k partKind, id, sub int64) {
	s.touched[partKey{kind: k, id: id, sub: sub}] = struct{}{}
}

func (s *Site) touchSession(c ClientID)        { s.touch(partSession, int64(c), 0) }
func (s *Site) touchEngagement(e EngagementID) { s.touch(partEngagement, int64(e), 0) }
func (s *Site) touchToken(k SessionKey)        { s.touched[partKey{kind: partToken, key: k}] = struct{}{} }

// Part is one entity of the site at the position of a checkpoint; nil Data
// means that it is gone.
type Part struct {
	Key  string
	Data []byte
}

// SinceParts answers how many events were recorded since TakeParts.
func (s *Site) SinceParts() int { return s.sinceParts }

// TakeParts hands over the entities touched since the last time, as they stand
// now: together with the parts taken before they are the whole site at its
// present position.
func (s *Site) TakeParts() []Part {
	keys := make([]partKey, 0, len(s.touched))
	for k := range s.touched {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b partKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), cmp.Compare(a.sub, b.sub), cmp.Compare(a.key, b.key))
	})
	parts := make([]Part, 0, len(keys))
	for _, k := range keys {
		parts = append(parts, s.part(k))
	}
	clear(s.touched)
	s.sinceParts = 0
	return parts
}

// part encodes what a key names.
func (s *Site) part(k partKey) Part {
	p := Part{Key: k.String()}
	if v := s.entity(k); v != nil {
		p.Data = encode(struct {
			Format int `json:"format"`
			Data   any `json:"data"`
		}{PartFormat, v})
	}
	return p
}

// sessionPart holds either kind of session.
type sessionPart struct {
	Agent   *AgentSession   `json:"agent,omitempty"`
	Visitor *VisitorSession `json:"visitor,omitempty"`
}

// entity answers what a key names, nil when it is gone.
func (s *Site) entity(k partKey) any {
	switch k.kind {
	case partSite:
		return s.state
	case partQueue:
		if q := s.queues[QueueID(k.id)]; q != nil {
			return q
		}
	case partAccount:
		if a := s.accounts[AccountID(k.id)]; a != nil {
			return a
		}
	case partSession:
		p := sessionPart{Agent: s.agents[ClientID(k.id)], Visitor: s.visitors[ClientID(k.id)]}
		if p.Agent != nil || p.Visitor != nil {
			return p
		}
	case partEngagement:
		if e := s.live[EngagementID(k.id)]; e != nil {
			return e
		}
	case partPosts:
		if e := s.live[EngagementID(k.id)]; e != nil {
			if i := slices.IndexFunc(e.transcript, func(c *chunk) bool { return c.Index == k.sub }); i >= 0 {
				return e.transcript[i]
			}
		}
	case partToken:
		return orNil(s.spent[k.key])
	case partLetter:
		return orNil(s.letter(k.id))
	case partReply:
		return orNil(s.replies[ReplyID(k.id)])
	case partOwnReplies:
		return orNil(s.own[AccountID(k.id)])
	case partLeftMessage:
		return orNil(s.left[k.id])
	case partProfile:
		return orNil(s.profiles[ProfileID(k.id)])
	case partGroup:
		return orNil(s.groups[GroupID(k.id)])
	case partInterface:
		return orNil(s.interfaces[InterfaceID(k.id)])
	case partHours:
		return orNil(s.hours[HoursID(k.id)])
	case partChange:
		if i := slices.IndexFunc(s.audit, func(c *Change) bool { return c.Number == k.id }); i >= 0 {
			return s.audit[i]
		}
	}
	return nil
}

// Restore builds a site from the parts of a checkpoint at a position and the
// texts kept apart. Replay of the events after it comes next.
func Restore(position int64, parts []Part, texts []SideText) (*Site, error) {
	s := New()
	s.position = position
	for _, t := range texts {
		s.texts[t.Key] = t.Text
	}
	var sessions []sessionPart
	var engagements []*Engagement
	var chunks []*chunk
	for _, p := range parts {
		kind, rest, _ := strings.Cut(p.Key, "/")
		var err error
		switch kind {
		case partNames[partSite]:
			err = decodePart(p, &s.state)
		case partNames[partQueue]:
			q := &Queue{}
			err = decodePart(p, q)
			s.queues[q.ID] = q
		case partNames[partAccount]:
			a := &Account{}
			err = decodePart(p, a)
			s.accounts[a.ID], s.logins[a.Login] = a, a.ID
		case partNames[partSession]:
			var x sessionPart
			err = decodePart(p, &x)
			sessions = append(sessions, x)
		case partNames[partEngagement]:
			e := &Engagement{}
			err = decodePart(p, e)
			engagements = append(engagements, e)
		case partNames[partPosts]:
			c := &chunk{}
			err = decodePart(p, c)
			chunks = append(chunks, c)
		case partNames[partToken]:
			v := &visited{}
			if decodePart(p, &v.Until) != nil { // format 2 had nothing but the time
				err = decodePart(p, v)
			}
			s.spent[SessionKey(rest)] = v
		case partNames[partProfile]:
			v := &Profile{}
			err = decodePart(p, v)
			s.profiles[v.ID] = v
		case partNames[partGroup]:
			v := &Group{}
			err = decodePart(p, v)
			s.groups[v.ID] = v
		case partNames[partInterface]:
			v := &Interface{}
			err = decodePart(p, v)
			s.interfaces[v.ID] = v
		case partNames[partHours]:
			v := &Hours{}
			err = decodePart(p, v)
			v.locate()
			s.hours[v.ID] = v
		case partNames[partChange]:
			v := &Change{}
			err = decodePart(p, v)
			s.audit = append(s.audit, v)
		case partNames[partLetter]:
			v := &Letter{}
			err = decodePart(p, v)
			s.letters = append(s.letters, v)
		case partNames[partReply]:
			v := &Reply{}
			err = decodePart(p, v)
			s.replies[v.ID] = v
		case partNames[partOwnReplies]:
			v := &ownReplies{}
			err = decodePart(p, v)
			s.own[v.Account] = v
		case partNames[partLeftMessage]:
			v := &LeftMessage{}
			err = decodePart(p, v)
			s.left[v.Number] = v
		default:
			err = fmt.Errorf("part %s is not known to this version of usher", p.Key)
		}
		if err != nil {
			return nil, fmt.Errorf("restore checkpoint: %w", err)
		}
	}
	s.now = s.state.LastAt
	slices.SortFunc(s.audit, func(a, b *Change) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(s.letters, func(a, b *Letter) int { return cmp.Compare(a.Number, b.Number) })
	s.assemble(sessions, engagements, chunks)
	clear(s.touched)
	s.firm = position
	return s, nil
}

func decodePart(p Part, v any) error {
	var d struct {
		Format int             `json:"format"`
		Data   json.RawMessage `json:"data"`
	}
	if err := decode(p.Data, &d); err != nil {
		return fmt.Errorf("part %s: %w", p.Key, err)
	}
	if d.Format > PartFormat {
		return fmt.Errorf("part %s has format %d, this version of usher knows %d", p.Key, d.Format, PartFormat)
	}
	read := decode
	if d.Format < PartFormat { // it may have fields that were given up since
		read = json.Unmarshal
	}
	if err := read(d.Data, v); err != nil {
		return fmt.Errorf("part %s: %w", p.Key, err)
	}
	return nil
}

// assemble ties restored entities together, in the order of their ids.
func (s *Site) assemble(sessions []sessionPart, engagements []*Engagement, chunks []*chunk) {
	slices.SortFunc(sessions, func(a, b sessionPart) int { return cmp.Compare(a.client(), b.client()) })
	for _, x := range sessions {
		if x.Agent != nil {
			s.rejoinAll(&x.Agent.Mailbox)
			x.Agent.Mailbox.reweigh()
			s.addAgent(x.Agent)
		} else {
			s.rejoinAll(&x.Visitor.Mailbox)
			x.Visitor.Mailbox.reweigh()
			s.addVisitor(x.Visitor)
		}
	}
	slices.SortFunc(engagements, func(a, b *Engagement) int { return cmp.Compare(a.ID, b.ID) })
	for _, e := range engagements {
		for _, p := range e.Unreceived {
			s.rejoin(e.ID, p)
		}
		if v := s.visitors[e.Visitor]; v != nil { // format 2 had these only here
			v.Served, v.Email = len(e.Leads) > 0, e.Contact.Email
		}
		s.addEngagement(e)
	}
	slices.SortFunc(chunks, func(a, b *chunk) int {
		return cmp.Or(cmp.Compare(a.Engagement, b.Engagement), cmp.Compare(a.Index, b.Index))
	})
	for _, c := range chunks {
		e := s.live[c.Engagement]
		for _, p := range c.Posts {
			e.historyBytes += p.size()
		}
		e.transcript = append(e.transcript, c)
	}
	for _, k := range sortedKeys(s.spent) {
		s.scheduleToken(s.spent[k].Until, k)
	}
	for _, l := range s.letters {
		s.scheduleLetter(l)
	}
}

func (x sessionPart) client() ClientID {
	if x.Agent != nil {
		return x.Agent.Client
	}
	return x.Visitor.Client
}
