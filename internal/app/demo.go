package app

import (
	"context"
	"errors"
	"fmt"

	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// DemoSite is the name of the site that --demo makes.
const DemoSite = "demo"

// The demo's queues: people serve the first and every other but the second,
// which is the bot's.
const (
	demoSupport = 1
	demoEcho    = 2
)

// The demo's accounts. demoTry serves nothing; its session never ends, so that
// the printed curl works at any time. demoSam watches the others.
const (
	demoAda  = 12
	demoBob  = 13
	demoBot  = 14
	demoTry  = 15
	demoSam  = 16
	tryLogin = "try"
	samLogin = "sam"
)

func demoQueues() []site.QueueDefinition {
	return []site.QueueDefinition{{ID: demoSupport, Name: "Support", Default: true}, {ID: demoEcho, Name: "Echo bot"}}
}

func demoAccounts() []site.Account {
	person := func(id site.AccountID, login, name string) site.Account {
		return site.Account{
			ID: id, Login: login, Name: name, Greeting: "Hello, this is " + name + ". How can I help?",
			Serving: site.Serving{AllQueues: true, Except: []site.QueueID{demoEcho}, Pull: true},
		}
	}
	return []site.Account{
		person(demoAda, "ada", "Ada"), person(demoBob, "bob", "Bob"),
		{ID: demoBot, Login: "echo", Name: "Echo", Greeting: "I say again what you say.", Serving: site.Serving{Queues: []site.QueueID{demoEcho}, Pull: true}, VirtualAgent: true},
	}
}

// demo is the site demo as it is told to people and to the ready file.
type demo struct {
	ready   sites.ReadySite
	session string // of account try
	sam     string // the supervisor's password
}

// makeDemo makes the site if it is not there. Its passwords are made once and
// kept, so that every start tells the same ones; what somebody changed meanwhile
// stays changed.
func makeDemo(ctx context.Context, node *cluster.Node, keys *auth.Keyring) (*demo, error) {
	k, err := keys.Site(ctx, DemoSite)
	if err != nil {
		return nil, err
	}
	d := &demo{ready: sites.ReadySite{Site: DemoSite, InterfaceID: 1, WidgetKey: k.WidgetKey}}
	if d.session, err = keys.PermanentSession(ctx, DemoSite, tryLogin); err != nil {
		return nil, err
	}
	if d.sam, err = keys.DemoPassword(ctx, DemoSite, samLogin); err != nil {
		return nil, err
	}
	err = d.settle(ctx, node, keys)
	if err != nil && !errors.Is(err, machine.ErrMoved) { // whoever runs it has seen to it, or does so now
		return nil, err
	}
	for _, a := range demoAccounts() {
		password, err := keys.DemoPassword(ctx, DemoSite, a.Login)
		if err != nil {
			return nil, err
		}
		d.ready.Accounts = append(d.ready.Accounts, sites.ReadyAccount{
			AccountID: int64(a.ID), Login: a.Login, Password: password, Name: a.Name, VirtualAgent: a.VirtualAgent,
		})
	}
	for _, q := range demoQueues() {
		d.ready.Queues = append(d.ready.Queues, sites.ReadyQueue{QueueID: int64(q.ID), Name: q.Name})
	}
	return d, nil
}

// settle makes the site if it is nowhere.
func (d *demo) settle(ctx context.Context, node *cluster.Node, keys *auth.Keyring) error {
	made, err := node.Create(ctx, DemoSite)
	if err != nil {
		return err
	}
	owner, err := node.Owner(ctx, DemoSite)
	if err != nil {
		return err
	}
	if made {
		if err := d.define(ctx, owner.Host, keys); err != nil {
			return err
		}
	}
	key := site.SessionKey(auth.SessionHash(d.session))
	watched, err := host.Do(ctx, owner.Host, DemoSite, func(s *site.Site) (bool, error) {
		return hasSam(s), s.EnsurePermanentSession(demoTry, key)
	})
	if err != nil || watched {
		return err
	}
	return d.supervise(ctx, owner.Host)
}

func hasSam(s *site.Site) bool {
	_, byID := s.AccountByID(demoSam)
	_, byLogin := s.AccountByLogin(samLogin)
	return byID || byLogin
}

// supervise gives the demo its supervisor, also one that was made before it had any.
func (d *demo) supervise(ctx context.Context, h *host.Host) error {
	hash, err := auth.HashPassword(d.sam)
	if err != nil {
		return err
	}
	_, err = host.Do(ctx, h, DemoSite, func(s *site.Site) (site.Account, error) {
		if hasSam(s) { // by now
			return site.Account{}, nil
		}
		return s.Admin("usher").DefineAccount(site.Account{
			ID: demoSam, Login: samLogin, PasswordHash: hash, Name: "Sam", Serving: site.Serving{Pull: true}, Supervisor: true,
		})
	})
	return err
}

// define gives a new demo its queues and accounts, in one command: a start that
// is cut off leaves all of it or nothing.
func (d *demo) define(ctx context.Context, h *host.Host, keys *auth.Keyring) error {
	accounts := demoAccounts()
	for i := range accounts {
		password, err := keys.DemoPassword(ctx, DemoSite, accounts[i].Login)
		if err != nil {
			return err
		}
		if accounts[i].PasswordHash, err = auth.HashPassword(password); err != nil {
			return err
		}
	}
	accounts = append(accounts, site.Account{ID: demoTry, Login: tryLogin, Name: "Try", Serving: site.Serving{Pull: true}, Permanent: true})
	_, err := host.Do(ctx, h, DemoSite, func(s *site.Site) (struct{}, error) {
		open := s.CurrentSettings()
		open.Spam, open.MaxPerAddress = false, 0 // it is there to be tried, also by programs
		if _, err := s.Admin("usher").ChangeSettings(open); err != nil {
			return struct{}{}, err
		}
		for _, q := range demoQueues() {
			if _, err := s.Admin("usher").DefineQueue(q); err != nil {
				return struct{}{}, err
			}
		}
		for _, a := range accounts {
			if _, err := s.Admin("usher").DefineAccount(a); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// Supervisor answers the login and the password of the demo's supervisor, "" without a
// demo.
func (a *App) Supervisor() (login, password string) {
	if a.demo == nil {
		return "", ""
	}
	return samLogin, a.demo.sam
}

// TryCurl answers a line that retrieves messages as account try: it can be pasted
// as it stands, at any time and twice.
func (a *App) TryCurl() string {
	if a.demo == nil {
		return ""
	}
	insecure := ""
	if a.options.TLSSelfSigned {
		insecure = "-k "
	}
	return fmt.Sprintf(`curl %s-s -X POST '%s/engagement/api/agent/%s/v1/getMessages?pool=%s' -H 'X-AID: %d' -H 'X-JSESSIONID: %s' -H 'Content-Type: application/json' -d '{}'`,
		insecure, a.url, DemoSite, a.options.Pool, demoTry, a.demo.session)
}
