package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/journal"
)

// PassHeader names the sender of a request that comes from another node.
const PassHeader = "Usher-Pool"

// LookPath is where a node is asked to look how things stand.
const LookPath = "/usher/pool/v1/look"

const (
	// dialFor is how long another node may take to accept a connection.
	dialFor = time.Second
	// announceFor bounds the telling of the others that this node leaves.
	announceFor = 2 * time.Second
	// underway is how long a request may be on its way from a node that did not know yet.
	underway = 100 * time.Millisecond
	// keptConnections are idle ones to each node: posts come in bursts.
	keptConnections = 256
)

// NewTransport answers what carries requests to other nodes. trust is for nodes that
// are reached by HTTPS; nil trusts what the system does.
func NewTransport(trust *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialFor, KeepAlive: 5 * time.Second}).DialContext,
		TLSClientConfig:     trust,
		TLSHandshakeTimeout: 2 * dialFor,
		MaxIdleConnsPerHost: keptConnections,
		IdleConnTimeout:     30 * time.Second,
		// Only files are announced, and wait until the other node wants them.
		ExpectContinueTimeout: time.Minute,
		DisableCompression:    true,
	}
}

// Address answers where the other nodes reach this one.
func (n *Node) Address() string { return n.pool.self.Address }

// announce lets the other nodes look how things stand, so that none of them sends
// anything here any more. One that does not answer in time has to find out by itself.
func (p *pool) announce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, announceFor)
	defer cancel()
	p.mu.Lock()
	others := p.m.Members(p.now())
	p.mu.Unlock()
	var wg sync.WaitGroup
	for _, n := range others {
		if n.Incarnation == p.self.Incarnation {
			continue
		}
		wg.Go(func() {
			if err := p.askToLook(ctx, n); err != nil {
				p.log.Warn("a node was not told that this one leaves", "node", n.Name, "err", err)
			}
		})
	}
	wg.Wait()
}

func (p *pool) askToLook(ctx context.Context, n journal.Node) error {
	q, err := p.request(ctx, http.MethodPost, n.Address+LookPath)
	if err != nil {
		return err
	}
	answer, err := p.transport.RoundTrip(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return fmt.Errorf("it answered with status %d", answer.StatusCode)
	}
	return nil
}

// Request is one of this node's own to another, without a body.
func (n *Node) Request(ctx context.Context, method, address string) (*http.Request, error) {
	return n.pool.request(ctx, method, address)
}

func (p *pool) request(ctx context.Context, method, address string) (*http.Request, error) {
	pass, err := p.pass(ctx)
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, method, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	q.Header.Set(PassHeader, pass)
	return q, nil
}

// Send carries a request to another node. There is an answer unless it was Unsent
// or Cut.
func (n *Node) Send(q *http.Request) (*http.Response, machine.Reply) {
	answer, err := n.pool.transport.RoundTrip(q)
	switch {
	case err == nil && answer.StatusCode == http.StatusMisdirectedRequest:
		return answer, machine.Misdirected
	case err == nil:
		return answer, machine.Answered
	}
	n.pool.log.Debug("a node did not answer", "address", q.URL.Host, "err", err)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return nil, machine.Unsent
	}
	return nil, machine.Cut
}
