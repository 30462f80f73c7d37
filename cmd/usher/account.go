package main

// accounts are the commands of usher account.
type accounts struct{}

func (accounts) kind() kind {
	return kind{
		command: "usher account", noun: "account", path: "accounts", id: 12,
		set:     "--account-login ada --name Ada --profile 1 --account-password-file ada.txt",
		columns: []string{"accountId", "login", "name", "profile", "group", "queues", "allQueues", "pull", "places", "supervisor", "virtualAgent"},
	}
}

// accountFlags: the account's own login and password have names of their own, since
// --login and --password-file say who asks.
type accountFlags struct {
	AccountLogin        *string `json:"login,omitempty" help:"The account's login." placeholder:"NAME"`
	AccountPasswordFile string  `json:"-" help:"The account's new password stands in this file; - is the standard input." placeholder:"FILE"`
	Name                *string `json:"name,omitempty" help:"The name that is shown." placeholder:"TEXT"`
	Greeting            *string `json:"greeting,omitempty" help:"What a visitor is told when the agent joins." placeholder:"TEXT"`
	Profile             *int64  `json:"profile,omitempty" help:"The profile that says what it serves, and how; 0 is none." placeholder:"ID"`
	Group               *int64  `json:"group,omitempty" help:"Its staff group; 0 is none." placeholder:"ID"`
	servingFlags
	VirtualAgent *bool `json:"virtualAgent,omitempty" help:"It is a program, and visitors are told so." negatable:""`
	Supervisor   *bool `json:"supervisor,omitempty" help:"It may administer the site, and watch and take over engagements." negatable:""`
}

func (f *accountFlags) complete(p *process, o *object) error {
	if f.AccountPasswordFile == "" {
		return nil
	}
	password, err := readPassword(p, f.AccountPasswordFile)
	if err == nil {
		o.set("password", encode(password))
	}
	return err
}

// stdin: the account's password is read from the standard input.
func (f *accountFlags) stdin() bool { return f.AccountPasswordFile == "-" }

// servingFlags are what accounts and profiles say of what they serve.
type servingFlags struct {
	Queues       *ids    `json:"queues,omitempty" help:"The queues that are served." placeholder:"ID,..."`
	AllQueues    *bool   `json:"allQueues,omitempty" help:"Serve every queue, also ones made later." negatable:""`
	Except       *ids    `json:"except,omitempty" help:"With --all-queues: but these." placeholder:"ID,..."`
	Pull         *bool   `json:"pull,omitempty" help:"Offer engagements only when the agent asks for them." negatable:""`
	Places       *int    `json:"places,omitempty" help:"How many engagements at once; 0 is the usual number." placeholder:"N"`
	Policy       *string `json:"policy,omitempty" help:"FIRST_DUE or STRICT_PRIORITY." placeholder:"WORD"`
	AllowDecline *bool   `json:"allowDecline,omitempty" help:"Offers may be declined." negatable:""`
	AutoDecline  *bool   `json:"autoDecline,omitempty" help:"An offer that is not answered goes on; otherwise it is accepted." negatable:""`
}
