package scripts

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// untilFor bounds how long a poll goes on for what it is to bring.
const untilFor = 20 * time.Second

// maxRunning is how many polls of a session a story may have in the background.
const maxRunning = 16

// party is what an agent's and a visitor's program have in common: a session,
// and its retrieval loop.
type party struct {
	story  *story
	path   string // of its operations
	header http.Header
	http   *http.Client
	// lines writes the messages of an answer, none for a time-out.
	lines func(body []byte) ([]string, error)

	running int               // polls in the background
	done    chan polled       // where they end
	ended   map[string]polled // those that nobody has waited for yet
	silent  []net.Conn

	mu       sync.Mutex // polls run in the background
	last     int64      // the newest Usher-Last
	sequence int64
}

type polled struct {
	name  string
	lines []string
	err   error
}

func newParty(s *story, path string) party {
	return party{story: s, path: path, http: newHTTP(), done: make(chan polled, maxRunning), ended: map[string]polled{}}
}

func (p *party) close() {
	for _, c := range p.silent {
		c.Close()
	}
	p.http.CloseIdleConnections()
}

// do carries an operation out.
func (p *party) do(operation string, body map[string]any, into any) error {
	return p.story.do(p.http, http.MethodPost, p.path+operation, p.header, body, into)
}

// retrieval is how a poll is made.
type retrieval struct {
	ack      string // "" for none, "all" for what was received so far
	sequence int64  // 0: the next number
	created  int64  // 0: now
	cut      bool
	silent   bool
	until    *regexp.Regexp
	sent     func() // called when the request is on its way, nil for nobody
}

// poll is the verb poll, for agents and visitors:
//
//	-ack N|all      say a position
//	-seq N -time T  the request's own numbers: the same ones again are a repeat
//	-cut            break the connection in the middle of the answer
//	-silent         stop reading at the answer's beginning, and keep the connection
//	-until REGEXP   poll on until a line matches
//	&NAME           in the background, for the verb wait
func (p *party) poll(args []string) ([]string, error) {
	background := ""
	if n := len(args) - 1; n >= 0 && strings.HasPrefix(args[n], "&") {
		background, args = args[n][1:], args[:n]
	}
	var r retrieval
	f := flag.NewFlagSet("poll", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&r.ack, "ack", "", "")
	f.Int64Var(&r.sequence, "seq", 0, "")
	f.Int64Var(&r.created, "time", 0, "")
	f.BoolVar(&r.cut, "cut", false, "")
	f.BoolVar(&r.silent, "silent", false, "")
	f.Func("until", "", func(text string) (err error) {
		r.until, err = regexp.Compile(text)
		return err
	})
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if background == "" {
		return p.retrieve(r)
	}
	// The story goes on when the request is on its way: what comes after it in the
	// story comes after it at the server.
	sent := make(chan struct{})
	r.sent = sync.OnceFunc(func() { close(sent) })
	p.running++
	go func() {
		lines, err := p.retrieve(r)
		r.sent()
		p.done <- polled{background, lines, err}
	}()
	if !r.cut && !r.silent {
		<-sent
	}
	return nil, nil
}

// wait is the verb wait: it takes the outcome of a poll in the background, by
// its name; without one, of whichever ends first.
func (p *party) wait(args []string) ([]string, error) {
	for {
		for name, d := range p.ended {
			if len(args) == 0 || args[0] == name {
				delete(p.ended, name)
				return d.lines, d.err
			}
		}
		if p.running == 0 {
			return nil, errors.New("there is no such poll in the background")
		}
		d := <-p.done
		p.running--
		p.ended[d.name] = d
	}
}

func (p *party) retrieve(r retrieval) ([]string, error) {
	if r.cut || r.silent {
		return p.abandon(r)
	}
	var all []string
	for end := time.Now().Add(untilFor); ; {
		lines, err := p.once(r)
		all = append(all, lines...)
		if err != nil || r.until == nil || r.until.MatchString(strings.Join(lines, "\n")) {
			return all, err
		}
		if time.Now().After(end) {
			return all, fmt.Errorf("nothing came that matches %v, but:\n%s", r.until, strings.Join(all, "\n"))
		}
	}
}

// once makes one retrieval. A batch with durable messages ends with a line that
// tells the number of the last one.
func (p *party) once(r retrieval) ([]string, error) {
	header, body, err := p.prepare(r)
	if err != nil {
		return nil, err
	}
	client := *p.http
	if r.sent != nil {
		client.Transport = tracing{p.http.Transport, r.sent}
	}
	a, err := p.story.call(&client, http.MethodPost, p.path+"getMessages", header, body)
	if err != nil {
		return nil, err
	}
	lines, err := p.lines(a.body)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return []string{"timeout"}, nil
	}
	if text := a.header.Get("Usher-Last"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		p.last = n
		p.mu.Unlock()
		lines = append(lines, "last "+text)
	}
	return lines, nil
}

func (p *party) prepare(r retrieval) (http.Header, []byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	header := p.header.Clone()
	switch r.ack {
	case "":
	case "all":
		header.Set("Usher-Ack", strconv.FormatInt(p.last, 10))
	default:
		header.Set("Usher-Ack", r.ack)
	}
	if r.sequence == 0 {
		p.sequence++
		r.sequence = p.sequence
	}
	if r.created == 0 {
		r.created = time.Now().UnixMilli()
	}
	body, err := json.Marshal(map[string]any{"sequenceNumber": r.sequence, "timeCreated": r.created})
	return header, body, err
}

// abandon makes a retrieval on a connection of its own, and leaves the answer
// when it has begun: by breaking the connection, or by reading no further.
func (p *party) abandon(r retrieval) ([]string, error) {
	header, body, err := p.prepare(r)
	if err != nil {
		return nil, err
	}
	request, err := p.story.request(http.MethodPost, p.path+"getMessages", header, body)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	if r.silent {
		d.Control = smallBuffer
	}
	c, err := d.Dial("tcp", request.URL.Host)
	if err != nil {
		return nil, err
	}
	if err := request.Write(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 200"))); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if r.silent {
		p.silent = append(p.silent, c)
		return []string{"silent"}, nil
	}
	if err := c.(*net.TCPConn).SetLinger(0); err != nil { // a reset, not an orderly end
		return nil, errors.Join(err, c.Close())
	}
	return []string{"cut"}, c.Close()
}

// smallBuffer makes the system take over as little of an answer as it can for a
// program that does not read.
func smallBuffer(_, _ string, c syscall.RawConn) error {
	var err error
	return errors.Join(c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1)
	}), err)
}

// brief makes a long text short enough for a line.
func brief(text string) string {
	if len(text) <= 200 {
		return text
	}
	return fmt.Sprintf("%s (%d bytes)", text[:20], len(text))
}
