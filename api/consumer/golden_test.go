package consumer

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the types make of them")

// wireTypes names, for every golden file, the type that it shows.
var wireTypes = map[string]any{
	"message/" + NameActivityChanged:        &SystemMessage{},
	"message/" + NameConcluded:              &SystemMessage{},
	"message/" + NameWaitInformationChanged: &SystemMessage{},
	"message/" + NameParticipantAdded:       &SystemMessage{},
	"message/" + NameMessagePosted:          &SystemMessage{},
	"message/" + NameParticipantLeft:        &SystemMessage{},
	"message/" + NameConnectionStateChanged: &SystemMessage{},
	"message/" + NameRoleChanged:            &SystemMessage{},
	"message/" + NameConfigurationChanged:   &SystemMessage{},
	"message/" + NameErrorOccurred:          &SystemMessage{},
	"message/" + NameReceipt:                &SystemMessage{},
	"message/" + NameIdle:                   &SystemMessage{},

	"answer/requestEngagement":  &RequestEngagementResponse{},
	"answer/getMessages":        &GetMessagesResponse{},
	"answer/postMessage":        &PostMessageResponse{},
	"answer/activity":           &ActivityResponse{},
	"answer/concludeEngagement": &ConcludeEngagementResponse{},
	"answer/getQueueStats":      &GetQueueStatsResponse{},
	"answer/getEngagementQueue": &GetEngagementQueueResponse{},
	"answer/start":              &StartResponse{},
	"answer/visitorSession":     &SessionResponse{},
	"answer/rating":             &RatingResponse{},
	"answer/readTranscript":     &TranscriptResponse{},
	"answer/mailTranscript":     &TranscriptMailResponse{},
	"answer/files":              &FileResponse{},
	"answer/open":               &OpenResponse{},
	"answer/leaveMessage":       &MessageResponse{},
	"answer/seen":               &SeenResponse{},
	"answer/page":               &PageResponse{},
	"answer/facts":              &FactsResponse{},
	"answer/error":              &ErrorBody{},

	"request/requestEngagement":  &RequestEngagementRequest{},
	"request/getMessages":        &GetMessagesRequest{},
	"request/postMessage":        &PostMessageRequest{},
	"request/activity":           &ActivityRequest{},
	"request/concludeEngagement": &ConcludeEngagementRequest{},
	"request/getQueueStats":      &GetQueueStatsRequest{},
	"request/getEngagementQueue": &GetEngagementQueueRequest{},
	"request/start":              &StartRequest{},
	"request/rating":             &RatingRequest{},
	"request/mailTranscript":     &TranscriptMailRequest{},
	"request/leaveMessage":       &MessageRequest{},
	"request/seen":               &SeenRequest{},
	"request/page":               &PageRequest{},
	"request/facts":              &FactsRequest{},
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
			got := indent(t, encode(t, v))
			if *update {
				if err := os.WriteFile(file, got, 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(golden), string(got)); diff != "" {
				t.Errorf("written again it differs (-golden +got):\n%s", diff)
			}
			if m, ok := v.(*SystemMessage); ok && (m.Unknown != nil || "message/"+m.Name() != name) {
				t.Errorf("decoded as %q, unknown %v", m.Name(), m.Unknown)
			}
		})
	}
}

// TestGoldenShowsEveryField fails when a message has a field that its golden
// file does not show, or has no golden file.
func TestGoldenShowsEveryField(t *testing.T) {
	for field := range reflect.TypeFor[SystemMessage]().Fields() {
		if field.Name == "Unknown" {
			continue
		}
		var m SystemMessage
		reflect.ValueOf(&m).Elem().FieldByIndex(field.Index).Set(reflect.New(field.Type.Elem()))
		name := m.Name()
		golden, err := os.ReadFile(filepath.Join("testdata", "message", name+".json"))
		if err != nil {
			t.Errorf("message without golden file: %v", err)
			continue
		}
		var shown map[string]any
		if err := json.Unmarshal(golden, &shown); err != nil {
			t.Fatal(err)
		}
		for field := range fields(field.Type.Elem()) {
			key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if _, ok := shown[key]; !ok {
				t.Errorf("%s: golden file lacks %q", name, key)
			}
		}
	}
}

// TestTwins walks every answer and message type: each int64 must be followed by
// its twin.
func TestTwins(t *testing.T) {
	types := []reflect.Type{
		reflect.TypeFor[RequestEngagementResponse](), reflect.TypeFor[GetMessagesResponse](),
		reflect.TypeFor[PostMessageResponse](), reflect.TypeFor[ActivityResponse](),
		reflect.TypeFor[GetQueueStatsResponse](), reflect.TypeFor[GetEngagementQueueResponse](),
		reflect.TypeFor[SessionResponse](), reflect.TypeFor[SessionAgent](), reflect.TypeFor[SessionPost](), reflect.TypeFor[RatingResponse](),
		reflect.TypeFor[TranscriptResponse](), reflect.TypeFor[TranscriptMailResponse](), reflect.TypeFor[FileResponse](),
		reflect.TypeFor[OpenResponse](), reflect.TypeFor[MessageResponse](), reflect.TypeFor[SeenResponse](), reflect.TypeFor[PageResponse](), reflect.TypeFor[FactsResponse](),
	}
	for field := range reflect.TypeFor[SystemMessage]().Fields() {
		types = append(types, field.Type.Elem())
	}
	for _, typ := range types {
		byName := map[string]string{}
		var numbers []string
		for f := range fields(typ) {
			byName[f.Name] = f.Tag.Get("json")
			if f.Type.Kind() == reflect.Int64 || f.Type == reflect.TypeFor[*int64]() {
				numbers = append(numbers, f.Name)
			}
		}
		if len(numbers) == 0 {
			t.Errorf("%s: no number found", typ)
		}
		for _, n := range numbers {
			if name, options, more := strings.Cut(byName[n], ","); byName[n+"String"] != name+"String"+map[bool]string{true: "," + options}[more] {
				t.Errorf("%s.%s has no twin %sString", typ, n, byName[n])
			}
		}
	}
}

// fields yields the fields of a struct and of those embedded in it.
func fields(typ reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, f := range reflect.VisibleFields(typ) {
			if !f.Anonymous && !yield(f) {
				return
			}
		}
	}
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
