package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/internal/testkit"
)

// TestAgentProperties: the answers of both property operations.
func TestAgentProperties(t *testing.T) {
	written(t, "agent_properties", func(t *testing.T, x *transcript) {
		bot, v := x.LogOn("echo"), x.Enter(testkit.Support)
		in := func(more string) string { return inEngagement(v.Engagement, more) }
		x.agent("by a bot that is not in it", bot, "setEngagementProperty", in(`,"sequenceNumber":3,"type":"USER","name":"QUESTION","value":"Where is <it>?"`))
		x.agent("several, and one that cannot be", bot, "modifyProperties", in(`,"sequenceNumber":4,"type":"USER","propertiesMap":`+
			`{"EMAIL":"ann@example.org","PRODUCT_ID":"23","CATEGORY_ID":24,"INCIDENT_ID":"25","CONTACT_ID":"x","LAST_NAME":null},`+
			`"customFields":[{"name":"c$tier","type":"STRING","value":"gold"},{"name":"c$n","type":"LONG","value":7},{"name":"c$bad","type":"INTEGER","value":"many"}]`))
		x.agent("nothing", bot, "modifyProperties", in(`,"type":"ENGAGEMENT"`))
		x.agent("of the engagement", bot, "modifyProperties", in(`,"type":"ENGAGEMENT","propertiesMap":{"INCIDENT_ID":25,"FIRST_NAME":"Ann"}`))
		a := x.LogOn("ada")
		a.Ask(1)
		x.agent("the agent who is offered it", a, "getMessages", "")
	})
}

// told answers what an agent who is offered the one waiting engagement is told of
// its visitor, and the incident; it ends the engagement.
func told(t *testing.T, s *testkit.Server) (agent.ContactInfo, int64) {
	t.Helper()
	a := present(s, testkit.Ada)
	defer func() { expectStatus(t, a.Call("logoff", `{"forceLogoff":false}`), http.StatusOK) }()
	a.Ask(1)
	m := a.Poll("").GetResponseTypes[0].ChatEngagementAssignment
	expectStatus(t, a.Call("assignmentAcknowledgement", acknowledge(m.EngagementID, api.ActionAccept)), http.StatusOK)
	expectStatus(t, a.Call("releaseChat", inEngagement(m.EngagementID, "")), http.StatusOK)
	return m.ContactInfo, m.IncidentID
}

// member answers one member of a wire type by its name in JSON.
func member(t *testing.T, v any, name string) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(all[name]), `"`)
}

// TestEachProperty: each property of each type, set by each operation, as a text
// and as a number, is what the next agent is told.
func TestEachProperty(t *testing.T) {
	members := map[agent.PropertyName]string{
		agent.PropertyFirstName: "firstName", agent.PropertyLastName: "lastName", agent.PropertyEmail: "emailAddress", agent.PropertyQuestion: "question",
		agent.PropertyProductID: "productId", agent.PropertyCategoryID: "categoryId", agent.PropertyContactID: "contactId", agent.PropertyIncidentID: "incidentId",
	}
	allowed := map[agent.PropertyType][]agent.PropertyName{
		agent.OfEngagement: {agent.PropertyContactID, agent.PropertyIncidentID},
		agent.OfUser: {
			agent.PropertyFirstName, agent.PropertyLastName, agent.PropertyEmail, agent.PropertyQuestion, agent.PropertyProductID,
			agent.PropertyCategoryID, agent.PropertyContactID,
		},
	}
	if len(members) != len(agent.PropertyNames) {
		t.Fatalf("%d properties are known here, of %d", len(members), len(agent.PropertyNames))
	}
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		bot := s.LogOn("echo")
		for kind, names := range allowed {
			for _, name := range names {
				for _, value := range []string{`"4711"`, "4711", `"9007199254740991"`, "0", `"0"`} {
					for operation, body := range map[string]string{
						"setEngagementProperty": fmt.Sprintf(`,"type":%q,"name":%q,"value":%s`, kind, name, value),
						"modifyProperties":      fmt.Sprintf(`,"type":%q,"propertiesMap":{%q:%s}`, kind, name, value),
					} {
						v := visit(s, `{}`)
						expectStatus(t, bot.Call(operation, inEngagement(v.Engagement, body)), http.StatusOK)
						info, incident := told(t, s)
						got := member(t, info, members[name])
						if name == agent.PropertyIncidentID {
							got = fmt.Sprint(incident)
						}
						if want := strings.Trim(value, `"`); got != want {
							t.Errorf("%s of %s to %s by %s: the next agent is told %q", name, kind, value, operation, got)
						}
					}
				}
			}
		}
	})
}

// TestModifiedProperties: what becomes of each property and field, by its name.
func TestModifiedProperties(t *testing.T) {
	long := strings.Repeat("x", 16<<10+1)
	cases := map[string]struct {
		body   string
		want   map[string]bool
		fields []agent.CustomField
	}{
		"nothing":                      {`"type":"USER","propertiesMap":{}`, map[string]bool{}, nil},
		"nothing at all":               {`"type":"USER","propertiesMap":null,"customFields":null`, map[string]bool{}, nil},
		"no property":                  {`"type":"USER","propertiesMap":{"SHOE_SIZE":"43","email":"x"}`, map[string]bool{"SHOE_SIZE": false, "email": false}, nil},
		"not of the type":              {`"type":"ENGAGEMENT","propertiesMap":{"EMAIL":"x","CONTACT_ID":"1"}`, map[string]bool{"EMAIL": false, "CONTACT_ID": true}, nil},
		"texts for ids":                {`"type":"USER","propertiesMap":{"CONTACT_ID":"","PRODUCT_ID":"1 ","CATEGORY_ID":"+1"}`, map[string]bool{"CONTACT_ID": false, "PRODUCT_ID": false, "CATEGORY_ID": false}, nil},
		"numbers that no id has":       {`"type":"USER","propertiesMap":{"CONTACT_ID":-1,"PRODUCT_ID":1.5,"CATEGORY_ID":9007199254740992}`, map[string]bool{"CONTACT_ID": false, "PRODUCT_ID": false, "CATEGORY_ID": false}, nil},
		"too long":                     {`"type":"USER","propertiesMap":{"EMAIL":"` + long + `","QUESTION":"` + long[1:] + `"}`, map[string]bool{"EMAIL": false, "QUESTION": true}, nil},
		"null":                         {`"type":"USER","propertiesMap":{"EMAIL":null}`, map[string]bool{"EMAIL": false}, nil},
		"twice: the last counts":       {`"type":"USER","propertiesMap":{"EMAIL":null,"EMAIL":"x","CONTACT_ID":1,"CONTACT_ID":null}`, map[string]bool{"EMAIL": true, "CONTACT_ID": false}, nil},
		"a text":                       {`"type":"USER","customFields":[{"name":"c$a","type":"STRING","value":"x"}]`, map[string]bool{"c$a": true}, []agent.CustomField{{Name: "c$a", Type: "STRING", Value: "x"}}},
		"without a type":               {`"type":"USER","customFields":[{"name":"c$a","value":"x"}]`, map[string]bool{"c$a": true}, []agent.CustomField{{Name: "c$a", Type: "STRING", Value: "x"}}},
		"without a value":              {`"type":"USER","customFields":[{"name":"c$a","type":"LONG"}]`, map[string]bool{"c$a": true}, []agent.CustomField{{Name: "c$a", Type: "LONG"}}},
		"without a name":               {`"type":"USER","customFields":[{"name":"","type":"LONG"}]`, map[string]bool{"": false}, nil},
		"a type that is kept":          {`"type":"USER","customFields":[{"name":"c$a","type":"LONG","value":1},{"name":"c$a","value":2}]`, map[string]bool{"c$a": true}, []agent.CustomField{{Name: "c$a", Type: "LONG", Value: "2"}}},
		"numbers and flags":            {`"type":"USER","customFields":[{"name":"c$a","type":"DECIMAL","value":1.5},{"name":"c$b","type":"BOOLEAN","value":true}]`, map[string]bool{"c$a": true, "c$b": true}, []agent.CustomField{{Name: "c$a", Type: "DECIMAL", Value: "1.5"}, {Name: "c$b", Type: "BOOLEAN", Value: "true"}}},
		"values that are not the type": {`"type":"USER","customFields":[{"name":"c$a","type":"INTEGER","value":2147483648},{"name":"c$b","type":"BOOLEAN","value":"maybe"},{"name":"c$c","type":"LONG","value":"1.5"},{"name":"c$d","type":"DECIMAL","value":"x"}]`, map[string]bool{"c$a": false, "c$b": false, "c$c": false, "c$d": false}, nil},
	}
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		bot := s.LogOn("echo")
		for name, c := range cases {
			v := visit(s, `{}`)
			before := s.Position()
			got := testkit.Decode[agent.ModifyPropertiesResponse](s, bot.Call("modifyProperties", inEngagement(v.Engagement, ","+c.body)))
			if diff := cmp.Diff(c.want, got.PropertiesResultMap); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			changes := slices.Contains(slices.Collect(maps.Values(c.want)), true)
			if recorded := s.Position() - before; (recorded > 0) != changes {
				t.Errorf("%s: %d events were recorded", name, recorded)
			}
			info, _ := told(t, s)
			if diff := cmp.Diff(c.fields, []agent.CustomField(info.CustomFields)); diff != "" && len(c.fields)+len(info.CustomFields) > 0 {
				t.Errorf("%s: custom fields (-want +got):\n%s", name, diff)
			}
		}
	})
}

// TestPropertiesAreBounded: what is known of a visitor does not grow without end.
func TestPropertiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		bot, v := s.LogOn("echo"), visit(s, `{}`)
		long := strings.Repeat("x", 16<<10)
		fields := func(n int) string {
			var all []string
			for i := range n {
				all = append(all, fmt.Sprintf(`{"name":"c$%d","type":"STRING","value":%q}`, i, long))
			}
			return inEngagement(v.Engagement, `,"type":"USER","customFields":[`+strings.Join(all, ",")+`]`)
		}
		expectStatus(t, bot.Call("modifyProperties", fields(3)), http.StatusOK)
		before := s.Position()
		expectRefusal(t, bot.Call("modifyProperties", fields(4)), http.StatusRequestEntityTooLarge, api.BadRequest)
		expectStatus(t, bot.Call("setEngagementProperty", inEngagement(v.Engagement, `,"type":"USER","name":"EMAIL","value":"`+long[:10<<10]+`"`)), http.StatusOK)
		now := s.Position()
		expectRefusal(t, bot.Call("setEngagementProperty", inEngagement(v.Engagement, `,"type":"USER","name":"QUESTION","value":"`+long+`"`)), http.StatusRequestEntityTooLarge, api.BadRequest)
		if now != before+1 || s.Position() != now {
			t.Errorf("from %d over %d to %d", before, now, s.Position())
		}
	})
}
