package sites

import "usher/api"

// Account is an agent's account: GET, PUT and DELETE
// /usher/admin/v1/sites/{site}/accounts/{id}. AccountID in a request does not count.
type Account struct {
	AccountID int64  `json:"accountId,omitempty"`
	Login     string `json:"login"`
	// Password is only ever sent to the server, never back. Left out of a
	// request, it stays as it is.
	Password string `json:"password,omitempty"`
	Name     string `json:"name"`
	// Greeting is shown to the visitor when the agent joins.
	Greeting string `json:"greeting"`
	// Profile says what the account serves, and how, in place of its own
	// Serving; 0 is none. Group is its staff group; 0 is none.
	Profile int64 `json:"profile"`
	Group   int64 `json:"group"`
	Serving
	// VirtualAgent: visitors are told that it is a program.
	VirtualAgent bool `json:"virtualAgent"`
	// Supervisor may watch, join and take over engagements of others, and
	// administer the site.
	Supervisor bool `json:"supervisor"`
}

// Accounts are a site's accounts in the order of their ids:
// GET /usher/admin/v1/sites/{site}/accounts.
type Accounts struct {
	Accounts api.List[Account] `json:"accounts"`
}
