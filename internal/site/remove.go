package site

import (
	"fmt"
	"slices"
)

// Definition is a kind of thing that administration defines by an id.
type Definition string

// The definitions.
const (
	DefinedQueue     Definition = "queue"
	DefinedAccount   Definition = "account"
	DefinedProfile   Definition = "profile"
	DefinedGroup     Definition = "group"
	DefinedInterface Definition = "interface"
	DefinedHours     Definition = "hours"
	DefinedReply     Definition = "reply"
)

// DefinitionRemoved: a queue, an account or the like is no more. Nothing refers to it.
type DefinitionRemoved struct {
	Kind Definition `json:"kind"`
	ID   int64      `json:"id"`
	By   string     `json:"by,omitempty"`
}

func (ev *DefinitionRemoved) apply(s *Site, at Time) {
	var kind partKind
	var before any
	switch ev.Kind {
	case DefinedQueue:
		kind, before = partQueue, s.queues[QueueID(ev.ID)].QueueDefinition
		delete(s.queues, QueueID(ev.ID))
	case DefinedAccount:
		a := s.accounts[AccountID(ev.ID)]
		kind, before = partAccount, withoutPassword(a)
		delete(s.logins, a.Login)
		delete(s.accounts, a.ID)
		if s.own[a.ID] != nil {
			delete(s.own, a.ID)
			s.touch(partOwnReplies, ev.ID, 0)
		}
	case DefinedProfile:
		kind, before = partProfile, s.profiles[ProfileID(ev.ID)]
		delete(s.profiles, ProfileID(ev.ID))
	case DefinedGroup:
		kind, before = partGroup, s.groups[GroupID(ev.ID)]
		delete(s.groups, GroupID(ev.ID))
	case DefinedInterface:
		kind, before = partInterface, s.interfaces[InterfaceID(ev.ID)]
		delete(s.interfaces, InterfaceID(ev.ID))
	case DefinedHours:
		kind, before = partHours, s.hours[HoursID(ev.ID)]
		delete(s.hours, HoursID(ev.ID))
	case DefinedReply:
		kind, before = partReply, s.replies[ReplyID(ev.ID)]
		delete(s.replies, ReplyID(ev.ID))
	}
	s.changed(at, ev.By, kind.of(ev.ID), before, nil)
	s.touch(kind, ev.ID, 0)
	s.restaff()
}

// Remove takes a definition away. One that others name is refused, with who names
// it. An account's live session ends as if it were logged off by force.
func (a Admin) Remove(kind Definition, id int64) error {
	s := a.site
	if !s.defines(kind, id) {
		return refuse(NotFound, "there is no %s %d at this site", kind, id)
	}
	if user := s.userOf(kind, id); user != "" {
		return refuse(Conflict, "%s %d is named by %s: change that first", kind, id, user)
	}
	if kind == DefinedAccount {
		if x := s.agents[s.agentOf[AccountID(id)]]; x != nil {
			s.endAgent(x, Removed)
		}
	}
	s.record(&DefinitionRemoved{Kind: kind, ID: id, By: a.by})
	s.staffChanged()
	return nil
}

func (s *Site) defines(kind Definition, id int64) bool {
	switch kind {
	case DefinedQueue:
		return s.queues[QueueID(id)] != nil
	case DefinedAccount:
		return s.accounts[AccountID(id)] != nil
	case DefinedProfile:
		return s.profiles[ProfileID(id)] != nil
	case DefinedGroup:
		return s.groups[GroupID(id)] != nil
	case DefinedInterface:
		return s.interfaces[InterfaceID(id)] != nil
	case DefinedHours:
		return s.hours[HoursID(id)] != nil
	case DefinedReply:
		return s.replies[ReplyID(id)] != nil
	}
	return false
}

// userOf answers who names a definition, "" for nobody.
func (s *Site) userOf(kind Definition, id int64) string {
	for _, l := range s.Rules.lists() {
		for i := range l.rules {
			if l.rules[i].names(kind, id) {
				return fmt.Sprintf("rule %s[%d]", l.name, i)
			}
		}
	}
	for _, a := range sortedKeys(s.accounts) {
		x := s.accounts[a]
		if kind == DefinedProfile && int64(x.Profile) == id || kind == DefinedGroup && int64(x.Group) == id ||
			kind == DefinedQueue && x.names(QueueID(id)) {
			return fmt.Sprintf("account %d", a)
		}
	}
	for _, p := range sortedKeys(s.profiles) {
		if kind == DefinedQueue && s.profiles[p].names(QueueID(id)) {
			return fmt.Sprintf("profile %d", p)
		}
	}
	for _, q := range sortedKeys(s.queues) {
		x := s.queues[q]
		if kind == DefinedQueue && int64(x.OverflowQueue) == id || kind == DefinedHours && int64(x.Hours) == id {
			return fmt.Sprintf("queue %d", q)
		}
	}
	for _, r := range sortedKeys(s.replies) {
		if kind == DefinedQueue && slices.Contains(s.replies[r].Queues, QueueID(id)) {
			return fmt.Sprintf("reply %d", r)
		}
	}
	if kind == DefinedQueue {
		for _, e := range sortedKeys(s.live) {
			if x := s.live[e]; int64(x.Queue) == id || int64(x.Wanted) == id {
				return fmt.Sprintf("engagement %d, which is live", e)
			}
		}
	}
	return ""
}

func (r *Rule) names(kind Definition, id int64) bool {
	switch kind {
	case DefinedQueue:
		return int64(r.Queue) == id || slices.Contains(r.When.Queues, QueueID(id))
	case DefinedAccount:
		return int64(r.Account) == id
	case DefinedHours:
		return int64(r.When.Hours) == id
	case DefinedInterface:
		return slices.ContainsFunc(r.When.Interfaces, func(i InterfaceID) bool { return int64(i) == id })
	}
	return false
}
