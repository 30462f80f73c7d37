package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"

	"usher/client/agent"
)

// A bot that takes one chat, answers each post with its own text, and logs off
// when the visitor has left.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(cannedServer))
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	session, err := agent.Dial(ctx, agent.Options{Server: server.URL, Login: "echo", Password: "secret"})
	if err != nil {
		log.Fatal(err)
	}
	if err := session.RequestAssignment(ctx, true, 1, 1); err != nil {
		log.Fatal(err)
	}
	err = session.Run(ctx, func(ctx context.Context, m agent.Message) error {
		switch {
		case m.ChatEngagementAssignment != nil:
			fmt.Println("taking", m.ChatEngagementAssignment.EngagementID)
			_, err := session.Accept(ctx, m.ChatEngagementAssignment)
			return err
		case m.ChatPostMessage != nil:
			fmt.Println("echoing", m.ChatPostMessage.Body)
			return session.Post(ctx, m.ChatPostMessage.DestinationID, m.ChatPostMessage.Body)
		case m.ChatDisconnectNotification != nil:
			fmt.Println("over:", m.ChatDisconnectNotification.Reason)
			cancel()
			return session.Release(context.WithoutCancel(ctx), m.ChatDisconnectNotification.EngagementID)
		}
		return nil
	})
	fmt.Println("ended:", err)
	if err := session.Logoff(context.Background(), true); err != nil {
		log.Fatal(err)
	}
	// Output:
	// taking 7001
	// echoing hello
	// over: END_USER_CONCLUDED
	// ended: context canceled
}

// cannedServer answers as the contract has it, with one short chat.
func cannedServer(w http.ResponseWriter, r *http.Request) {
	switch path.Base(strings.TrimSuffix(r.URL.Path, "/1")) {
	case "serviceSettings":
		host, port, _ := net.SplitHostPort(r.Host)
		fmt.Fprintf(w, `{"domain":%q,"pool":"1:1","port":%s,"siteName":"demo","links":[]}`, host, port)
	case "agentTokens":
		fmt.Fprint(w, `{"sessionToken":"eyJ.x.y","siteName":"demo","links":[]}`)
	case "createAutomatedAgentSession":
		fmt.Fprint(w, logon)
	case "getMessages":
		var request struct{ SequenceNumber int64 }
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ack := r.Header.Get("Usher-Ack")
		next := map[string]struct{ last, message string }{
			"0": {"1", `{"ChatEngagementAssignment":{"engagementId":7001,"type":"LEAD"}}`},
			"1": {"2", `{"ChatPostMessage":{"body":"hello","destinationId":7001,"destinationType":"ENGAGEMENT"}}`},
			"2": {"3", `{"ChatDisconnectNotification":{"engagementId":7001,"reason":"END_USER_CONCLUDED","role":"END_USER"}}`},
		}[ack]
		w.Header().Set("Usher-Last", next.last)
		fmt.Fprintf(w, `{"sequenceNumber":%d,"containsDisconnect":%t,"getResponseTypes":[%s]}`, request.SequenceNumber, ack == "2", next.message)
	default:
		fmt.Fprint(w, `{"chatSystemError":null}`)
	}
}
