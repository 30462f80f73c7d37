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
	// Spam says whether visitors' posts are checked.
	Spam bool `json:"spam"`
	// RequireContext demands the application context header of the bootstrap.
	RequireContext bool `json:"requireContext,omitempty"`
	// HostNames are the hosts by which a bootstrap call without a site's name
	// means this one; Default marks the site that it means otherwise.
	HostNames api.List[string] `json:"hostNames,omitempty"`
	Default   bool             `json:"default,omitempty"`
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
	HoldSeconds         *int            `json:"holdSeconds,omitempty"`
	OfferSeconds        *int            `json:"offerSeconds,omitempty"`
	AbsentSeconds       *int            `json:"absentSeconds,omitempty"`
	IdleSeconds         *int            `json:"idleSeconds,omitempty"`
	QueueSeconds        *int            `json:"queueSeconds,omitempty"`
	WrapUpSeconds       *int            `json:"wrapUpSeconds,omitempty"`
	NoticeSeconds       *int            `json:"noticeSeconds,omitempty"`
	TargetSeconds       *int            `json:"targetSeconds,omitempty"`
	RefuseWithoutAgents *bool           `json:"refuseWithoutAgents,omitempty"`
	StatusReasons       *[]StatusReason `json:"statusReasons,omitempty"`
	AllowedOrigins      *[]string       `json:"allowedOrigins,omitempty"`
	Spam                *bool           `json:"spam,omitempty"`
	RequireContext      *bool           `json:"requireContext,omitempty"`
	HostNames           *[]string       `json:"hostNames,omitempty"`
	Default             *bool           `json:"default,omitempty"`
}
