package record

import (
	"cmp"
	"fmt"
	"strings"

	"usher/api"
	"usher/internal/site"
)

// about reads an event of the engagement. A test holds it to know each of them.
func (r *Reader) about(at site.Time, e site.Event) {
	switch e := e.(type) {
	case *site.EngagementRequested:
		r.requested(at, e)
	case *site.EngagementMoved:
		r.record.Queue = r.queue(e.Queue)
		r.add(at, Entry{Kind: Moved, Queue: r.record.Queue, Why: cmp.Or(e.Why, unrecorded)})
	case *site.EngagementOffered:
		r.lead = e.Client
		r.add(at, Entry{Kind: Offered, Who: r.as(e.Client, api.RoleNone), Until: e.Expires, Why: cmp.Or(e.Why, unrecorded)})
	case *site.OfferEnded:
		r.lead = 0
		r.add(at, Entry{Kind: OfferEnded, Who: r.as(e.Client, api.RoleNone), Cause: string(e.Cause), Why: because(e.Cause)})
	case *site.EngagementAssigned:
		r.lead, r.active = e.Client, true
		r.add(at, Entry{Kind: Joined, Who: r.party(e.Client), Cause: string(e.Cause), Why: taken(e.Cause)})
	case *site.PostsForwarded:
		r.add(at, Entry{Kind: Forwarded, Who: r.party(e.To.Client), Why: fmt.Sprintf("no lead was known to have received %s", posts(e.Count))})
	case *site.EngagementQueued:
		r.queued(at, e)
	case *site.EngagementEjected:
		r.ejector = cmp.Or(e.By, "an administrator")
		r.add(at, Entry{Kind: Ejected, Who: Party{Name: r.ejector}, Why: "an administrator or supervisor asked for it"})
	case *site.EngagementConcluded:
		r.concluded(at, e)
	case *site.EngagementReleased:
		r.add(at, Entry{Kind: Released, Who: r.party(e.Client), Cause: string(e.Cause), Why: released(e.Cause)})
		r.gone = at
	default:
		r.within(at, e)
	}
}

// within reads an event that leaves the engagement with its lead, or gives it
// another one.
func (r *Reader) within(at site.Time, e site.Event) {
	switch e := e.(type) {
	case *site.Posted:
		r.posted(at, e)
	case *site.ContactChanged:
		r.add(at, Entry{Kind: ContactChanged, Who: r.party(e.Client), Changes: changes(r.contact, e.Contact), Why: "an agent changed what is known of the visitor"})
		r.contact, r.record.Visitor.Name = e.Contact, e.Contact.Name()
	case *site.TransferWanted:
		r.add(at, Entry{Kind: TransferWanted, Who: r.party(r.lead), Queue: r.queue(e.Queue), Note: number(e.Note), Why: "the lead goes on until somebody of the queue takes it"})
	case *site.AgentInvited:
		i := e.Invitation
		r.add(at, Entry{
			Kind: Invited, Who: r.as(i.Client, api.RoleTransient), By: r.party(i.By), Type: i.Type, Until: i.Expires,
			Note: number(i.Note), Why: cmp.Or(e.Why, unrecorded),
		})
	case *site.InvitationEnded:
		r.add(at, Entry{Kind: InvitationEnded, Who: r.as(e.Client, api.RoleTransient), Cause: string(e.Cause), Why: because(e.Cause)})
	case *site.GuestJoined:
		r.guests[e.Client] = e.Role
		why := "a supervisor joined by its own right"
		if e.By != 0 {
			why = "the agent accepted the invitation"
		}
		r.add(at, Entry{Kind: Joined, Who: r.party(e.Client), By: r.party(e.By), Why: why})
	case *site.GuestLeft:
		r.add(at, Entry{Kind: Left, Who: r.party(e.Client), Cause: string(e.Cause), Why: because(e.Cause)})
		delete(r.guests, e.Client)
	case *site.LeadChanged:
		r.leadChanged(at, e)
	case *site.PostBlocked:
		p := postOf(&e.Post)
		p.Blocked = e.Codes
		r.add(at, Entry{Kind: Blocked, Who: r.party(e.Post.Client), Post: p, Cause: codes(e.Codes), Why: "the spam checks held it back: nobody received it"})
	case *site.EngagementRated:
		r.add(at, Entry{Kind: Rated, Who: r.record.Visitor, Rating: &e.Rating, Why: "the visitor rated the chat"})
	case *site.LetterTried:
		r.add(at, Entry{Kind: Mailed, Cause: string(e.Outcome), Why: cmp.Or(e.Why, "the transcript was sent by e-mail")})
	}
}

func (r *Reader) requested(at site.Time, e *site.EngagementRequested) {
	r.contact = e.Contact
	r.record.Engagement, r.record.StartedAt, r.record.Queue = e.Engagement, at, r.queue(e.Queue)
	r.record.Visitor = Party{Client: e.Client, Name: e.Contact.Name(), Role: api.RoleEndUser}
	r.add(at, Entry{
		Kind: Requested, Who: r.record.Visitor, Queue: r.record.Queue, Priority: e.Priority,
		Target: r.account(e.Target), Until: e.TargetUntil, Why: cmp.Or(e.Why, unrecorded),
	})
}

// queued: the lead is without the engagement, and the engagement without a lead.
func (r *Reader) queued(at site.Time, e *site.EngagementQueued) {
	why := cmp.Or(e.Why, because(e.Cause))
	r.add(at, Entry{Kind: Left, Who: r.party(e.Client), Cause: string(e.Cause), Why: why})
	r.lead, r.active = 0, false
	r.record.Queue = r.queue(e.Queue)
	r.add(at, Entry{
		Kind: Queued, Queue: r.record.Queue, Priority: e.Priority, Target: r.account(e.Target), Until: e.TargetUntil,
		Note: number(e.Note), Cause: string(e.Cause), Why: why + "; it keeps its first waiting time",
	})
}

func (r *Reader) concluded(at site.Time, e *site.EngagementConcluded) {
	r.record.EndedAt = at
	who := r.party(e.Client)
	who.Role = e.Role
	r.add(at, Entry{Kind: Ended, Who: who, By: Party{Name: r.ejector}, Cause: string(e.Reason), Why: r.ended(e.Reason)})
	if !r.active {
		r.gone = at
		return
	}
	r.add(at, Entry{Kind: WrapUp, Who: r.party(r.lead), Why: "the lead's place is taken until it releases the engagement"})
}

func (r *Reader) posted(at site.Time, e *site.Posted) {
	p := postOf(&e.Post)
	p.Only = r.party(e.Post.Only)
	who := r.party(e.Post.Client)
	if p.System {
		who = Party{}
	}
	r.add(at, Entry{Kind: Posted, Who: who, Post: p})
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
func (r *Reader) leadChanged(at site.Time, e *site.LeadChanged) {
	kind := Joined
	if r.guests[e.Client] != "" {
		kind = RoleChanged
		delete(r.guests, e.Client)
	}
	former := r.as(e.Former, api.RoleLead)
	r.lead, r.active = e.Client, true
	why := fmt.Sprintf("the agent leads in place of %s: %s", former.Name, because(e.Cause))
	r.add(at, Entry{Kind: kind, Who: r.party(e.Client), Cause: string(e.Cause), Why: why})
	if e.Stays {
		r.guests[e.Former] = api.RoleConferee
		r.add(at, Entry{Kind: RoleChanged, Who: r.party(e.Former), Cause: string(e.Cause), Why: "the former lead stays"})
		return
	}
	r.add(at, Entry{Kind: Left, Who: former, Cause: string(e.Cause), Why: because(e.Cause)})
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
