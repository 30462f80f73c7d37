package sites

import "usher/api"

// Hits are what a search found, newest first: GET /usher/admin/v1/sites/{site}/search.
type Hits struct {
	Hits api.List[Hit] `json:"hits"`
	// More: there are older ones. Ask again with after, the cursor of the last hit.
	More bool `json:"more"`
}

// Hit is something that was said and found.
type Hit struct {
	EngagementID int64 `json:"engagementId"`
	// Visitor is the name by which the visitor was known last.
	Visitor string `json:"visitor"`
	// Queue is where the engagement waited last.
	Queue *RecordQueue `json:"queue,omitempty"`
	// Line is what was said, as the engagement's record has it.
	Line RecordLine `json:"line"`
	// Snippet is what was said around the words that were searched for.
	Snippet api.List[Snippet] `json:"snippet"`
	Cursor  int64             `json:"cursor"`
}

// Snippet is a piece of what was said: one of the words when Hit is set.
type Snippet struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// Report tells how a site did in some time: GET /usher/admin/v1/sites/{site}/reports.
type Report struct {
	// By is what a row stands for: day, hour, queue or agent.
	By string `json:"by"`
	// From and To bound the time; To is not in it. Zone is that of days and hours.
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"zone"`
	// Position is how many of the site's events the report is made of.
	Position int64 `json:"position"`
	// GoalSeconds is within how long the site wants its visitors to be answered.
	GoalSeconds int                 `json:"goalSeconds"`
	Rows        api.List[ReportRow] `json:"rows"`
	// Definitions say what the members of a row count, by their names.
	Definitions map[string]string `json:"definitions"`
}

// ReportRow is a day, an hour, a queue or an agent.
type ReportRow struct {
	// Key is the day or the hour, or the number of the queue or account.
	Key string `json:"key"`
	// ID and Name are the queue's or the account's, 0 and "" of others.
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// Offered counts who was asked to take an engagement; Accepted, Declined and
	// Expired are what came of it.
	Offered  int `json:"offered"`
	Accepted int `json:"accepted"`
	Declined int `json:"declined"`
	Expired  int `json:"expired"`
	// Engagements were requested, or by agent led. Abandoned ended before anybody took them.
	Engagements int `json:"engagements"`
	Abandoned   int `json:"abandoned"`
	// Wait is until somebody led it, FirstAnswer until an agent wrote, Handling for how
	// long it was led, WrapUp from the end to the release.
	Wait        Spread `json:"wait"`
	FirstAnswer Spread `json:"firstAnswer"`
	Handling    Spread `json:"handling"`
	WrapUp      Spread `json:"wrapUp"`
	// Rating is the mean of the stars of Ratings ratings, 0 without any.
	Ratings int     `json:"ratings"`
	Rating  float64 `json:"rating"`
	// Blocked are posts that were held back as spam.
	Blocked int `json:"blocked"`
	// InTime were answered within the goal; Unanswered ended before an agent wrote.
	// InTimePercent is how many percent of those answered or unanswered were in time, null
	// when there are none.
	InTime        int      `json:"inTime"`
	Unanswered    int      `json:"unanswered"`
	InTimePercent *float64 `json:"inTimePercent"`
}

// Spread is how some times are spread, in seconds: at least half, or nine in ten, took
// no longer than MedianSeconds or P90Seconds.
type Spread struct {
	Count         int     `json:"count"`
	MeanSeconds   float64 `json:"meanSeconds"`
	MedianSeconds float64 `json:"medianSeconds"`
	P90Seconds    float64 `json:"p90Seconds"`
}

// ErasureRequest names whose engagements are erased, by one of its members:
// POST /usher/admin/v1/sites/{site}/erase. It is answered with Erasure.
type ErasureRequest struct {
	Email        string `json:"email,omitempty"`
	ContactID    int64  `json:"contactId,omitempty"`
	EngagementID int64  `json:"engagementId,omitempty"`
}

// Erasure is what was erased from the archive, at once.
type Erasure struct {
	// EngagementIDs are those that are gone, with so many Lines and Files.
	EngagementIDs api.List[int64] `json:"engagementIds"`
	Lines         int64           `json:"lines"`
	Files         int             `json:"files"`
	// LiveEngagementIDs go on and were not erased: ask again when they are over.
	LiveEngagementIDs api.List[int64] `json:"liveEngagementIds"`
	// Messages counts those that were left under the e-mail address and are gone from the
	// list.
	Messages int `json:"messages"`
	// ForgottenBy is when the journal has nothing of them any more.
	ForgottenBy string `json:"forgottenBy"`
}

// ArchiveState is how the archive follows a site:
// GET /usher/admin/v1/sites/{site}/archive.
type ArchiveState struct {
	// Position counts the events that the archive has, Behind those that are durable
	// and that it has not.
	Position int64 `json:"position"`
	Behind   int64 `json:"behind"`
	// Trouble is why the site is not followed, "" while it is. Stopped says that it is not
	// tried again by itself.
	Trouble string `json:"trouble,omitempty"`
	Stopped bool   `json:"stopped,omitempty"`
	// Of the events from GapFrom to before GapTo the archive has nothing.
	GapFrom int64 `json:"gapFrom,omitempty"`
	GapTo   int64 `json:"gapTo,omitempty"`
}

// ArchiveRebuilt is what came of making a site's archive anew:
// POST /usher/admin/v1/sites/{site}/archive/rebuild.
type ArchiveRebuilt struct {
	// From and To are the positions of the events that were read.
	From int64 `json:"from"`
	To   int64 `json:"to"`
	// Engagements were made anew, Older are untouched.
	Engagements int `json:"engagements"`
	Older       int `json:"older"`
}
