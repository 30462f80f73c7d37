package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/blob"
	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// talkative is a store of files whose errors tell all they know.
type talkative struct {
	blob.Store
	fault fault

	mu  sync.Mutex
	ids []string // of all files that it was ever asked for
}

func (s *talkative) asked(key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, path.Base(key))
	if err := s.fault.get(); err != nil {
		return fmt.Errorf("about %s: %w", key, err)
	}
	return nil
}

func (s *talkative) Put(ctx context.Context, key string, f blob.File, content io.Reader, limit int64) (blob.File, error) {
	if err := s.asked(key); err != nil {
		return blob.File{}, err
	}
	return s.Store.Put(ctx, key, f, content, limit)
}

func (s *talkative) Open(ctx context.Context, key string) (io.ReadCloser, blob.File, error) {
	if err := s.asked(key); err != nil {
		return nil, blob.File{}, err
	}
	return s.Store.Open(ctx, key)
}

func (s *talkative) Delete(ctx context.Context, key string) error {
	if err := s.asked(key); err != nil {
		return err
	}
	return s.Store.Delete(ctx, key)
}

// TestLogsTellNoChat: of whole chats, with everything that people can say and be called,
// and with everything that can go wrong, no word is logged at any level.
func TestLogsTellNoChat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder, err := blob.OpenFolder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		files, j := &talkative{Store: folder}, &sick{Journal: memory.NewAuto()}
		s := testkit.New(t, testkit.Options{Journal: j, Blobs: files, Mailed: func() {}, AnyQuery: true})
		secrets := map[string]string{"the password": testkit.Password, "the admin token": s.AdminToken, "the widget key": s.WidgetKey}
		// word answers something that somebody says or is called, which is not to be logged.
		word := func(what string) string {
			w := fmt.Sprintf("Xq%dZ", 1000+len(secrets))
			secrets[what+" "+w] = w
			return w
		}
		admin := func(method, path, body string) testkit.Answer {
			return s.Send(method, "/usher/admin/v1/sites/demo"+path, body, "Authorization", "Bearer "+s.AdminToken)
		}
		expectStatus(t, admin("PATCH", "/settings", `{"mailTranscripts":true,"sneakPreview":true}`), http.StatusOK)

		ada, bob := s.LogOn("ada"), s.LogOn("bob")
		secrets["ada's session"], secrets["bob's session"] = ada.Session, bob.Session
		// chat is a whole one. Steps that fail, because something is broken, are part of it.
		whole := true
		done := func(a testkit.Answer) {
			if whole {
				expectStatus(t, a, http.StatusOK)
			}
		}
		chat := func() {
			identity, err := signedBy(s, jwt.MapClaims{"sub": word("an identity"), "firstName": word("a first name"), "emailAddress": word("an address") + "@example.org"})
			if err == nil {
				secrets["an identity's token "+identity] = strings.Split(identity, ".")[2]
			}
			start := s.Send("POST", testkit.OwnPath("start"), `{"key":"`+s.WidgetKey+`","identity":"`+identity+`","lastName":"`+word("a last name")+`","question":"`+
				word("a question")+`","referrerUrl":"https://example.org/`+word("a page")+`","customFields":[{"name":"`+word("a field")+`","value":"`+word("a value")+`"}]}`)
			token := "no.token.atall"
			if start.Status == http.StatusOK {
				token = testkit.Decode[sites.EstablishSessionsResponse](s, start).ChannelToken
				secrets["a visitor's token "+token] = strings.Split(token, ".")[2]
			}
			v := &testkit.Visitor{Server: s, Session: word("a guessed session")}
			if opened := s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token); opened.Status == http.StatusOK {
				o := testkit.Decode[consumer.RequestEngagementResponse](s, opened)
				v.Session, v.Engagement = o.SessionID, o.EngagementID
				secrets["the session "+v.Session] = v.Session
			}
			ada.Call("requestAssignment", `{"assignmentRequested":true,"idleSessionCount":9,"maxSessionCount":9}`)
			ada.Call("assignmentAcknowledgement", inEngagement(v.Engagement, `,"action":"ACCEPT","actionType":"AUTO","assignmentType":"LEAD"`))
			to := fmt.Sprintf(`"destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE"`, v.Engagement)
			say := func(what, more string) {
				done(v.Call("postMessage", `{"body":"`+word("a visitor's "+what)+`"`+more+`}`))
				done(ada.Call("postMessage", `{"body":"`+word("an agent's "+what)+`",`+to+more+`}`))
			}
			say("post", "")
			say("post off the record", `,"offTheRecord":true`)
			say("post with pairs", `,"messageId":"`+word("a message id")+`","messageDataMap":{"`+word("a pair's name")+`":"`+word("a pair's value")+`"}`)
			say("rich text", `,"richText":true`)
			done(v.Call("postMessage", `{"body":"<b onclick='`+word("a rich text's script")+`'>`+word("a rich text's words")+`</b>","richText":true}`))
			done(v.Call("activity", `{"mode":"RESPONDING","sneakPreviewText":"`+word("a preview")+`"}`))
			v.Call("postMessage", `{"body":"`+word("a text that is cut off"))
			ada.Call("postMessage", `{"`+word("a member that nobody knows")+`":`+word("a value that is no JSON"))
			v.Call("postMessage", `{"body":"`+strings.Repeat(word("a text that is too long"), 10_000)+`"}`)
			v.Call("postMessage", `{"body":{"text":"`+word("a text in the wrong place")+`"}}`)
			done(ada.Call("setEngagementProperty", inEngagement(v.Engagement, `,"type":"USER","name":"QUESTION","value":"`+word("another question")+`"`)))
			done(ada.Call("modifyProperties", inEngagement(v.Engagement, `,"type":"USER","propertiesMap":{"`+word("a property")+`":"`+word("a property's value")+`"}`)))
			done(ada.Call("invite", inEngagement(v.Engagement, `,"accountId":13,"type":"CONFERENCE","note":"`+word("a note")+`"`)))
			done(bob.Call("assignmentAcknowledgement", inEngagement(v.Engagement, `,"action":"ACCEPT","actionType":"AUTO","assignmentType":"CONFERENCE"`)))
			ada.Call("transfer", inEngagement(v.Engagement, `,"queueId":`+word("a queue that is none")))
			done(visitorFile(v, word("a file's name")+".png", word("a file's message id"), png+word("a file's content")))
			done(agentFile(ada, v.Engagement, word("an agent's file's name")+".txt", "", word("an agent's file's content")))
			visitorFile(v, word("a program's name")+".exe", "", "MZ"+word("a program's content"))
			for _, id := range append(files.known(), word("a guessed file")) {
				s.Send("GET", testkit.OwnPath(fmt.Sprintf("files/%d/%s", v.Engagement, id)), "")
			}
			done(ada.Call("history", inEngagement(v.Engagement, "")))
			ada.Call("rerouteEngagement", word("a body that is no object"))
			own(v, "POST", "rating", `{"stars":9,"comment":"`+word("a comment too early")+`"}`)
			done(own(v, "POST", "transcript", `{"emailAddress":"`+word("another address")+`@example.org"}`))
			done(own(v, "GET", "transcript", ""))
			done(ada.Call("concludeChat", inEngagement(v.Engagement, "")))
			done(own(v, "POST", "rating", `{"stars":5,"comment":"`+word("a comment")+`"}`))
			done(admin("GET", fmt.Sprintf("/engagements/%d/record", v.Engagement), ""))
			done(admin("GET", fmt.Sprintf("/engagements/%d/transcript", v.Engagement), ""))
			done(admin("GET", "/search?text="+word("what is searched"), ""))
			done(admin("POST", "/erase", `{"email":"`+word("an erased address")+`@example.org"}`))
			admin("PUT", "/accounts/90", `{"login":"`+word("a login")+`","password":"`+word("a new password")+`","name":"`+word("an account's name")+`"`)
			// What is secret in places where nobody expects it.
			for _, path := range []string{"/%s", "/usher/consumer/%s/v1/start", "/usher/consumer/demo/v1/files/1/%s", "/services/rest/%s", "/usher/admin/v1/sites/%s", "/?key=%s"} {
				odd := word("a secret in " + path)
				for _, method := range []string{"GET", "POST", "DELETE"} {
					s.Send(method, fmt.Sprintf(path, url.PathEscape(odd)), `{"key":"`+odd+`"}`, "Authorization", "Bearer "+odd, "SessionId", odd, "X-JSESSIONID", odd, "Usher-Ack", odd)
				}
			}
			s.Send("POST", testkit.Bootstrap+"agentTokens", "", "Authorization", testkit.Basic(word("a login that nobody has"), word("a wrong password")))
			time.Sleep(time.Second)
		}
		chat()
		whole = false
		refused, unknown, unread := errors.New("the disk is full"), errors.New("the line is dead"), errors.New("the disk cannot be read")
		files.fault.set(refused)
		chat()
		files.fault.set(nil)
		j.appends.set(fmt.Errorf("%w: %w", journal.ErrRefused, refused))
		chat()
		j.appends.set(nil)
		time.Sleep(time.Minute)
		j.appends.set(fmt.Errorf("%w: %w", journal.ErrUnknown, unknown))
		chat()
		j.appends.set(nil)
		time.Sleep(time.Minute)
		said := word("what a command was about that panicked")
		if _, err := host.Do(t.Context(), s.Host, testkit.SiteName, func(*site.Site) (byte, error) { return said[len(said)], nil }); err == nil {
			t.Error("a panic went unnoticed")
		}
		j.loads.set(unread)
		if _, err := host.Do(t.Context(), s.Host, testkit.SiteName, func(*site.Site) (byte, error) { return said[len(said)], nil }); err == nil {
			t.Error("a panic went unnoticed")
		}
		chat()
		j.loads.set(nil)
		j.secrets.set(unread)
		chat()
		j.secrets.set(nil)
		time.Sleep(time.Minute)
		chat()

		for i, id := range files.known() {
			secrets[fmt.Sprint("a file's id, ", i)] = id
		}
		logs := s.Logs.String()
		for _, said := range []string{refused.Error(), unknown.Error(), unread.Error(), "index out of range", "the site goes on", "request failed"} {
			if !strings.Contains(logs, said) {
				t.Errorf("%q is not logged, so this test shows nothing about it", said)
			}
		}
		for what, secret := range secrets {
			if i := strings.Index(logs, secret); i >= 0 {
				t.Errorf("%s is logged: …%.300s", what, logs[max(0, i-150):])
			}
		}
		line := regexp.MustCompile(`^time=\S+ level=(DEBUG|INFO|WARN|ERROR) msg=("[^"]+"|\w+)( [a-z]+=("([^"\\]|\\.)*"|[^ "]*))*$`)
		for l := range strings.Lines(logs) {
			if !line.MatchString(strings.TrimSuffix(l, "\n")) {
				t.Errorf("no structured line: %s", l)
			}
		}
		if len(secrets) < 300 {
			t.Errorf("only %d secrets were used", len(secrets))
		}
	})
}

// known lists the ids of all files that it was ever asked for.
func (s *talkative) known() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.ids...)
}

// signedBy is what the site's own back end says of its visitor.
func signedBy(s *testkit.Server, claims jwt.MapClaims) (string, error) {
	key, err := s.Keys.IdentityKey(s.T.Context(), testkit.SiteName, 0)
	if err != nil {
		return "", err
	}
	claims["exp"] = time.Now().Add(time.Hour).Unix()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
}
