package sites

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

const (
	exampleRecord = `{"engagementId":7001,"visitor":"Ann Lee","queueId":7,"startedAt":"2026-05-25T20:17:08.315Z","endedAt":"2026-05-25T20:19:00.000Z","lines":[` +
		`{"number":1,"at":"2026-05-25T20:17:08.315Z","kind":"REQUESTED","who":{"clientId":49,"name":"Ann Lee","role":"END_USER"},"queue":{"queueId":7,"name":"Cards"},"priority":2,"target":{"accountId":12,"name":"Ada"},"until":"2026-05-25T20:18:08.315Z","why":"rule enter[0] \"gold\" matched"},` +
		`{"number":2,"at":"2026-05-25T20:17:20.000Z","kind":"POST","who":{"clientId":48,"accountId":12,"name":"Ada","role":"LEAD"},"post":{"postNumber":1,"text":"<b>hello</b>","richText":true,"visibility":"NOT_ENDUSER","onlyFor":{"clientId":50,"accountId":13,"name":"Bob","role":"CONFEREE"}}},` +
		`{"number":3,"at":"2026-05-25T20:17:20.000Z","kind":"POST","who":{"clientId":49,"name":"","role":"END_USER"},"post":{"postNumber":2,"offTheRecord":true,"visibility":"ALL"}},` +
		`{"number":4,"at":"2026-05-25T20:17:30.000Z","kind":"INVITED","who":{"clientId":50,"accountId":13,"name":"Bob","role":"TRANSIENT"},"by":{"clientId":48,"accountId":12,"name":"Ada","role":"LEAD"},"type":"CONFERENCE","until":"2026-05-25T20:18:30.000Z","note":1,"why":"asked by the lead"},` +
		`{"number":5,"at":"2026-05-25T20:17:40.000Z","kind":"CONTACT_CHANGED","who":{"clientId":48,"accountId":12,"name":"Ada","role":"LEAD"},"changes":[{"name":"email","before":"","after":"a@example.org"}],"why":"an agent changed what is known of the visitor"},` +
		`{"number":6,"at":"2026-05-25T20:19:00.000Z","kind":"ENDED","who":{"clientId":49,"name":"Ann Lee","role":"END_USER"},"by":{"name":"cy"},"cause":"EJECTED","why":"cy ended it and removed the visitor"},` +
		`{"number":7,"at":"2026-05-25T20:19:00.001Z","kind":"POST","who":{"clientId":49,"name":"Ann Lee","role":"END_USER"},"post":{"postNumber":3,"visibility":"ALL","file":{"name":"card.png","type":"image/png","size":1234,"url":"https://chat.example.org/usher/consumer/demo/v1/files/7001/x"}}},` +
		`{"number":8,"at":"2026-05-25T20:19:00.002Z","kind":"BLOCKED","who":{"clientId":49,"name":"Ann Lee","role":"END_USER"},"post":{"text":"buy!","visibility":"ALL","blocked":["LINKS","BURST"]},"cause":"LINKS,BURST","why":"the spam checks held it back: nobody received it"},` +
		`{"number":9,"at":"2026-05-25T20:19:00.003Z","kind":"POST","post":{"postNumber":4,"text":"not delivered","visibility":"ALL","system":true,"onlyFor":{"clientId":49,"name":"Ann Lee","role":"END_USER"}}},` +
		`{"number":10,"at":"2026-05-25T20:19:00.004Z","kind":"RATED","who":{"clientId":49,"name":"Ann Lee","role":"END_USER"},"rating":{"stars":4,"comment":"fine"},"why":"the visitor rated the chat"},` +
		`{"number":11,"at":"2026-05-25T20:19:00.005Z","kind":"MAILED","cause":"SENT","why":"the transcript was sent by e-mail"}],"more":false}`
	exampleEmptyRecord = `{"engagementId":7001,"visitor":"","queueId":7,"startedAt":"2026-05-25T20:17:08.315Z","lines":[],"more":false}`
)

func TestRecordExamples(t *testing.T) {
	for _, example := range []string{exampleRecord, exampleEmptyRecord} {
		d := json.NewDecoder(strings.NewReader(example))
		d.DisallowUnknownFields()
		var r Record
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(example, encode(t, r)); diff != "" {
			t.Errorf("it comes back changed (-want +got):\n%s", diff)
		}
	}
	line := RecordLine{Number: 1, At: "x", Kind: RecordJoined, Who: &RecordParty{Role: api.RoleLead}}
	if got := encode(t, line); got != `{"number":1,"at":"x","kind":"JOINED","who":{"name":"","role":"LEAD"}}` {
		t.Errorf("what a line does not need stands in it: %s", got)
	}
}
