package rest

import (
	"usher/api/sites"
	"usher/internal/auth"
	"usher/internal/site"
)

var accountDefinition = definition[site.Account, sites.Account]{
	kind: site.DefinedAccount, plural: "accounts", most: site.MaxWireNumber,
	all:    func(v *site.View) []site.Account { return v.Accounts },
	id:     func(a site.Account) int64 { return int64(a.ID) },
	read:   readAccount,
	define: defineAccount,
	wire: func(a site.Account) sites.Account {
		return sites.Account{
			AccountID: int64(a.ID), Login: a.Login, Name: a.Name, Greeting: a.Greeting, Profile: int64(a.Profile), Group: int64(a.Group),
			Serving: wireServing(a.Serving), VirtualAgent: a.VirtualAgent, Supervisor: a.Supervisor,
		}
	},
	listed: func(all []sites.Account) any { return sites.Accounts{Accounts: all} },
}

func readAccount(c *adminCall) site.Account {
	a := site.Account{
		ID: site.AccountID(c.id), Login: c.text("login", true), Name: c.text("name", true), Greeting: c.text("greeting", false),
		Profile: site.ProfileID(c.int64("profile", false)), Group: site.GroupID(c.int64("group", false)),
		Serving: c.serving(), VirtualAgent: c.boolean("virtualAgent", false), Supervisor: c.boolean("supervisor", false),
	}
	if a.Supervisor && a.Login == sites.AdminName {
		c.fail(site.BadRequest, "login: %q is how the audit log calls the admin token: a supervisor needs another one", a.Login)
	}
	if password := c.text("password", false); password != "" && c.err == nil {
		hash, err := auth.HashPassword(password)
		if err != nil {
			c.fail(site.BadRequest, "%v", err)
		}
		a.PasswordHash = hash
	}
	return a
}

// defineAccount leaves alone what the wire does not show.
func defineAccount(x *site.Site, by string, a site.Account) (site.Account, error) {
	old, _ := x.AccountByID(a.ID)
	a.Permanent = old.Permanent
	return x.Admin(by).DefineAccount(a)
}
