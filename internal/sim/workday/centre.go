package workday

import (
	"fmt"
	"slices"
	"strconv"

	"usher/internal/site"
)

// centre is who and what there is: it is defined in the morning, and an
// administrator changes some of it over the day.
type centre struct {
	queues   []site.QueueDefinition
	profiles []site.Profile
	accounts []site.Account
	rules    site.Rules
}

// Ids that mean something to everybody.
const (
	dayHours   site.HoursID = 1
	splitHours site.HoursID = 2 // closed over lunch

	botQueue site.QueueID = 1

	botProfile        site.ProfileID = 1
	supervisorProfile site.ProfileID = 2
	firstProfile      site.ProfileID = 3 // of people
	profiles                         = 14
)

var weekdays = []string{"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"}

func (d *day) must(what string, err error) {
	if err != nil {
		d.breaks(fmt.Errorf("%s: %w", what, err))
	}
	d.settle()
}

// open defines the centre, and lets everybody plan the day.
func (d *day) open() {
	d.site.Tick(d.now)
	d.must("create", d.site.Create("centre"))
	admin := d.site.Admin("admin")
	set := d.site.CurrentSettings()
	set.Spam = false // the day knows no texts
	set.IdleSeconds, set.QueueSeconds, set.WrapUpSeconds = 420, 600, 180
	set.TargetSeconds, set.NoticeSeconds, set.RefuseWithoutAgents = 45, 12, true
	_, err := admin.ChangeSettings(set)
	d.must("settings", err)
	var whole, split []site.Span
	for _, w := range weekdays {
		whole = append(whole, site.Span{Day: w, From: "08:00", To: "18:00"})
		split = append(split, site.Span{Day: w, From: "08:00", To: "12:30"}, site.Span{Day: w, From: "13:30", To: "17:00"})
	}
	_, err = admin.DefineHours(site.Hours{ID: dayHours, Name: "day", Zone: "UTC", Week: whole})
	d.must("hours", err)
	_, err = admin.DefineHours(site.Hours{ID: splitHours, Name: "split", Zone: "UTC", Week: split})
	d.must("hours", err)
	d.makeQueues()
	d.makeProfiles()
	d.makeAccounts()
	d.makeRules()
	for _, a := range d.centre.accounts {
		d.agents = append(d.agents, d.newAgent(a))
	}
	for range d.plan.Visitors {
		d.visitors = append(d.visitors, d.newVisitor())
	}
	d.at(clock(12, 0), d.noon)
	d.at(clock(14, 0), d.afternoon)
}

// makeQueues makes queues in a chain of overflows: the last one, the default, takes
// what the others do not serve in time.
func (d *day) makeQueues() {
	n := min(20, max(6, d.plan.Visitors/1000))
	last := site.QueueID(n)
	for i := n; i >= 1; i-- {
		q := site.QueueDefinition{ID: site.QueueID(i), Name: fmt.Sprintf("Queue %d", i), Hours: dayHours, Rank: d.rnd.IntN(n), Default: i == n}
		switch {
		case i == 1:
			q.MaxWaiting, q.OverflowQueue = 20, last // bots
		case i == n:
			q.Hours = 0
		case i%5 == 2:
			q.OverflowSeconds, q.OverflowQueue = 60+d.rnd.IntN(120), last
		case i%5 == 3:
			q.MaxWaiting, q.OverflowQueue = 8, last-1
			if q.ID >= last-1 {
				q.OverflowQueue = last
			}
		case i%5 == 4:
			q.MaxWaiting, q.Hours = 12, splitHours
		case i%5 == 0:
			q.MaxWaiting, q.OverflowSeconds, q.OverflowQueue = 10, 90, last
		}
		d.define(q)
		d.centre.queues = append(d.centre.queues, q)
	}
}

func (d *day) define(q site.QueueDefinition) {
	_, err := d.site.Admin("admin").DefineQueue(q)
	d.must("queue", err)
}

func (d *day) makeProfiles() {
	d.profile(site.Profile{ID: botProfile, Name: "bots", Serving: site.Serving{Queues: []site.QueueID{botQueue}, Pull: true, Places: 4}})
	d.profile(site.Profile{ID: supervisorProfile, Name: "supervisors", Serving: site.Serving{
		AllQueues: true, Except: []site.QueueID{botQueue}, Pull: true, Places: 2,
	}})
	for i := range site.ProfileID(profiles) {
		d.profile(site.Profile{ID: firstProfile + i, Name: "people", Serving: d.serving()})
	}
}

func (d *day) profile(p site.Profile) {
	_, err := d.site.Admin("admin").DefineProfile(p)
	d.must("profile", err)
	d.centre.profiles = append(d.centre.profiles, p)
}

// serving draws what people serve, and how.
func (d *day) serving() site.Serving {
	v := site.Serving{Pull: d.chance(0.4), Places: 1 + d.rnd.IntN(4), Policy: site.FirstDue, NoDecline: d.chance(0.2), AutoAccept: d.chance(0.2)}
	if d.chance(0.5) {
		v.Policy = site.StrictPriority
	}
	if d.chance(0.15) {
		v.AllQueues, v.Except = true, []site.QueueID{botQueue}
		return v
	}
	people := d.rnd.Perm(len(d.centre.queues) - 1)
	for _, i := range people[:min(len(people), 3+d.rnd.IntN(5))] {
		v.Queues = append(v.Queues, site.QueueID(i+2))
	}
	return v
}

func (d *day) makeAccounts() {
	n := max(12, d.plan.Visitors/100)
	for i := range n {
		a := site.Account{ID: site.AccountID(i + 1), Login: "agent" + strconv.Itoa(i+1), Name: "Agent " + strconv.Itoa(i+1), Greeting: "Hello"}
		switch {
		case i%25 == 0:
			a.Profile, a.VirtualAgent = botProfile, true
		case i%25 == 1:
			a.Profile, a.Supervisor = supervisorProfile, true
		case i%10 == 2:
			a.Serving = d.serving()
		default:
			a.Profile = firstProfile + site.ProfileID(d.rnd.IntN(profiles))
		}
		d.account(a)
		d.centre.accounts = append(d.centre.accounts, a)
	}
}

func (d *day) account(a site.Account) {
	_, err := d.site.Admin("admin").DefineAccount(a)
	d.must("account", err)
}

// person draws an account of a person who is no supervisor.
func (d *day) person() site.AccountID {
	for {
		if a := d.centre.accounts[d.rnd.IntN(len(d.centre.accounts))]; !a.VirtualAgent && !a.Supervisor {
			return a.ID
		}
	}
}

// queue draws a queue of people.
func (d *day) queue() site.QueueID { return site.QueueID(2 + d.rnd.IntN(len(d.centre.queues)-1)) }

// makeRules makes rules over products 1 to 20, languages and a field.
func (d *day) makeRules() {
	vip := site.Condition{Fields: []site.FieldCondition{{Name: "vip", Op: "EQUALS", Value: "true"}}}
	r := site.Rules{Enter: []site.Rule{
		{Name: "sanctions", When: site.Condition{Products: []int64{20}}, Refuse: true},
		{Name: "vip", When: vip, Queue: d.queue(), Priority: 10},
		{Name: "bots", When: site.Condition{Products: []int64{1, 2, 3}}, Queue: botQueue},
		{Name: "german", When: site.Condition{Languages: []string{"de"}}, Queue: d.queue(), Priority: 2},
		{Name: "owner", When: site.Condition{Products: []int64{19}}, Queue: d.queue(), Account: d.person()},
	}}
	for p := range int64(13) {
		r.Enter = append(r.Enter, site.Rule{Name: "product", When: site.Condition{Products: []int64{p + 4}}, Queue: d.queue()})
	}
	r.Escalate = []site.Rule{
		{Name: "from bots", When: site.Condition{Queues: []site.QueueID{botQueue}, Products: []int64{1}}, Queue: d.queue(), Priority: 3},
		{Name: "known", When: site.Condition{Queues: []site.QueueID{botQueue}, Products: []int64{2}}, Queue: d.queue(), Account: d.person()},
		{Name: "rest", When: site.Condition{Queues: []site.QueueID{botQueue}}, Queue: site.QueueID(len(d.centre.queues))},
		{Name: "hard", When: site.Condition{Products: []int64{5, 6, 7}}, Queue: d.queue(), Priority: 1},
	}
	d.rule(r)
}

func (d *day) rule(r site.Rules) {
	_, err := d.site.Admin("admin").DefineRules(r)
	d.must("rules", err)
	d.centre.rules = r
}

// noon: the administrator changes who serves what, and how.
func (d *day) noon() {
	for _, i := range d.rnd.Perm(profiles)[:profiles/2] {
		p := site.Profile{ID: firstProfile + site.ProfileID(i), Name: "people, after noon", Serving: d.serving()}
		_, err := d.site.Admin("admin").DefineProfile(p)
		d.must("profile", err)
	}
	d.makeRules()
}

// afternoon: some accounts get another profile, queues get other limits, and
// somebody has left the company.
func (d *day) afternoon() {
	for range len(d.centre.accounts) / 20 {
		a := d.centre.accounts[d.person()-1]
		a.Profile = firstProfile + site.ProfileID(d.rnd.IntN(profiles))
		d.account(a)
	}
	for _, q := range d.centre.queues {
		if q.MaxWaiting > 0 && d.chance(0.5) {
			q.MaxWaiting *= 2
			d.define(q)
		}
	}
	for _, a := range d.agents { // somebody who is at work, and no rule's agent
		rules := append(slices.Clone(d.centre.rules.Enter), d.centre.rules.Escalate...)
		named := slices.ContainsFunc(rules, func(r site.Rule) bool { return r.Account == a.account.ID })
		if a.ready() && len(a.chats) > 0 && !named && !a.account.VirtualAgent && !a.account.Supervisor {
			d.oracle.asks(asked{what: "remove"}, d.now)
			d.must("remove", d.site.Admin("admin").Remove(site.DefinedAccount, int64(a.account.ID)))
			return
		}
	}
}
