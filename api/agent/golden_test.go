package agent

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the types make of them")

// wireTypes names, for every golden file, the type that it shows.
var wireTypes = map[string]any{
	"message/ChatActivitySignal":             &SystemMessage{},
	"message/ChatConfigChangeNotification":   &SystemMessage{},
	"message/ChatDisconnectNotification":     &SystemMessage{},
	"message/ChatEngagementAssignment":       &SystemMessage{},
	"message/ChatEngagementParticipantAdded": &SystemMessage{},
	"message/ChatGetTimeout":                 &SystemMessage{},
	"message/ChatPostMessage":                &SystemMessage{},
	"message/ChatSystemError":                &SystemMessage{},
	"message/UsherConnection":                &SystemMessage{},
	"message/UsherIdle":                      &SystemMessage{},
	"message/UsherReceipt":                   &SystemMessage{},
	"message/UsherVisitor":                   &SystemMessage{},

	"answer/createAutomatedAgentSession": &CreateAutomatedAgentSessionResponse{},
	"answer/getMessages":                 &GetMessagesResponse{},
	"answer/setActivityStatus":           &SetActivityStatusResponse{},
	"answer/requestAssignment":           &RequestAssignmentResponse{},
	"answer/assignmentAcknowledgement":   &AssignmentAcknowledgementResponse{},
	"answer/postMessage":                 &PostMessageResponse{},
	"answer/setInteractionStatus":        &SetInteractionStatusResponse{},
	"answer/setEngagementProperty":       &SetEngagementPropertyResponse{},
	"answer/modifyProperties":            &ModifyPropertiesResponse{},
	"answer/retrieveAgentsAndQueues":     &RetrieveAgentsAndQueuesResponse{},
	"answer/rerouteAvailability":         &RerouteAvailabilityResponse{},
	"answer/rerouteEngagement":           &RerouteEngagementResponse{},
	"answer/transfer":                    &AskedResponse{},
	"answer/invite":                      &AskedResponse{},
	"answer/monitor":                     &MonitorResponse{},
	"answer/takeOver":                    &TakeOverResponse{},
	"answer/leave":                       &LeaveResponse{},
	"answer/concludeChat":                &ConcludeChatResponse{},
	"answer/releaseChat":                 &ReleaseChatResponse{},
	"answer/logoff":                      &LogoffResponse{},
	"answer/engagements":                 &EngagementsResponse{},
	"answer/history":                     &HistoryResponse{},
	"answer/files":                       &FileResponse{},
	"answer/logIn":                       &Desk{},
	"answer/logOut":                      &LogOutResponse{},
	"answer/seen":                        &SeenResponse{},
	"answer/replies":                     &RepliesResponse{},
	"answer/search":                      &SearchResponse{},
	"answer/record":                      &RecordResponse{},
	"answer/visitor":                     &VisitorResponse{},
	"answer/saveReply":                   &SaveReplyResponse{},
	"answer/deleteReply":                 &DeleteReplyResponse{},
	"answer/wrapUp":                      &WrapUpResponse{},
	"answer/error":                       &ErrorBody{},

	"request/createAutomatedAgentSession": &CreateAutomatedAgentSessionRequest{},
	"request/getMessages":                 &GetMessagesRequest{},
	"request/setActivityStatus":           &SetActivityStatusRequest{},
	"request/requestAssignment":           &RequestAssignmentRequest{},
	"request/assignmentAcknowledgement":   &AssignmentAcknowledgementRequest{},
	"request/postMessage":                 &PostMessageRequest{},
	"request/setInteractionStatus":        &SetInteractionStatusRequest{},
	"request/setEngagementProperty":       &SetEngagementPropertyRequest{},
	"request/modifyProperties":            &ModifyPropertiesRequest{},
	"request/retrieveAgentsAndQueues":     &RetrieveAgentsAndQueuesRequest{},
	"request/rerouteAvailability":         &RerouteAvailabilityRequest{},
	"request/rerouteEngagement":           &RerouteEngagementRequest{},
	"request/transfer":                    &TransferRequest{},
	"request/invite":                      &InviteRequest{},
	"request/monitor":                     &MonitorRequest{},
	"request/takeOver":                    &TakeOverRequest{},
	"request/leave":                       &LeaveRequest{},
	"request/concludeChat":                &ConcludeChatRequest{},
	"request/releaseChat":                 &ReleaseChatRequest{},
	"request/logoff":                      &LogoffRequest{},
	"request/engagements":                 &EngagementsRequest{},
	"request/history":                     &HistoryRequest{},
	"request/logIn":                       &LogInRequest{},
	"request/logOut":                      &LogOutRequest{},
	"request/seen":                        &SeenRequest{},
	"request/replies":                     &RepliesRequest{},
	"request/saveReply":                   &SaveReplyRequest{},
	"request/search":                      &SearchRequest{},
	"request/record":                      &RecordRequest{},
	"request/visitor":                     &VisitorRequest{},
	"request/deleteReply":                 &DeleteReplyRequest{},
	"request/wrapUp":                      &WrapUpRequest{},
}

// TestGolden reads every golden file into its type and expects the same bytes,
// in the same order, when it is written again.
func TestGolden(t *testing.T) {
	for name, zero := range wireTypes {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", filepath.FromSlash(name)+".json")
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			v := reflect.New(reflect.TypeOf(zero).Elem()).Interface()
			decodeStrictly(t, golden, v)
			got := encode(t, v)
			if *update {
				if err := os.WriteFile(file, indent(t, got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(golden), string(indent(t, got))); diff != "" {
				t.Errorf("written again it differs (-golden +got):\n%s", diff)
			}
			checkTwins(t, name, golden)
		})
	}
}

// TestGoldenShowsEveryField fails when a message type has a field that its
// golden file does not show.
func TestGoldenShowsEveryField(t *testing.T) {
	messages := reflect.TypeFor[SystemMessage]()
	for field := range messages.Fields() {
		if field.Type.Kind() != reflect.Pointer {
			continue
		}
		golden, err := os.ReadFile(filepath.Join("testdata", "message", field.Name+".json"))
		if err != nil {
			t.Errorf("message type without golden file: %v", err)
			continue
		}
		var shown map[string]map[string]any
		if err := json.Unmarshal(golden, &shown); err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(encode(t, reflect.New(field.Type.Elem()).Interface()), &want); err != nil {
			t.Fatal(err)
		}
		for key := range want {
			if _, ok := shown[field.Name][key]; !ok {
				t.Errorf("%s: golden file lacks %q", field.Name, key)
			}
		}
	}
}

// TestTwins walks every answer and message type: each int64 must be followed by
// its twin, and nothing else may have one.
func TestTwins(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		if strings.HasSuffix(typ.PkgPath(), "/sites") { // lines of transcripts are as administration has them
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			walk(f.Type)
			if f.Type.Kind() != reflect.Int64 {
				continue
			}
			tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			twin := strings.TrimSuffix(tag+"String,"+options, ",")
			if i+1 == typ.NumField() || typ.Field(i+1).Name != f.Name+"String" || typ.Field(i+1).Tag.Get("json") != twin {
				t.Errorf("%s.%s has no twin %sString right behind it", typ, f.Name, tag)
			}
		}
	}
	for name, zero := range wireTypes {
		if !strings.HasPrefix(name, "request/") {
			walk(reflect.TypeOf(zero))
		}
	}
	if !seen[reflect.TypeFor[ContactInfo]()] || !seen[reflect.TypeFor[Envelope]()] {
		t.Error("the walk did not reach every type")
	}
}

// checkTwins compares every number that has a twin in the golden file with it.
func checkTwins(t *testing.T, where string, data []byte) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var root any
	if err := dec.Decode(&root); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for key, e := range v {
				walk(e)
				if twin, ok := v[key+"String"]; ok && twin != e.(json.Number).String() {
					t.Errorf("%s: %s is %v and its twin %v", where, key, e, twin)
				}
			}
		}
	}
	walk(root)
}

func decodeStrictly(t *testing.T, data []byte, v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("decode: %v", err)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encode: %v", err)
	}
	return b.Bytes()
}

func indent(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(data), "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func compact(t *testing.T, data string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(data)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
