package site

import (
	"slices"
	"unicode/utf8"
)

// Reply is a text that agents keep ready. Fields in it, such as {visitor.firstName}, are
// filled in by the agent's page.
type Reply struct {
	ID    ReplyID `json:"id"`
	Title string  `json:"title"`
	Text  string  `json:"text"`
	// Language and Queues say for whom it is meant, for pages that choose; empty: for all.
	Language string    `json:"language,omitempty"`
	Queues   []QueueID `json:"queues,omitempty"`
}

func (r Reply) clone() Reply {
	r.Queues = slices.Clone(r.Queues)
	return r
}

func (r Reply) check() error {
	switch {
	case r.Title == "" || len(r.Title) > MaxNameBytes:
		return refuse(BadRequest, "title: expected 1 to %d bytes", MaxNameBytes)
	case r.Text == "" || len(r.Text) > MaxPostBytes:
		return refuse(BadRequest, "text: expected 1 to %d bytes", MaxPostBytes)
	case !utf8.ValidString(r.Title) || !utf8.ValidString(r.Text):
		return refuse(BadRequest, "title and text: expected text in UTF-8")
	case len(r.Language) > MaxLanguageBytes:
		return refuse(BadRequest, "language: at most %d bytes", MaxLanguageBytes)
	case len(r.Queues) > maxList:
		return refuse(BadRequest, "queueIds: at most %d", maxList)
	}
	return nil
}

// ReplyDefined makes one of the team's replies or replaces it.
type ReplyDefined struct {
	Reply Reply  `json:"reply"`
	By    string `json:"by,omitempty"`
}

func (e *ReplyDefined) apply(s *Site, at Time) {
	r := e.Reply
	s.changed(at, e.By, partReply.of(int64(r.ID)), orNil(s.replies[r.ID]), &r)
	s.replies[r.ID] = &r
	s.touch(partReply, int64(r.ID), 0)
}

// DefineReply makes one of the team's replies or replaces it.
func (a Admin) DefineReply(r Reply) (Reply, error) {
	s := a.site
	if err := r.check(); err != nil { // in its own words: what others call name is a title here
		return Reply{}, err
	}
	if err := s.definable(partReply, int64(r.ID), r.Title, s.replies[r.ID] != nil, len(s.replies), MaxReplies); err != nil {
		return Reply{}, err
	}
	for _, q := range r.Queues {
		if s.queues[q] == nil {
			return Reply{}, refuse(BadRequest, "queueIds: %d is not a queue of this site", q)
		}
	}
	s.record(&ReplyDefined{Reply: r.clone(), By: a.by})
	return r, nil
}

// ownReplies are those of one account.
type ownReplies struct {
	Account AccountID `json:"account"`
	Last    ReplyID   `json:"last"` // the newest id given
	Replies []Reply   `json:"replies,omitempty"`
}

// OwnReplySaved: an agent made a reply of its own or changed it.
type OwnReplySaved struct {
	Account AccountID `json:"account"`
	Reply   Reply     `json:"reply"`
}

func (ev *OwnReplySaved) apply(s *Site, _ Time) {
	o := s.own[ev.Account]
	if o == nil {
		o = &ownReplies{Account: ev.Account}
		s.own[ev.Account] = o
	}
	o.Last = max(o.Last, ev.Reply.ID)
	if i := o.index(ev.Reply.ID); i >= 0 {
		o.Replies[i] = ev.Reply
	} else {
		o.Replies = append(o.Replies, ev.Reply)
	}
	s.touch(partOwnReplies, int64(ev.Account), 0)
}

// OwnReplyDeleted: an agent gave up a reply of its own.
type OwnReplyDeleted struct {
	Account AccountID `json:"account"`
	ID      ReplyID   `json:"id"`
}

func (ev *OwnReplyDeleted) apply(s *Site, _ Time) {
	o := s.own[ev.Account]
	o.Replies = slices.Delete(o.Replies, o.index(ev.ID), o.index(ev.ID)+1)
	s.touch(partOwnReplies, int64(ev.Account), 0)
}

func (o *ownReplies) index(id ReplyID) int {
	if o == nil {
		return -1
	}
	return slices.IndexFunc(o.Replies, func(r Reply) bool { return r.ID == id })
}

// Replies are what an agent may choose from.
type Replies struct {
	Client    ClientID
	Team, Own []Reply
}

// AllReplies answers the replies of the team, in the order of their ids, and the caller's own.
func (s *Site) AllReplies(c Caller) (Replies, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Replies{}, err
	}
	all := Replies{Client: a.Client}
	for _, id := range sortedKeys(s.replies) {
		all.Team = append(all.Team, s.replies[id].clone())
	}
	if o := s.own[a.Account]; o != nil {
		all.Own = slices.Clone(o.Replies)
	}
	return all, nil
}

// SaveReply makes a reply of the caller's own, with id 0, or changes one. It answers the
// reply with its id.
func (s *Site) SaveReply(c Caller, r Reply) (ClientID, Reply, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, Reply{}, err
	}
	r.Language, r.Queues = "", nil
	if err := r.check(); err != nil {
		return 0, Reply{}, err
	}
	o := s.own[a.Account]
	switch i := o.index(r.ID); {
	case r.ID != 0 && i < 0:
		return 0, Reply{}, refuse(BadRequest, "id %d is not one of this account's own replies: send 0 for a new one", r.ID)
	case i >= 0 && o.Replies[i].Title == r.Title && o.Replies[i].Text == r.Text:
		return a.Client, r, nil
	case r.ID == 0 && o != nil && len(o.Replies) >= MaxOwnReplies:
		return 0, Reply{}, refuse(TooMany, "the account has %d replies of its own, which is the most it may have", MaxOwnReplies)
	case r.ID == 0 && o != nil:
		r.ID = o.Last + 1
	case r.ID == 0:
		r.ID = 1
	}
	s.record(&OwnReplySaved{Account: a.Account, Reply: r})
	return a.Client, r, nil
}

// DeleteReply gives up a reply of the caller's own. One that is not there stays so.
func (s *Site) DeleteReply(c Caller, id ReplyID) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	if s.own[a.Account].index(id) >= 0 {
		s.record(&OwnReplyDeleted{Account: a.Account, ID: id})
	}
	return a.Client, nil
}
