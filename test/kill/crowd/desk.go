package crowd

import (
	"context"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"usher/api"
	contract "usher/api/agent"
	"usher/api/sites"
	"usher/client/agent"
)

// ownDesk is an agent's session without the SDK.
type ownDesk struct {
	retrieval
	site     string
	ops      *wire
	client   int64
	draining *atomic.Bool // Run ends when nothing comes

	got     sync.Mutex
	batch   []string // posts of the last answer
	handled []string // of those before, which the retrievals' position tells of
}

func openDesk(ctx context.Context, c *Crowd, account sites.ReadyAccount, h habit, seed uint64, draining *atomic.Bool) (*ownDesk, error) {
	ops := &wire{front: c.Front, waits: 50 * time.Millisecond, random: rand.New(rand.NewPCG(seed, 1))}
	password := base64.StdEncoding.EncodeToString([]byte(account.Login + ":" + account.Password))
	var token sites.AgentToken
	_, err := ops.post(ctx, "/sites/"+c.Site+"/services/rest/crossChannelServices/latest/agentTokens", http.Header{"Authorization": {"Basic " + password}}, nil, &token)
	if err != nil {
		return nil, err
	}
	path := "/engagement/api/agent/" + c.Site + "/v1/"
	var on contract.CreateAutomatedAgentSessionResponse
	_, err = ops.post(ctx, path+"createAutomatedAgentSession", http.Header{"Authorization": {"Bearer " + token.SessionToken}},
		contract.CreateAutomatedAgentSessionRequest{LogonOverride: true}, &on)
	if err != nil {
		return nil, err
	}
	header := http.Header{"X-Jsessionid": {on.SessionID}, "X-Aid": {strconv.FormatInt(account.AccountID, 10)}}
	return &ownDesk{
		retrieval: retrieval{
			wire: &wire{front: c.Front, waits: holdSeconds * time.Second, random: rand.New(rand.NewPCG(seed, 2))},
			path: path, header: header, habit: h,
		},
		site: c.Site, ops: ops, client: on.ClientID, draining: draining,
	}, nil
}

// Run polls as the SDK's does. While draining it ends with the first time-out.
func (d *ownDesk) Run(ctx context.Context, handle func(context.Context, agent.Message) error) error {
	return run(ctx, &d.retrieval, func(a *contract.GetMessagesResponse) bool {
		d.got.Lock()
		d.handled, d.batch = append(d.handled, d.batch...), nil
		d.got.Unlock()
		for _, m := range a.GetResponseTypes {
			if m.ChatGetTimeout != nil {
				return d.draining.Load()
			}
			if handle(ctx, m) != nil {
				return true
			}
			if m.ChatPostMessage != nil {
				d.got.Lock()
				d.batch = append(d.batch, m.ChatPostMessage.MessageID)
				d.got.Unlock()
			}
		}
		return false
	})
}

// known answers the posts up to which every further request tells a position.
func (d *ownDesk) known() []string {
	d.got.Lock()
	defer d.got.Unlock()
	return slices.Clone(d.handled)
}

func (d *ownDesk) do(ctx context.Context, path string, body, into any) error {
	header, _ := d.request()
	_, err := d.ops.post(ctx, path, header, body, into)
	return err
}

func (d *ownDesk) acknowledge(ctx context.Context, o *contract.ChatEngagementAssignment, action api.AssignmentAction) error {
	return d.do(ctx, d.path+"assignmentAcknowledgement", contract.AssignmentAcknowledgementRequest{
		EngagementID: o.EngagementID, Action: action, ActionType: api.ActionTypeAuto, AssignmentType: o.Type,
	}, new(contract.AssignmentAcknowledgementResponse))
}

func (d *ownDesk) Accept(ctx context.Context, o *contract.ChatEngagementAssignment) ([]contract.ChatClientInfo, error) {
	return nil, d.acknowledge(ctx, o, api.ActionAccept)
}

func (d *ownDesk) Decline(ctx context.Context, o *contract.ChatEngagementAssignment) error {
	return d.acknowledge(ctx, o, api.ActionDecline)
}

func (d *ownDesk) RequestAssignment(ctx context.Context, wanted bool, idle, most int32) error {
	return d.do(ctx, d.path+"requestAssignment", contract.RequestAssignmentRequest{
		AssignmentRequested: &wanted, IdleSessionCount: &idle, MaxSessionCount: &most,
	}, new(contract.RequestAssignmentResponse))
}

func (d *ownDesk) PostMessage(ctx context.Context, r contract.PostMessageRequest) (string, error) {
	return r.MessageID, d.do(ctx, d.path+"postMessage", r, new(contract.PostMessageResponse))
}

func (d *ownDesk) SetInteractionStatus(ctx context.Context, id int64, mode api.Mode) error {
	return d.do(ctx, d.path+"setInteractionStatus", contract.SetInteractionStatusRequest{ClientID: d.client, EngagementID: id, Mode: mode},
		new(contract.SetInteractionStatusResponse))
}

func (d *ownDesk) Conclude(ctx context.Context, id int64) error {
	return d.do(ctx, d.path+"concludeChat", contract.ConcludeChatRequest{EngagementID: id}, new(contract.ConcludeChatResponse))
}

func (d *ownDesk) Release(ctx context.Context, id int64) error {
	return d.do(ctx, d.path+"releaseChat", contract.ReleaseChatRequest{EngagementID: id}, new(contract.ReleaseChatResponse))
}

func (d *ownDesk) Engagements(ctx context.Context) (*contract.EngagementsResponse, error) {
	held := new(contract.EngagementsResponse)
	return held, d.do(ctx, "/usher/agent/"+d.site+"/v1/engagements", struct{}{}, held)
}

func (d *ownDesk) History(ctx context.Context, engagement, after int64, limit int) (*contract.HistoryResponse, error) {
	got := new(contract.HistoryResponse)
	return got, d.do(ctx, "/usher/agent/"+d.site+"/v1/history", contract.HistoryRequest{EngagementID: engagement, AfterPost: after, Limit: limit}, got)
}

func (d *ownDesk) Logoff(ctx context.Context, force bool) error {
	return d.do(ctx, d.path+"logoff", contract.LogoffRequest{ForceLogoff: &force}, new(contract.LogoffResponse))
}
