package consumer_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"path"

	"usher/api/sites"
	"usher/client/consumer"
)

// A visitor that asks one question and reads until the agent ends the chat.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(cannedServer))
	defer server.Close()
	ctx := context.Background()

	session, err := consumer.Start(ctx, consumer.Options{
		Server: server.URL, Site: "demo", Key: "widget-key",
		Visitor: sites.SessionAttributes{FirstName: "Ann"},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := session.Post(ctx, "My card was refused."); err != nil {
		log.Fatal(err)
	}
	err = session.Run(ctx, func(_ context.Context, m consumer.Message) error {
		switch {
		case m.ParticipantAdded != nil:
			fmt.Println(m.ParticipantAdded.Name, "joined:", m.ParticipantAdded.Greeting)
		case m.MessagePosted != nil:
			fmt.Println(m.MessagePosted.Body)
		case m.Concluded != nil:
			fmt.Println("over:", m.Concluded.Reason)
		}
		return nil
	})
	fmt.Println("ended:", err)
	// Output:
	// Ana joined: Hello!
	// Which shop was it?
	// over: AGENT_CONCLUDED
	// ended: <nil>
}

// cannedServer answers as the contract has it, with one short chat.
func cannedServer(w http.ResponseWriter, r *http.Request) {
	switch path.Base(r.URL.Path) {
	case "start":
		fmt.Fprintf(w, `{"siteName":"demo","channelToken":"eyJ.x.y","sessionServerResponse":"{\"domain\":\"%s\",\"pool\":\"1:1\"}","links":[]}`, r.Host)
	case "requestEngagement":
		fmt.Fprint(w, opened)
	case "getMessages":
		next := map[string]struct{ last, message string }{
			"0": {"1", `{"messageName":"RNEngagementParticipantAddedMessage","name":"Ana","greeting":"Hello!","role":"LEAD"}`},
			"1": {"2", `{"messageName":"RNEngagementMessagePostedMessage","body":"Which shop was it?","senderType":"AGENT"}`},
			"2": {"3", concluded},
		}[r.Header.Get("Usher-Ack")]
		w.Header().Set("Usher-Last", next.last)
		fmt.Fprintf(w, `{"errorMessages":[],"systemMessages":[%s]}`, next.message)
	default:
		fmt.Fprint(w, done)
	}
}
