package sites

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The contracts' and usher's own examples, made compact.
const (
	exampleSettings  = `{"domain":"10.90.144.220","pool":"123:4","port":8084,"siteName":"sample_site_name","links":[{"rel":"describedby","href":"http://site.example/services/rest/crossChannelServices/v1.4/serviceSettings","mediaType":"application/schema+json"}]}`
	exampleToken     = `{"sessionToken":"eyJhbGciOiJSUzI1NiJ9.x.y","siteName":"demo","links":[]}`
	exampleEstablish = `{"siteName":"acme","channelToken":"eyJhbGciOiJSUzI1NiJ9.…","sessionServerResponse":"{\"domain\":\"chat.example.org\",\"pool\":\"1:1\"}","links":[]}`
	exampleError     = `{"type":"https://site.example/services/rest/connect/exceptions/OSC-CREST-00014","title":"Unauthorized","status":401,"detail":"The login or the password is wrong.","instance":"https://site.example/services/rest/crossChannelServices/latest/agentTokens","o:errorCode":"OSC-CREST-00014"}`
	examplePatch     = `{"holdSeconds":30,"offerSeconds":60,"absentSeconds":120,"idleSeconds":600,"queueSeconds":1800,"allowedOrigins":["*"],"spam":false}`
	exampleReady     = `{"url":"http://127.0.0.1:41233","adminToken":"…","pool":"1:1","node":"n1","sites":[{"site":"demo","interfaceId":1,"widgetKey":"…","accounts":[{"accountId":12,"login":"ada","password":"…","name":"Ada","virtualAgent":false},{"accountId":14,"login":"echo","password":"…","name":"Echo","virtualAgent":true}],"queues":[{"queueId":1,"name":"Support"},{"queueId":2,"name":"Echo bot"}]}]}`
)

func TestExamples(t *testing.T) {
	for _, c := range []struct {
		example string
		into    any
	}{
		{exampleSettings, &ServiceSettings{}},
		{exampleToken, &AgentToken{}},
		{exampleEstablish, &EstablishSessionsResponse{}},
		{exampleError, &ErrorBody{}},
		{examplePatch, &SettingsPatch{}},
		{exampleReady, &Ready{}},
	} {
		dec := json.NewDecoder(strings.NewReader(c.example))
		dec.DisallowUnknownFields()
		if err := dec.Decode(c.into); err != nil {
			t.Errorf("%T: %v", c.into, err)
			continue
		}
		if diff := cmp.Diff(c.example, encode(t, c.into)); diff != "" {
			t.Errorf("%T comes back changed (-want +got):\n%s", c.into, diff)
		}
	}
}

func TestPatchHoldsWhatIsChangedAlone(t *testing.T) {
	if got := encode(t, SettingsPatch{Spam: new(false), AllowedOrigins: new([]string{})}); got != `{"allowedOrigins":[],"spam":false}` {
		t.Error(got)
	}
}

func TestEstablishSessionsRequest(t *testing.T) {
	full := SessionAttributes{
		FirstName: "Ann", QueueID: 313, MediaList: Words{"CHAT"},
		AuxiliaryData: map[string]Text{"BROWSER": "Firefox"},
		CustomFields:  []SessionCustomField{{Name: "location", Type: "string", Value: "Rome"}},
	}
	const flat = `{"firstName":"Ann","queueId":"313","mediaList":"CHAT","auxiliaryData":{"BROWSER":"Firefox"},"customFields":[{"name":"location","type":"string","value":"Rome"}]}`
	quoted, err := json.Marshal(flat)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   string
		want SessionAttributes
	}{
		"string":       {`{"sessionInformation":` + string(quoted) + `}`, full},
		"object":       {`{"sessionInformation":` + flat + `}`, full},
		"top level":    {flat, full},
		"null":         {`{"sessionInformation":null,"firstName":"Ann"}`, SessionAttributes{FirstName: "Ann"}},
		"empty string": {`{"sessionInformation":" "}`, SessionAttributes{}},
		"empty":        {`{}`, SessionAttributes{}},
		"unknown":      {`{"sessionInformation":{"added":[1],"firstName":"Ann"}}`, SessionAttributes{FirstName: "Ann"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got EstablishSessionsRequest
			if err := json.Unmarshal([]byte(c.in), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.SessionInformation); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var again EstablishSessionsRequest
			if err := json.Unmarshal([]byte(encode(t, got)), &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("what is written reads differently:\n%s", diff)
			}
		})
	}
	for _, in := range []string{`[]`, `{"sessionInformation":"x"}`, `{"sessionInformation":[]}`, `{"queueId":"x"}`, `{"firstName":{}}`} {
		if err := json.Unmarshal([]byte(in), new(EstablishSessionsRequest)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

func TestEstablishSessionsIsWrittenAsAString(t *testing.T) {
	got := encode(t, EstablishSessionsRequest{SessionInformation: SessionAttributes{FirstName: "Ann"}})
	if got != `{"sessionInformation":"{\"firstName\":\"Ann\"}"}` {
		t.Error(got)
	}
}

func TestAuxiliary(t *testing.T) {
	a := SessionAttributes{
		AuxiliaryData: map[string]Text{"browser": "Firefox", "OS": "Linux"},
		AuxillaryData: map[string]Text{"Browser": "Chromium"},
	}
	if diff := cmp.Diff(map[string]string{"BROWSER": "Chromium", "OS": "Linux"}, a.Auxiliary()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestServer(t *testing.T) {
	top := ChatServer{Domain: "127.0.0.1:8080", Pool: "1:1"}
	for _, c := range []struct {
		text string
		want ChatServer
	}{
		{"", top},
		{`{"domain":"chat.example.org","pool":"2:1"}`, ChatServer{Domain: "chat.example.org", Pool: "2:1"}},
		{`{"domain":"chat.example.org","pool":"2:1","port":"8443"}`, ChatServer{Domain: "chat.example.org", Pool: "2:1", Port: "8443"}},
		{`{"domain":"chat.example.org","port":8443}`, ChatServer{Domain: "chat.example.org", Port: "8443"}},
	} {
		got, err := EstablishSessionsResponse{SessionServerResponse: c.text, ChatServer: top}.Server()
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.text, got, err)
		}
	}
	if _, err := (EstablishSessionsResponse{SessionServerResponse: "<html>"}).Server(); err == nil {
		t.Error("no error for a sessionServerResponse that is not JSON")
	}
}

func TestLooseValues(t *testing.T) {
	type value struct {
		Text   Text
		Number Number
		Words  Words
	}
	for _, c := range []struct {
		in   string
		want value
	}{
		{`{"text":"a","number":1,"words":["x","y"]}`, value{"a", 1, Words{"x", "y"}}},
		{`{"text":12.50,"number":"313","words":"x"}`, value{"12.50", 313, Words{"x"}}},
		{`{"text":true,"number":" -7 ","words":[{"type":"CHAT"}]}`, value{"true", -7, Words{"CHAT"}}},
		{`{"text":null,"number":null,"words":null}`, value{}},
		{`{"text":"","number":"","words":""}`, value{Words: Words{}}},
		{`{"number":9223372036854775807}`, value{Number: 1<<63 - 1}},
	} {
		var got value
		if err := json.Unmarshal([]byte(c.in), &got); err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.in, diff)
		}
	}
	for _, in := range []string{
		`{"text":{}}`, `{"text":[]}`, `{"number":{}}`, `{"number":[]}`, `{"number":true}`, `{"number":1.5}`,
		`{"number":"x"}`, `{"number":9223372036854775808}`, `{"words":[[]]}`,
	} {
		if err := json.Unmarshal([]byte(in), new(value)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

// FuzzEstablishSessionsRequest: whatever is accepted can be written, and then
// reads the same.
func FuzzEstablishSessionsRequest(f *testing.F) {
	f.Add([]byte(`{"sessionInformation":"{\"firstName\":\"Ann\",\"queueId\":\"3\"}"}`))
	f.Add([]byte(`{"sessionInformation":{"mediaList":[{"type":"CHAT"}],"customFields":[{"name":1}]}}`))
	f.Add([]byte(`{"lastName":12,"auxillaryData":{"a":true},"coBrowsePremiumSupported":"1"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second EstablishSessionsRequest
		if json.Unmarshal(data, &first) != nil {
			return
		}
		if err := json.Unmarshal([]byte(encode(t, first)), &second); err != nil {
			t.Fatal(err)
		}
		if a, b := encode(t, first), encode(t, second); a != b {
			t.Errorf("first %s\nthen  %s", a, b)
		}
	})
}

func encode(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatalf("encode: %v", err)
	}
	return strings.TrimSpace(b.String())
}
