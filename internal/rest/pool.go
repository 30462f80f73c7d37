package rest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"usher/internal/auth"
	"usher/internal/cluster"
	places "usher/internal/cluster/machine"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
)

// poolPath is what the nodes of a pool ask each other.
const poolPath = "/usher/pool/v1/"

const (
	ownerHeader = "Usher-Site-Owner"
	epochHeader = "Usher-Site-Epoch"
)

// misdirected sends a request back to the node that it came from, and tells what is
// known of its site: its owner, under an epoch. The zero place is nothing.
func misdirected(w http.ResponseWriter, at cluster.Place) {
	w.Header().Set(ownerHeader, string(bytes.TrimSpace(encode(at.Owner))))
	w.Header().Set(epochHeader, strconv.FormatInt(at.Epoch, 10))
	w.WriteHeader(http.StatusMisdirectedRequest)
}

// learn takes in what a node says that sent a request back.
func (s *Server) learn(name string, answer *http.Response, from cluster.Place) {
	epoch, _ := strconv.ParseInt(answer.Header.Get(epochHeader), 10, 64) // 0: it knows nothing either
	owner := cluster.Place{}.Owner
	if json.Unmarshal([]byte(answer.Header.Get(ownerHeader)), &owner) != nil {
		epoch = 0
	}
	s.node.Learn(name, epoch, owner, from.Node.Incarnation)
}

// poolRequest serves what other nodes ask: whether an answer has arrived that this
// one handed to a client, and that it looks how things stand.
func (s *Server) poolRequest(w http.ResponseWriter, r *http.Request, pass *auth.Pass) {
	name, ok := strings.CutPrefix(r.URL.Path, poolPath+"answers/")
	switch {
	case pass != nil && r.Method == http.MethodPost && r.URL.Path == cluster.LookPath:
		if err := s.node.Look(r.Context()); err != nil {
			agentError(w, r, s.explain(r, err))
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	case pass == nil || !ok || r.Method != http.MethodGet:
		s.notFound(agentError)(w, r)
		return
	}
	write(w, http.StatusOK, arrival{verdictWords[s.answers.verdict(name)]})
}

// arrival is whether an answer has arrived, in a word.
type arrival struct {
	Verdict string `json:"verdict"`
}

var verdictWords = map[hosts.Verdict]string{hosts.Arrived: "ARRIVED", hosts.Lost: "LOST", hosts.NotYet: "NOT_YET"}

// answers keeps the evidence of the answers that this node handed to its clients for
// other nodes.
type answers struct {
	life  string // of this start: another one's names are not known
	mu    sync.Mutex
	last  int64
	kept  map[string]kept
	swept time.Time
}

type kept struct {
	evidence host.Evidence // nil while the answer is on its way
	at       time.Time
}

// keptFor is how long evidence is kept: a client that comes back later was away for
// longer than its session lives.
const keptFor = 5 * time.Minute

func newAnswers() *answers { return &answers{life: rand.Text(), kept: map[string]kept{}} }

// expect answers the name of an answer to come. Until it is kept or given up it is
// on its way.
func (a *answers) expect() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	name := a.life + "." + strconv.FormatInt(a.last, 36)
	a.kept[name] = kept{}
	return name
}

// giveUp forgets an answer that was not handed out.
func (a *answers) giveUp(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept[name].evidence == nil {
		delete(a.kept, name)
	}
}

func (a *answers) keep(name string, e host.Evidence) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept[name] = kept{e, now}
	if now.Sub(a.swept) < time.Minute {
		return
	}
	a.swept = now
	for n, k := range a.kept {
		if k.evidence != nil && now.Sub(k.at) > keptFor {
			delete(a.kept, n)
		}
	}
}

// verdict answers whether an answer has arrived. One that is not known was never
// handed out. What is decided is asked for once.
func (a *answers) verdict(name string) hosts.Verdict {
	a.mu.Lock()
	k, ok := a.kept[name]
	a.mu.Unlock()
	switch {
	case !ok:
		return hosts.Lost
	case k.evidence == nil:
		return hosts.NotYet
	}
	v := k.evidence.Verdict()
	if v != hosts.NotYet {
		a.mu.Lock()
		delete(a.kept, name)
		a.mu.Unlock()
	}
	return v
}

// distant is the evidence of an answer that another node hands to its client. It is
// asked for when the client's next retrieval is there, as a socket of our own is.
type distant struct {
	s    *Server
	pass auth.Pass

	mu     sync.Mutex
	asking bool
	last   hosts.Verdict
}

// Verdict answers what is known, and asks for more.
func (d *distant) Verdict() hosts.Verdict {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == hosts.NotYet && !d.asking {
		d.asking = true
		go d.ask()
	}
	return d.last
}

// askFor bounds a question to another node: then it counts as gone, and its answer
// as lost.
const askFor = time.Second

func (d *distant) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	v, err := d.s.arrived(ctx, d.pass)
	if err != nil {
		v = hosts.Lost
		d.s.log.Debug("nobody knows whether an answer arrived", "node", d.pass.Node, "err", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asking, d.last = false, v
}

// arrived asks a node whether its client has received an answer.
func (s *Server) arrived(ctx context.Context, of auth.Pass) (hosts.Verdict, error) {
	q, err := s.node.Request(ctx, http.MethodGet, strings.TrimSuffix(of.Node, "/")+poolPath+"answers/"+url.PathEscape(of.Answer))
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", of.Node, err)
	}
	answer, reply := s.node.Send(q)
	if reply != places.Answered {
		return 0, fmt.Errorf("ask %s: no answer", of.Node)
	}
	defer answer.Body.Close()
	var a arrival
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		return 0, fmt.Errorf("ask %s: %w", of.Node, err)
	}
	for v, word := range verdictWords {
		if word == a.Verdict {
			return v, nil
		}
	}
	return 0, fmt.Errorf("ask %s: it answered %q with status %d", of.Node, a.Verdict, answer.StatusCode)
}
