package consumer

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/sites"
)

// The contract's own examples, section 6.
const (
	exampleCreate = `{"clientId":48,"clientIdString":"48","clientRequestTime":null,"clientTransactionId":1,"clientTransactionIdString":"1","serviceStartTime":"2026-03-01T10:00:00.010Z","serviceFinishTime":"2026-03-01T10:00:00.025Z","errorMessages":[],"sessionId":"4k1m9q7x2c8v5b3n6z0a1s2d3f","engagementId":1001,"engagementIdString":"1001","resultType":"SUCCESS","queueId":1,"queueIdString":"1","cancelledSurveyId":0,"cancelledSurveyIdString":"0","cancelledSurveyAuth":null,"completedSurveyId":0,"completedSurveyIdString":"0","completedSurveyAuth":null,"sneakPreviewState":"DISABLED","sneakPreviewInterval":500,"sneakPreviewIntervalString":"500"}`
	exampleBatch  = `{"clientId":48,"clientIdString":"48","clientRequestTime":null,"clientTransactionId":null,"clientTransactionIdString":null,"serviceStartTime":"2026-03-01T10:00:01.000Z","serviceFinishTime":"2026-03-01T10:00:09.120Z","errorMessages":[],"systemMessages":[
{"messageName":"RNEngagementWaitInformationChangedMessage","position":1,"positionString":"1","expectedWaitTimeSeconds":45,"expectedWaitTimeSecondsString":"45","averageWaitTimeSeconds":60,"averageWaitTimeSecondsString":"60","engagementId":1001,"engagementIdString":"1001","createdTime":"2026-03-01T10:00:01.100Z","sequenceNumber":0,"sequenceNumberString":"0"},
{"messageName":"RNEngagementParticipantAddedMessage","clientId":12,"clientIdString":"12","name":"Ana","greeting":"Hello, how can I help?","role":"LEAD","virtualAgent":false,"accountId":7,"accountIdString":"7","messageDataMap":null,"engagementId":1001,"engagementIdString":"1001","createdTime":"2026-03-01T10:00:05.000Z","sequenceNumber":1,"sequenceNumberString":"1"},
{"messageName":"RNEngagementActivityChangedMessage","clientId":12,"clientIdString":"12","mode":"RESPONDING","engagementId":1001,"engagementIdString":"1001","sneakPreviewState":"DISABLED","sneakPreviewInterval":500,"sneakPreviewIntervalString":"500","sneakPreview":null,"sneakPreviewFocus":false,"createdTime":"2026-03-01T10:00:06.000Z","sequenceNumber":1,"sequenceNumberString":"1"},
{"messageName":"RNEngagementMessagePostedMessage","clientId":12,"clientIdString":"12","body":"Which order is it?","richText":false,"offTheRecord":false,"messageId":null,"messageDataMap":null,"vaResponse":null,"senderType":"AGENT","engagementId":1001,"engagementIdString":"1001","createdTime":"2026-03-01T10:00:08.000Z","sequenceNumber":2,"sequenceNumberString":"2"},
{"messageName":"RNEngagementParticipantConnectionStateChangedMessage","clientId":12,"clientIdString":"12","connectionState":"ABSENT","role":"LEAD","secondsToDisconnect":120,"secondsToDisconnectString":"120","engagementId":1001,"engagementIdString":"1001","createdTime":"2026-03-01T10:00:08.500Z","sequenceNumber":2,"sequenceNumberString":"2"},
{"messageName":"RNEngagementParticipantLeftMessage","clientId":12,"clientIdString":"12","name":"Ana","role":"LEAD","disconnectReason":"TRANSFERRED_TO_QUEUE","reason":"TRANSFERRED_TO_QUEUE","engagementId":1001,"engagementIdString":"1001","createdTime":"2026-03-01T10:00:08.800Z","sequenceNumber":3,"sequenceNumberString":"3"},
{"messageName":"RNEngagementConcludedMessage","reason":"AGENT_CONCLUDED","role":"LEAD","createdTime":"2026-03-01T10:00:09.000Z","sequenceNumber":4,"sequenceNumberString":"4"}]}`
	examplePost   = `{"body":"Order 4711","messageDataMap":{"page":"/orders"},"offTheRecord":false,"richText":false,"clientTransactionId":2}`
	examplePosted = `{"clientId":48,"clientIdString":"48","clientRequestTime":null,"clientTransactionId":2,"clientTransactionIdString":"2","serviceStartTime":"2026-03-01T10:00:10.000Z","serviceFinishTime":"2026-03-01T10:00:10.004Z","errorMessages":[],"messageId":null}`
	exampleError  = `{"exceptionCode":"ACCESS_DENIED","message":"The consumer session identifier is unknown.","errorMessages":["The consumer session identifier is unknown."]}`
)

func TestContractExamples(t *testing.T) {
	for _, c := range []struct {
		name, example string
		into          any
		ordered       bool // the members come in the example's order too
	}{
		{"create", exampleCreate, &RequestEngagementResponse{}, true},
		{"batch", exampleBatch, &GetMessagesResponse{}, false},
		{"post", examplePost, &PostMessageRequest{}, true},
		{"posted", examplePosted, &PostMessageResponse{}, true},
		{"error", exampleError, &ErrorBody{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			decodeStrictly(t, []byte(c.example), c.into)
			got := encode(t, c.into)
			if c.ordered {
				if diff := cmp.Diff(c.example, strings.TrimSpace(string(got))); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
			if diff := cmp.Diff(parse(t, []byte(c.example)), parse(t, got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestToleratedRequests(t *testing.T) {
	for _, c := range []struct{ in, time, transaction string }{
		{`{}`, "", ""},
		{`{"clientRequestTime":null,"clientTransactionId":null}`, "", ""},
		{`{"clientRequestTime":1547476514226}`, "1547476514226", ""},
		{`{"clientRequestTime":"2019-01-14T14:35:14.226Z","clientTransactionId":1}`, "2019-01-14T14:35:14.226Z", "1"},
		{`{"clientTransactionId":"17","body":"stray"}`, "", "17"},
	} {
		var r ConcludeEngagementRequest
		if err := json.Unmarshal([]byte(c.in), &r); err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		var time, transaction string
		if r.ClientRequestTime != nil {
			time = string(*r.ClientRequestTime)
		}
		if r.ClientTransactionID != nil {
			transaction = strings.TrimSpace(string(encode(t, *r.ClientTransactionID)))
		}
		if time != c.time || transaction != c.transaction {
			t.Errorf("%s: time %q, transaction %q", c.in, time, transaction)
		}
	}
	for _, in := range []string{`{"clientTransactionId":"x"}`, `{"clientTransactionId":1.5}`, `{"clientRequestTime":{}}`, `[]`} {
		if err := json.Unmarshal([]byte(in), new(ConcludeEngagementRequest)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

func TestStartRequest(t *testing.T) {
	var r StartRequest
	if err := json.Unmarshal([]byte(`{"key":"wk","firstName":"Ann","queueId":"2","auxiliaryData":{"browser":"Firefox"}}`), &r); err != nil {
		t.Fatal(err)
	}
	want := StartRequest{Key: "wk", SessionAttributes: sites.SessionAttributes{
		FirstName: "Ann", QueueID: 2, AuxiliaryData: map[string]sites.Text{"browser": "Firefox"},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := string(encode(t, want)); !strings.HasPrefix(got, `{"key":"wk","firstName":"Ann","queueId":2,`) {
		t.Errorf("the attributes are not flat: %s", got)
	}
}

func TestSystemMessageUnknown(t *testing.T) {
	const in = `{"messageName":"RNEngagementMediaTokenMessage","createdTime":"2026-03-01T10:00:09.000Z","sequenceNumber":4,"sequenceNumberString":"4","clientId":{"odd":true}}`
	var m SystemMessage
	if err := json.Unmarshal([]byte(in), &m); err != nil {
		t.Fatal(err)
	}
	want := SystemMessage{Unknown: &Header{"RNEngagementMediaTokenMessage", "2026-03-01T10:00:09.000Z", 4, "4"}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if m.Name() != "RNEngagementMediaTokenMessage" {
		t.Errorf("name %q", m.Name())
	}
}

func TestSystemMessageIsCheckedWhenWritten(t *testing.T) {
	for _, m := range []SystemMessage{
		{},
		{Concluded: &Concluded{}},
		{Concluded: &Concluded{Header: Header{MessageName: NameMessagePosted}}},
	} {
		if data, err := json.Marshal(m); err == nil {
			t.Errorf("%q was written as %s", m.Name(), data)
		}
	}
	m := SystemMessage{MessagePosted: &MessagePosted{Header: Header{MessageName: NameMessagePosted}, Body: "<b>"}}
	if got := string(encode(t, api.List[SystemMessage]{m})); !strings.Contains(got, `"body":"<b>"`) {
		t.Errorf("escaped though the encoder does not: %s", got)
	}
}

func TestListsAreNeverNull(t *testing.T) {
	got := string(encode(t, GetMessagesResponse{}))
	for _, want := range []string{`"errorMessages":[]`, `"systemMessages":[]`, `"clientRequestTime":null`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// FuzzSystemMessage: whatever decodes can be written again, and then means the same.
func FuzzSystemMessage(f *testing.F) {
	var batch struct{ SystemMessages []json.RawMessage }
	if err := json.Unmarshal([]byte(exampleBatch), &batch); err != nil {
		f.Fatal(err)
	}
	for _, m := range batch.SystemMessages {
		f.Add([]byte(m))
	}
	f.Add([]byte(`{"messageName":"New","createdTime":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second SystemMessage
		if json.Unmarshal(data, &first) != nil {
			return
		}
		decodeStrictly(t, encode(t, first), &second)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("-first +second:\n%s", diff)
		}
	})
}

func parse(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
