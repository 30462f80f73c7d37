package workday

import (
	"bytes"
	"cmp"
	"slices"

	"usher/api"
	"usher/internal/site"
)

// oracle holds a day to the rules:
//
//   - an engagement has one lead, an agent one role in it;
//   - nobody waits while somebody able is free for it;
//   - no agent holds more than its places, but for a take-over;
//   - who is due first is first, by priority, wait, and rank where that is strict;
//   - the least loaded free agent is asked first, then the one who is free longest;
//   - offers, waits, idleness, wrap-up and absence end when their time is over;
//   - what was let go does not come back while another is free;
//   - every engagement ends once, for a reason that fits what happened;
//   - every post reaches who must get it, in order and once a mailbox (promise 7);
//   - newcomers go where the rules send them, or are turned away for cause;
//   - a refusal changes nothing.
type oracle struct {
	all bool // go on after a complaint
	now site.Time

	settings site.Settings
	rules    site.Rules
	queues   map[site.QueueID]*line
	ranked   []*line // by id
	hours    map[site.HoursID]site.Hours
	profiles map[site.ProfileID]*site.Serving
	accounts map[site.AccountID]*site.Account

	visits  map[site.EngagementID]*visit
	workers map[site.ClientID]*worker
	order   []*worker // who is logged on, oldest first
	of      map[site.AccountID]*worker
	boxes   map[site.ClientID]*box
	callers map[site.ClientID]*presence // visitors
	limits  limits

	asked asked
	// What this step changed, and how much.
	changedWorkers []*worker
	changedVisits  []*visit
	newLeads       []*visit
	concluded      []*visit // concluded in this step
	ejected        site.EngagementID
	recorded       int // events but acknowledgements
	wasAbsent      bool

	complaints []complaint
	recent     [][]byte // the newest lines of the record
	about      []string // what complaints are about, as it stands there

	served, abandoned, decisions, leads, declined, expired, posts int
	reasons                                                       map[api.Reason]int
	longest                                                       site.Time
}

// asked is what somebody asks the site for.
type asked struct {
	who        site.ClientID
	what       string
	engagement site.EngagementID
	request    *site.EngagementRequest
}

// line is a queue and who waits in it, in no order.
type line struct {
	site.QueueDefinition
	waiting  []*visit
	lastFull site.Time
}

func newOracle() *oracle {
	return &oracle{
		queues: map[site.QueueID]*line{}, hours: map[site.HoursID]site.Hours{}, profiles: map[site.ProfileID]*site.Serving{},
		accounts: map[site.AccountID]*site.Account{}, visits: map[site.EngagementID]*visit{}, workers: map[site.ClientID]*worker{},
		of: map[site.AccountID]*worker{}, boxes: map[site.ClientID]*box{}, callers: map[site.ClientID]*presence{},
		reasons: map[api.Reason]int{},
	}
}

// asks notes what somebody asks for, which is a sign of life, too.
func (o *oracle) asks(a asked, now site.Time) {
	o.asked, o.now, o.recorded, o.wasAbsent = a, now, 0, false
	if w := o.workers[a.who]; w != nil {
		o.wasAbsent = o.absent(w, 0)
	}
	o.seen(a.who, now)
}

// answered holds what somebody was answered against what was recorded.
func (o *oracle) answered(a asked, err error) {
	v, w := o.visits[a.engagement], o.workers[a.who]
	if err != nil {
		switch code := codeOf(err); {
		case o.recorded > 0 && !o.wasAbsent:
			o.complain(v, w, "%s was refused (%v), and something was recorded", a.what, err)
		case a.what == "enter":
			o.turnedAway(a.request, err)
		case code != site.BadRequest && code != site.Conflict && code != site.AccessDenied && code != site.InvalidField && code != site.EngagementIDUnknown:
			o.complain(v, w, "%s was refused: %v", a.what, err)
		}
		return
	}
	switch a.what {
	case "accept", "take over":
		if v == nil || w == nil || !slices.Contains(v.agents(), w.client) && !v.concluded {
			o.complain(v, w, "agent %d was answered that it may %s engagement %d, and is not in it", a.who, a.what, a.engagement)
		}
	case "decline":
		if v != nil && w != nil && slices.Contains(w.holds, a.engagement) {
			o.complain(v, w, "agent %d declined engagement %d, and still holds it", a.who, a.engagement)
		}
	case "release":
		if w != nil && slices.Contains(w.holds, a.engagement) {
			o.complain(v, w, "agent %d released engagement %d, and still holds it", a.who, a.engagement)
		}
	case "type":
		o.acts(a.engagement)
	case "end":
		if v != nil && !v.concluded {
			o.complain(v, w, "the visitor ended engagement %d, and it goes on", a.engagement)
		}
	case "log off":
		if w != nil {
			o.complain(v, w, "agent %d logged off, and its session lives", a.who)
		}
	}
}

// follow reads an event.
func (o *oracle) follow(at site.Time, e site.Event, line []byte) {
	if at < o.now {
		o.complain(nil, nil, "an event is of %s, the step before it of %s", at.Std(), o.now.Std())
	}
	o.now = at
	o.remember(bytes.TrimSpace(line))
	if _, ok := e.(*site.Acknowledged); !ok {
		o.recorded++
	}
	switch e := e.(type) {
	case *site.SiteCreated:
		o.settings = e.Settings
	case *site.SettingsChanged:
		o.settings = e.Settings
	case *site.HoursDefined:
		o.hours[e.Hours.ID] = e.Hours
	case *site.RulesDefined:
		o.rules = e.Rules
	case *site.QueueDefined:
		o.defineQueue(e.Queue)
	case *site.ProfileDefined:
		o.profiles[e.Profile.ID] = &e.Profile.Serving
		o.touchAll()
	case *site.AccountDefined:
		o.accounts[e.Account.ID] = &e.Account
		o.touchAll()
	case *site.DefinitionRemoved:
		if e.Kind == site.DefinedAccount {
			delete(o.accounts, site.AccountID(e.ID))
		}
	case *site.AgentSessionStarted, *site.AgentSessionRenewed, *site.AgentSessionEnded, *site.AgentStatusChanged, *site.AssignmentRequested:
		o.staff(e)
	case *site.Posted, *site.PostsForwarded, *site.Mailed, *site.Acknowledged:
		o.mail(e)
	default:
		o.life(e)
	}
}

func (o *oracle) defineQueue(q site.QueueDefinition) {
	l := o.queues[q.ID]
	if l == nil {
		l = &line{}
		o.queues[q.ID] = l
		o.ranked = append(o.ranked, l)
		slices.SortFunc(o.ranked, func(a, b *line) int { return cmp.Compare(a.ID, b.ID) })
	}
	l.QueueDefinition = q
	o.touchAll()
	for _, v := range l.waiting {
		o.watchOverflow(v)
	}
}

// settled checks what must hold when a step is over.
func (o *oracle) settled(now site.Time) {
	o.now = now
	o.expire()
	for _, v := range o.newLeads {
		o.owesNothing(v)
	}
	for _, v := range o.concluded {
		o.toldTheEnd(v)
	}
	o.nobodyWaits()
	o.changedWorkers, o.changedVisits, o.newLeads, o.concluded = o.changedWorkers[:0], o.changedVisits[:0], o.newLeads[:0], o.concluded[:0]
	o.ejected, o.asked = 0, asked{}
}

// over checks that nothing is left when the day is over.
func (o *oracle) over() {
	if len(o.visits) > 0 || len(o.workers) > 0 || len(o.callers) > 0 {
		o.complain(nil, nil, "the day is over, and %d engagements, %d agent sessions and %d visitors' sessions are left",
			len(o.visits), len(o.workers), len(o.callers))
	}
}

// count puts what the oracle counted into the report.
func (o *oracle) count(r *Report) {
	r.Served, r.Abandoned, r.Decisions, r.Leads = o.served, o.abandoned, o.decisions, o.leads
	r.Declined, r.Expired, r.Posts, r.Reasons = o.declined, o.expired, o.posts, o.reasons
	r.LongestWait = o.longest.Sub(0)
}
