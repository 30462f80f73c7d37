package consumer_test

import (
	"context"
	"encoding/json"
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
	wire "usher/api/consumer"
	"usher/api/sites"
	"usher/client"
	"usher/client/consumer"
	"usher/client/internal/chattest"
)

const (
	established = `{"siteName":"demo_site","channelToken":"eyJ.x.y","sessionServerResponse":"{\"domain\":\"chat.example:8080\",\"pool\":\"1:1\"}","links":[]}`
	envelope    = `"clientId":51,"clientIdString":"51","clientRequestTime":null,"clientTransactionId":1,"clientTransactionIdString":"1","serviceStartTime":"2026-03-01T10:00:00.010Z","serviceFinishTime":"2026-03-01T10:00:00.025Z","errorMessages":[]`
	opened      = `{` + envelope + `,"sessionId":"4k1m9q7x2c8v5b3n6z0a1s2d3f","engagementId":1001,"engagementIdString":"1001","resultType":"SUCCESS","queueId":2,"queueIdString":"2"}`
	done        = `{` + envelope + `}`
	concluded   = `{"messageName":"RNEngagementConcludedMessage","reason":"AGENT_CONCLUDED","role":"LEAD","createdTime":"2026-03-01T10:00:09.000Z","sequenceNumber":4,"sequenceNumberString":"4"}`
	unknown     = `{"exceptionCode":"ACCESS_DENIED","message":"The consumer session identifier is unknown.","errorMessages":[]}`
)

var hold = chattest.Held(30*time.Second, batch(""))

// batch answers getMessages with messages.
func batch(messages string, header ...string) http.HandlerFunc {
	return chattest.JSON(`{`+envelope+`,"systemMessages":[`+messages+`]}`, header...)
}

// post is an agent's post.
func post(text string) string {
	return `{"messageName":"RNEngagementMessagePostedMessage","body":"` + text + `","senderType":"AGENT"}`
}

// last is the header that gives the batch's position.
func last(n int) []string { return []string{"Usher-Last", fmt.Sprint(n)} }

// start opens a chat at a server of which all but getMessages is scripted.
func start(t *testing.T) (*chattest.Server, *consumer.Session) {
	t.Helper()
	server := chattest.New(t)
	server.On("start", chattest.JSON(established))
	server.On("establishSessions", chattest.JSON(established))
	server.On("requestEngagement", chattest.JSON(opened))
	for _, op := range []string{"postMessage", "activity", "concludeEngagement"} {
		server.On(op, chattest.JSON(done))
	}
	session, err := consumer.Start(t.Context(), consumer.Options{
		Server: "http://site.example", Site: "demo", Key: "wk", HTTP: server.Client,
		Visitor: sites.SessionAttributes{FirstName: "Ann", QueueID: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, session
}

// handler appends what it gets to got: texts of posts, names of all else.
func handler(got *[]string) func(context.Context, consumer.Message) error {
	return func(_ context.Context, m consumer.Message) error {
		text := m.Name()
		if m.MessagePosted != nil {
			text = m.MessagePosted.Body
		}
		*got = append(*got, text)
		return nil
	}
}

func acks(polls []chattest.Seen) (list []string) {
	for _, p := range polls {
		list = append(list, strings.Join(p.Header["Usher-Ack"], ","))
	}
	return list
}

func TestStartWithKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := start(t)
		if session.ClientID != 51 || session.EngagementID != 1001 || session.QueueID != 2 {
			t.Errorf("%+v", session)
		}
		r := server.Seen("start")[0]
		want := map[string]any{"key": "wk", "firstName": "Ann", "queueId": 2.0}
		if diff := cmp.Diff(want, r.Body); diff != "" || r.Path != "/usher/consumer/demo/v1/start" || r.Host != "site.example" || r.Header.Get("Authorization") != "" {
			t.Errorf("%+v\n-want +got:\n%s", r, diff)
		}
		r = server.Seen("requestEngagement")[0]
		if r.Path != "/engagement/api/consumer/demo_site/v1/requestEngagement" || r.Query != "pool=1:1" || r.Host != "chat.example:8080" || r.Header.Get("Authorization") != "Bearer eyJ.x.y" {
			t.Errorf("%+v", r)
		}
	})
}

func TestStartWithLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := start(t)
		server.On("establishSessions", chattest.JSON(`{"siteName":"demo_site","channelToken":"eyJ.x.y","sessionServerResponse":"{\"domain\":\"chat.example\",\"pool\":\"1:1\",\"port\":\"8443\"}"}`))
		for site, path := range map[string]string{
			"":     "/services/rest/crossChannelServices/latest/establishSessions",
			"demo": "/sites/demo/services/rest/crossChannelServices/latest/establishSessions",
		} {
			_, err := consumer.Start(t.Context(), consumer.Options{
				Server: "https://site.example", Site: site, Login: "ada", Password: "s3cret", HTTP: httpOnly(server.Client),
				Visitor: sites.SessionAttributes{FirstName: "Ann", QueueID: 2},
			})
			if err != nil {
				t.Fatal(err)
			}
			seen := server.Seen("establishSessions")
			r := seen[len(seen)-1]
			user, password, _ := (&http.Request{Header: r.Header}).BasicAuth()
			if r.Path != path || user != "ada" || password != "s3cret" {
				t.Errorf("%+v", r)
			}
			var information map[string]any
			if err := json.Unmarshal([]byte(r.Body["sessionInformation"].(string)), &information); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]any{"firstName": "Ann", "queueId": 2.0}, information); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			seen = server.Seen("requestEngagement")
			if host := seen[len(seen)-1].Host; host != "chat.example:8443" {
				t.Errorf("the chat is at %s", host)
			}
		}
	})
}

// httpOnly speaks HTTP where HTTPS is meant: the test's network has no TLS.
func httpOnly(c *http.Client) *http.Client {
	return &http.Client{Transport: plain{c.Transport}}
}

type plain struct{ http.RoundTripper }

func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return p.RoundTripper.RoundTrip(r)
}

func TestStartRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := start(t)
		options := consumer.Options{Server: "http://site.example", Site: "demo", Key: "wk", HTTP: server.Client}
		server.On("requestEngagement", chattest.Refuse(409, `{"exceptionCode":"CONFLICT","message":"We are closed.","errorMessages":["We are closed."],"resultType":"FAIL_OUT_OF_HOURS"}`))
		_, err := consumer.Start(t.Context(), options)
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 409 || e.Code != api.Conflict || e.Message != "We are closed." {
			t.Error(err)
		}
		server.On("requestEngagement", chattest.JSON(`{`+envelope+`,"resultType":"FAIL_HOLIDAY"}`))
		if _, err := consumer.Start(t.Context(), options); err == nil || !strings.Contains(err.Error(), "FAIL_HOLIDAY") {
			t.Error(err)
		}
		server.On("start", chattest.JSON(`{"sessionServerResponse":"<html>"}`))
		if _, err := consumer.Start(t.Context(), options); err == nil {
			t.Error("no error for a broken answer")
		}
		server.On("start", chattest.Refuse(403, unknown))
		_, err = consumer.Start(t.Context(), options)
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != api.AccessDenied || errors.Is(err, client.ErrSessionEnded) {
			t.Error(err)
		}
		for _, bad := range []consumer.Options{{}, {Server: "site.example"}, {Server: "http://site.example", Key: "wk"}} {
			if _, err := consumer.Start(t.Context(), bad); err == nil {
				t.Errorf("%+v: no error", bad)
			}
		}
	})
}

// The loop ends by itself when the chat is over, having told the server that the
// last words were heard.
func TestRunToTheEnd(t *testing.T) {
	for _, handlerEndsIt := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server, session := start(t)
			server.On("getMessages",
				batch(post("a")+`,{"messageName":"RNEngagementMediaTokenMessage","clientId":{"odd":1}},`+post("b"), last(3)...),
				hold,
				batch(post("c")+","+concluded, last(5)...),
			)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var got []string
			collect := handler(&got)
			err := session.Run(ctx, func(ctx context.Context, m consumer.Message) error {
				if m.Concluded != nil {
					if handlerEndsIt {
						cancel()
					}
					if n := len(server.Seen("concludeEngagement")); n != 0 {
						t.Errorf("acknowledged before it was handled, %d times", n)
					}
				}
				return collect(ctx, m)
			})
			if err != nil {
				t.Errorf("Run: %v", err)
			}
			if diff := cmp.Diff([]string{"a", "b", "c", wire.NameConcluded}, got); diff != "" {
				t.Errorf("messages -want +got:\n%s", diff)
			}
			if got := acks(server.Seen("getMessages")); !slices.Equal(got, []string{"0", "3", "3"}) {
				t.Errorf("acknowledged %v", got)
			}
			if got := acks(server.Seen("concludeEngagement")); !slices.Equal(got, []string{"5"}) {
				t.Errorf("the last acknowledgement: %v", got)
			}
			number := 0.0
			for _, p := range server.Seen("getMessages") {
				if p.Header.Get("SessionId") != "4k1m9q7x2c8v5b3n6z0a1s2d3f" || p.Header.Get("Authorization") != "" {
					t.Errorf("headers %v", p.Header)
				}
				if _, err := time.Parse(time.RFC3339, p.Body["clientRequestTime"].(string)); err != nil {
					t.Error(err)
				}
				if next := p.Body["clientTransactionId"].(float64); next <= number {
					t.Errorf("number %v after %v", next, number)
				} else {
					number = next
				}
			}
		})
	}
}

// The last acknowledgement is a courtesy: the end does not wait long for it, and
// its failure is no error.
func TestRunDoesNotWaitForItsFarewell(t *testing.T) {
	for _, step := range []http.HandlerFunc{chattest.Forever, chattest.Lost, chattest.Refuse(403, unknown)} {
		synctest.Test(t, func(t *testing.T) {
			server, session := start(t)
			server.On("getMessages", batch(concluded, last(1)...))
			server.On("concludeEngagement", step)
			began := time.Now()
			if err := session.Run(t.Context(), handler(new([]string))); err != nil || time.Since(began) > 5*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	}
}

func TestRunHandsTheLastWordsOverAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := start(t)
		server.On("getMessages", batch(concluded, last(1)...))
		crash := errors.New("crash")
		if err := session.Run(t.Context(), func(context.Context, consumer.Message) error { return crash }); err != crash {
			t.Error(err)
		}
		if n := len(server.Seen("concludeEngagement")); n != 0 {
			t.Errorf("acknowledged though it was not handled, %d times", n)
		}
		var got []string
		if err := session.Run(t.Context(), handler(&got)); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestRunSurvives(t *testing.T) {
	for name, failure := range map[string]http.HandlerFunc{
		"connection lost": chattest.Lost,
		"cut mid-answer":  chattest.CutShort(`{` + envelope + `,"systemMessages":[` + post("b") + `]}`),
		"silent":          chattest.Forever,
		"failure":         chattest.Refuse(500, `{"exceptionCode":"INTERNAL_SERVER_ERROR"}`),
		"read-only":       chattest.Refuse(503, `{}`, "Retry-After", "20"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, session := start(t)
				server.On("getMessages", batch(post("a"), last(1)...), failure, failure, batch(concluded, last(2)...))
				var got []string
				if err := session.Run(t.Context(), handler(&got)); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff([]string{"a", wire.NameConcluded}, got); diff != "" {
					t.Errorf("messages -want +got:\n%s", diff)
				}
				if got := acks(server.Seen("getMessages")); !slices.Equal(got, []string{"0", "1", "1", "1"}) {
					t.Errorf("acknowledged %v", got)
				}
			})
		})
	}
}

func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := start(t)
		server.On("getMessages", chattest.Forever)
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		began := time.Now()
		if err := session.Run(ctx, nil); err != context.DeadlineExceeded || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		server.On("getMessages", chattest.Refuse(403, unknown))
		if err := session.Run(t.Context(), nil); !errors.Is(err, client.ErrSessionEnded) {
			t.Error(err)
		}
		if n := len(server.Seen("concludeEngagement")); n != 0 {
			t.Errorf("the chat was concluded %d times", n)
		}
	})
}

func TestRunFollowsAMove(t *testing.T) {
	for moved, want := range map[string][2]string{ // host and query afterwards
		`"value":"2:1","domain":"other.example","port":"9090","pool":"2:1"`: {"other.example:9090", "pool=2:1"},
		`"value":"2:1","domain":"other.example:1","port":null,"pool":"2:1"`: {"other.example:1", "pool=2:1"},
		`"value":"2:1","domain":null,"port":null,"pool":null`:               {"chat.example:8080", "pool=2:1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			server, session := start(t)
			server.On("getMessages",
				batch(`{"messageName":"RNEngagementConfigurationChangedMessage","name":"CHAT_CLUSTER_POOL_ID",`+moved+`}`, last(1)...),
				batch(concluded, last(2)...))
			if err := session.Run(t.Context(), handler(new([]string))); err != nil {
				t.Error(err)
			}
			polls := server.Seen("getMessages")
			if r := polls[0]; r.Host != "chat.example:8080" || r.Query != "pool=1:1" {
				t.Errorf("at first: %s %s", r.Host, r.Query)
			}
			if r := polls[1]; r.Host != want[0] || r.Query != want[1] {
				t.Errorf("%s: then %s %s", moved, r.Host, r.Query)
			}
		})
	}
}

func TestPostIsRepeatedUnderOneMessageID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := start(t)
		server.On("postMessage", chattest.Lost, chattest.Refuse(503, `{}`, "Retry-After", "60"), chattest.JSON(done))
		if err := session.Post(t.Context(), "hello <b>"); err != nil {
			t.Fatal(err)
		}
		posts := server.Seen("postMessage")
		if len(posts) != 3 {
			t.Fatalf("%d requests, want 3", len(posts))
		}
		id := posts[0].Body["messageId"].(string)
		for _, p := range posts {
			if p.Body["messageId"] != id || len(id) < 20 || p.Body["body"] != "hello <b>" {
				t.Errorf("%v", p.Body)
			}
		}
		if wait := posts[2].At - posts[1].At; wait < time.Minute {
			t.Errorf("asked again after %v, the server wanted a minute", wait)
		}
		if err := session.Post(t.Context(), "next"); err != nil {
			t.Fatal(err)
		}
		if server.Seen("postMessage")[3].Body["messageId"] == id {
			t.Error("two posts have one messageId")
		}
	})
}

func TestPostAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := start(t)
		server.On("postMessage", chattest.Refuse(409, `{"exceptionCode":"CONFLICT","message":"It is over."}`))
		id, err := session.PostMessage(t.Context(), wire.PostMessageRequest{Body: "x", MessageID: "mine"})
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 409 || id != "mine" || len(server.Seen("postMessage")) != 1 {
			t.Errorf("%q, %v", id, err)
		}
	})
}

func TestOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, session := start(t)
		ctx := t.Context()
		type body = map[string]any
		for _, c := range []struct {
			operation string
			want      body
			call      func() error
		}{
			{"activity", body{"mode": "RESPONDING", "sneakPreviewText": "hel"}, func() error { return session.Activity(ctx, api.ModeResponding, "hel") }},
			{"activity", body{"mode": "LISTENING"}, func() error { return session.Activity(ctx, api.ModeListening, "") }},
			{"concludeEngagement", body{}, func() error { return session.Conclude(ctx) }},
		} {
			if err := c.call(); err != nil {
				t.Errorf("%s: %v", c.operation, err)
				continue
			}
			seen := server.Seen(c.operation)
			r := seen[len(seen)-1]
			delete(r.Body, "clientRequestTime")
			delete(r.Body, "clientTransactionId")
			if diff := cmp.Diff(c.want, r.Body); diff != "" || r.Path != "/engagement/api/consumer/demo_site/v1/"+c.operation || r.Header.Get("SessionId") == "" {
				t.Errorf("%s: %s\n-want +got:\n%s", c.operation, r.Path, diff)
			}
		}
	})
}
