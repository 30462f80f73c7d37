package sites

// ClientConsumer is the one client type of chatAuthenticate (section 6.4).
const ClientConsumer = "CONSUMER"

// ChatAuthenticateRequest opens a visitor's session where the site knows who is
// signed in: POST chatAuthenticate (section 6.4). AuthUserName is required.
type ChatAuthenticateRequest struct {
	// ClientType is ClientConsumer, in any case of letters; "" leaves it out.
	ClientType Text `json:"clientType,omitempty"`
	SessionAttributes

	// The contract has these, too. usher takes them and does not use them.
	IncidentType              Text `json:"incidentType,omitempty"`
	ChatPriority              Text `json:"chatPriority,omitempty"`
	EscalationLevel           Text `json:"escalationLevel,omitempty"`
	BusinessUnitOrgID         Text `json:"businessUnitOrgId,omitempty"`
	ApplicationClassification Text `json:"applicationClassification,omitempty"`
	AllowAgentAttachments     Text `json:"allowAgentAttachments,omitempty"`
}

// ChatAuthenticateResponse hands a visitor's program its token and says where the
// chat server is. Its status is 201 (section 6.4).
type ChatAuthenticateResponse struct {
	// JWT is the Bearer token of requestEngagement.
	JWT string `json:"jwt"`
	// Domain is the host, with ":port" unless that is the scheme's own.
	Domain string `json:"domain"`
	// ChatSiteName stands in the paths of the chat server.
	ChatSiteName string `json:"chatSiteName"`
	// PoolID is the value for the pool parameter, such as "1:1".
	PoolID string `json:"poolId"`
}
