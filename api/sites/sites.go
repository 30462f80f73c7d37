// Package sites holds the wire types around a site: the bootstrap under
// /services/rest that hands out tokens and says where the chat server is,
// usher's administration under /usher/admin/v1, and the ready file.
//
// "Section" in the comments means a section of the agent contract.
package sites

import "usher/api"

// Link is a hypermedia link of a bootstrap answer (section 6.1).
type Link struct {
	Rel       string `json:"rel"`
	Href      string `json:"href"`
	MediaType string `json:"mediaType"`
}

// ServiceSettings is what an agent program needs to reach the chat server:
// GET serviceSettings/{interface} (section 6.1).
type ServiceSettings struct {
	// Domain is the host alone.
	Domain string `json:"domain"`
	// Pool is the value for the pool parameter, such as "123:4".
	Pool string `json:"pool"`
	Port int    `json:"port"`
	// SiteName stands in the paths of the chat server.
	SiteName string         `json:"siteName"`
	Links    api.List[Link] `json:"links"`
}

// AgentToken opens agent sessions: POST agentTokens, with an empty body
// (section 6.2).
type AgentToken struct {
	// SessionToken is the Bearer token of createAutomatedAgentSession.
	SessionToken string         `json:"sessionToken"`
	SiteName     string         `json:"siteName"`
	Links        api.List[Link] `json:"links"`
}

// ErrorBody is the body of a bootstrap call's error (section 6.0).
type ErrorBody struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	// Status is the HTTP status.
	Status int `json:"status"`
	// Detail says in English what was wrong and what to do.
	Detail string `json:"detail"`
	// Instance is the address that was called.
	Instance string `json:"instance"`
	// ErrorCode is OSC-CREST- and five digits.
	ErrorCode string `json:"o:errorCode"`
}
