package rest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/testkit"
)

// rawRequest is a request as a program writes it.
type rawRequest struct {
	method, path, query, version string
	header                       [][2]string
	body                         map[string]any // nil: none
}

// set writes a header in place of one of that name.
func (r *rawRequest) set(name, value string) {
	r.drop(name)
	r.header = append(r.header, [2]string{name, value})
}

func (r *rawRequest) drop(name string) {
	r.header = slices.DeleteFunc(r.header, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
}

func (r *rawRequest) has(name string) bool {
	return slices.ContainsFunc(r.header, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
}

// json answers the body as it is sent.
func (r *rawRequest) json() []byte {
	if r.body == nil {
		return nil
	}
	b, err := json.Marshal(r.body)
	if err != nil {
		panic(err)
	}
	return b
}

func (r *rawRequest) bytes() []byte {
	var b bytes.Buffer
	body := r.json()
	fmt.Fprintf(&b, "%s %s%s %s\r\n", r.method, r.path, r.query, r.version)
	for _, h := range r.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}

// reply is an answer as a program reads it.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// lane is a connection that a program keeps for one request after the other.
type lane struct {
	road *road
	c    net.Conn
	r    *bufio.Reader
}

// exchange sends a request and reads its answer. A connection that the server has
// closed meanwhile is replaced, as browsers do.
func (l *lane) exchange(r *road, sent []byte) (reply, error) {
	kept := l.c != nil
	if !kept {
		c, err := r.dial()
		if err != nil {
			return reply{}, err
		}
		l.road, l.c, l.r = r, c, bufio.NewReader(c)
	}
	if _, err := l.c.Write(sent); err != nil {
		l.hangUp()
		if kept && errors.Is(err, io.ErrClosedPipe) {
			return l.exchange(r, sent)
		}
		return reply{}, err
	}
	a, err := http.ReadResponse(l.r, nil)
	if err != nil {
		l.hangUp()
		return reply{}, err
	}
	b, err := io.ReadAll(a.Body)
	if err != nil || a.Close {
		l.hangUp()
	}
	return reply{a.StatusCode, a.Header, b}, err
}

// hangUp gives the connection up. One on a lost road is only let go of: nothing
// that its client says gets through.
func (l *lane) hangUp() {
	if l.c != nil && !l.road.isLost() {
		l.c.Close()
	}
	l.c, l.r = nil, nil
}

// tiding is one message that came.
type tiding struct {
	number     int64 // sequenceNumber
	kind, text string
	from       int64 // whose doing it is, 0 where the message does not tell
	engagement int64 // 0 where the message does not tell
}

// The kinds of tidings that the checks ask for. Others have the message's own name.
const (
	isPost   = "MessagePosted"
	isEnd    = "Concluded"
	isTyping = "ActivityChanged"
	isLeft   = "ParticipantLeft"
	isJoined = "ParticipantAdded"
	isPlace  = "WaitInformationChanged"
	isState  = "ParticipantConnectionStateChanged"
	isRole   = "RoleChanged"
)

// fleeting ones repeat the number before them.
func (w tiding) fleeting() bool {
	return w.kind == isTyping || w.kind == isPlace || w.kind == isState
}

// knownTidings are the messages of the contract (consumer-api 3).
var knownTidings = []string{isPost, isEnd, isTyping, isLeft, isJoined, isPlace, isState, isRole, "ConfigurationChanged", "ConsumerErrorOccurred"}

// program is a visitor's program, written for the hosted service: it sends no
// positions, and stops for good at the first HTTP error in its loop.
type program struct {
	habit
	t    *testing.T
	road *road

	site, host, token, session string
	client, engagement         int64
	last                       string // Usher-Last of what it handled, for programs that send positions
	result                     string // resultType
	beside                     lane   // the operations beside the loop
	posts                      int

	mu    sync.Mutex
	words []tiding
	over  string // why it has stopped, "" while it runs
	polls sync.WaitGroup
	open  atomic.Int64 // polls of one that waits for none
}

func (v *venue) program(h habit, from string) *program {
	p := &program{habit: h, t: v.t, road: v.road(from)}
	v.t.Cleanup(func() {
		p.stops("the test is over")
		p.way().lose()
		p.polls.Wait()
	})
	return p
}

// enters asks how the queues stand, gets a token, opens the engagement and starts
// the loop.
func (p *program) enters() {
	p.t.Helper()
	p.asksAhead()
	p.establishes()
	p.requests()
	p.runs()
}

// asksAhead asks how the queues stand, as a page does before it offers a chat.
func (p *program) asksAhead() {
	p.t.Helper()
	p.site, p.host = testkit.SiteName, "usher.test:8080" // from the page's own configuration
	for op, body := range map[string]map[string]any{
		"getQueueStats":      {"queueId": testkit.Support, "chatProactiveAvailableType": "SESSIONS"},
		"getEngagementQueue": {"productId": 0, "customFields": []any{}},
	} {
		answer := p.must(op, body)
		if p.number(answer, "queueId") != testkit.Support {
			p.t.Errorf("%s: %v", op, answer)
		}
		for _, field := range []string{"engagementsInQueue", "totalAvailableAgents", "availableAgentSessions", "expectedWaitSeconds"} {
			if n, ok := answer[field].(json.Number); !ok || strings.HasPrefix(n.String(), "-") {
				p.t.Errorf("%s: %s is %v", op, field, answer[field])
			}
		}
	}
}

// establishes gets a token, as the back end of the program's site does.
func (p *program) establishes() {
	p.t.Helper()
	answer := p.must("establishSessions", map[string]any{"sessionInformation": map[string]any{"firstName": "Ann", "lastName": "Lee", "queueId": testkit.Support, "resumeType": "NONE"}})
	p.site, p.token = answer["siteName"].(string), answer["channelToken"].(string)
	var chat struct{ Domain string }
	if err := json.Unmarshal([]byte(answer["sessionServerResponse"].(string)), &chat); err != nil {
		p.t.Fatalf("sessionServerResponse: %v", err)
	}
	p.host = chat.Domain
}

// requests opens the token's engagement, or finds it.
func (p *program) requests() {
	p.t.Helper()
	answer := p.must("requestEngagement", map[string]any{})
	p.session, _ = answer["sessionId"].(string)
	p.result, _ = answer["resultType"].(string)
	p.client, p.engagement = p.number(answer, "clientId"), p.number(answer, "engagementId")
	if p.session == "" || p.over != "" {
		p.t.Fatalf("requestEngagement: %v %s", answer, p.over)
	}
}

// runs starts the loop.
func (p *program) runs() {
	p.polls.Go(func() {
		if p.every == 0 {
			var l lane
			defer l.hangUp()
			for p.stopped() == "" {
				p.polled(&l)
			}
			return
		}
		for p.stopped() == "" {
			p.polls.Go(func() {
				p.open.Add(1)
				defer p.open.Add(-1)
				var l lane
				defer l.hangUp()
				p.polled(&l)
			})
			time.Sleep(p.every)
		}
	})
}

// polled retrieves once. A connection that fails is tried again after a second.
func (p *program) polled(l *lane) {
	a, err := l.exchange(p.way(), p.request("getMessages", map[string]any{}).bytes())
	switch {
	case err != nil && p.every == 0:
		time.Sleep(time.Second)
	case err == nil:
		p.takes(a)
	}
}

func (p *program) way() *road {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.road
}

// moves gives the program another network: the old one is lost.
func (p *program) moves(to *road) {
	old := p.way()
	p.mu.Lock()
	p.road = to
	p.mu.Unlock()
	old.lose()
	p.beside = lane{}
}

// closes ends the program as the end of its page does: its connections are closed.
func (p *program) closes() {
	p.stops("its page was closed")
	r := p.way()
	r.mu.Lock()
	if !r.lost { // or nobody would hear of it
		for _, c := range r.ends {
			c.Close()
		}
	}
	r.mu.Unlock()
	p.polls.Wait()
}

// types and says are what its visitor does.
func (p *program) types() {
	p.t.Helper()
	p.must("activity", map[string]any{"mode": "RESPONDING", "sneakPreviewFocus": true, "sneakPreviewText": "so"})
}

func (p *program) says(text string) {
	p.t.Helper()
	p.posts++
	body := map[string]any{"body": text, "richText": false, "offTheRecord": false}
	if p.retries {
		p.sendsAgain(body)
		return
	}
	p.must("postMessage", body)
}

// sendsAgain posts on connections of their own, until there is an answer.
func (p *program) sendsAgain(body map[string]any) {
	p.t.Helper()
	body["messageId"] = "page-" + strconv.Itoa(p.posts)
	sent := p.request("postMessage", body).bytes()
	answers := make(chan reply, 10)
	for range cap(answers) {
		go func() {
			var l lane
			defer l.hangUp()
			if a, err := l.exchange(p.way(), sent); err == nil {
				answers <- a
			}
		}()
		select {
		case a := <-answers:
			if a.status != http.StatusOK {
				p.t.Errorf("a post was answered %d %s", a.status, a.body)
			}
			return
		case <-time.After(15 * time.Second):
		}
	}
	p.t.Error("a post was never answered")
}

func (p *program) concludes() {
	p.t.Helper()
	p.must("concludeEngagement", map[string]any{})
}

// must sends an operation beside the loop and reads its answer, which must be 200.
func (p *program) must(op string, body map[string]any) map[string]any {
	p.t.Helper()
	a := p.sends(p.request(op, body))
	if a.status != http.StatusOK {
		p.t.Fatalf("%s: %d %s", op, a.status, a.body)
	}
	answer, err := readObject(a)
	if err != nil {
		p.t.Fatalf("%s: %v", op, err)
	}
	return answer
}

// sends sends a request beside the loop.
func (p *program) sends(r *rawRequest) reply {
	p.t.Helper()
	a, err := p.beside.exchange(p.way(), r.bytes())
	if err != nil {
		p.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	return a
}

// readObject reads a JSON object.
func readObject(a reply) (o map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		return nil, fmt.Errorf("read %q: %w", a.body, err)
	}
	return o, nil
}

// request writes a request as the contract has it, and then as the program does.
func (p *program) request(op string, body map[string]any) *rawRequest {
	r := &rawRequest{method: "POST", path: "/engagement/api/consumer/" + p.site + "/v1/" + op, query: "?pool=1:1", version: "HTTP/1.1", body: body}
	r.set("Host", "usher.test:8080")
	r.set("X-Forwarded-For", p.way().from)
	r.set("Content-Type", "application/json")
	r.set("Accept", "application/json")
	if p.page && op != "establishSessions" {
		r.set("Origin", "https://shop.example")
	}
	if op != "establishSessions" {
		body["clientRequestTime"], body["clientTransactionId"] = "2019-01-14T14:35:14.226Z", 1 // as the documented example does
		r.set("Host", p.host)
	}
	switch op {
	case "establishSessions":
		r.path, r.query = testkit.Bootstrap+op, ""
		r.set("Authorization", testkit.Basic("ada", testkit.Password))
	case "requestEngagement":
		r.set("Authorization", "Bearer "+p.token)
	case "getQueueStats", "getEngagementQueue":
		r.method = "GET"
	default:
		r.set("SessionId", p.session)
	}
	if p.dress != nil {
		p.dress(p, op, r)
	}
	if r.method == "GET" {
		r.query = "?" + strings.TrimPrefix(r.query+"&request="+url.QueryEscape(string(r.json())), "?")
		r.body = nil
	}
	return r
}

// takes reads an answer of the loop.
func (p *program) takes(a reply) {
	if a.status != http.StatusOK {
		p.stops(fmt.Sprintf("its loop met HTTP %d %s", a.status, a.body))
		return
	}
	if p.page && a.header.Get("Access-Control-Allow-Origin") == "" {
		p.stops("its page was not shown an answer")
		return
	}
	answer, err := readObject(a)
	if err != nil {
		p.stops(err.Error())
		return
	}
	if _, there := answer["errorMessages"].([]any); p.countsErrors && !there {
		p.stops("errorMessages has no length")
		return
	}
	messages, ok := answer["systemMessages"].([]any)
	if !ok {
		p.stops("systemMessages has no length")
		return
	}
	for _, m := range messages {
		p.hears(m.(map[string]any))
	}
	if last := a.header.Get("Usher-Last"); last != "" {
		p.mu.Lock()
		p.last = last
		p.mu.Unlock()
	}
}

// hears takes one message.
func (p *program) hears(m map[string]any) {
	name, _ := m["messageName"].(string)
	w := tiding{kind: strings.TrimSuffix(strings.TrimPrefix(name, "RNEngagement"), "Message"), number: p.number(m, "sequenceNumber")}
	switch w.kind {
	case isPost, isTyping, isLeft, isJoined, isState, isRole:
		w.from = p.number(m, "clientId")
		fallthrough
	case isPlace:
		w.engagement = p.number(m, "engagementId")
	}
	text := func(field string) {
		var ok bool
		if w.text, ok = m[field].(string); !ok {
			p.stops("it cannot show " + field + " of " + w.kind)
		}
	}
	switch w.kind {
	case isPost:
		text("body")
	case isEnd, isLeft:
		text("reason")
	case isTyping:
		text("mode")
	case isState:
		text("connectionState")
	case isJoined:
		text("greeting")
		text("name")
	case isPlace:
		p.number(m, "expectedWaitTimeSeconds")
		p.number(m, "averageWaitTimeSeconds")
		w.text = digits(p.number(m, "position"))
	}
	p.mu.Lock()
	p.words = append(p.words, w)
	p.mu.Unlock()
	switch {
	case w.kind == isEnd:
		p.stops(isEnd)
	case p.endsAt != nil && p.endsAt(w):
		p.stops("it took " + w.kind + " " + w.text + " for the end")
	}
}

// number reads a number in the only way the program knows.
func (p *program) number(m map[string]any, field string) int64 {
	v := fmt.Sprint(m[field])
	_, right := m[field].(json.Number)
	if p.twins {
		v, right = m[field+"String"].(string)
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if !right || err != nil {
		p.stops(fmt.Sprintf("it cannot read %s of %v", field, m))
	}
	return n
}

// stops ends the program; the first reason counts.
func (p *program) stops(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over == "" {
		p.over = why
	}
}

func (p *program) stopped() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over
}

func (p *program) heard() []tiding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.words)
}
