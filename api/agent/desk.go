package agent

import (
	"usher/api"
	"usher/api/consumer"
)

// LogInRequest logs an account in by its login and password, for a page that keeps no
// password: the answer sets a cookie, which takes the place of both for twelve hours.
// usher's own: POST /usher/agent/{site}/v1/logIn.
type LogInRequest struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// LogOutRequest lets the cookie go. usher's own: POST /usher/agent/{site}/v1/logOut.
type LogOutRequest struct{}

// LogOutResponse answers logOut.
type LogOutResponse struct{}

// Desk is who is logged in, and what the site's settings say to an agent's program. It
// answers logIn, and GET /usher/agent/{site}/v1/logIn with the cookie.
type Desk struct {
	Site            string `json:"site"`
	AccountID       int64  `json:"accountId"`
	AccountIDString string `json:"accountIdString"`
	Login           string `json:"login"`
	Name            string `json:"name"`
	// Supervisor may watch, join and take over engagements of others, and administer.
	Supervisor bool `json:"supervisor"`
	// Pull: engagements are offered only after requestAssignment (section 3.4).
	Pull bool `json:"pull"`
	// NoDecline: offers cannot be declined.
	NoDecline bool `json:"noDecline"`
	// Places is how many engagements the account has at once, unless requestAssignment
	// says otherwise.
	Places int `json:"places"`
	// StatusReasons are the sub types of setActivityStatus (section 3.3).
	StatusReasons api.List[StatusReason] `json:"statusReasons"`
	// Results are what a wrap-up chooses from.
	Results api.List[Result]    `json:"results"`
	Queues  api.List[DeskQueue] `json:"queues"`
	// The site's times, in seconds (section 2.4). GoalSeconds is within how long a visitor
	// is to be answered, in GoalPercent of all chats.
	OfferSeconds  int `json:"offerSeconds"`
	AbsentSeconds int `json:"absentSeconds"`
	HoldSeconds   int `json:"holdSeconds"`
	IdleSeconds   int `json:"idleSeconds"`
	WrapUpSeconds int `json:"wrapUpSeconds"`
	GoalSeconds   int `json:"goalSeconds"`
	GoalPercent   int `json:"goalPercent"`
	// SneakPreview: agents see what a visitor types before it is sent.
	SneakPreview bool `json:"sneakPreview"`
	// NoticeText: desktop notices may hold what visitors wrote.
	NoticeText bool                  `json:"noticeText"`
	Files      consumer.FilesAllowed `json:"files"`
	// Time is the server's, in epoch milliseconds.
	Time       int64  `json:"time"`
	TimeString string `json:"timeString"`
}

// StatusReason is one of a site's agent statuses (section 3.3).
type StatusReason struct {
	SubTypeID int32              `json:"subTypeId"`
	Status    api.ActivityStatus `json:"status"`
	Name      string             `json:"name"`
}

// Result is one of the results that a wrap-up chooses from.
type Result struct {
	ID   int32  `json:"id"`
	Name string `json:"name"`
}

// DeskQueue is one of the site's queues.
type DeskQueue struct {
	QueueID       int64  `json:"queueId"`
	QueueIDString string `json:"queueIdString"`
	Name          string `json:"name"`
}
