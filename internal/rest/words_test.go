package rest_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/testkit"
)

// TestWordsOfTheContract: whatever words a site's session information holds, the
// assignment that an agent gets holds only listed ones (agent-api 5), and nothing
// stands where the server knows nothing.
func TestWordsOfTheContract(t *testing.T) {
	for name, c := range map[string]struct {
		attributes string
		source     api.RequestSource
		fields     []agent.CustomField
	}{
		"none": {`{}`, "REST_API", nil},
		"listed": {
			`{"requestSource":"MESSAGING_WHATSAPP","customFields":[{"name":"c$n","type":"LONG","value":"7"}]}`,
			"MESSAGING_WHATSAPP", []agent.CustomField{{Name: "c$n", Type: api.FieldLong, Value: "7"}},
		},
		"in lower case": {
			`{"requestSource":"proactive","customFields":[{"name":"c$n","type":"string","value":"x"}]}`,
			"PROACTIVE", []agent.CustomField{{Name: "c$n", Type: api.FieldString, Value: "x"}},
		},
		"not listed, or missing": {
			`{"requestSource":"CARRIER_PIGEON","customFields":[{"name":"a","type":"weird","value":"1"},{"name":"b","value":"2"}]}`,
			"REST_API", []agent.CustomField{{Name: "a", Type: api.FieldString, Value: "1"}, {Name: "b", Type: api.FieldString, Value: "2"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.New(t, testkit.Options{})
				a := s.LogOn("ada")
				a.Ask(1)
				testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "",
					"Authorization", "Bearer "+s.VisitorToken(c.attributes)))
				got := a.Poll("").GetResponseTypes
				if len(got) != 1 || got[0].ChatEngagementAssignment == nil {
					t.Fatalf("got %+v, want an assignment", got)
				}
				m := got[0].ChatEngagementAssignment
				if m.RequestSource != c.source {
					t.Errorf("requestSource %q, want %q", m.RequestSource, c.source)
				}
				if diff := cmp.Diff(c.fields, []agent.CustomField(m.ContactInfo.CustomFields)); diff != "" && len(c.fields)+len(m.ContactInfo.CustomFields) > 0 {
					t.Errorf("customFields (-want +got):\n%s", diff)
				}
				if m.ContactInfo.IPAddress != "" { // the network in memory has no addresses
					t.Errorf("ipAddress %q, want none", m.ContactInfo.IPAddress)
				}
			})
		})
	}
}
