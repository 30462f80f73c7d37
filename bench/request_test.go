package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func sampleCalls() map[string]call {
	s := &site{name: "demo", pool: "1:1"}
	v := visitor{session: strings.Repeat("v", 26), engagement: 7001}
	a := &agent{account: "1000", session: "node01eirr916pfjman1bycclscdwl1"}
	return map[string]call{"post": s.postCall(v), "agent's poll": s.agentPollCall(a), "visitor's poll": s.visitorPollCall(v)}
}

// readRequest parses a laid-out request as net/http does, and fails when bytes
// are left over.
func readRequest(t *testing.T, raw []byte) (*http.Request, []byte) {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(raw))
	req, err := http.ReadRequest(r)
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || r.Buffered() > 0 {
		t.Fatalf("body %q, %d bytes after it, %v", body, r.Buffered(), err)
	}
	return req, body
}

func TestRequestsAreWellFormed(t *testing.T) {
	for name, c := range sampleCalls() {
		t.Run(name, func(t *testing.T) {
			laidOut := c.layOut("127.0.0.1:41233")
			for serial := range int64(3) {
				req, body := readRequest(t, laidOut.bytes(firstSerial+serial, 12+serial))
				if req.Method != "POST" || req.Host != "127.0.0.1:41233" || req.RequestURI != c.target {
					t.Errorf("%s %s %s", req.Method, req.Host, req.RequestURI)
				}
				if !json.Valid(body) || strings.Contains(string(body), "{serial}") {
					t.Errorf("body %s", body)
				}
				if last := c.header[len(c.header)-1]; last[1] == ackMark && req.Header.Get("Usher-Ack") != strconv.FormatInt(12+serial, 10) {
					t.Errorf("Usher-Ack is %q", req.Header.Get("Usher-Ack"))
				}
			}
		})
	}
}

func TestPostIsItsOwnMessage(t *testing.T) {
	laidOut := sampleCalls()["post"].layOut("h")
	for _, serial := range []int64{firstSerial, firstSerial + 1} {
		_, body := readRequest(t, laidOut.bytes(serial, 0))
		var post struct {
			ClientTransactionID int64
			Body, MessageID     string
		}
		if err := json.Unmarshal(body, &post); err != nil {
			t.Fatal(err)
		}
		message := (&conversation{}).messageOf(serial)
		if post.MessageID != string(message) || post.ClientTransactionID != serial || len(post.Body) != 100 {
			t.Errorf("serial %d: %+v with %d bytes of text, message id %s", serial, post, len(post.Body), message)
		}
	}
}

// The baseline must receive as many bytes as usher does, in as many headers.
func TestBaselineReceivesTheSame(t *testing.T) {
	for name, c := range sampleCalls() {
		for _, target := range []string{"/post?to=1000", "/poll?id=1255"} {
			atHub := c.at(target)
			usher := c.layOut("127.0.0.1:41233").bytes(firstSerial, 9)
			hub := atHub.layOut("127.0.0.1:41234").bytes(firstSerial, 9)
			if len(usher) != len(hub) {
				t.Errorf("%s at %s: %d bytes for usher, %d for the baseline", name, target, len(usher), len(hub))
			}
			ofUsher, _ := readRequest(t, usher)
			ofHub, _ := readRequest(t, hub)
			if len(ofUsher.Header) != len(ofHub.Header) || ofHub.URL.Path != target[:5] {
				t.Errorf("%s at %s: headers %v and %v, path %s", name, target, ofUsher.Header, ofHub.Header, ofHub.URL.Path)
			}
		}
	}
}
