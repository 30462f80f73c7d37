package rest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// sick is a journal that can fail in every way.
type sick struct {
	*memory.Journal
	appends, loads, secrets fault
}

// fault is what something fails with, nil for not.
type fault struct{ atomic.Pointer[error] }

func (f *fault) set(err error) { f.Store(&err) }

func (f *fault) get() error {
	if err := f.Load(); err != nil {
		return *err
	}
	return nil
}

func (j *sick) Append(a journal.Append) {
	err := j.appends.get()
	if err == nil {
		j.Journal.Append(a)
		return
	}
	go func() {
		if _, ok := a.Take(); ok {
			a.Done(err)
		}
	}()
}

func (j *sick) Load(ctx context.Context, name string) (journal.State, error) {
	if err := j.loads.get(); err != nil {
		return journal.State{}, err
	}
	return j.Journal.Load(ctx, name)
}

func (j *sick) Secret(ctx context.Context, name, secret string, fresh func() ([]byte, error)) ([]byte, error) {
	if err := j.secrets.get(); err != nil {
		return nil, err
	}
	return j.Journal.Secret(ctx, name, secret, fresh)
}

// TestLogsHoldNoSecrets: whatever goes well and whatever fails, no password,
// token, key or session id is ever logged, and no word of a conversation.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &sick{Journal: memory.NewAuto()}
		s := &stage{Server: testkit.New(t, testkit.Options{Journal: j, AnyQuery: true})}
		s.ada, s.ann = s.Chat("ada")
		s.bob = s.LogOn("bob")
		s.ben = s.Enter(testkit.Support)
		const said, typed, password = "my card is 4711 0815", "a text not yet sent", "a new pass phrase"
		agentToken, visitorToken := s.AgentToken("ada"), s.VisitorToken(`{"firstName":"Zoe"}`)
		echo := s.LogOn("echo")
		identityKey, err := s.Keys.IdentityKey(t.Context(), testkit.SiteName, 0)
		if err != nil {
			t.Fatal(err)
		}
		secrets := map[string]string{
			"the password": testkit.Password, "a new password": password, "a password sent": base64.StdEncoding.EncodeToString([]byte("ada:" + testkit.Password)),
			"ada's session": s.ada.Session, "bob's session": s.bob.Session, "echo's session": echo.Session, "ann's session": s.ann.Session, "ben's session": s.ben.Session,
			"an agent's token": strings.Split(agentToken, ".")[2], "a visitor's token": strings.Split(visitorToken, ".")[2],
			"the admin's token": s.AdminToken, "the widget's key": s.WidgetKey, "the identity's key": identityKey, "a text": said, "a preview": typed, "a private key": "PRIVATE KEY",
			"a password's hash": "$argon2id$", "a session's hash": auth.SessionHash(s.ada.Session),
		}
		// round sends all that has a secret in it, in its place and out of it.
		round := func() {
			for _, r := range []struct {
				method, path, body string
				headers            []string
			}{
				{"POST", testkit.Bootstrap + "agentTokens", "", []string{"Authorization", testkit.Basic("ada", testkit.Password)}},
				{"POST", testkit.Bootstrap + "agentTokens", "", []string{"Authorization", testkit.Basic("ada", testkit.Password+"x")}},
				{"POST", testkit.Bootstrap + "agentTokens", "", []string{"Authorization", testkit.Basic(testkit.Password, "ada")}},
				{"POST", testkit.Bootstrap + "establishSessions", `{"question":"` + said, []string{"Authorization", testkit.Basic("ada", testkit.Password)}},
				{"POST", testkit.AgentPath("createAutomatedAgentSession"), "", []string{"Authorization", "Bearer " + agentToken}},
				{"POST", testkit.AgentPath("createAutomatedAgentSession"), "", []string{"Authorization", "Bearer " + agentToken + "x"}},
				{"POST", testkit.AgentPath("createAutomatedAgentSession"), "", []string{"Authorization", "Bearer " + visitorToken}},
				{"POST", testkit.VisitorPath("requestEngagement"), "", []string{"Authorization", "Bearer " + visitorToken}},
				{"POST", testkit.VisitorPath("requestEngagement"), "", []string{"Authorization", "Bearer x" + visitorToken}},
				{"POST", testkit.VisitorPath("requestEngagement"), "", []string{"Authorization", "Bearer " + agentToken}},
				{"POST", testkit.VisitorPath("postMessage"), `{"body":"` + said + `"}`, []string{"SessionId", s.ann.Session}},
				{"POST", testkit.VisitorPath("postMessage"), `{"body":"` + said + `","offTheRecord":true}`, []string{"SessionId", s.ann.Session}},
				{"POST", testkit.VisitorPath("postMessage"), `{"body":"` + said, []string{"SessionId", s.ann.Session}},
				{"POST", testkit.VisitorPath("postMessage"), `{"body":"` + said + `"}`, []string{"SessionId", s.ada.Session}},
				{"POST", testkit.VisitorPath("activity"), `{"mode":"RESPONDING","sneakPreviewText":"` + typed + `"}`, []string{"SessionId", s.ann.Session}},
				{"POST", testkit.AgentPath("postMessage"), testkit.AgentPost(s.ann.Engagement, said), []string{"X-JSESSIONID", s.ada.Session, "X-AID", "12"}},
				{"POST", testkit.AgentPath("postMessage"), testkit.AgentPost(4711, said), []string{"X-JSESSIONID", s.ada.Session, "X-AID", "12"}},
				{"POST", testkit.AgentPath("postMessage"), testkit.AgentPost(s.ann.Engagement, said), []string{"X-JSESSIONID", s.ada.Session + "x", "X-AID", "12"}},
				{"POST", testkit.AgentPath("engagements"), "", []string{"X-JSESSIONID", s.bob.Session, "X-AID", s.bob.Session}},
				{"POST", testkit.AgentPath("engagements"), "", []string{"X-JSESSIONID", s.bob.Session, "X-AID", "13", "Usher-Ack", s.bob.Session}},
				{"POST", "/usher/consumer/demo/v1/start", `{"key":"` + s.WidgetKey + `"}`, nil},
				{"POST", "/usher/consumer/demo/v1/start", `{"key":"` + s.WidgetKey + `x"}`, nil},
				{"GET", "/usher/admin/v1/sites/demo", "", []string{"Authorization", "Bearer " + s.AdminToken}},
				{"GET", "/usher/admin/v1/sites/demo", "", []string{"Authorization", "Bearer " + s.AdminToken + "x"}},
				{"GET", "/usher/admin/v1/sites/demo/keys", "", []string{"Authorization", "Bearer " + s.AdminToken}},
				{"GET", "/usher/admin/v1/sites/demo/keys", "", []string{"Authorization", "Bearer " + identityKey}},
				{"POST", "/usher/consumer/demo/v1/start", `{"key":"` + s.WidgetKey + `","identity":"` + identityKey + `"}`, nil},
				{"PUT", "/usher/admin/v1/sites/demo/accounts/14", `{"login":"echo","name":"Echo","password":"` + password + `"}`, []string{"Authorization", "Bearer " + s.AdminToken}},
				{"PUT", "/usher/admin/v1/sites/demo/accounts/14", `{"login":"echo","password":"` + password + `"`, []string{"Authorization", "Bearer " + s.AdminToken}},
				{"GET", "/demo/site.json", "", nil},
			} {
				headers := append([]string{"X-JSESSIONID", s.bob.Session, "SessionId", s.ben.Session}, r.headers...) // everywhere, as some clients do
				path, query, _ := strings.Cut(r.path, "?")
				if _, err := s.TrySend(r.method, path+"?key="+s.WidgetKey+"&"+query, r.body, headers...); err != nil {
					t.Error(err)
				}
			}
		}
		round()

		garbled := s.Dial()
		if _, err := garbled.Write([]byte("POST / HTTP/1.1\r\nHost: x\r\nX-JSESSIONID: " + s.ada.Session + "\r\nbroken " + s.AdminToken + "\r\n\r\n")); err != nil {
			t.Error(err)
		}
		garbled.Close()

		failures := []string{"the disk is full", "the secrets cannot be read", "the outcome is unknown", "a panic in a command", "the disk cannot be read"}
		j.appends.set(fmt.Errorf("%w: %s", journal.ErrRefused, failures[0]))
		round()
		j.appends.set(nil)
		time.Sleep(time.Minute)
		j.secrets.set(errors.New(failures[1]))
		round()
		j.secrets.set(nil)
		j.appends.set(fmt.Errorf("%w: %s", journal.ErrUnknown, failures[2]))
		round()
		j.appends.set(nil)
		time.Sleep(time.Minute)
		j.loads.set(errors.New(failures[4]))
		if _, err := host.Do(t.Context(), s.Host, testkit.SiteName, func(*site.Site) (int, error) { panic(failures[3]) }); err == nil {
			t.Error("a panic went unnoticed")
		}
		round()
		j.loads.set(nil)
		time.Sleep(time.Minute)
		round()
		if a := s.ada.Call("engagements", ""); a.Status != http.StatusOK {
			t.Errorf("after all that: %d %s", a.Status, a.Body)
		}

		logs := s.Logs.String()
		for _, failure := range failures {
			if !strings.Contains(logs, failure) {
				t.Errorf("%s: nothing was logged about it, so this test shows nothing", failure)
			}
		}
		for what, secret := range secrets {
			if i := strings.Index(logs, secret); i >= 0 {
				t.Errorf("%s is logged: %.300s", what, logs[max(0, i-150):])
			}
		}
		if t.Failed() {
			t.Logf("%.5000s", logs)
		}
	})
}
