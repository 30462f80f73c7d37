package sites

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	exampleAuthenticate  = `{"clientType":"CONSUMER","firstName":"Ann","emailAddress":"ann@example.org","queueId":1,"customFields":[{"name":"c$tier","type":"STRING","value":"gold"}],"interfaceId":1,"assigneeId":13,"resumeType":"RESUME","mediaList":["CHAT"],"authUserName":"ann.lee","incidentType":"SR","chatPriority":"1","escalationLevel":"2","businessUnitOrgId":"300000001","applicationClassification":"ORA_SALES","allowAgentAttachments":"true"}`
	exampleAuthenticated = `{"jwt":"eyJhbGciOiJSUzI1NiJ9.x.y","domain":"chat.example.org:8443","chatSiteName":"demo","poolId":"1:1"}`
)

func TestChatAuthenticateExamples(t *testing.T) {
	for example, into := range map[string]any{exampleAuthenticate: &ChatAuthenticateRequest{}, exampleAuthenticated: &ChatAuthenticateResponse{}} {
		dec := json.NewDecoder(strings.NewReader(example))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); err != nil {
			t.Errorf("%T: %v", into, err)
			continue
		}
		if diff := cmp.Diff(example, encode(t, into)); diff != "" {
			t.Errorf("%T comes back changed (-want +got):\n%s", into, diff)
		}
	}
}

// TestCustomFieldsAsText: the list may stand in a text; whatever else stands there is
// refused.
func TestCustomFieldsAsText(t *testing.T) {
	for in, want := range map[string]SessionCustomFields{
		`[{"name":"a","value":1}]`:                               {{Name: "a", Value: "1"}},
		`"[{\"name\":\"a\",\"type\":\"LONG\",\"value\":\"1\"}]"`: {{Name: "a", Type: "LONG", Value: "1"}},
		`" [ ] "`: {}, `""`: {}, `"null"`: nil, `null`: nil,
	} {
		var got SessionCustomFields
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
	for _, in := range []string{`5`, `{}`, `"x"`, `"{}"`, `"[5]"`, `[[]]`, `"\"[]\""`, `"[] []"`} {
		if err := json.Unmarshal([]byte(in), new(SessionCustomFields)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

func TestResumeTypeInAnyCase(t *testing.T) {
	for in, want := range map[string]ResumeType{`"RESUME"`: ResumeLive, `"resume"`: ResumeLive, `" Do_not_resume "`: ResumeNot, `"none"`: ResumeNone, `""`: "", `null`: ""} {
		var got struct{ R ResumeType }
		if err := json.Unmarshal([]byte(`{"r":`+in+`}`), &got); err != nil || got.R != want {
			t.Errorf("%s: %q, %v, want %q", in, got.R, err, want)
		}
	}
	if err := json.Unmarshal([]byte(`[]`), new(ResumeType)); err == nil {
		t.Error("a list is taken")
	}
}

// FuzzSessionAttributes: what is read of a request is written into a token, and read
// out of it again as the same.
func FuzzSessionAttributes(f *testing.F) {
	for _, seed := range []string{
		exampleAuthenticate, `{"sessionInformation":"{\"firstName\":\"Ann\"}"}`, `{"customFields":"[{\"name\":1}]"}`, `{"mediaList":[{"type":"CHAT"},null]}`,
		`{"resumeType":"resume","queueId":"1","auxiliaryData":{"a":1}}`, `{"customFields":"null","mediaList":""}`, `{"firstName":"\ud800"}`, `{"RESUMETYPE":"\u0131"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var asked EstablishSessionsRequest
		var signedIn ChatAuthenticateRequest
		for name, c := range map[string]struct {
			into any
			info *SessionAttributes
		}{"establishSessions": {&asked, &asked.SessionInformation}, "chatAuthenticate": {&signedIn, &signedIn.SessionAttributes}} {
			if json.Unmarshal(body, c.into) != nil {
				continue
			}
			var again SessionAttributes
			written := encode(t, c.info)
			if err := json.Unmarshal([]byte(written), &again); err != nil {
				t.Fatalf("%s: %s cannot be read: %v", name, written, err)
			}
			if got := encode(t, again); got != written {
				t.Errorf("%s: %s is read as %s", name, written, got)
			}
		}
	})
}
