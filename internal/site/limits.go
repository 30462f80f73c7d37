package site

import "time"

// Every bound of a site, with its reason. What a stranger can make grow has a
// line here.
const (
	// MaxPostBytes bounds a post's text. Longer texts are documents, which
	// belong in a file.
	MaxPostBytes = 16 << 10
	// MaxUnreceivedPosts and MaxUnreceivedBytes bound what one direction of an
	// engagement may hold that its receiver has not got: beyond either, the
	// sender is turned away (promise 6). A receiver that is away for its whole
	// absence is served by far less.
	MaxUnreceivedPosts = 1000
	MaxUnreceivedBytes = 1 << 20
	// MaxBatchBytes bounds one retrieval's answer; the rest comes on the next.
	MaxBatchBytes = 1 << 20
	// MaxHistoryPosts and MaxHistoryBytes bound what a live engagement keeps of
	// its own conversation for the history operation; older posts stand in the
	// journal only.
	MaxHistoryPosts = 1000
	MaxHistoryBytes = 1 << 20
	// RecentPosts and RecentPostsFor bound the memory of message ids by which a
	// repeated post is known (promise 9).
	RecentPosts    = 100
	RecentPostsFor = 10 * time.Minute
	// MaxMessageIDBytes bounds a client's own message id: a UUID has 36.
	MaxMessageIDBytes = 256
	// MaxEngagements bounds the live engagements of a site: at about 5 kB each
	// this is 1 GB, and more than the largest contact centre holds.
	MaxEngagements = 200_000
	// MaxAgentSessions bounds agent sessions; an account has one at a time.
	MaxAgentSessions = 20_000
	// MaxQueues and MaxAccounts bound what administration defines.
	MaxQueues   = 10_000
	MaxAccounts = 50_000
	// MaxProfiles, MaxGroups, MaxInterfaces, MaxHours and MaxRules (a list) bound
	// the rest: each is read through in decisions or answers.
	MaxProfiles   = 10_000
	MaxGroups     = 10_000
	MaxInterfaces = 1000
	MaxHours      = 1000
	MaxRules      = 1000
	// MaxPriority bounds a rule's priority in both directions.
	MaxPriority = 1000
	// MaxChanges is how many entries of the audit log are kept beside the journal.
	MaxChanges = 1000
	// MaxParticipants bounds the agents in one engagement, invited ones included:
	// every post goes to each of them.
	MaxParticipants = 20
	// MaxLanguageBytes bounds a language tag; the longest registered ones have 35.
	MaxLanguageBytes = 64
	// MaxConcurrent bounds the engagements one agent session may ask to hold at
	// once; bots ask for a few thousand.
	MaxConcurrent = 100_000
	// PastEngagements is how many engagements an agent session remembers having
	// held, so that a repeated conclude or release is answered 200.
	PastEngagements = 100
	// MaxContactBytes bounds what agents may write about a visitor; what a token can
	// bring is less.
	MaxContactBytes = 64 << 10
	// MaxWireNumber is the largest id that clients which hold numbers as floats keep exact.
	MaxWireNumber = 1<<53 - 1
	// spamMemory is how many tries to post a session remembers for the spam checks:
	// more than any threshold counts.
	spamMemory = 1000
	// maxSpamTries and maxSpamSeconds bound the thresholds, so that spamMemory has
	// all that they look at.
	maxSpamTries   = 100
	maxSpamSeconds = 3600
	// MaxFiles and MaxFileBytes bound the files of one engagement, in number and in
	// bytes together; DefaultFileBytes and MaxOneFileBytes bound one file.
	MaxFiles         = 50
	MaxFileBytes     = 200 << 20
	DefaultFileBytes = 10 << 20
	MaxOneFileBytes  = 100 << 20
	// MaxFileNameBytes bounds the name of a file, as file systems do.
	MaxFileNameBytes = 255
	// MaxLettersEach bounds the letters that one visitor may ask for, MaxLetters
	// those of a site that are not sent yet.
	MaxLettersEach = 3
	MaxLetters     = 10_000
	// MaxAddressBytes bounds an e-mail address (RFC 5321, a path).
	MaxAddressBytes = 254
	// MaxIdentityBytes bounds the name by which the host's back end knows a visitor.
	MaxIdentityBytes = 512
	// MaxJournalDays bounds how long the journal keeps events: what somebody wants
	// forgotten is forgotten by then. DefaultJournalDays is what a site has that says
	// nothing.
	MaxJournalDays     = 30
	DefaultJournalDays = 7
	// MaxReplies and MaxOwnReplies bound the replies of a team and of one account: pages
	// hold them all.
	MaxReplies    = 2000
	MaxOwnReplies = 200
	// MaxLeftMessages and MaxLeftBytes bound the messages that were left and that nobody
	// has done with: strangers write them. MaxLeftEach bounds those of one e-mail address.
	MaxLeftMessages = 2000
	MaxLeftBytes    = 8 << 20
	MaxLeftEach     = 5
	// MaxFactsBytes bounds to what a visitor's page may bring what is known of it: about
	// what its token may hold.
	MaxFactsBytes = 8 << 10
	// MaxStatements is how many new pages and facts a visitor's page may state within
	// StatementsFor: each is an event, and a person goes from page to page more slowly.
	MaxStatements = 10
	// MaxTexts bounds the texts that a site has its widget say in other words.
	MaxTexts = 500
	// DefaultGoalSeconds and DefaultGoalPercent are a site's goal when it sets none: the
	// trade's usual 80 in 100 within a minute.
	DefaultGoalSeconds = 60
	DefaultGoalPercent = 80
	// MaxStars is the best rating of a chat.
	MaxStars = 5
	// MaxNameBytes bounds names, logins and greetings.
	MaxNameBytes = 4 << 10
)

// Fixed times of the contract that no setting changes.
const (
	// AbsentRetryCount times the absent interval without a sign of life ends a
	// session (agent-api 2.4).
	AbsentRetryCount = 2
	// ConcludedGrace is how long a visitor's session outlives the moment at
	// which the concluded message is known to be received.
	ConcludedGrace = 30 * time.Second
	// ResumeGrace is what every timer but presence that runs during a load has
	// at least after it, so that an outage of the server ends no chat.
	ResumeGrace = time.Minute
	// DeclinePause is how long an engagement is kept from an agent who let it
	// go, while nobody else is free and the agent does not ask again: without
	// it, a program that declines everything would be offered in a tight loop.
	DeclinePause = 10 * time.Second
	// OverflowRetry is how long an engagement whose overflow queue is closed or
	// full waits before the queue is looked at again.
	OverflowRetry = time.Minute
	// DefaultNotice is how long an offer's notice is shown when the settings name
	// no time (agent-api 2.4, CHAT_ALERTFORM_AUTOCLOSE_TIMEOUT).
	DefaultNotice = 15 * time.Second
	// DefaultTarget is how long an engagement waits for the agent it was meant for.
	DefaultTarget = time.Minute
	// NoticeNear and NoticeFar are how often waiting visitors are told of a
	// changed place: the first NearPlaces often, the others seldom.
	NoticeNear = time.Second
	NoticeFar  = 10 * time.Second
	NearPlaces = 10
	// PreviewInterval is how long a visitor's page waits between sneak previews
	// (consumer-api 2.3); one that comes sooner is shown when it is over.
	PreviewInterval = 500 * time.Millisecond
	// StatementsFor is the time within which MaxStatements counts.
	StatementsFor = 10 * time.Second
	// LetterLook is how often a site with a letter that is due asks for attention.
	LetterLook = time.Minute
	// AfterChat is how long a visitor whose session is over may still rate the chat
	// and read its transcript.
	AfterChat = 30 * time.Minute
)
