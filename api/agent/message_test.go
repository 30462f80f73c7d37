package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher/api"
)

// The contract's own examples, sections 1.4 and 4.10.
const (
	exampleTimeout = `{ "clientId": 48, "clientIdString": "48", "sequenceNumber": 11, "sequenceNumberString": "11",
  "sessionId": "node01eirr916pfjman1bycclscdwl1", "clientSendTime": "null",
  "responseSentMilliseconds": 1653509828320, "responseSentMillisecondsString": "1653509828320",
  "serviceStartTime": "2022-05-25T20:17:08.315Z", "serviceFinishTime": "2022-05-25T20:17:08.323Z",
  "containsDisconnect": false, "getResponseTypes": [ { "ChatGetTimeout": {} } ] }`
	exampleBatch = `[
 { "ChatEngagementParticipantAdded": { "name": "Ann Lee", "greeting": "", "messageDataMap": null,
   "engagementId": 7001, "engagementIdString": "7001", "clientId": 51, "clientIdString": "51", "role": "END_USER",
   "accountId": 0, "accountIdString": "0", "virtualAgent": false,
   "destinationId": 7001, "destinationIdString": "7001", "destinationType": "ENGAGEMENT",
   "senderId": 0, "senderIdString": "0", "senderType": "SYSTEM", "messageType": "NONE", "visibility": "ALL",
   "createdTime": 1653509828000, "createdTimeString": "1653509828000", "sequenceNumber": 1, "sequenceNumberString": "1" } },
 { "ChatPostMessage": { "body": "hello", "vaResponse": null, "offTheRecord": false, "richText": false,
   "messageDataMap": null, "messageId": "m-1",
   "destinationId": 7001, "destinationIdString": "7001", "destinationType": "ENGAGEMENT",
   "senderId": 51, "senderIdString": "51", "senderType": "END_USER", "messageType": "NONE", "visibility": "ALL",
   "createdTime": 1653509828100, "createdTimeString": "1653509828100", "sequenceNumber": 2, "sequenceNumberString": "2" } } ]`
	exampleLogoff = `{"timeCreated":1618317020415,"sequenceNumber":3,"forceLogoff":false}`
)

func TestContractExamples(t *testing.T) {
	var (
		answer GetMessagesResponse
		batch  api.List[SystemMessage]
		logoff LogoffRequest
	)
	for _, c := range []struct {
		example string
		into    any
	}{{exampleTimeout, &answer}, {exampleBatch, &batch}, {exampleLogoff, &logoff}} {
		decodeStrictly(t, []byte(c.example), c.into)
		got := strings.TrimSpace(string(encode(t, c.into)))
		if diff := cmp.Diff(compact(t, c.example), got); diff != "" {
			t.Errorf("the example comes back changed (-want +got):\n%s", diff)
		}
	}
}

// A server that fills the types in by hand must arrive at the example too.
func TestExampleByHand(t *testing.T) {
	answer := GetMessagesResponse{
		Envelope: Envelope{
			ClientID: 48, ClientIDString: "48", SequenceNumber: 11, SequenceNumberString: "11",
			SessionID: "node01eirr916pfjman1bycclscdwl1", ClientSendTime: NoClientSendTime,
			ResponseSentMilliseconds: 1653509828320, ResponseSentMillisecondsString: "1653509828320",
			ServiceStartTime: "2022-05-25T20:17:08.315Z", ServiceFinishTime: "2022-05-25T20:17:08.323Z",
		},
		GetResponseTypes: []SystemMessage{{ChatGetTimeout: &ChatGetTimeout{}}},
	}
	got := strings.TrimSpace(string(encode(t, answer)))
	if diff := cmp.Diff(compact(t, exampleTimeout), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestListsAreNeverNull(t *testing.T) {
	for _, v := range []any{
		GetMessagesResponse{}, EngagementsResponse{}, HistoryResponse{},
		ChatAssignmentAcknowledgementResult{}, AgentInformation{}, ContactInfo{}, MediaInfo{},
		RetrieveAgentsAndQueuesResponse{}, TakeOverResponse{}, Desk{}, RepliesResponse{}, TeamReply{},
	} {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(encode(t, v), &members); err != nil {
			t.Fatal(err)
		}
		lists := 0
		for key, value := range members {
			switch string(value) {
			case "null":
				t.Errorf("%T: %s is null", v, key)
			case "[]":
				lists++
			}
		}
		if lists == 0 {
			t.Errorf("%T: no list found", v)
		}
	}
}

func TestHTMLIsLeftToTheEncoder(t *testing.T) {
	batch := api.List[SystemMessage]{{ChatPostMessage: &ChatPostMessage{Body: "<b>&</b>"}}}
	if got := string(encode(t, batch)); !strings.Contains(got, `"<b>&</b>"`) {
		t.Errorf("escaped though the encoder does not: %s", got)
	}
	escaped, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(escaped), `\u003cb\u003e\u0026`) {
		t.Errorf("not escaped though the encoder does: %s", escaped)
	}
}

func TestSystemMessageOfUnknownType(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"ChatPostMessage":{"body":"x"}}`, "ChatPostMessage"},
		{`{"ChatGetTimeout":{}}`, "ChatGetTimeout"},
		{`{"ChatPostMessage":{"body":"x","added":{"later":[1]}}}`, "ChatPostMessage"},
		{`{"UsherReceipt":{"seenPost":3}}`, "UsherReceipt"},
		{`{"UsherConnection":{}}`, "UsherConnection"},
		{`{"UsherVisitor":{}}`, "UsherVisitor"},
		{`{"UsherIdle":{"ends":0}}`, "UsherIdle"},
		{`{"ChatMediaOffer":{"mode":17}}`, "ChatMediaOffer"},
		{`{"ChatMediaOffer":"text"}`, "ChatMediaOffer"},
		{`{"ChatPostMessage":null}`, "ChatPostMessage"},
		{`{}`, ""},
	} {
		var m SystemMessage
		if err := json.Unmarshal([]byte(c.in), &m); err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if m.Name() != c.want {
			t.Errorf("%s: name %q, want %q", c.in, m.Name(), c.want)
		}
	}
	for _, in := range []string{`[]`, `"ChatGetTimeout"`, `{"ChatPostMessage":{"body":[]}}`} {
		if err := json.Unmarshal([]byte(in), new(SystemMessage)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

// Any post survives the way over the wire.
func TestPostRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		number := rapid.Int64().Draw(rt, "number")
		post := &ChatPostMessage{
			Body:           rapid.String().Draw(rt, "body"),
			OffTheRecord:   rapid.Bool().Draw(rt, "offTheRecord"),
			RichText:       rapid.Bool().Draw(rt, "richText"),
			MessageDataMap: rapid.MapOfN(rapid.String(), rapid.String(), 1, 4).Draw(rt, "data"),
			MessageID:      rapid.String().Draw(rt, "messageId"),
			Header: Header{DestinationID: number, DestinationIDString: digits(number), NoticeHeader: NoticeHeader{
				DestinationType: rapid.SampledFrom(api.PartyTypes).Draw(rt, "destinationType"),
				SequenceNumber:  number, SequenceNumberString: digits(number),
			}},
		}
		if rapid.Bool().Draw(rt, "hasVA") {
			post.VAResponse = new(rapid.String().Draw(rt, "va"))
		}
		want := SystemMessage{ChatPostMessage: post}
		var got SystemMessage
		decodeStrictly(t, encode(t, want), &got)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("-sent +received:\n%s", diff)
		}
	})
}

// FuzzSystemMessage: whatever decodes can be written again, and then means the same.
func FuzzSystemMessage(f *testing.F) {
	f.Add([]byte(exampleBatch[1 : len(exampleBatch)-1]))
	f.Add([]byte(`{"ChatGetTimeout":{}}`))
	f.Add([]byte(`{"New":{},"ChatPostMessage":null}`))
	f.Add([]byte(`{"ChatConfigChangeNotification":{"pool":"1:2","port":"80"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second SystemMessage
		if json.Unmarshal(data, &first) != nil || first.Unknown != "" {
			return
		}
		decodeStrictly(t, encode(t, first), &second)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("-first +second:\n%s", diff)
		}
	})
}
