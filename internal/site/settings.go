package site

import (
	"cmp"
	"slices"
	"time"

	"usher/api"
)

// Settings are what an administrator sets for a site.
// Times are in seconds, as they are written on the wire.
type Settings struct {
	// HoldSeconds is how long a retrieval is held when there is nothing: 1 to 30.
	HoldSeconds int `json:"holdSeconds"`
	// OfferSeconds is how long an agent has to answer an offer.
	OfferSeconds int `json:"offerSeconds"`
	// AbsentSeconds without a sign of life make a session absent; twice that ends it.
	AbsentSeconds int `json:"absentSeconds"`
	// IdleSeconds in which nobody does anything end an engagement.
	IdleSeconds int `json:"idleSeconds"`
	// QueueSeconds of waiting end an engagement.
	QueueSeconds int `json:"queueSeconds"`
	// WrapUpSeconds after the end the agent's place is free without a release; 0: never.
	WrapUpSeconds int `json:"wrapUpSeconds,omitempty"`
	// NoticeSeconds is how long an offer's notice is shown before it is accepted
	// for an agent whose profile says so; 0 means DefaultNotice.
	NoticeSeconds int `json:"noticeSeconds,omitempty"`
	// TargetSeconds is how long an engagement waits for the agent it was meant for
	// before it is offered to others; 0 means DefaultTarget.
	TargetSeconds int `json:"targetSeconds,omitempty"`
	// RefuseWithoutAgents turns visitors away while nobody is logged on who could
	// serve them, also those who wait when the last one leaves.
	RefuseWithoutAgents bool `json:"refuseWithoutAgents,omitempty"`
	// StatusReasons are the site's agent statuses (agent-api 3.3, sub types).
	StatusReasons []StatusReason `json:"statusReasons,omitempty"`
	// AllowedOrigins are the web origins whose pages may call the visitor API; "*" is any.
	AllowedOrigins []string `json:"allowedOrigins"`
	// Spam turns the checks of visitors' posts on, SpamAgents with it those of
	// agents' posts.
	Spam       bool       `json:"spam"`
	SpamAgents bool       `json:"spamAgents,omitempty"`
	SpamLimits SpamLimits `json:"spamLimits,omitzero"`
	// SneakPreview shows agents what a visitor types before it is sent.
	SneakPreview bool `json:"sneakPreview,omitempty"`
	// MaxPerAddress is how many sessions at once visitors of one network may have
	// who came with nothing but the public widget key; 0: no limit.
	MaxPerAddress int `json:"maxPerAddress,omitempty"`
	// RequireIdentity lets nobody in by the widget key whom the host's back end has
	// not named. IdentityKey is the number of the key with which it signs: another
	// number is another key, and the former one is no longer accepted.
	RequireIdentity bool `json:"requireIdentity,omitempty"`
	IdentityKey     int  `json:"identityKey,omitempty"`
	// Files says what visitors and agents may send each other.
	Files FileRules `json:"files,omitzero"`
	// MailTranscripts lets visitors have the transcript sent to them by e-mail.
	MailTranscripts bool `json:"mailTranscripts,omitempty"`
	// ArchiveDays is how long the archive keeps an engagement after its end; 0: for ever.
	ArchiveDays int `json:"archiveDays,omitempty"`
	// JournalDays is how long the journal keeps events; 0, as older events have it,
	// means DefaultJournalDays.
	JournalDays int `json:"journalDays,omitempty"`
	// GoalSeconds is within how long a visitor is to be answered, in GoalPercent of all
	// chats; 0 means DefaultGoalSeconds and DefaultGoalPercent.
	GoalSeconds int `json:"goalSeconds,omitempty"`
	GoalPercent int `json:"goalPercent,omitempty"`
	// Results are what agents choose from when they wrap up.
	Results []WrapUpResult `json:"results,omitempty"`
	// HideSeenFromAgents keeps from agents which posts visitors have seen;
	// ShowSeenToVisitors shows visitors which ones agents have.
	HideSeenFromAgents bool `json:"hideSeenFromAgents,omitempty"`
	ShowSeenToVisitors bool `json:"showSeenToVisitors,omitempty"`
	// NoticeText lets desktop notices of agents hold what visitors wrote.
	NoticeText bool   `json:"noticeText,omitempty"`
	Widget     Widget `json:"widget,omitzero"`
	// RequireContext demands the application context header of the bootstrap.
	RequireContext bool `json:"requireContext,omitempty"`
	// HostNames are the hosts by which a bootstrap call without a site's name means this one.
	HostNames []string `json:"hostNames,omitempty"`
	// Default marks the site that a bootstrap call means when nothing else tells.
	Default bool `json:"default,omitempty"`
}

// DefaultSettings answers the contract's own defaults (agent-api 2.4).
func DefaultSettings() Settings {
	return Settings{
		HoldSeconds: 30, OfferSeconds: 60, AbsentSeconds: 120, IdleSeconds: 600, QueueSeconds: 1800,
		WrapUpSeconds: 600, AllowedOrigins: []string{"*"}, StatusReasons: slices.Clone(defaultReasons),
		Spam: true, MaxPerAddress: 100, JournalDays: DefaultJournalDays,
	}
}

// StatusReason is one of the site's agent statuses: what a sub type's id means.
type StatusReason struct {
	SubType int32              `json:"subTypeId"`
	Name    string             `json:"name"`
	Status  api.ActivityStatus `json:"status"`
}

// defaultReasons are those that the contract ships; their ids are usher's own.
var defaultReasons = []StatusReason{
	{1, "Unrestricted", api.StatusAvailable}, {2, "Unqualified", api.StatusUnavailable}, {3, "On Break", api.StatusUnavailable},
	{4, "In Meeting", api.StatusUnavailable}, {5, "Unspecified", api.StatusNone},
}

const (
	maxHoldSeconds = 30            // the contract's own limit
	maxSeconds     = 7 * 24 * 3600 // a week: longer is no longer a chat
	maxList        = 100           // origins, host names, reasons, results
	maxIdentityKey = 1_000_000     // each number is a key of its own, made when it is first used
	maxArchiveDays = 100 * 366     // a century: longer is for ever
)

// Hold answers how long a retrieval is held.
func (s Settings) Hold() time.Duration    { return seconds(s.HoldSeconds) }
func (s Settings) offer() time.Duration   { return seconds(s.OfferSeconds) }
func (s Settings) absent() time.Duration  { return seconds(s.AbsentSeconds) }
func (s Settings) idle() time.Duration    { return seconds(s.IdleSeconds) }
func (s Settings) inQueue() time.Duration { return seconds(s.QueueSeconds) }
func (s Settings) wrapUp() time.Duration  { return seconds(s.WrapUpSeconds) }
func (s Settings) notice() time.Duration  { return cmp.Or(seconds(s.NoticeSeconds), DefaultNotice) }
func (s Settings) target() time.Duration  { return cmp.Or(seconds(s.TargetSeconds), DefaultTarget) }

// KeepJournal answers how long the journal keeps events.
func (s Settings) KeepJournal() time.Duration {
	return days(cmp.Or(s.JournalDays, DefaultJournalDays))
}

// KeepArchive answers how long the archive keeps an engagement after its end; 0: for ever.
func (s Settings) KeepArchive() time.Duration { return days(s.ArchiveDays) }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
func days(n int) time.Duration    { return time.Duration(n) * 24 * time.Hour }

// Clone answers a copy that shares nothing.
func (s Settings) Clone() Settings {
	s.AllowedOrigins, s.HostNames = slices.Clone(s.AllowedOrigins), slices.Clone(s.HostNames)
	s.StatusReasons, s.Files.Types = slices.Clone(s.StatusReasons), slices.Clone(s.Files.Types)
	s.Results, s.Widget = slices.Clone(s.Results), s.Widget.clone()
	return s
}

// CurrentSettings answers a copy of the site's settings.
func (s *Site) CurrentSettings() Settings {
	n := s.Settings.Clone()
	n.JournalDays = cmp.Or(n.JournalDays, DefaultJournalDays)
	n.GoalSeconds, n.GoalPercent = cmp.Or(n.GoalSeconds, DefaultGoalSeconds), cmp.Or(n.GoalPercent, DefaultGoalPercent)
	return n
}

// setting is a number that an administrator sets, and its range.
type setting struct {
	name            string
	value, min, max int
}

// ChangeSettings replaces the settings and answers them.
func (a Admin) ChangeSettings(n Settings) (Settings, error) {
	for _, f := range append([]setting{
		{"holdSeconds", n.HoldSeconds, 1, maxHoldSeconds}, {"offerSeconds", n.OfferSeconds, 1, maxSeconds},
		{"absentSeconds", n.AbsentSeconds, 1, maxSeconds}, {"idleSeconds", n.IdleSeconds, 1, maxSeconds},
		{"queueSeconds", n.QueueSeconds, 1, maxSeconds}, {"wrapUpSeconds", n.WrapUpSeconds, 0, maxSeconds},
		{"noticeSeconds", n.NoticeSeconds, 0, maxSeconds}, {"targetSeconds", n.TargetSeconds, 0, maxSeconds},
		{"maxPerAddress", n.MaxPerAddress, 0, MaxEngagements}, {"identityKey", n.IdentityKey, 0, maxIdentityKey},
		{"goalSeconds", n.GoalSeconds, 0, maxSeconds}, {"goalPercent", n.GoalPercent, 0, 100},
		{"archiveDays", n.ArchiveDays, 0, maxArchiveDays}, {"journalDays", n.JournalDays, 1, MaxJournalDays},
	}, n.SpamLimits.ranges()...) {
		if f.value < f.min || f.value > f.max {
			return Settings{}, refuse(BadRequest, "%s is %d: expected %d to %d", f.name, f.value, f.min, f.max)
		}
	}
	if len(n.AllowedOrigins) > maxList || len(n.HostNames) > maxList || len(n.StatusReasons) > maxList {
		return Settings{}, refuse(BadRequest, "allowedOrigins, hostNames and statusReasons hold at most %d entries", maxList)
	}
	n = n.Clone()
	for i, text := range n.AllowedOrigins {
		o, ok := origin(text)
		switch {
		case ok:
			n.AllowedOrigins[i] = o
		case !slices.Contains(a.site.Settings.AllowedOrigins, text):
			return Settings{}, refuse(BadRequest, "allowedOrigins[%d] is %.80q: expected an origin such as https://shop.example, without a path, or *", i, text)
		}
	}
	for _, err := range []error{n.Files.check(), checkResults(n.Results), n.Widget.check()} {
		if err != nil {
			return Settings{}, err
		}
	}
	for i, r := range n.StatusReasons {
		if r.Name == "" || len(r.Name) > MaxNameBytes || r.SubType <= 0 {
			return Settings{}, refuse(BadRequest, "statusReasons[%d]: expected a name and a positive subTypeId", i)
		}
		if r.Status != api.StatusNone && r.Status != api.StatusAvailable && r.Status != api.StatusUnavailable {
			return Settings{}, refuse(BadRequest, "statusReasons[%d].status is %.40q: expected NONE, AVAILABLE or UNAVAILABLE", i, r.Status)
		}
		if slices.ContainsFunc(n.StatusReasons[:i], func(o StatusReason) bool { return o.SubType == r.SubType }) {
			return Settings{}, refuse(BadRequest, "statusReasons[%d]: subTypeId %d stands there twice", i, r.SubType)
		}
	}
	a.site.record(&SettingsChanged{Settings: n.Clone(), By: a.by})
	for _, id := range sortedKeys(a.site.live) {
		a.site.stirred(a.site.live[id])
	}
	a.site.staffChanged()
	return a.site.CurrentSettings(), nil
}
