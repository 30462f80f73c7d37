package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// hubHold is how long the hub holds a poll, as long as usher does.
const hubHold = 30 * time.Second

// script is what the hub answers: usher's own answers, recorded in the same run,
// so that both servers send the same bytes.
type script struct {
	Post    recorded `json:"post"`    // to a post
	Message recorded `json:"message"` // to a poll that has something
	Timeout recorded `json:"timeout"` // to a poll that had nothing
}

// recorded is one answer to be sent again as it was.
type recorded struct {
	Header http.Header `json:"header"` // nil values are headers that must not be sent
	Body   []byte      `json:"body"`
}

// record keeps an answer that was read with its head. The date is the server's
// own affair, but a server that sends none is imitated in that too, as in the
// content type.
func record(a *answer) recorded {
	header := http.Header{"Date": nil, "Content-Type": nil}
	for line := range strings.Lines(string(a.head)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		name = http.CanonicalHeaderKey(name)
		header[name] = append(header[name], strings.TrimSpace(value))
	}
	if header["Date"] != nil {
		delete(header, "Date")
	}
	return recorded{Header: header, Body: append([]byte(nil), a.body...)}
}

// timeoutLike returns the answer of an agent's poll that had nothing, with the
// headers of one that had something. It is written here, and not recorded,
// because a poll takes 30 seconds to end so; in a measurement it hardly comes.
func timeoutLike(message recorded) recorded {
	body := `{"clientId":1000,"clientIdString":"1000","sequenceNumber":1000000000,"sequenceNumberString":"1000000000",` +
		`"sessionId":"node01eirr916pfjman1bycclscdwl1","clientSendTime":"null",` +
		`"responseSentMilliseconds":1653509828320,"responseSentMillisecondsString":"1653509828320",` +
		`"serviceStartTime":"2022-05-25T20:17:08.315Z","serviceFinishTime":"2022-05-25T20:17:08.323Z",` +
		`"containsDisconnect":false,"getResponseTypes":[{"ChatGetTimeout":{}}]}`
	header := message.Header.Clone()
	header.Del("Usher-Last")
	header.Set("Content-Length", fmt.Sprint(len(body)))
	return recorded{Header: header, Body: []byte(body)}
}

// write sends the answer. The header values are shared by all answers.
func (a recorded) write(w http.ResponseWriter) {
	header := w.Header()
	for name, values := range a.Header {
		header[name] = values
	}
	_, _ = w.Write(a.Body) // a client that is gone is no affair of the hub's
}

// hub is the baseline: mailboxes in memory behind net/http, and nothing else.
//
//	POST /post?to=ID  puts the body into a mailbox and wakes its poll
//	POST /poll?id=ID  takes what is there, or waits for it
//
// It keeps no session, decodes nothing and answers from its script.
type hub struct {
	script script

	mu        sync.RWMutex
	mailboxes map[string]*mailbox
}

func newHub(s script) *hub {
	return &hub{script: s, mailboxes: make(map[string]*mailbox)}
}

// mailbox holds posts until a poll takes them.
type mailbox struct {
	wake chan struct{} // has one when something was put since the last look

	mu      sync.Mutex
	waiting [][]byte
}

func (m *mailbox) put(post []byte) {
	m.mu.Lock()
	m.waiting = append(m.waiting, post)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take empties the mailbox and reports whether there was anything.
func (m *mailbox) take() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	had := len(m.waiting) > 0
	clear(m.waiting)
	m.waiting = m.waiting[:0]
	return had
}

// mailboxID names mailbox i, with the digits of an account's id.
func mailboxID(i int) string { return strconv.Itoa(firstID + i) }

// mailbox returns the mailbox of an id, made when first named.
func (h *hub) mailbox(id string) *mailbox {
	h.mu.RLock()
	m := h.mailboxes[id]
	h.mu.RUnlock()
	if m != nil {
		return m
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if m = h.mailboxes[id]; m == nil {
		m = &mailbox{wake: make(chan struct{}, 1)}
		h.mailboxes[strings.Clone(id)] = m
	}
	return m
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 || r.ContentLength > maxBody {
		http.Error(w, "the hub takes bodies of a declared length", http.StatusBadRequest)
		return
	}
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		http.Error(w, "the body ended early", http.StatusBadRequest)
		return
	}
	query, _, _ := strings.Cut(r.URL.RawQuery, "&")
	name, id, _ := strings.Cut(query, "=")
	switch {
	case r.URL.Path == "/post" && name == "to":
		h.mailbox(id).put(body)
		h.script.Post.write(w)
	case r.URL.Path == "/poll" && name == "id":
		h.poll(w, r.Context(), h.mailbox(id))
	default:
		http.NotFound(w, r)
	}
}

func (h *hub) poll(w http.ResponseWriter, ctx context.Context, m *mailbox) {
	if m.take() {
		h.script.Message.write(w)
		return
	}
	timer := time.NewTimer(hubHold)
	defer timer.Stop()
	for {
		select {
		case <-m.wake:
			if m.take() {
				h.script.Message.write(w)
				return
			}
		case <-timer.C:
			h.script.Timeout.write(w)
			return
		case <-ctx.Done():
			return
		}
	}
}

// serveHub is the whole life of the hub's process: it reads its script from in,
// writes its URL as a line to out, and serves until it is told to end.
func serveHub(in io.Reader, out io.Writer) error {
	var s script
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return fmt.Errorf("read the script: %w", err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, err := fmt.Fprintf(out, "http://%s\n", listener.Addr()); err != nil {
		return fmt.Errorf("tell the address: %w", err)
	}
	return serveUntilTerm(&http.Server{Handler: newHub(s)}, listener)
}

// serveUntilTerm serves until the process is asked to end.
func serveUntilTerm(server *http.Server, listener net.Listener) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
