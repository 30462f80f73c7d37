package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeUsher answers what the bench asks of usher, by the contract's words and
// with as little behind them as the bench can notice: one queue and agent for
// each visitor, and mailboxes in memory.
type fakeUsher struct {
	mux *http.ServeMux

	mu       sync.Mutex
	accounts map[string]string // login to account id
	agents   map[string]*fakeAgent
	waiting  map[int64]*fakeAgent // agent by the queue it serves
	visitors map[string]*fakeAgent
	polled   map[string]bool // visitors that had their first answer
	next     int64
	posts    []string // message ids in order of arrival
}

// fakeAgent is an agent with the messages of its mailbox.
type fakeAgent struct {
	account  string
	accepted bool
	messages []string
	read     int64
	wake     chan struct{}
}

func (a *fakeAgent) put(message string) {
	a.messages = append(a.messages, message)
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

const (
	fakeAdmin  = "admin-token"
	fakeReason = "the fake takes no post with this text"
)

func newFakeUsher() *fakeUsher {
	f := &fakeUsher{
		mux: http.NewServeMux(), accounts: map[string]string{}, agents: map[string]*fakeAgent{},
		waiting: map[int64]*fakeAgent{}, visitors: map[string]*fakeAgent{}, polled: map[string]bool{}, next: 7000,
	}
	admin, rest := "/usher/admin/v1/sites/demo/", "/services/rest/crossChannelServices/latest/"
	agent, consumer := "/engagement/api/agent/demo/v1/", "/engagement/api/consumer/demo/v1/"
	f.mux.HandleFunc("PATCH "+admin+"settings", f.admin(func(*http.Request, map[string]any) any { return map[string]any{} }))
	f.mux.HandleFunc("PUT "+admin+"queues/{id}", f.admin(func(*http.Request, map[string]any) any { return map[string]any{} }))
	f.mux.HandleFunc("PUT "+admin+"accounts/{id}", f.admin(func(r *http.Request, body map[string]any) any {
		f.accounts[body["login"].(string)] = r.PathValue("id")
		return map[string]any{}
	}))
	f.mux.HandleFunc("POST "+rest+"agentTokens", f.answer(func(r *http.Request, _ map[string]any) (int, any) {
		login, _, _ := r.BasicAuth()
		return 200, map[string]any{"sessionToken": "token-" + f.accounts[login]}
	}))
	f.mux.HandleFunc("POST "+rest+"establishSessions", f.answer(func(r *http.Request, body map[string]any) (int, any) {
		if login, password, _ := r.BasicAuth(); login != "ada" || password != "secret" {
			return 401, map[string]any{"detail": "wrong credentials"}
		}
		queue := body["sessionInformation"].(map[string]any)["queueId"].(float64)
		return 200, map[string]any{"channelToken": fmt.Sprintf("visit-%.0f", queue)}
	}))
	f.mux.HandleFunc("POST "+agent+"createAutomatedAgentSession", f.answer(func(r *http.Request, _ map[string]any) (int, any) {
		account, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer token-")
		if !ok || account == "" {
			return 403, map[string]any{"exceptionCode": "ACCESS_DENIED", "message": "no token"}
		}
		a := &fakeAgent{account: account, wake: make(chan struct{}, 1)}
		f.agents["session-"+account] = a
		return 200, map[string]any{"sessionId": "session-" + account}
	}))
	f.mux.HandleFunc("POST "+agent+"setActivityStatus", f.asAgent(func(*fakeAgent, map[string]any) {}))
	f.mux.HandleFunc("POST "+agent+"requestAssignment", f.asAgent(func(a *fakeAgent, _ map[string]any) {
		queue, _ := strconv.ParseInt(a.account, 10, 64)
		f.waiting[queue] = a
	}))
	f.mux.HandleFunc("POST "+agent+"assignmentAcknowledgement", f.asAgent(func(a *fakeAgent, body map[string]any) {
		a.accepted = body["action"] == "ACCEPT"
		a.put(`{"ChatEngagementParticipantAdded":{"name":"Visitor"}}`)
	}))
	f.mux.HandleFunc("POST "+agent+"getMessages", f.poll)
	f.mux.HandleFunc("POST "+consumer+"requestEngagement", f.answer(func(r *http.Request, _ map[string]any) (int, any) {
		f.next++
		queue, err := strconv.ParseInt(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer visit-"), 10, 64)
		if err != nil {
			return 403, map[string]any{"exceptionCode": "ACCESS_DENIED", "message": "no token"}
		}
		id := "visitor-" + strconv.FormatInt(f.next, 10)
		f.visitors[id] = f.waiting[queue]
		if a := f.waiting[queue]; a != nil {
			a.put(fmt.Sprintf(`{"ChatEngagementAssignment":{"engagementId":%d}}`, f.next))
		}
		return 200, map[string]any{"sessionId": id, "engagementId": f.next}
	}))
	f.mux.HandleFunc("POST "+consumer+"concludeEngagement", f.answer(func(*http.Request, map[string]any) (int, any) {
		return 200, map[string]any{}
	}))
	f.mux.HandleFunc("POST "+consumer+"postMessage", f.answer(func(r *http.Request, body map[string]any) (int, any) {
		a := f.visitors[r.Header.Get("SessionId")]
		if a == nil || !a.accepted {
			return 409, map[string]any{"exceptionCode": "CONFLICT", "message": "nobody is there"}
		}
		if strings.Contains(body["body"].(string), fakeReason) {
			return 400, map[string]any{"exceptionCode": "BAD_REQUEST", "message": fakeReason}
		}
		f.posts = append(f.posts, body["messageId"].(string))
		message, _ := json.Marshal(body)
		a.put(`{"ChatPostMessage":` + string(message) + `}`)
		return 200, map[string]any{"messageId": body["messageId"]}
	}))
	f.mux.HandleFunc("POST "+consumer+"getMessages", func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("SessionId")
		f.mu.Lock()
		first := !f.polled[id]
		f.polled[id] = true
		f.mu.Unlock()
		if first {
			writeJSON(w, 200, map[string]any{"systemMessages": []any{map[string]any{"messageName": "RNEngagementWaitInformationChangedMessage"}}})
			return
		}
		timer := time.NewTimer(hubHold)
		defer timer.Stop()
		select {
		case <-timer.C:
			writeJSON(w, 200, map[string]any{"systemMessages": []any{}})
		case <-r.Context().Done():
		}
	})
	return f
}

func (f *fakeUsher) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

// answer wraps an operation that is done under the fake's lock.
func (f *fakeUsher) answer(do func(*http.Request, map[string]any) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			writeJSON(w, 400, map[string]any{"exceptionCode": "BAD_REQUEST", "message": err.Error()})
			return
		}
		f.mu.Lock()
		status, out := do(r, body)
		f.mu.Unlock()
		writeJSON(w, status, out)
	}
}

func (f *fakeUsher) admin(do func(*http.Request, map[string]any) any) http.HandlerFunc {
	return f.answer(func(r *http.Request, body map[string]any) (int, any) {
		if r.Header.Get("Authorization") != "Bearer "+fakeAdmin {
			return 403, map[string]any{"exceptionCode": "ACCESS_DENIED", "message": "no administrator"}
		}
		return 200, do(r, body)
	})
}

func (f *fakeUsher) asAgent(do func(*fakeAgent, map[string]any)) http.HandlerFunc {
	return f.answer(func(r *http.Request, body map[string]any) (int, any) {
		a := f.agents[r.Header.Get("X-JSESSIONID")]
		if a == nil || a.account != r.Header.Get("X-AID") {
			return 403, map[string]any{"exceptionCode": "ACCESS_DENIED", "message": "no such session"}
		}
		do(a, body)
		return 200, map[string]any{"clientId": 48}
	})
}

// poll hands out what is beyond the acknowledged position, or waits.
func (f *fakeUsher) poll(w http.ResponseWriter, r *http.Request) {
	ack, err := strconv.ParseInt(r.Header.Get("Usher-Ack"), 10, 64)
	if err != nil {
		writeJSON(w, 400, map[string]any{"exceptionCode": "BAD_REQUEST", "message": "Usher-Ack is not a number"})
		return
	}
	f.mu.Lock()
	a := f.agents[r.Header.Get("X-JSESSIONID")]
	f.mu.Unlock()
	if a == nil {
		writeJSON(w, 403, map[string]any{"exceptionCode": "ACCESS_DENIED", "message": "no such session"})
		return
	}
	timer := time.NewTimer(hubHold)
	defer timer.Stop()
	for {
		f.mu.Lock()
		a.read = max(a.read, ack)
		last, batch := int64(len(a.messages)), a.messages[min(a.read, int64(len(a.messages))):]
		f.mu.Unlock()
		if len(batch) > 0 {
			w.Header().Set("Usher-Last", strconv.FormatInt(last, 10))
			writeJSON(w, 200, json.RawMessage(`{"clientId":48,"getResponseTypes":[`+strings.Join(batch, ",")+`]}`))
			return
		}
		select {
		case <-a.wake:
		case <-timer.C:
			writeJSON(w, 200, json.RawMessage(`{"clientId":48,"getResponseTypes":[{"ChatGetTimeout":{}}]}`))
			return
		case <-r.Context().Done():
			return
		}
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// fakeReady is the ready file of a fake at url.
func fakeReady(url string) string {
	return fmt.Sprintf(`{"url":%q,"adminToken":%q,"pool":"1:1","node":"n1","sites":[{"site":"demo","interfaceId":1,
		"accounts":[{"accountId":12,"login":"ada","password":"secret"}],"queues":[{"queueId":1,"name":"Support"}]}]}`, url, fakeAdmin)
}

// serveFake starts a fake for a test and returns it as the bench's site.
func serveFake(t *testing.T) (*fakeUsher, *site, string) {
	t.Helper()
	f := newFakeUsher()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	var ready readyFile
	if err := json.Unmarshal([]byte(fakeReady(server.URL)), &ready); err != nil {
		t.Fatal(err)
	}
	s, err := newSite(&ready)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return f, s, strings.TrimPrefix(server.URL, "http://")
}

// serveFakeProcess is the fake as a program with usher's command line.
func serveFakeProcess(args []string) error {
	var path string
	for i, arg := range args {
		if arg == "--ready-file" {
			path = args[i+1]
		}
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ready := fakeReady("http://" + listener.Addr().String())
	if err := os.WriteFile(path+".new", []byte(ready), 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return serveUntilTerm(&http.Server{Handler: newFakeUsher()}, listener)
}
