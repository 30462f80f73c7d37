package main

import (
	"net/http"
	"strings"
)

// settingsCommands are usher site settings.
type settingsCommands struct {
	Show settingsShowCommand `cmd:"" help:"Show them."`
	Set  settingsSetCommand  `cmd:"" help:"Change what the flags or the file say."`
}

func (settingsCommands) Help() string {
	return "Example:\n\n  usher site settings show\n  usher site settings set --wrap-up-seconds 120"
}

type settingsShowCommand struct{ administration }

func (settingsShowCommand) Help() string { return "Example:\n\n  usher site settings show --site acme" }

func (c settingsShowCommand) Run(p *process) error {
	path, err := c.at(p, "settings")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, showSettings)
}

type settingsSetCommand struct {
	administration
	File  string        `help:"Settings to change in JSON; - is the standard input. Flags come on top." placeholder:"FILE"`
	Flags settingsFlags `embed:""`
}

type settingsFlags struct {
	HoldSeconds         *int   `json:"holdSeconds,omitempty" help:"How long a poll is held." placeholder:"N"`
	OfferSeconds        *int   `json:"offerSeconds,omitempty" help:"How long an agent has to answer an offer." placeholder:"N"`
	AbsentSeconds       *int   `json:"absentSeconds,omitempty" help:"The silence that makes a session absent." placeholder:"N"`
	IdleSeconds         *int   `json:"idleSeconds,omitempty" help:"When an engagement ends in which nobody does anything." placeholder:"N"`
	QueueSeconds        *int   `json:"queueSeconds,omitempty" help:"When a wait in the queue ends." placeholder:"N"`
	WrapUpSeconds       *int   `json:"wrapUpSeconds,omitempty" help:"When a wrap-up ends; 0 is never." placeholder:"N"`
	NoticeSeconds       *int   `json:"noticeSeconds,omitempty" help:"How long an offer is shown before it is accepted for the agent." placeholder:"N"`
	TargetSeconds       *int   `json:"targetSeconds,omitempty" help:"How long an engagement waits for the agent it is meant for." placeholder:"N"`
	RefuseWithoutAgents *bool  `json:"refuseWithoutAgents,omitempty" help:"Turn visitors away while nobody is there to serve them." negatable:""`
	AllowedOrigins      *words `json:"allowedOrigins,omitempty" help:"The origins whose pages may call the visitor API." placeholder:"URL,..."`
	HostNames           *words `json:"hostNames,omitempty" help:"The hosts by which the bootstrap means this site." placeholder:"NAME,..."`
	Spam                *bool  `json:"spam,omitempty" help:"Check visitors' posts." negatable:""`
	SpamAgents          *bool  `json:"spamAgents,omitempty" help:"Check agents' posts, too." negatable:""`
	SneakPreview        *bool  `json:"sneakPreview,omitempty" help:"Show agents what a visitor types before it is sent." negatable:""`
	MaxPerAddress       *int   `json:"maxPerAddress,omitempty" help:"Sessions at once that pages of one network may have; 0 is no limit." placeholder:"N"`
	RequireIdentity     *bool  `json:"requireIdentity,omitempty" help:"Pages let in only visitors whom the site's back end names." negatable:""`
	IdentityKey         *int   `json:"identityKey,omitempty" help:"The number of the key that the back end signs with; another number ends the former key." placeholder:"N"`
	MailTranscripts     *bool  `json:"mailTranscripts,omitempty" help:"Visitors may have the transcript sent to them by e-mail." negatable:""`
	ArchiveDays         *int   `json:"archiveDays,omitempty" help:"Days for which the archive keeps what is over; 0 is for ever." placeholder:"N"`
	JournalDays         *int   `json:"journalDays,omitempty" help:"Days for which the journal keeps events, 1 to 30." placeholder:"N"`
	GoalSeconds         *int   `json:"goalSeconds,omitempty" help:"Within how long a visitor is to be answered; 0 is 60." placeholder:"N"`
	GoalPercent         *int   `json:"goalPercent,omitempty" help:"In how many percent of all chats; 0 is 80." placeholder:"N"`
	HideSeenFromAgents  *bool  `json:"hideSeenFromAgents,omitempty" help:"Keep from agents which posts visitors have seen." negatable:""`
	ShowSeenToVisitors  *bool  `json:"showSeenToVisitors,omitempty" help:"Show visitors which posts agents have seen." negatable:""`
	NoticeText          *bool  `json:"noticeText,omitempty" help:"Desktop notices of agents may hold what visitors wrote." negatable:""`
	RequireContext      *bool  `json:"requireContext,omitempty" help:"The bootstrap demands its context header." negatable:""`
	Default             *bool  `json:"default,omitempty" help:"The bootstrap means this site when nothing else tells." negatable:""`
}

func (settingsSetCommand) Help() string {
	return `Changes what is said and leaves the rest. Statuses, results, the limits of the spam
checks, what files may be sent and how the widget looks are said in a file.

Example:

  usher site settings set --offer-seconds 30 --refuse-without-agents
  usher site settings set --spam --sneak-preview --max-per-address 20
  echo '{"spamLimits":{"maxLinks":2},"files":{"maxBytes":5000000}}' | usher site settings set --file -
  echo '{"statusReasons":[{"subTypeId":1,"name":"Here","status":"AVAILABLE"}]}' | usher site settings set --file -`
}

func (c settingsSetCommand) Run(p *process) error {
	if c.File == "-" && c.PasswordFile == "-" {
		return errOneInput
	}
	said, err := readObject(encode(c.Flags))
	if err != nil {
		return err
	}
	if len(said) == 0 && c.File == "" {
		return errNothingToSet
	}
	var whole object
	if c.File != "" {
		if whole, err = definition(p, c.File); err != nil {
			return err
		}
	}
	for _, m := range said {
		whole.set(m.name, m.value)
	}
	path, err := c.at(p, "settings")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodPatch, path, encode(whole))
	if err != nil {
		return err
	}
	return c.printed(p, b, showSettings)
}

// showSettings prints a line for each setting, also for each within another.
func showSettings(p *process, o object) error {
	var lines object
	for _, m := range o {
		within, err := readObject(m.value)
		if err != nil {
			lines = append(lines, m)
			continue
		}
		for _, x := range within {
			lines = append(lines, member{m.name + "." + x.name, x.value})
		}
	}
	return showMembers(p, lines)
}

// words is a list of words with commas between them; an empty text is an empty list.
type words []string

// UnmarshalText reads the list.
func (l *words) UnmarshalText(text []byte) error {
	*l = words{}
	if len(text) > 0 {
		*l = strings.Split(string(text), ",")
	}
	return nil
}
