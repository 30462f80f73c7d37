package agent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	wire "usher/api/agent"
	"usher/client"
	"usher/client/agent"
	"usher/client/internal/chattest"
)

const (
	settings = `{"domain":"chat.example","pool":"297:1","port":8084,"siteName":"demo_site","links":[]}`
	token    = `{"sessionToken":"eyJ.x.y","siteName":"demo_site","links":[]}`
	envelope = `"clientId":48,"clientIdString":"48","sequenceNumber":1,"sequenceNumberString":"1","sessionId":"node01eirr","clientSendTime":"null","responseSentMilliseconds":1653509828320,"responseSentMillisecondsString":"1653509828320","serviceStartTime":"2022-05-25T20:17:08.315Z","serviceFinishTime":"2022-05-25T20:17:08.323Z"`
	logon    = `{` + envelope + `,"chatLogonResult":{"clientId":48,"clientIdString":"48","accountId":14,"accountIdString":"14","agentInfo":{"clientId":48,"name":"Echo","mediaList":[]},"poolId":"297:1"},"chatSystemError":null}`
	done     = `{` + envelope + `,"chatSystemError":null}`
	unknown  = `{"exceptionCode":"ACCESS_DENIED","message":"The agent session identifier is unknown."}`
)

var (
	timeout = batch(`{"ChatGetTimeout":{}}`)
	hold    = chattest.Held(30*time.Second, timeout)
)

// batch answers getMessages with messages.
func batch(messages string, header ...string) http.HandlerFunc {
	return chattest.JSON(`{`+envelope+`,"containsDisconnect":false,"getResponseTypes":[`+messages+`]}`, header...)
}

// post is a visitor's post.
func post(text string) string {
	return `{"ChatPostMessage":{"body":"` + text + `","destinationId":7001,"destinationIdString":"7001","messageDataMap":null,"vaResponse":null}}`
}

// last is the header that gives the batch's position.
func last(n int) []string { return []string{"Usher-Last", fmt.Sprint(n)} }

// dial logs on to a server of which all but getMessages is scripted.
func dial(t *testing.T) (*chattest.Server, *agent.Session) {
	t.Helper()
	server := chattest.New(t)
	server.On("serviceSettings", chattest.JSON(settings))
	server.On("agentTokens", chattest.JSON(token))
	server.On("createAutomatedAgentSession", chattest.JSON(logon))
	for _, op := range []string{
		"setActivityStatus", "requestAssignment", "assignmentAcknowledgement", "postMessage",
		"setInteractionStatus", "concludeChat", "releaseChat", "logoff",
	} {
		server.On(op, chattest.JSON(done))
	}
	session, err := agent.Dial(t.Context(), agent.Options{
		Server: "http://site.example/", Site: "demo", Login: "echo", Password: "s3cret", Override: true, HTTP: server.Client,
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, session
}

// collect runs the session until it has handled the last of want.
func collect(t *testing.T, session *agent.Session, want ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	enough := errors.New("enough")
	var got []string
	err := session.Run(ctx, func(_ context.Context, m agent.Message) error {
		text := m.Name()
		if m.ChatPostMessage != nil {
			text = m.ChatPostMessage.Body
		}
		if got = append(got, text); len(got) == len(want) {
			return enough
		}
		return nil
	})
	if err != enough {
		t.Errorf("Run: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages -want +got:\n%s", diff)
	}
}

func acks(polls []chattest.Seen) (list []string) {
	for _, p := range polls {
		list = append(list, strings.Join(p.Header["Usher-Ack"], ","))
	}
	return list
}

func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		if session.ClientID != 48 || session.AccountID != 14 || session.Name != "Echo" {
			t.Errorf("%+v", session)
		}
		get, token, create := server.Seen("serviceSettings")[0], server.Seen("agentTokens")[0], server.Seen("createAutomatedAgentSession")[0]
		if get.Method != "GET" || get.Path != "/sites/demo/services/rest/crossChannelServices/latest/serviceSettings/1" || get.Host != "site.example" {
			t.Errorf("%+v", get)
		}
		for _, r := range []chattest.Seen{get, token} {
			basic := (&http.Request{Header: r.Header})
			user, password, _ := basic.BasicAuth()
			if about := r.Header.Get("OSvC-CREST-Application-Context"); user != "echo" || password != "s3cret" || about == "" || len(about) > 40 || r.Body != nil {
				t.Errorf("%+v", r)
			}
		}
		if create.Path != "/engagement/api/agent/demo_site/v1/createAutomatedAgentSession" || create.Query != "pool=297:1" || create.Host != "chat.example:8084" {
			t.Errorf("%+v", create)
		}
		if create.Header.Get("Authorization") != "Bearer eyJ.x.y" || create.Body["logonOverride"] != true {
			t.Errorf("%+v", create)
		}
	})
}

func TestDialRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := dial(t)
		options := agent.Options{Server: "http://site.example", Login: "echo", Password: "s3cret", HTTP: server.Client}
		for _, c := range []struct {
			operation string
			step      http.HandlerFunc
			want      client.Error
		}{
			{"serviceSettings", chattest.Refuse(401, `{"detail":"Wrong.","o:errorCode":"OSC-CREST-00014"}`), client.Error{Status: 401, Code: "OSC-CREST-00014", Message: "Wrong."}},
			{"createAutomatedAgentSession", chattest.Refuse(400, `{"exceptionCode":"BAD_REQUEST","message":"Set logonOverride."}`), client.Error{Status: 400, Code: api.BadRequest, Message: "Set logonOverride."}},
			{"createAutomatedAgentSession", chattest.Refuse(403, unknown), client.Error{Status: 403, Code: api.AccessDenied, Message: "The agent session identifier is unknown."}},
		} {
			server.On("serviceSettings", chattest.JSON(settings))
			server.On("createAutomatedAgentSession", chattest.JSON(logon))
			server.On(c.operation, c.step)
			_, err := agent.Dial(t.Context(), options)
			e, ok := errors.AsType[*client.Error](err)
			if !ok || *e != c.want || strings.Contains(err.Error(), "s3cret") || errors.Is(err, client.ErrSessionEnded) {
				t.Errorf("%s: %v", c.operation, err)
			}
		}

		server.On("createAutomatedAgentSession", chattest.JSON(done)) // a server that does not tell the account
		if _, err := agent.Dial(t.Context(), options); err == nil || !strings.Contains(err.Error(), "AccountID") {
			t.Error(err)
		}
		options.AccountID = 12
		if session, err := agent.Dial(t.Context(), options); err != nil || session.AccountID != 12 {
			t.Error(err)
		}
		for _, bad := range []agent.Options{{}, {Server: "site.example"}, {Server: "http://site.example", ChatURL: "chat", HTTP: server.Client}} {
			if _, err := agent.Dial(t.Context(), bad); err == nil {
				t.Errorf("%+v: no error", bad)
			}
		}
	})
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages",
			batch(post("a")+`,{"ChatMediaOffer":{"later":[1]}},`+post("b"), last(3)...),
			batch(`{"ChatMediaOffer":{}}`, last(4)...),
			hold,
			batch(post("c"), last(5)...),
		)
		collect(t, session, "a", "b", "c")
		polls := server.Seen("getMessages")
		if diff := cmp.Diff([]string{"0", "3", "4", "4"}, acks(polls)); diff != "" {
			t.Errorf("acknowledged -want +got:\n%s", diff)
		}
		if wait := polls[3].At - polls[0].At; wait != 30*time.Second {
			t.Errorf("the last poll came after %v, want 30s", wait)
		}
		number := 0.0
		for _, p := range polls {
			if p.Header.Get("X-JSESSIONID") != "node01eirr" || p.Header.Get("X-AID") != "14" || p.Header.Get("Authorization") != "" {
				t.Errorf("headers %v", p.Header)
			}
			if next := p.Body["sequenceNumber"].(float64); next <= number || p.Body["timeCreated"].(float64) < 946684800000 {
				t.Errorf("body %v after number %v", p.Body, number)
			} else {
				number = next
			}
		}
	})
}

// While a handler works, nothing is acknowledged and nothing else retrieved; what
// it sends meanwhile says no more either.
func TestRunWaitsForTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages", batch(post("a")+","+post("b"), last(2)...), hold)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- session.Run(ctx, func(ctx context.Context, m agent.Message) error {
				time.Sleep(time.Minute) // of the bubble's time
				return session.Post(ctx, 7001, m.ChatPostMessage.Body)
			})
		}()
		time.Sleep(90 * time.Second)
		synctest.Wait()
		if n := len(server.Seen("getMessages")); n != 1 {
			t.Errorf("%d polls while the handler works, want 1", n)
		}
		time.Sleep(40 * time.Second)
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Error(err)
		}
		if got := acks(server.Seen("postMessage")); !slices.Equal(got, []string{"0", "0"}) {
			t.Errorf("posts acknowledge %v", got)
		}
		if got := acks(server.Seen("getMessages")); !slices.Equal(got, []string{"0", "2"}) {
			t.Errorf("polls acknowledge %v", got)
		}
	})
}

func TestRunAfterAFailedHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages", batch(post("a"), last(1)...))
		crash := errors.New("crash")
		if err := session.Run(t.Context(), func(context.Context, agent.Message) error { return crash }); err != crash {
			t.Error(err)
		}
		collect(t, session, "a")
		if got := acks(server.Seen("getMessages")); !slices.Equal(got, []string{"0", "0"}) {
			t.Errorf("acknowledged %v", got)
		}
	})
}

func TestRunSurvives(t *testing.T) {
	for name, failures := range map[string][]http.HandlerFunc{
		"connection lost": {chattest.Lost, chattest.Lost},
		"cut mid-answer":  {chattest.CutShort(`{` + envelope + `,"getResponseTypes":[` + post("b") + `]}`)},
		"not JSON":        {chattest.JSON(`<html>Sign in to the network</html>`)},
		"failure":         {chattest.Refuse(500, `{"exceptionCode":"INTERNAL_SERVER_ERROR"}`)},
		"proxy":           {chattest.Refuse(502, `<html>`), chattest.Refuse(504, ``)},
		"too many":        {chattest.Refuse(429, `{}`, "Retry-After", "3")},
		"read-only":       {chattest.Refuse(503, `{}`, "Retry-After", "20"), chattest.Refuse(503, `{}`)},
		"bad position":    {batch(post("b"), "Usher-Last", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, session := dial(t)
				steps := append([]http.HandlerFunc{batch(post("a"), last(1)...)}, failures...)
				server.On("getMessages", append(steps, batch(post("b"), last(2)...))...)
				collect(t, session, "a", "b")
				polls := server.Seen("getMessages")
				for i, ack := range acks(polls)[1:] {
					if ack != "1" {
						t.Errorf("poll %d acknowledges %s, want 1 until it gets through", i+1, ack)
					}
				}
				for i := 2; i < len(polls); i++ {
					if wait := polls[i].At - polls[i-1].At; wait < 400*time.Millisecond || name == "read-only" && i == 2 && wait < 20*time.Second {
						t.Errorf("poll %d came %v after a failure", i, wait)
					}
				}
			})
		})
	}
}

func TestRunSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages", batch(post("a"), last(1)...), chattest.Forever, batch(post("b"), last(2)...))
		go func() {
			time.Sleep(10 * time.Second)
			server.Down(true)
			time.Sleep(50 * time.Second)
			server.Down(false)
		}()
		collect(t, session, "a", "b")
		polls := server.Seen("getMessages")
		if got := acks(polls); !slices.Equal(got, []string{"0", "1", "1"}) {
			t.Errorf("acknowledged %v", got)
		}
		if back := polls[2].At; back < time.Minute || back > 80*time.Second {
			t.Errorf("back after %v, the server after a minute", back)
		}
	})
}

func TestRunLeavesASilentLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages", chattest.Forever, batch(post("a"), last(1)...))
		collect(t, session, "a")
		if at := server.Seen("getMessages")[1].At; at < 31*time.Second || at > time.Minute {
			t.Errorf("asked again after %v", at)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages", chattest.Forever)
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(7*time.Second, func() { cancel(stop) })
		began := time.Now()
		if err := session.Run(ctx, nil); err != stop || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}

		// The same while it waits for the next try.
		server.Down(true)
		ctx, cancelNow := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancelNow()
		began = time.Now()
		if err := session.Run(ctx, nil); err != context.DeadlineExceeded || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestRunEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("getMessages", batch(post("a"), last(1)...), chattest.Refuse(403, unknown))
		err := session.Run(t.Context(), func(context.Context, agent.Message) error { return nil })
		e, ok := errors.AsType[*client.Error](err)
		if !errors.Is(err, client.ErrSessionEnded) || !ok || e.Code != api.AccessDenied || len(server.Seen("getMessages")) != 2 {
			t.Error(err)
		}
	})
}

func TestRunFollowsAMove(t *testing.T) {
	const moved = `{"ChatConfigChangeNotification":{"name":"CHAT_CLUSTER_POOL_ID","value":"298:1","domain":"other.example","port":"9090","pool":"298:1"}}`
	for _, chatURL := range []string{"", "http://near.example:1"} {
		synctest.Test(t, func(t *testing.T) {
			server, _ := dial(t)
			session, err := agent.Dial(t.Context(), agent.Options{
				Server: "http://site.example", Login: "echo", Password: "s3cret", ChatURL: chatURL, HTTP: server.Client,
			})
			if err != nil {
				t.Fatal(err)
			}
			server.On("getMessages", batch(moved, last(1)...), batch(post("a"), last(2)...))
			collect(t, session, "ChatConfigChangeNotification", "a")
			if err := session.Post(t.Context(), 7001, "b"); err != nil {
				t.Fatal(err)
			}
			from, to := "chat.example:8084", "other.example:9090"
			if chatURL != "" {
				from, to = "near.example:1", "near.example:1"
			}
			polls := server.Seen("getMessages")
			for i, r := range append(polls, server.Seen("postMessage")...) {
				host, pool := to, "pool=298:1"
				if i == 0 {
					host, pool = from, "pool=297:1"
				}
				if r.Host != host || r.Query != pool {
					t.Errorf("request %d went to %s with %s, want %s with %s", i, r.Host, r.Query, host, pool)
				}
			}
		})
	}
}

func TestPostIsRepeatedUnderOneMessageID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("postMessage",
			chattest.Lost,
			chattest.Forever,
			chattest.Refuse(503, `{"exceptionCode":"INTERNAL_SERVER_ERROR"}`, "Retry-After", "2"),
			chattest.Refuse(429, `{"exceptionCode":"BAD_REQUEST"}`, "Retry-After", "60"),
			chattest.Refuse(502, `<html>`),
			chattest.JSON(done),
		)
		if err := session.Post(t.Context(), 7001, "hello <b>"); err != nil {
			t.Fatal(err)
		}
		posts := server.Seen("postMessage")
		if len(posts) != 6 {
			t.Fatalf("%d requests, want 6", len(posts))
		}
		if wait := posts[4].At - posts[3].At; wait < time.Minute {
			t.Errorf("asked again after %v, the server wanted a minute", wait)
		}
		id := posts[0].Body["messageId"].(string)
		for _, p := range posts {
			want := map[string]any{
				"body": "hello <b>", "destinationId": 7001.0, "destinationType": "ENGAGEMENT", "messageId": id,
				"messageType": "NONE", "visibility": "ALL", "sequenceNumber": p.Body["sequenceNumber"], "timeCreated": p.Body["timeCreated"],
			}
			if diff := cmp.Diff(want, p.Body); diff != "" || len(id) < 20 {
				t.Errorf("-want +got:\n%s", diff)
			}
		}
		if err := session.Post(t.Context(), 7001, "next"); err != nil {
			t.Fatal(err)
		}
		if server.Seen("postMessage")[6].Body["messageId"] == id {
			t.Error("two posts have one messageId")
		}
	})
}

func TestPostIsNotRepeatedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		for i, c := range []struct {
			status int
			ended  bool
		}{{400, false}, {403, true}, {409, false}, {413, false}, {500, false}} {
			server.On("postMessage", chattest.Refuse(c.status, `{"exceptionCode":"CONFLICT","message":"It has left."}`))
			id, err := session.PostMessage(t.Context(), wire.PostMessageRequest{MessageID: "mine"})
			e, ok := errors.AsType[*client.Error](err)
			if !ok || e.Status != c.status || id != "mine" || errors.Is(err, client.ErrSessionEnded) != c.ended {
				t.Errorf("%d: %q, %v", c.status, id, err)
			}
			if n := len(server.Seen("postMessage")); n != i+1 {
				t.Errorf("%d: request number %d, want %d", c.status, n, i+1)
			}
		}
		server.On("postMessage", chattest.Lost)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := session.Post(ctx, 7001, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := dial(t)
		server.On("assignmentAcknowledgement", chattest.JSON(`{`+envelope+`,"chatAssignmentAcknowledgementResult":{"engagementId":7001,"engagementIdString":"7001","clientList":[{"clientId":51,"name":"Ann Lee","role":"END_USER"}]},"chatSystemError":null}`))
		server.On("engagements", chattest.JSON(`{`+envelope+`,"engagements":[{"engagementId":7001,"state":"ACTIVE","role":"LEAD"}],"lastNumber":17,"lastNumberString":"17"}`))
		server.On("history", chattest.JSON(`{`+envelope+`,"engagementId":7001,"posts":[{"postNumber":21,"body":"hi"}],"complete":true,"more":true}`))
		for _, op := range []string{"setEngagementProperty", "rerouteEngagement", "monitor", "leave"} {
			server.On(op, chattest.JSON(`{`+envelope+`}`))
		}
		server.On("modifyProperties", chattest.JSON(`{`+envelope+`,"propertiesResultMap":{"EMAIL":true,"c$tier":false},"chatSystemError":null}`))
		server.On("retrieveAgentsAndQueues", chattest.JSON(`{`+envelope+`,"agents":[{"name":"Ada","mediaList":[]}],"queues":[{"queueId":2,"profileIdsList":[3],"queueStatistics":{"engagementsInQueue":5}}]}`))
		server.On("rerouteAvailability", chattest.JSON(`{`+envelope+`,"queueId":2,"queueIdString":"2","chatRouteId":2,"availableAgentSessions":1,"totalAvailableAgents":1,"engagementsInQueue":5,"expectedWaitSeconds":90}`))
		for _, op := range []string{"transfer", "invite"} {
			server.On(op, chattest.JSON(`{`+envelope+`,"askedClientId":49,"askedClientIdString":"49","expires":1653509888000,"expiresString":"1653509888000"}`))
		}
		server.On("takeOver", chattest.JSON(`{`+envelope+`,"engagementId":7001,"clientList":[{"clientId":51,"name":"Ann Lee","role":"END_USER"}]}`))
		asked := func(answer *wire.AskedResponse, err error) error {
			if err == nil && (answer.AskedClientID != 49 || answer.Expires != 1653509888000) {
				t.Errorf("%+v", answer)
			}
			return err
		}
		offer := &wire.ChatEngagementAssignment{EngagementID: 7001, Type: api.AssignmentTransfer}
		ctx := t.Context()

		type body = map[string]any
		for _, c := range []struct {
			path string
			want body
			call func() error
		}{
			{"/engagement/api/agent/demo_site/v1/setActivityStatus", body{"status": "AVAILABLE", "subTypeId": 0.0},
				func() error { return session.SetActivityStatus(ctx, api.StatusAvailable, 0) }},
			{"/engagement/api/agent/demo_site/v1/requestAssignment", body{"assignmentRequested": false, "idleSessionCount": 0.0, "maxSessionCount": 4.0},
				func() error { return session.RequestAssignment(ctx, false, 0, 4) }},
			{"/engagement/api/agent/demo_site/v1/assignmentAcknowledgement", body{"engagementId": 7001.0, "action": "ACCEPT", "actionType": "AUTO", "assignmentType": "TRANSFER"},
				func() error {
					who, err := session.Accept(ctx, offer)
					if len(who) != 1 || who[0].Name != "Ann Lee" {
						t.Errorf("in the engagement: %+v", who)
					}
					return err
				}},
			{"/engagement/api/agent/demo_site/v1/assignmentAcknowledgement", body{"engagementId": 7001.0, "action": "DECLINE", "actionType": "AUTO", "assignmentType": "TRANSFER"},
				func() error { return session.Decline(ctx, offer) }},
			{"/engagement/api/agent/demo_site/v1/setInteractionStatus", body{"clientId": 48.0, "engagementId": 7001.0, "mode": "RESPONDING"},
				func() error { return session.SetInteractionStatus(ctx, 7001, api.ModeResponding) }},
			{"/engagement/api/agent/demo_site/v1/setEngagementProperty", body{"engagementId": 7001.0, "type": "USER", "name": "QUESTION", "value": "New question"},
				func() error {
					return session.SetProperty(ctx, 7001, wire.OfUser, wire.PropertyQuestion, "New question")
				}},
			{"/engagement/api/agent/demo_site/v1/modifyProperties", body{"engagementId": 7001.0, "type": "USER", "propertiesMap": body{"EMAIL": "a@b"}, "customFields": []any{body{"name": "c$tier", "type": "LONG", "value": "x"}}},
				func() error {
					done, err := session.ModifyProperties(ctx, wire.ModifyPropertiesRequest{
						EngagementID: 7001, Type: wire.OfUser, PropertiesMap: map[wire.PropertyName]string{wire.PropertyEmail: "a@b"},
						CustomFields: []wire.ModifiedField{{Name: "c$tier", Type: api.FieldLong, Value: "x"}},
					})
					if diff := cmp.Diff(map[string]bool{"EMAIL": true, "c$tier": false}, done); diff != "" {
						t.Error(diff)
					}
					return err
				}},
			{"/engagement/api/agent/demo_site/v1/retrieveAgentsAndQueues", body{"id": 2.0, "type": "QUEUE", "includeAgentInformation": true, "includeQueueInformation": true, "includeQueueStatistics": true},
				func() error {
					answer, err := session.AgentsAndQueues(ctx, wire.RetrieveAgentsAndQueuesRequest{
						ID: 2, Type: wire.InformationQueue, IncludeAgentInformation: true, IncludeQueueInformation: true, IncludeQueueStatistics: true,
					})
					if err == nil && (answer.Agents[0].Name != "Ada" || answer.Queues[0].QueueStatistics.EngagementsInQueue != 5) {
						t.Errorf("%+v", answer)
					}
					return err
				}},
			{"/engagement/api/agent/demo_site/v1/rerouteAvailability", body{"engagementId": 7001.0},
				func() error {
					answer, err := session.RerouteAvailability(ctx, 7001)
					if err == nil && (answer.QueueID != 2 || answer.ExpectedWaitSeconds != 90) {
						t.Errorf("%+v", answer)
					}
					return err
				}},
			{"/engagement/api/agent/demo_site/v1/rerouteEngagement", body{"engagementId": 7001.0},
				func() error { return session.Reroute(ctx, 7001) }},
			{"/usher/agent/demo_site/v1/transfer", body{"engagementId": 7001.0, "queueId": 2.0, "note": "a word", "warm": true},
				func() error {
					return asked(session.Transfer(ctx, wire.TransferRequest{EngagementID: 7001, QueueID: 2, Note: "a word", Warm: true}))
				}},
			{"/usher/agent/demo_site/v1/invite", body{"engagementId": 7001.0, "accountId": 13.0, "type": "MONITOR"},
				func() error {
					return asked(session.Invite(ctx, wire.InviteRequest{EngagementID: 7001, AccountID: 13, Type: api.AssignmentMonitor}))
				}},
			{"/usher/agent/demo_site/v1/monitor", body{"engagementId": 7001.0},
				func() error { return session.Monitor(ctx, 7001) }},
			{"/usher/agent/demo_site/v1/takeOver", body{"engagementId": 7001.0},
				func() error {
					who, err := session.TakeOver(ctx, 7001)
					if len(who) != 1 || who[0].Name != "Ann Lee" {
						t.Errorf("in the engagement: %+v", who)
					}
					return err
				}},
			{"/usher/agent/demo_site/v1/leave", body{"engagementId": 7001.0},
				func() error { return session.Leave(ctx, 7001) }},
			{"/engagement/api/agent/demo_site/v1/concludeChat", body{"engagementId": 7001.0},
				func() error { return session.Conclude(ctx, 7001) }},
			{"/engagement/api/agent/demo_site/v1/releaseChat", body{"engagementId": 7001.0},
				func() error { return session.Release(ctx, 7001) }},
			{"/usher/agent/demo_site/v1/engagements", body{},
				func() error {
					answer, err := session.Engagements(ctx)
					if err == nil && (answer.LastNumber != 17 || answer.Engagements[0].State != wire.StateActive) {
						t.Errorf("%+v", answer)
					}
					return err
				}},
			{"/usher/agent/demo_site/v1/history", body{"engagementId": 7001.0, "afterPost": 20.0, "limit": 50.0},
				func() error {
					answer, err := session.History(ctx, 7001, 20, 50)
					if err == nil && (!answer.More || answer.Posts[0].Body != "hi") {
						t.Errorf("%+v", answer)
					}
					return err
				}},
			{"/engagement/api/agent/demo_site/v1/logoff", body{"forceLogoff": true},
				func() error { return session.Logoff(ctx, true) }},
		} {
			operation := c.path[strings.LastIndex(c.path, "/")+1:]
			if err := c.call(); err != nil {
				t.Errorf("%s: %v", operation, err)
				continue
			}
			seen := server.Seen(operation)
			r := seen[len(seen)-1]
			delete(r.Body, "sequenceNumber")
			delete(r.Body, "timeCreated")
			if diff := cmp.Diff(c.want, r.Body); diff != "" || r.Path != c.path || r.Header.Get("X-JSESSIONID") != "node01eirr" || r.Header.Get("Usher-Ack") != "0" {
				t.Errorf("%s: %s\n-want +got:\n%s", operation, r.Path, diff)
			}
		}
	})
}
