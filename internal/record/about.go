package record

import (
	"cmp"
	"fmt"
	"strings"

	"usher/api"
	"usher/internal/site"
)

// about reads an event of the engagement. A test holds it to know each of them.
func (s *story) about(at site.Time, e site.Event) {
	switch e := e.(type) {
	case *site.EngagementRequested:
		s.requested(at, e)
	case *site.EngagementMoved:
		s.Queue = s.queue(e.Queue)
		s.add(at, Entry{Kind: Moved, Queue: s.Queue, Why: cmp.Or(e.Why, unrecorded)})
	case *site.EngagementOffered:
		s.Lead = e.Client
		s.add(at, Entry{Kind: Offered, Who: s.as(e.Client, api.RoleNone), Until: e.Expires, Why: cmp.Or(e.Why, unrecorded)})
	case *site.OfferEnded:
		s.Lead = 0
		s.add(at, Entry{Kind: OfferEnded, Who: s.as(e.Client, api.RoleNone), Cause: string(e.Cause), Why: because(e.Cause)})
	case *site.EngagementAssigned:
		s.Lead, s.Active = e.Client, true
		s.add(at, Entry{Kind: Joined, Who: s.party(e.Client), Cause: string(e.Cause), Why: taken(e.Cause)})
	case *site.PostsForwarded:
		s.add(at, Entry{Kind: Forwarded, Who: s.party(e.To.Client), Why: fmt.Sprintf("no lead was known to have received %s", posts(e.Count))})
	case *site.EngagementQueued:
		s.queued(at, e)
	case *site.EngagementEjected:
		s.Ejector = cmp.Or(e.By, "an administrator")
		s.add(at, Entry{Kind: Ejected, Who: Party{Name: s.Ejector}, Why: "an administrator or supervisor asked for it"})
	case *site.EngagementConcluded:
		s.concluded(at, e)
	case *site.EngagementReleased:
		s.add(at, Entry{Kind: Released, Who: s.party(e.Client), Cause: string(e.Cause), Why: released(e.Cause)})
		s.Gone = at
	default:
		s.within(at, e)
	}
}

// within reads an event that leaves the engagement with its lead, or gives it
// another one.
func (s *story) within(at site.Time, e site.Event) {
	switch e := e.(type) {
	case *site.Posted:
		s.posted(at, e)
	case *site.ContactChanged:
		why := "an agent changed what is known of the visitor"
		if e.Client == s.Visitor.Client {
			why = "the visitor's page said so"
		}
		s.add(at, Entry{Kind: ContactChanged, Who: s.party(e.Client), Changes: changes(s.Contact, e.Contact), Why: why})
		s.Contact, s.Visitor.Name = e.Contact, e.Contact.Name()
	case *site.TransferWanted:
		s.add(at, Entry{Kind: TransferWanted, Who: s.party(s.Lead), Queue: s.queue(e.Queue), Note: number(e.Note), Why: "the lead goes on until somebody of the queue takes it"})
	case *site.AgentInvited:
		i := e.Invitation
		s.add(at, Entry{
			Kind: Invited, Who: s.as(i.Client, api.RoleTransient), By: s.party(i.By), Type: i.Type, Until: i.Expires,
			Note: number(i.Note), Why: cmp.Or(e.Why, unrecorded),
		})
	case *site.InvitationEnded:
		s.add(at, Entry{Kind: InvitationEnded, Who: s.as(e.Client, api.RoleTransient), Cause: string(e.Cause), Why: because(e.Cause)})
	case *site.GuestJoined:
		s.Guests[e.Client] = e.Role
		why := "a supervisor joined by its own right"
		if e.By != 0 {
			why = "the agent accepted the invitation"
		}
		s.add(at, Entry{Kind: Joined, Who: s.party(e.Client), By: s.party(e.By), Why: why})
	case *site.GuestLeft:
		s.add(at, Entry{Kind: Left, Who: s.party(e.Client), Cause: string(e.Cause), Why: because(e.Cause)})
		delete(s.Guests, e.Client)
	case *site.LeadChanged:
		s.leadChanged(at, e)
	case *site.PostBlocked:
		p := postOf(&e.Post)
		p.Blocked = e.Codes
		s.add(at, Entry{Kind: Blocked, Who: s.party(e.Post.Client), Post: p, Cause: codes(e.Codes), Why: "the spam checks held it back: nobody received it"})
	case *site.EngagementRated:
		s.add(at, Entry{Kind: Rated, Who: s.Visitor, Rating: &e.Rating, Why: "the visitor rated the chat"})
	case *site.WrapUpNoted:
		s.add(at, Entry{Kind: Noted, Who: s.party(e.Client), Result: e.Name, Text: e.WrapUp.Note, Why: "the lead noted what came of it"})
	case *site.LetterTried:
		s.add(at, Entry{Kind: Mailed, Cause: string(e.Outcome), Why: cmp.Or(e.Why, "the transcript was sent by e-mail")})
	}
}

func (s *story) requested(at site.Time, e *site.EngagementRequested) {
	s.Contact = e.Contact
	s.Engagement, s.StartedAt, s.Queue = e.Engagement, at, s.queue(e.Queue)
	s.Visitor = Party{Client: e.Client, Name: e.Contact.Name(), Role: api.RoleEndUser}
	s.add(at, Entry{
		Kind: Requested, Who: s.Visitor, Queue: s.Queue, Priority: e.Priority,
		Target: s.account(e.Target), Until: e.TargetUntil, Why: cmp.Or(e.Why, unrecorded),
	})
}

// queued: the lead is without the engagement, and the engagement without a lead.
func (s *story) queued(at site.Time, e *site.EngagementQueued) {
	why := cmp.Or(e.Why, because(e.Cause))
	s.add(at, Entry{Kind: Left, Who: s.party(e.Client), Cause: string(e.Cause), Why: why})
	s.Lead, s.Active = 0, false
	s.Queue = s.queue(e.Queue)
	s.add(at, Entry{
		Kind: Queued, Queue: s.Queue, Priority: e.Priority, Target: s.account(e.Target), Until: e.TargetUntil,
		Note: number(e.Note), Cause: string(e.Cause), Why: why + "; it keeps its first waiting time",
	})
}

func (s *story) concluded(at site.Time, e *site.EngagementConcluded) {
	s.EndedAt = at
	who := s.party(e.Client)
	who.Role = e.Role
	s.add(at, Entry{Kind: Ended, Who: who, By: Party{Name: s.Ejector}, Cause: string(e.Reason), Why: s.ended(e.Reason)})
	if !s.Active {
		s.Gone = at
		return
	}
	s.add(at, Entry{Kind: WrapUp, Who: s.party(s.Lead), Why: "the lead's place is taken until it releases the engagement"})
}

func (s *story) posted(at site.Time, e *site.Posted) {
	p := postOf(&e.Post)
	p.Only = s.party(e.Post.Only)
	who := s.party(e.Post.Client)
	if p.System {
		who = Party{}
	}
	s.add(at, Entry{Kind: Posted, Who: who, Post: p})
}

// codes writes the spam checks' codes in one word.
func codes(all []site.SpamCode) string {
	var b strings.Builder
	for i, c := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(c))
	}
	return b.String()
}

// leadChanged: the new lead comes or rises, the former one stays or goes.
func (s *story) leadChanged(at site.Time, e *site.LeadChanged) {
	kind := Joined
	if s.Guests[e.Client] != "" {
		kind = RoleChanged
		delete(s.Guests, e.Client)
	}
	former := s.as(e.Former, api.RoleLead)
	s.Lead, s.Active = e.Client, true
	why := fmt.Sprintf("the agent leads in place of %s: %s", former.Name, because(e.Cause))
	s.add(at, Entry{Kind: kind, Who: s.party(e.Client), Cause: string(e.Cause), Why: why})
	if e.Stays {
		s.Guests[e.Former] = api.RoleConferee
		s.add(at, Entry{Kind: RoleChanged, Who: s.party(e.Former), Cause: string(e.Cause), Why: "the former lead stays"})
		return
	}
	s.add(at, Entry{Kind: Left, Who: former, Cause: string(e.Cause), Why: because(e.Cause)})
}

// number answers the number of a note's post, 0 for no note.
func number(note *site.Post) int64 {
	if note == nil {
		return 0
	}
	return note.Number
}

func posts(n int) string {
	if n == 1 {
		return "1 post"
	}
	return fmt.Sprintf("%d posts", n)
}
