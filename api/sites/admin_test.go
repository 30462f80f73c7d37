package sites

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What administration says, with every member set to something.
const (
	exampleServing = `"queues":[7],"allQueues":true,"except":[2],"pull":true,"places":3,"policy":"STRICT_PRIORITY","allowDecline":true,"autoDecline":true`
	exampleSet     = `"holdSeconds":30,"offerSeconds":60,"absentSeconds":120,"idleSeconds":600,"queueSeconds":1800,"wrapUpSeconds":300,"noticeSeconds":15,"targetSeconds":45,` +
		`"refuseWithoutAgents":true,"statusReasons":[{"subTypeId":3,"name":"On <Break>","status":"UNAVAILABLE"}],"allowedOrigins":["*"],"spam":true,"spamAgents":true,` +
		`"spamLimits":{"maxCharacters":4000,"maxLinks":5,"duplicates":3,"duplicateSeconds":60,"symbolPercent":70,"symbolCharacters":40,"burstPosts":10,"burstSeconds":10,"maxBlocks":5,"extremeFactor":10},` +
		`"sneakPreview":true,"maxPerAddress":100,"requireIdentity":true,"identityKey":2,"files":{"off":true,"maxBytes":10485760,"types":["image/*"]},"mailTranscripts":true,"archiveDays":400,"journalDays":10,` +
		`"goalSeconds":60,"goalPercent":80,"results":[{"id":1,"name":"Solved"}],"hideSeenFromAgents":true,"showSeenToVisitors":true,"noticeText":true,` +
		`"widget":{"title":"Ask <us>","greeting":"Hello","color":"#0a5baa","theme":"dark","position":"left","fields":"name,email*","whenClosed":"HIDE","privacyUrl":"https://shop.example/privacy","emailAddress":"help@shop.example","texts":{"en":{"widget.title":"Ask"}}},` +
		`"requireContext":true,"hostNames":["chat.example.org"],"default":true`
	exampleQueue         = `{"queueId":7,"name":"Cards","default":true,"rank":1,"hours":4,"maxWaiting":50,"overflowSeconds":120,"overflowQueue":1}`
	exampleAccount       = `{"accountId":12,"login":"ada","password":"secret","name":"Ada","greeting":"Hello <you>","profile":5,"group":3,` + exampleServing + `,"virtualAgent":true,"supervisor":true}`
	exampleProfile       = `{"profileId":5,"name":"Desk",` + exampleServing + `}`
	exampleGroup         = `{"groupId":3,"name":"Vienna"}`
	exampleInterface     = `{"interfaceId":2,"name":"Shop","language":"pt-BR"}`
	exampleHours         = `{"hoursId":4,"name":"Office","zone":"Europe/Vienna","week":[{"day":"MON","from":"08:00","to":"17:30"}],"holidays":[{"name":"Eve","date":"12-24","open":[{"day":"THU","from":"09:00","to":"12:00"}]}]}`
	exampleRule          = `{"name":"gold","when":{"products":[5],"categories":[6],"languages":["pt"],"interfaces":[2],"queues":[7],"fields":[{"name":"c$tier","op":"EQUALS","value":"gold"}],"hours":4,"closed":true},"queue":7,"priority":10,"account":12,"refuse":true}`
	exampleChange        = `{"number":12,"at":"2026-05-25T20:17:08.315Z","by":"sue","what":"group/3","before":{"groupId":3,"name":"Vienna"},"after":{"groupId":3,"name":"Graz"}}`
	exampleLive          = `{"engagementId":7001,"state":"ACTIVE","queueId":7,"priority":1,"createdAt":"2026-05-25T20:17:08.315Z","since":"2026-05-25T20:18:00.000Z","accountId":12,"guests":[13],"visitor":"Ann Lee","activeAt":"2026-05-25T20:19:00.000Z","unansweredSince":"2026-05-25T20:18:30.000Z"}`
	exampleAgent         = `"accountId":12,"clientId":48,"name":"Ada","status":"AVAILABLE","subTypeId":1,"profile":5,"group":3,"holds":1,"places":3,"ready":true,"absent":true,"since":"2026-05-25T20:17:08.315Z"`
	exampleFigures       = `{"requested":5,"answered":4,"inTime":3,"abandoned":1,"unanswered":1,"inTimePercent":60}`
	exampleSpread        = `{"count":1,"meanSeconds":2.5,"medianSeconds":2,"p90Seconds":3}`
	exampleQueueStanding = `{"queueId":7,"name":"Cards","opening":"OPEN","profiles":[5],"agents":2,"freePlaces":3,"ready":1,"waiting":4,"expectedSeconds":30,"averageSeconds":14,"known":true}`
)

// TestAdminExamples: each shape of administration comes back as it was read, with
// every member in it.
func TestAdminExamples(t *testing.T) {
	for _, c := range []struct {
		example string
		into    any
	}{
		{"{" + exampleSet + "}", &Settings{}},
		{"{" + exampleSet + "}", &SettingsPatch{}},
		{`{"site":"demo",` + exampleSet + `,"owner":"n1","widgetKey":"0sVxPq"}`, &Site{}},
		{`{"sites":[{"site":"demo","owner":"n1"}]}`, &Sites{}},
		{`{"site":"demo","widgetKey":"0sVxPq","identityKeyNumber":2,"identityKey":"QWERTY"}`, &Keys{}},
		{`{"queues":[` + exampleQueue + `]}`, &Queues{}},
		{`{"accounts":[` + exampleAccount + `]}`, &Accounts{}},
		{`{"profiles":[` + exampleProfile + `]}`, &Profiles{}},
		{`{"groups":[` + exampleGroup + `]}`, &Groups{}},
		{`{"interfaces":[` + exampleInterface + `]}`, &Interfaces{}},
		{`{"hours":[` + exampleHours + `]}`, &HoursList{}},
		{`{"enter":[` + exampleRule + `],"escalate":[` + exampleRule + `]}`, &Rules{}},
		{`{"changes":[` + exampleChange + `],"more":true}`, &Audit{}},
		{`{"engagements":[` + exampleLive + `],"more":true}`, &Engagements{}},
		{`{"engagementId":7001,"state":"QUEUED","queueId":7,"priority":1,"place":2,"waitingSince":"2026-05-25T20:17:08.315Z","accountId":12,"targetId":13,` +
			`"agents":[{` + exampleAgent + `,"reason":"unavailable"}]}`, &Explanation{}},
		{`{"queues":[` + exampleQueueStanding + `],"agents":[{` + exampleAgent + `}]}`, &Standing{}},
		{`{"queueId":7,"productId":5,"categoryId":6,"language":"de","interfaceId":2,"customFields":[{"name":"c$tier","value":"gold"}]}`, &RouteRequest{}},
		{`{"queueId":7,"why":"rule enter[0] \"gold\" matched","priority":10,"accountId":12,"standing":` + exampleQueueStanding + `}`, &Route{}},
		{`{"by":"queue","from":"2026-05-25T00:00:00.000Z","to":"2026-05-26T00:00:00.000Z","zone":"UTC","position":48,"goalSeconds":60,"rows":[{"key":"7","id":7,"name":"Cards","offered":4,"accepted":1,"declined":2,"expired":1,` +
			`"engagements":3,"abandoned":1,"wait":` + exampleSpread + `,"firstAnswer":` + exampleSpread + `,"handling":` + exampleSpread + `,"wrapUp":` + exampleSpread + `,"ratings":1,"rating":4.5,"blocked":2,"inTime":1,"unanswered":1,"inTimePercent":33.3}],"definitions":{"blocked":"Posts"}}`, &Report{}},
		{`{"email":"ann@example.org","contactId":21,"engagementId":7001}`, &ErasureRequest{}},
		{`{"engagementIds":[7001],"lines":12,"files":1,"liveEngagementIds":[7002],"messages":1,"forgottenBy":"2026-06-01T20:17:08.315Z"}`, &Erasure{}},
		{`{"position":48,"time":1653509828320,"zone":"UTC","from":"2026-05-25T00:00:00.000Z","to":"2026-05-26T00:00:00.000Z","figuresPosition":47,"trouble":"why","goalSeconds":60,"goalPercent":80,"today":` + exampleFigures +
			`,"definitions":{"answered":"Engagements"},"queues":[` + strings.TrimSuffix(exampleQueueStanding, "}") + `,"longestSince":1,"today":` + exampleFigures + `}],"agents":[{` + exampleAgent +
			`,"statusSince":1,"needsAnswer":2,"longestSince":3,"goesAt":4}],"engagements":[` + strings.TrimSuffix(exampleLive, "}") + `,"lastPostTime":5,"waitsSince":6}],"more":true}`, &Live{}},
		{`{"messages":[{"number":3,"at":"2026-05-25T20:17:08.315Z","queueId":7,"name":"Ann","emailAddress":"ann@example.org","message":"Call <me>","language":"en","page":"https://shop.example/","fields":[{"name":"c$tier","value":"gold"}]}],"more":true}`, &LeftMessages{}},
		{`{"status":"UNAVAILABLE","subTypeId":3}`, &StatusRequest{}},
		{`{"replies":[{"id":3,"title":"Hi","text":"Hello <you>","language":"en","queueIds":[7]}]}`, &Replies{}},
		{`{"position":48,"behind":2,"trouble":"why","stopped":true,"gapFrom":10,"gapTo":20}`, &ArchiveState{}},
		{`{"from":10,"to":48,"engagements":3,"older":2}`, &ArchiveRebuilt{}},
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
		for _, path := range unset(reflect.ValueOf(c.into), "") {
			t.Errorf("%T: the example does not set %s", c.into, path)
		}
	}
}

// unset lists the fields within a value that are zero.
func unset(v reflect.Value, path string) (paths []string) {
	if v.IsZero() {
		return []string{path}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return unset(v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			paths = append(paths, unset(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			return nil
		}
		for i := range v.Len() {
			paths = append(paths, unset(v.Index(i), path)...)
		}
	}
	return paths
}

// TestAdminLists: a list is never null, and what a request leaves out is not sent
// where the server has a default of its own.
func TestAdminLists(t *testing.T) {
	for want, v := range map[string]any{
		`{"queues":[]}`: Queues{}, `{"accounts":[]}`: Accounts{}, `{"profiles":[]}`: Profiles{}, `{"groups":[]}`: Groups{},
		`{"interfaces":[]}`: Interfaces{}, `{"hours":[]}`: HoursList{}, `{"enter":[],"escalate":[]}`: Rules{},
		`{"changes":[],"more":false}`: Audit{}, `{"engagements":[],"more":false}`: Engagements{}, `{"sites":[]}`: Sites{},
		`{"off":false,"maxBytes":0,"types":[]}`: FileRules{}, `{"spamLimits":{},"files":{"types":[]}}`: SettingsPatch{SpamLimits: &SpamLimitsPatch{}, Files: &FileRulesPatch{Types: &[]string{}}},
		`{"name":"","when":{}}`: Rule{}, `{}`: RouteRequest{}, `{"name":"","zone":"","week":[],"holidays":[]}`: Hours{},
		`{"name":"","queues":[],"allQueues":false,"except":[],"pull":false,"places":0}`: Profile{},
	} {
		if got := encode(t, v); got != want {
			t.Errorf("%T: got %s, want %s", v, got, want)
		}
	}
}
