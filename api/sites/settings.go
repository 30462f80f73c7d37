package sites

import "usher/api"

// Settings are the settings of a site:
// GET /usher/admin/v1/sites/{site}/settings. All times are in seconds.
type Settings struct {
	// HoldSeconds is how long a retrieval waits for messages.
	HoldSeconds int `json:"holdSeconds"`
	// OfferSeconds is how long an agent may take to answer an offer.
	OfferSeconds int `json:"offerSeconds"`
	// AbsentSeconds is how long a session may be silent before it is absent;
	// after twice that it is lost.
	AbsentSeconds int `json:"absentSeconds"`
	// IdleSeconds is how long an engagement lasts in which nobody does anything.
	IdleSeconds int `json:"idleSeconds"`
	// QueueSeconds is how long a visitor may wait in the queue.
	QueueSeconds int `json:"queueSeconds"`
	// WrapUpSeconds is how long a wrap-up lasts without a release; 0 is without end.
	WrapUpSeconds int `json:"wrapUpSeconds"`
	// NoticeSeconds is how long an offer is shown before it is accepted for an
	// agent whose profile says so; 0 is 15.
	NoticeSeconds int `json:"noticeSeconds"`
	// TargetSeconds is how long an engagement waits for the agent it was meant
	// for before others are offered it; 0 is 60.
	TargetSeconds int `json:"targetSeconds"`
	// RefuseWithoutAgents turns visitors away while nobody is there who could
	// serve them.
	RefuseWithoutAgents bool `json:"refuseWithoutAgents"`
	// StatusReasons are what the sub types of agents' statuses mean (section 3.3).
	StatusReasons api.List[StatusReason] `json:"statusReasons"`
	// AllowedOrigins are the origins whose pages may call the visitor API; "*" is any.
	AllowedOrigins api.List[string] `json:"allowedOrigins"`
	// Spam says whether visitors' posts are checked, SpamAgents whether agents'
	// posts are, too, and SpamLimits what is let through.
	Spam       bool       `json:"spam"`
	SpamAgents bool       `json:"spamAgents"`
	SpamLimits SpamLimits `json:"spamLimits"`
	// SneakPreview shows agents what a visitor types before it is sent.
	SneakPreview bool `json:"sneakPreview"`
	// MaxPerAddress is how many sessions at once visitors of one network may have
	// who came with nothing but the public widget key; 0 is no limit.
	MaxPerAddress int `json:"maxPerAddress"`
	// RequireIdentity lets nobody in by the widget key whom the site's back end has
	// not named. IdentityKey is the number of the key with which it signs: another
	// number is another key, and the former one ends at once.
	RequireIdentity bool `json:"requireIdentity"`
	IdentityKey     int  `json:"identityKey"`
	// Files are what visitors and agents may send each other.
	Files FileRules `json:"files"`
	// MailTranscripts lets visitors have the transcript sent to them by e-mail.
	MailTranscripts bool `json:"mailTranscripts"`
	// ArchiveDays is for how many days the archive keeps engagements that are over; 0 is
	// for ever. JournalDays is for how many the journal keeps events, from 1 to 30.
	ArchiveDays int `json:"archiveDays"`
	JournalDays int `json:"journalDays"`
	// GoalSeconds is within how long a visitor is to be answered, GoalPercent how many
	// percent of them.
	GoalSeconds int `json:"goalSeconds"`
	GoalPercent int `json:"goalPercent"`
	// Results are what agents choose from when they wrap up.
	Results api.List[WrapUpResult] `json:"results"`
	// HideSeenFromAgents keeps from agents which posts visitors have seen,
	// ShowSeenToVisitors shows visitors which ones agents have.
	HideSeenFromAgents bool `json:"hideSeenFromAgents"`
	ShowSeenToVisitors bool `json:"showSeenToVisitors"`
	// NoticeText lets desktop notices of agents hold what visitors wrote.
	NoticeText bool `json:"noticeText"`
	// Widget is how the site's own widget looks, and what it asks.
	Widget Widget `json:"widget"`
	// RequireContext demands the application context header of the bootstrap.
	RequireContext bool `json:"requireContext,omitempty"`
	// HostNames are the hosts by which a bootstrap call without a site's name
	// means this one; Default marks the site that it means otherwise.
	HostNames api.List[string] `json:"hostNames,omitempty"`
	Default   bool             `json:"default,omitempty"`
}

// SpamLimits are the thresholds of the spam checks, those that are in force.
type SpamLimits struct {
	// MaxCharacters and MaxLinks are the most that one post may have.
	MaxCharacters int `json:"maxCharacters"`
	MaxLinks      int `json:"maxLinks"`
	// The same text Duplicates times within DuplicateSeconds is blocked.
	Duplicates       int `json:"duplicates"`
	DuplicateSeconds int `json:"duplicateSeconds"`
	// A text of more than SymbolCharacters may have at most SymbolPercent of symbols.
	SymbolPercent    int `json:"symbolPercent"`
	SymbolCharacters int `json:"symbolCharacters"`
	// BurstPosts are the most within BurstSeconds.
	BurstPosts   int `json:"burstPosts"`
	BurstSeconds int `json:"burstSeconds"`
	// MaxBlocks blocked posts end the engagement; so does one that is ExtremeFactor
	// times beyond a count.
	MaxBlocks     int `json:"maxBlocks"`
	ExtremeFactor int `json:"extremeFactor"`
}

// FileRules say what files may be sent, as it is in force.
type FileRules struct {
	// Off: none at all.
	Off bool `json:"off"`
	// MaxBytes is the most that one file may have.
	MaxBytes int64 `json:"maxBytes"`
	// Types are the media types that may be sent, such as "application/pdf" or
	// "image/*".
	Types api.List[string] `json:"types"`
}

// StatusReason is one of a site's agent statuses (section 3.3).
type StatusReason struct {
	SubTypeID int32              `json:"subTypeId"`
	Name      string             `json:"name"`
	Status    api.ActivityStatus `json:"status"`
}

// SettingsPatch changes the settings that are not nil:
// PATCH /usher/admin/v1/sites/{site}/settings. It is answered with Settings.
type SettingsPatch struct {
	HoldSeconds         *int             `json:"holdSeconds,omitempty"`
	OfferSeconds        *int             `json:"offerSeconds,omitempty"`
	AbsentSeconds       *int             `json:"absentSeconds,omitempty"`
	IdleSeconds         *int             `json:"idleSeconds,omitempty"`
	QueueSeconds        *int             `json:"queueSeconds,omitempty"`
	WrapUpSeconds       *int             `json:"wrapUpSeconds,omitempty"`
	NoticeSeconds       *int             `json:"noticeSeconds,omitempty"`
	TargetSeconds       *int             `json:"targetSeconds,omitempty"`
	RefuseWithoutAgents *bool            `json:"refuseWithoutAgents,omitempty"`
	StatusReasons       *[]StatusReason  `json:"statusReasons,omitempty"`
	AllowedOrigins      *[]string        `json:"allowedOrigins,omitempty"`
	Spam                *bool            `json:"spam,omitempty"`
	SpamAgents          *bool            `json:"spamAgents,omitempty"`
	SpamLimits          *SpamLimitsPatch `json:"spamLimits,omitempty"`
	SneakPreview        *bool            `json:"sneakPreview,omitempty"`
	MaxPerAddress       *int             `json:"maxPerAddress,omitempty"`
	RequireIdentity     *bool            `json:"requireIdentity,omitempty"`
	IdentityKey         *int             `json:"identityKey,omitempty"`
	Files               *FileRulesPatch  `json:"files,omitempty"`
	MailTranscripts     *bool            `json:"mailTranscripts,omitempty"`
	ArchiveDays         *int             `json:"archiveDays,omitempty"`
	JournalDays         *int             `json:"journalDays,omitempty"`
	GoalSeconds         *int             `json:"goalSeconds,omitempty"`
	GoalPercent         *int             `json:"goalPercent,omitempty"`
	Results             *[]WrapUpResult  `json:"results,omitempty"`
	HideSeenFromAgents  *bool            `json:"hideSeenFromAgents,omitempty"`
	ShowSeenToVisitors  *bool            `json:"showSeenToVisitors,omitempty"`
	NoticeText          *bool            `json:"noticeText,omitempty"`
	Widget              *WidgetPatch     `json:"widget,omitempty"`
	RequireContext      *bool            `json:"requireContext,omitempty"`
	HostNames           *[]string        `json:"hostNames,omitempty"`
	Default             *bool            `json:"default,omitempty"`
}

// SpamLimitsPatch changes the thresholds that are not nil; 0 brings the default back.
type SpamLimitsPatch struct {
	MaxCharacters    *int `json:"maxCharacters,omitempty"`
	MaxLinks         *int `json:"maxLinks,omitempty"`
	Duplicates       *int `json:"duplicates,omitempty"`
	DuplicateSeconds *int `json:"duplicateSeconds,omitempty"`
	SymbolPercent    *int `json:"symbolPercent,omitempty"`
	SymbolCharacters *int `json:"symbolCharacters,omitempty"`
	BurstPosts       *int `json:"burstPosts,omitempty"`
	BurstSeconds     *int `json:"burstSeconds,omitempty"`
	MaxBlocks        *int `json:"maxBlocks,omitempty"`
	ExtremeFactor    *int `json:"extremeFactor,omitempty"`
}

// FileRulesPatch changes the rules that are not nil; MaxBytes 0 and an empty list of
// Types bring the default back.
type FileRulesPatch struct {
	Off      *bool     `json:"off,omitempty"`
	MaxBytes *int64    `json:"maxBytes,omitempty"`
	Types    *[]string `json:"types,omitempty"`
}
