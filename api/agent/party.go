package agent

import "usher/api"

// AgentInformation describes an agent (sections 3.10 and 4.5).
type AgentInformation struct {
	ClientID        int64               `json:"clientId"`
	ClientIDString  string              `json:"clientIdString"`
	Name            string              `json:"name"`
	AccountID       int64               `json:"accountId"`
	AccountIDString string              `json:"accountIdString"`
	ProfileID       int64               `json:"profileId"`
	ProfileIDString string              `json:"profileIdString"`
	GroupID         int32               `json:"groupId"`
	Status          api.ActivityStatus  `json:"status"`
	SubTypeID       int32               `json:"subTypeId"`
	MediaList       api.List[MediaInfo] `json:"mediaList"`
}

// ContactInfo describes a visitor (section 4.5.1). What is not known is "" or 0.
type ContactInfo struct {
	CustomFields          api.List[CustomField] `json:"customFields"`
	FirstName             string                `json:"firstName"`
	LastName              string                `json:"lastName"`
	EmailAddress          string                `json:"emailAddress"`
	InterfaceID           int32                 `json:"interfaceId"`
	InterfaceLanguageCode string                `json:"interfaceLanguageCode"`
	ContactID             int64                 `json:"contactId"`
	ContactIDString       string                `json:"contactIdString"`
	OrgID                 int64                 `json:"orgId"`
	OrgIDString           string                `json:"orgIdString"`
	// SessionID is a public handle of the visit, never the visitor's SessionId.
	SessionID                 string              `json:"sessionId"`
	Question                  string              `json:"question"`
	ProductID                 int64               `json:"productId"`
	ProductIDString           string              `json:"productIdString"`
	CategoryID                int64               `json:"categoryId"`
	CategoryIDString          string              `json:"categoryIdString"`
	QueueID                   int64               `json:"queueId"`
	QueueIDString             string              `json:"queueIdString"`
	Browser                   string              `json:"browser"`
	UserAgent                 string              `json:"userAgent"`
	IPAddress                 string              `json:"ipAddress"`
	OperatingSystem           string              `json:"operatingSystem"`
	CoBrowseEnabled           bool                `json:"coBrowseEnabled"`
	VisitorID                 string              `json:"visitorId"`
	EngagementEngineID        string              `json:"engagementEngineId"`
	ReferrerURL               string              `json:"referrerUrl"`
	EngagementEngineSessionID string              `json:"engagementEngineSessionId"`
	CoBrowsePremiumSupported  int32               `json:"coBrowsePremiumSupported"`
	MediaList                 api.List[MediaInfo] `json:"mediaList"`
	EstaraFSGUID              string              `json:"estaraFsguid"`
}

// MediaInfo is one medium a participant can use (section 4.5.1).
type MediaInfo struct {
	// Type is the medium, such as "CHAT".
	Type                 string           `json:"type"`
	EnvironmentErrorList api.List[string] `json:"environmentErrorList"`
	AutoInitiate         bool             `json:"autoInitiate"`
}

// CustomField is one of a site's own fields with its value as text (section 3.9).
type CustomField struct {
	Name  string        `json:"name"`
	Type  api.FieldType `json:"type"`
	Value string        `json:"value"`
}
