package rest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"usher/api/openapi"
	"usher/internal/testkit"
)

// More kinds of fields.
const (
	objects kind = "array of objects"
	object  kind = "object"
	shorts  kind = "array of int32"
)

// adminMember is one member of a request to administration, wherever it stands.
type adminMember struct {
	method, path string
	// body is a good request but for the member, which goes where the @ is.
	body string
	// place is how errors name the member; its last part is its name.
	place string
	kind  kind
	// required: without it the request is refused.
	required bool
	// outside are values of the right type that are refused, with a part of the sentence.
	outside map[string]string
	// good are values that are taken, the bounds among them.
	good []string
}

// with answers the body in which the member has a value; "" leaves it out.
func (m adminMember) with(value string) string {
	name := m.place[strings.LastIndex(m.place, ".")+1:]
	one := fmt.Sprintf("%q:%s", name, value)
	if value == "" {
		one = `"unknown":[{"deep":{}}]`
	}
	return strings.Replace(m.body, "@", one, 1)
}

// wrong lists values of other types, each with the place that is said to be wrong.
func (m adminMember) wrong() map[string]string {
	values := map[string]string{}
	k := m.kind
	switch k {
	case object:
		for _, v := range []string{"5", `"x"`, "true", "[]"} {
			values[v] = m.place
		}
		return values
	case objects:
		for _, v := range []string{"5", `"x"`, "true", "{}"} {
			values[v] = m.place
		}
		for _, v := range []string{"5", "null", `"x"`, "[]", "false"} {
			values["["+v+"]"] = m.place + "[0]"
		}
		return values
	case shorts:
		values["[1,2147483648]"], values["[-2147483649]"] = m.place+"[1]", m.place+"[0]"
		k = numbers
	}
	for _, v := range wrong(k, false) {
		values[v] = m.place
	}
	switch k {
	case texts:
		values[`["a",1]`], values[`["a","b",{}]`] = m.place+"[1]", m.place+"[2]"
	case numbers:
		values[`[1,2,"3"]`], values["[1,1.5]"], values["[9223372036854775808]"] = m.place+"[2]", m.place+"[1]", m.place+"[0]"
	}
	return values
}

var long4K = `"` + strings.Repeat("x", 4<<10+1) + `"`

// servingMembers are what accounts and profiles have in common.
func servingMembers(path, body string) []adminMember {
	many := "[" + strings.Repeat("1,", 10_000) + "1]"
	return []adminMember{
		{path: path, body: body, place: "queues", kind: numbers, good: []string{"[]", "[1,2]"},
			outside: map[string]string{"[1,99]": "queues[1]: 99 is not a queue", "[0]": "queues[0]: 0 is not a queue", "[-1]": "queues[0]", many: "at most 10000"}},
		{path: path, body: body, place: "allQueues", kind: flag, good: []string{"true", "false"}},
		{path: path, body: body, place: "except", kind: numbers, good: []string{"[]", "[2]"}, outside: map[string]string{"[2,99]": "except[1]: 99 is not a queue"}},
		{path: path, body: body, place: "pull", kind: flag, good: []string{"true", "false"}},
		{path: path, body: body, place: "places", kind: short, good: []string{"0", "100000"},
			outside: map[string]string{"-1": "places is -1: expected 0 to 100000", "100001": "expected 0 to 100000"}},
		{path: path, body: body, place: "policy", kind: anyText, good: []string{`"FIRST_DUE"`, `"STRICT_PRIORITY"`},
			outside: map[string]string{`"first_due"`: "expected FIRST_DUE or STRICT_PRIORITY", `"LAST"`: "policy"}},
		{path: path, body: body, place: "allowDecline", kind: flag, good: []string{"true", "false"}},
		{path: path, body: body, place: "autoDecline", kind: flag, good: []string{"true", "false"}},
	}
}

// spanMembers are those of an open stretch of a day.
func spanMembers(body, place string) []adminMember {
	from := map[string]string{`"17:00"`: "17:00 is not before 17:00", `"23:59"`: "split a span that passes midnight in two"}
	to := map[string]string{`"08:00"`: "08:00 is not before 08:00", `"00:00"`: place + ": 08:00 is not before 00:00"}
	for _, v := range []string{`"8:00"`, `"08:60"`, `"24:01"`, `"+8:00"`, `""`, `"08:00:00"`, `"noon"`} {
		from[v] = place + ".from: " + v + " is no time of day: expected HH:MM"
		to[v] = place + ".to: " + v + " is no time of day: expected HH:MM"
	}
	return []adminMember{
		{path: "/hours/4", body: strings.Replace(body, "@", `@,"to":"17:00"`, 1), place: place + ".from", kind: anyText, required: true, outside: from, good: []string{`"00:00"`, `"16:59"`}},
		{path: "/hours/4", body: strings.Replace(body, "@", `"from":"08:00",@`, 1), place: place + ".to", kind: anyText, required: true, outside: to, good: []string{`"08:01"`, `"24:00"`}},
	}
}

// ruleMembers are those of a rule.
func ruleMembers() []adminMember {
	const rule = `{"enter":[{"queue":1},{"queue":1,"name":"second",@}],"escalate":[]}`
	const when = `{"enter":[{"queue":1,"when":{@}}]}`
	const second = `{"escalate":[{"queue":1},{"queue":1,"when":{"hours":4,@}}]}`
	const field = `{"enter":[{"queue":1,"when":{"fields":[{"name":"a","op":"EXISTS"},{"name":"b","op":"EQUALS",@}]}}]}`
	many := func(one string) string { return "[" + strings.Repeat(one+",", 100) + one + "]" }
	entries := func(name, one string, good ...string) adminMember {
		k := numbers
		if one == `"de"` {
			k = texts
		}
		return adminMember{path: "/rules", body: when, place: "enter[0].when." + name, kind: k, good: append(good, "[]"),
			outside: map[string]string{many(one): "enter[0].when: each list has at most 100 entries"}}
	}
	interfaces := entries("interfaces", "1", "[1]")
	interfaces.kind, interfaces.outside["[1,7]"] = shorts, "enter[0].when.interfaces[1]: 7 is not an interface"
	languages := entries("languages", `"de"`, `["de","pt-BR"]`)
	languages.outside[`["de",""]`] = "enter[0].when.languages[1]: expected a tag"
	languages.outside[`["`+strings.Repeat("x", 65)+`"]`] = "enter[0].when.languages[0]: expected a tag"
	return []adminMember{
		{path: "/rules", body: `{"escalate":[],@}`, place: "enter", kind: objects, good: []string{"[]", `[{"queue":1}]`},
			outside: map[string]string{"[" + strings.Repeat(`{"queue":1},`, 1000) + `{"queue":1}]`: "enter has 1001 rules", `[{"queue":1},{}]`: "enter[1].queue: 0 is not a queue"}},
		{path: "/rules", body: `{"enter":[],@}`, place: "escalate", kind: objects, good: []string{"[]", `[{"queue":1}]`},
			outside: map[string]string{`[{"refuse":true}]`: "escalate[0].refuse: an engagement that escalates cannot be turned away", `[{"queue":1},{"queue":77}]`: "escalate[1].queue: 77"}},
		{path: "/rules", body: strings.Replace(rule, `"name":"second",`, "", 1), place: "enter[1].name", kind: anyText, outside: map[string]string{long4K: "enter[1].name: at most 4096"}, good: []string{`""`, `"x"`}},
		{path: "/rules", body: rule, place: "enter[1].when", kind: object, good: []string{"{}"},
			outside: map[string]string{`{"closed":true}`: "enter[1].when.closed: say which hours", `{"queues":[1]}`: "enter[1].when.queues: only rules of the list escalate"}},
		{path: "/rules", body: strings.Replace(rule, `"queue":1,"name"`, `"name"`, 1), place: "enter[1].queue", kind: long, good: []string{"1"},
			outside: map[string]string{"0": "enter[1].queue: 0 is not a queue", "77": "enter[1].queue: 77 is not a queue of this site", "-1": "enter[1].queue"}},
		{path: "/rules", body: rule, place: "enter[1].priority", kind: short, good: []string{"-1000", "1000", "0"},
			outside: map[string]string{"-1001": "enter[1].priority is -1001: expected -1000 to 1000", "1001": "enter[1].priority is 1001"}},
		{path: "/rules", body: rule, place: "enter[1].account", kind: long, good: []string{"12", "0"}, outside: map[string]string{"99": "enter[1].account: 99 is not an account"}},
		{path: "/rules", body: rule, place: "enter[1].refuse", kind: flag, good: []string{"false"}, outside: map[string]string{"true": "enter[1].refuse: a rule that refuses names no queue"}},
		entries("products", "1", "[1,-2]"), entries("categories", "1", "[1]"), interfaces, languages,
		{path: "/rules", body: second, place: "escalate[1].when.queues", kind: numbers, good: []string{"[]", "[1,2]"},
			outside: map[string]string{"[1,77]": "escalate[1].when.queues[1]: 77 is not a queue"}},
		{path: "/rules", body: when, place: "enter[0].when.hours", kind: long, good: []string{"0", "4"}, outside: map[string]string{"9": "enter[0].when.hours: 9 are not hours"}},
		{path: "/rules", body: second, place: "escalate[1].when.closed", kind: flag, good: []string{"true", "false"}},
		{path: "/rules", body: when, place: "enter[0].when.fields", kind: objects, good: []string{"[]"}},
		{path: "/rules", body: strings.Replace(field, `"name":"b",`, "", 1), place: "enter[0].when.fields[1].name", kind: anyText, required: true, good: []string{`"x"`},
			outside: map[string]string{`""`: "enter[0].when.fields[1]: expected a name", long4K: "at most 4096 bytes"}},
		{path: "/rules", body: strings.Replace(field, `"op":"EQUALS",`, "", 1), place: "enter[0].when.fields[1].op", kind: anyText, required: true, good: []string{`"NOT_EQUALS"`, `"CONTAINS"`},
			outside: map[string]string{`"LIKE"`: `enter[0].when.fields[1].op is "LIKE": expected EQUALS`, `""`: "fields[1].op"}},
		{path: "/rules", body: field, place: "enter[0].when.fields[1].value", kind: anyText, good: []string{`""`, `"x"`}, outside: map[string]string{long4K: "at most 4096 bytes"}},
	}
}

// settingMembers are those of the settings.
func settingMembers() []adminMember {
	const reason = `{"statusReasons":[{"subTypeId":1,"name":"a","status":"NONE"},{"subTypeId":2,"name":"b","status":"NONE",@}]}`
	const limits, files = `{"spamLimits":{"maxLinks":3,@}}`, `{"files":{"off":false,@}}`
	tooMany := `["` + strings.Repeat(`x","`, 100) + `x"]`
	types := map[string]string{"[" + strings.Repeat(`"image/png",`, 100) + `"image/png"]`: "files.types holds at most 100", `["image/png",""]`: "files.types[1]: expected a media type"}
	for _, v := range []string{"pdf", "/pdf", "image/", "*/*", "im*ge/png", "image/[a-z]", "image/?", "text/plain; charset=utf-8", "a b/c", `image\\/png`, strings.Repeat("x", 200) + "/" + strings.Repeat("x", 100)} {
		types[`["`+v+`"]`] = "files.types[0]: expected a media type such as application/pdf or image/*"
	}
	all := []adminMember{
		{place: "spamAgents", kind: flag, good: []string{"true", "false"}}, {place: "sneakPreview", kind: flag, good: []string{"true", "false"}},
		{place: "requireIdentity", kind: flag, good: []string{"true", "false"}}, {place: "mailTranscripts", kind: flag, good: []string{"true", "false"}},
		{place: "spamLimits", kind: object, good: []string{"{}", `{"maxLinks":1}`, "null"}, outside: map[string]string{`{"maxLinks":1,"burstPosts":101}`: "spamLimits.burstPosts is 101"}},
		{place: "files", kind: object, good: []string{"{}", `{"off":false}`, "null"}, outside: map[string]string{`{"maxBytes":-1}`: "files.maxBytes is -1"}},
		{body: strings.Replace(files, `"off":false,`, "", 1), place: "files.off", kind: flag, good: []string{"true", "false"}},
		{body: files, place: "files.maxBytes", kind: long, good: []string{"0", "1", "104857600"},
			outside: map[string]string{"-1": "files.maxBytes is -1: expected 0 to 104857600", "104857601": "files.maxBytes is 104857601", "9223372036854775807": "expected 0 to 104857600"}},
		{body: files, place: "files.types", kind: texts, good: []string{"[]", `["image/*","application/vnd.oasis.opendocument.text"]`}, outside: types},
		{place: "refuseWithoutAgents", kind: flag, good: []string{"true", "false"}}, {place: "spam", kind: flag, good: []string{"true", "false"}},
		{place: "requireContext", kind: flag, good: []string{"true", "false"}}, {place: "default", kind: flag, good: []string{"true", "false"}},
		{place: "allowedOrigins", kind: texts, good: []string{"[]", `["*"]`}, outside: map[string]string{tooMany: "at most 100"}},
		{place: "hostNames", kind: texts, good: []string{"[]", `["a.example"]`}, outside: map[string]string{tooMany: "at most 100"}},
		{place: "statusReasons", kind: objects, good: []string{"[]", `[{"subTypeId":1,"name":"a","status":"AVAILABLE"}]`},
			outside: map[string]string{"[" + strings.Repeat(`{"subTypeId":1,"name":"a","status":"NONE"},`, 100) + `{"subTypeId":1,"name":"a","status":"NONE"}]`: "at most 100"}},
		{body: strings.Replace(reason, `"subTypeId":2,`, "", 1), place: "statusReasons[1].subTypeId", kind: short, required: true, good: []string{"2", "2147483647"},
			outside: map[string]string{"0": "statusReasons[1]: expected a name and a positive subTypeId", "1": "subTypeId 1 stands there twice"}},
		{body: strings.Replace(reason, `"name":"b",`, "", 1), place: "statusReasons[1].name", kind: anyText, required: true, good: []string{`"x"`},
			outside: map[string]string{`""`: "statusReasons[1]: expected a name", long4K: "statusReasons[1]"}},
		{body: strings.Replace(reason, `"name":"b","status":"NONE",`, `"name":"b",`, 1), place: "statusReasons[1].status", kind: anyText, required: true,
			good: []string{`"NONE"`, `"AVAILABLE"`, `"UNAVAILABLE"`}, outside: map[string]string{`"BUSY"`: `statusReasons[1].status is "BUSY": expected NONE`, `""`: "statusReasons[1].status"}},
	}
	const result, widget = `{"results":[{"id":1,"name":"a"},{"id":2,"name":"b",@}]}`, `{"widget":{"theme":"dark",@}}`
	all = append(all, []adminMember{
		{place: "hideSeenFromAgents", kind: flag, good: []string{"true", "false"}}, {place: "showSeenToVisitors", kind: flag, good: []string{"true", "false"}},
		{place: "noticeText", kind: flag, good: []string{"true", "false"}},
		{place: "results", kind: objects, good: []string{"[]", `[{"id":1,"name":"Solved"}]`},
			outside: map[string]string{"[" + strings.Repeat(`{"id":1,"name":"a"},`, 100) + `{"id":1,"name":"a"}]`: "at most 100"}},
		{body: strings.Replace(result, `"id":2,`, "", 1), place: "results[1].id", kind: short, required: true, good: []string{"2", "2147483647"},
			outside: map[string]string{"0": "results[1]: expected a name and a positive id", "1": "id 1 stands there twice"}},
		{body: strings.Replace(result, `"name":"b",`, "", 1), place: "results[1].name", kind: anyText, required: true, good: []string{`"x"`},
			outside: map[string]string{`""`: "results[1]: expected a name", long4K: "results[1]"}},
		{place: "widget", kind: object, good: []string{"{}", `{"theme":"light"}`, "null"}, outside: map[string]string{`{"theme":"pink"}`: "widget.theme"}},
		{body: widget, place: "widget.title", kind: anyText, good: []string{`""`, `"Ask us"`}, outside: map[string]string{long4K: "widget.title"}},
		{body: widget, place: "widget.greeting", kind: anyText, good: []string{`"Hello"`}, outside: map[string]string{long4K: "widget.greeting"}},
		{body: widget, place: "widget.color", kind: anyText, good: []string{`""`, `"#0A5baa"`}, outside: map[string]string{`"red"`: "expected a color such as #0a5baa", `"#123"`: "widget.color", `"#0a5baa;}"`: "widget.color"}},
		{body: `{"widget":{@}}`, place: "widget.theme", kind: anyText, good: []string{`""`, `"auto"`, `"light"`, `"dark"`}, outside: map[string]string{`"Dark"`: "expected auto, light or dark"}},
		{body: widget, place: "widget.position", kind: anyText, good: []string{`"left"`, `"right"`}, outside: map[string]string{`"top"`: "expected left or right"}},
		{body: widget, place: "widget.fields", kind: anyText, good: []string{`"name"`, `"name,c$tier*"`, `""`}, outside: map[string]string{`"name, email"`: "widget.fields", `"*"`: "widget.fields", `"<b>"`: "widget.fields"}},
		{body: widget, place: "widget.whenClosed", kind: anyText, good: []string{`"MESSAGE"`, `"HIDE"`}, outside: map[string]string{`"hide"`: "expected MESSAGE or HIDE"}},
		{body: widget, place: "widget.privacyUrl", kind: anyText, good: []string{`"https://shop.example/privacy?a=b"`}, outside: map[string]string{`"javascript:alert(1)"`: "widget.privacyUrl", `"//x"`: "widget.privacyUrl"}},
		{body: widget, place: "widget.emailAddress", kind: anyText, good: []string{`"help@shop.example"`}, outside: map[string]string{`"help"`: "widget.emailAddress"}},
		{body: widget, place: "widget.texts", kind: object, good: []string{"{}", `{"en":{"widget.title":"Ask"},"ar":{}}`},
			outside: map[string]string{`{"en":5}`: "widget.texts.en", `{"en":{"a":1}}`: "widget.texts.en", `{"":{"a":"b"}}`: "is no language", `{"en":{"a":` + long4K + `}}`: "widget.texts.en"}},
	}...)
	for name, bounds := range map[string][2]int{
		"goalSeconds": {0, 604800}, "goalPercent": {0, 100},
		"holdSeconds": {1, 30}, "offerSeconds": {1, 604800}, "absentSeconds": {1, 604800}, "idleSeconds": {1, 604800}, "queueSeconds": {1, 604800},
		"wrapUpSeconds": {0, 604800}, "noticeSeconds": {0, 604800}, "targetSeconds": {0, 604800},
		"maxPerAddress": {0, 200_000}, "identityKey": {0, 1_000_000}, "archiveDays": {0, 36_600}, "journalDays": {1, 30},
		"spamLimits.maxCharacters": {0, 16384}, "spamLimits.maxLinks": {0, 16384}, "spamLimits.duplicates": {0, 100}, "spamLimits.duplicateSeconds": {0, 3600},
		"spamLimits.symbolPercent": {0, 100}, "spamLimits.symbolCharacters": {0, 16384}, "spamLimits.burstPosts": {0, 100}, "spamLimits.burstSeconds": {0, 3600},
		"spamLimits.maxBlocks": {0, 100}, "spamLimits.extremeFactor": {0, 10},
	} {
		least, most := fmt.Sprint(bounds[0]), fmt.Sprint(bounds[1])
		expected, body := "expected "+least+" to "+most, "{@}"
		switch {
		case name == "spamLimits.maxLinks":
			body = strings.Replace(limits, `"maxLinks":3,`, "", 1)
		case strings.HasPrefix(name, "spamLimits."):
			body = limits
		}
		all = append(all, adminMember{place: name, body: body, kind: short, good: []string{least, most}, outside: map[string]string{
			fmt.Sprint(bounds[0] - 1): expected, fmt.Sprint(bounds[1] + 1): expected, "-2147483648": expected, "2147483647": expected,
		}})
	}
	for i := range all {
		all[i].method, all[i].path = "PATCH", "/settings"
		if all[i].body == "" {
			all[i].body = "{@}"
		}
	}
	return all
}

// adminMembers lists every member of every request to administration.
func adminMembers() []adminMember {
	const queue, account, profile = `{"name":"Cards",@}`, `{"login":"cy","name":"Cy",@}`, `{"name":"Desk",@}`
	name := func(path, rest string) adminMember {
		return adminMember{path: path, body: "{" + rest + "@}", place: "name", kind: anyText, required: true, good: []string{`"x"`},
			outside: map[string]string{`""`: "name: expected 1 to 4096 bytes", long4K: "name: expected 1 to 4096 bytes"}}
	}
	all := slices.Concat([]adminMember{
		name("/queues/7", ""), name("/profiles/5", ""), name("/groups/3", ""), name("/interfaces/2", ""), name("/hours/4", `"zone":"UTC",`),
		{path: "/queues/7", body: queue, place: "default", kind: flag, good: []string{"true", "false"}},
		{path: "/queues/7", body: queue, place: "rank", kind: short, good: []string{"-2147483648", "2147483647"}},
		{path: "/queues/7", body: queue, place: "hours", kind: long, good: []string{"0", "4"}, outside: map[string]string{"9": "hours: 9 are not hours of this site", "-1": "hours: -1"}},
		{path: "/queues/7", body: queue, place: "maxWaiting", kind: short, good: []string{"0", "200000"},
			outside: map[string]string{"-1": "maxWaiting is -1: expected 0 to 200000", "200001": "maxWaiting is 200001"}},
		{path: "/queues/7", body: `{"name":"Cards","overflowQueue":1,@}`, place: "overflowSeconds", kind: short, good: []string{"0", "604800"},
			outside: map[string]string{"-1": "overflowSeconds is -1: expected 0 to 604800", "604801": "overflowSeconds is 604801"}},
		{path: "/queues/7", body: `{"name":"Cards","overflowSeconds":60,@}`, place: "overflowQueue", kind: long, good: []string{"1"},
			outside: map[string]string{"0": "overflowQueue: say which queue takes over", "9": "overflowQueue: 9 is not a queue", "7": "overflows back to queue 7", "8": "overflows back to queue 7"}},

		{path: "/interfaces/2", body: `{"name":"Shop",@}`, place: "language", kind: anyText, good: []string{`""`, `"pt-BR"`},
			outside: map[string]string{`"` + strings.Repeat("x", 65) + `"`: "language: expected a tag such as de or pt-BR, at most 64 bytes"}},

		{path: "/hours/4", body: `{"name":"Office",@}`, place: "zone", kind: anyText, required: true, good: []string{`"UTC"`, `"America/St_Johns"`},
			outside: map[string]string{`""`: "zone", `"Local"`: "is not a time zone", `"Mars/Base"`: "expected a name such as Europe/Vienna", `"../../etc/passwd"`: "is not a time zone"}},
		{path: "/hours/4", body: `{"name":"Office","zone":"UTC",@}`, place: "week", kind: objects, good: []string{"[]", `[{"day":"SUN","from":"00:00","to":"24:00"}]`},
			outside: map[string]string{"[" + strings.Repeat(`{"day":"MON","from":"08:00","to":"09:00"},`, 100) + `{"day":"MON","from":"08:00","to":"09:00"}]`: "at most 100 spans"}},
		{path: "/hours/4", body: `{"name":"Office","zone":"UTC","week":[{"day":"MON","from":"08:00","to":"17:00"},{"from":"08:00","to":"17:00",@}]}`,
			place: "week[1].day", kind: anyText, required: true, good: []string{`"SAT"`},
			outside: map[string]string{`"Monday"`: "week[1].day", `"mon"`: "expected MON, TUE", `""`: "week[1].day"}},
		{path: "/hours/4", body: `{"name":"Office","zone":"UTC",@}`, place: "holidays", kind: objects, good: []string{"[]", `[{"date":"02-29"},{"date":"2028-02-29"}]`},
			outside: map[string]string{"[" + strings.Repeat(`{"date":"12-25"},`, 1000) + `{"date":"12-25"}]`: "holidays at most 1000 days"}},
		{path: "/hours/4", body: `{"name":"Office","zone":"UTC","holidays":[{"date":"12-25",@}]}`, place: "holidays[0].name", kind: anyText, good: []string{`""`},
			outside: map[string]string{long4K: "holidays[0]: a name has at most 4096 bytes"}},
		{path: "/hours/4", body: `{"name":"Office","zone":"UTC","holidays":[{"date":"12-25"},{@}]}`, place: "holidays[1].date", kind: anyText, required: true, good: []string{`"2026-12-25"`},
			outside: map[string]string{`"2026-02-29"`: "holidays[1].date", `"13-01"`: "is no date", `"25.12."`: "expected 2026-12-25, or 12-25 for every year", `""`: "holidays[1].date"}},
		{path: "/hours/4", body: `{"name":"Office","zone":"UTC","holidays":[{"date":"12-25",@}]}`, place: "holidays[0].open", kind: objects, good: []string{"[]"},
			outside: map[string]string{`[{"day":"MON","from":"08:00","to":"09:00"}]`: "holidays[0].open[0].day: the date says the day"}},

		{path: "/accounts/21", body: `{"name":"Cy",@}`, place: "login", kind: anyText, required: true, good: []string{`"cy"`},
			outside: map[string]string{`""`: "login: expected 1 to 4096 bytes", long4K: "login: expected 1 to 4096 bytes"}},
		{path: "/accounts/21", body: account, place: "password", kind: anyText, good: []string{`"x"`, `""`},
			outside: map[string]string{`"` + strings.Repeat("x", 1025) + `"`: "a password must have 1 to 1024 bytes"}},
		{path: "/accounts/21", body: `{"login":"cy",@}`, place: "name", kind: anyText, required: true, good: []string{`""`, `"x"`}, outside: map[string]string{long4K: "at most 4096 bytes"}},
		{path: "/accounts/21", body: account, place: "greeting", kind: anyText, good: []string{`""`}, outside: map[string]string{long4K: "at most 4096 bytes"}},
		{path: "/accounts/21", body: account, place: "profile", kind: long, good: []string{"0", "5"}, outside: map[string]string{"9": "profile: 9 is not a profile of this site", "-1": "profile"}},
		{path: "/accounts/21", body: account, place: "group", kind: long, good: []string{"0", "3"}, outside: map[string]string{"9": "group: 9 is not a group of this site"}},
		{path: "/accounts/21", body: account, place: "virtualAgent", kind: flag, good: []string{"true", "false"}},
		{path: "/accounts/21", body: account, place: "supervisor", kind: flag, good: []string{"true", "false"}},

		{path: "/replies/3", body: `{"text":"x",@}`, place: "title", kind: anyText, required: true, good: []string{`"x"`}, outside: map[string]string{`""`: "1 to 4096 bytes", long4K: "1 to 4096 bytes"}},
		{path: "/replies/3", body: `{"title":"x",@}`, place: "text", kind: anyText, required: true, good: []string{`"{visitor.firstName}"`},
			outside: map[string]string{`""`: "text: expected 1 to 16384 bytes", `"` + strings.Repeat("x", 16385) + `"`: "text: expected 1 to 16384 bytes"}},
		{path: "/replies/3", body: `{"title":"x","text":"y",@}`, place: "language", kind: anyText, good: []string{`""`, `"pt-BR"`}, outside: map[string]string{`"` + strings.Repeat("x", 65) + `"`: "language: at most 64 bytes"}},
		{path: "/replies/3", body: `{"title":"x","text":"y",@}`, place: "queueIds", kind: numbers, good: []string{"[]", "[1,7]"},
			outside: map[string]string{"[1,99]": "queueIds: 99 is not a queue", "[" + strings.Repeat("1,", 100) + "1]": "queueIds: at most 100"}},
		{method: "POST", path: "/accounts/12/status", body: "{@}", place: "status", kind: anyText, required: true, good: []string{`"AVAILABLE"`, `"UNAVAILABLE"`},
			outside: map[string]string{`"NONE"`: "expected AVAILABLE or UNAVAILABLE", `"available"`: "expected AVAILABLE or UNAVAILABLE"}},
		{method: "POST", path: "/accounts/12/status", body: `{"status":"UNAVAILABLE",@}`, place: "subTypeId", kind: short, good: []string{"0", "3", "-1", "2147483647"}},

		{method: "POST", path: "/erase", body: `{@}`, place: "email", kind: anyText, good: []string{`"nobody@example.org"`}, outside: map[string]string{`""`: "expected one of"}},
		{method: "POST", path: "/erase", body: `{@}`, place: "contactId", kind: long, good: []string{"21"}, outside: map[string]string{"0": "expected one of"}},
		{method: "POST", path: "/erase", body: `{@}`, place: "engagementId", kind: long, good: []string{"4711"}, outside: map[string]string{"0": "expected one of"}},
		{method: "POST", path: "/route", body: "{@}", place: "queueId", kind: long, good: []string{"0", "1"}, outside: map[string]string{"99": "queueId 99 is not a queue of this site", "-1": "queueId"}},
		{method: "POST", path: "/route", body: "{@}", place: "productId", kind: long, good: []string{"5"}},
		{method: "POST", path: "/route", body: "{@}", place: "categoryId", kind: long, good: []string{"5"}},
		{method: "POST", path: "/route", body: "{@}", place: "language", kind: anyText, good: []string{`"de"`}},
		{method: "POST", path: "/route", body: "{@}", place: "interfaceId", kind: short, good: []string{"1"}},
		{method: "POST", path: "/route", body: "{@}", place: "customFields", kind: objects, good: []string{"[]", `[{"name":"a"}]`}},
		{method: "POST", path: "/route", body: `{"customFields":[{"name":"a"},{@}]}`, place: "customFields[1].name", kind: anyText, required: true, good: []string{`"b"`}},
		{method: "POST", path: "/route", body: `{"customFields":[{"name":"a",@}]}`, place: "customFields[0].value", kind: anyText, good: []string{`"b"`}},
	}, servingMembers("/profiles/5", profile), servingMembers("/accounts/21", account),
		spanMembers(`{"name":"Office","zone":"UTC","week":[{"day":"MON","from":"08:00","to":"17:00"},{"day":"TUE",@}]}`, "week[1]"),
		spanMembers(`{"name":"Office","zone":"UTC","holidays":[{"date":"12-25","open":[{@}]}]}`, "holidays[0].open[0]"),
		ruleMembers(), settingMembers())
	for i := range all {
		if all[i].method == "" {
			all[i].method = "PUT"
		}
	}
	return all
}

// TestAdminMembers: each member, left out where it is required, of every wrong type
// and beyond every bound, is refused with its place; at its bounds it is taken.
func TestAdminMembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		s.LogOn("ada") // whose status is set
		c := administer(s)
		c.ok("PUT", "/hours/4", `{"name":"Office","zone":"UTC"}`)
		c.ok("PUT", "/interfaces/1", `{"name":"Main"}`)
		c.ok("PUT", "/profiles/5", `{"name":"Desk"}`)
		c.ok("PUT", "/groups/3", `{"name":"Vienna"}`)
		c.ok("PUT", "/queues/7", `{"name":"Cards"}`)
		c.ok("PUT", "/queues/8", `{"name":"Loans","overflowQueue":7}`)
		for _, m := range adminMembers() {
			for value, place := range m.wrong() {
				c.refused(http.StatusBadRequest, m.method, m.path, m.with(value), place, "expected", "got")
			}
			for value, says := range m.outside {
				c.refused(http.StatusBadRequest, m.method, m.path, m.with(value), says)
			}
			if m.required {
				c.refused(http.StatusBadRequest, m.method, m.path, m.with("null"), m.place+" is missing")
				c.refused(http.StatusBadRequest, m.method, m.path, m.with(""), m.place+" is missing")
			}
			for _, value := range m.good {
				c.ok(m.method, m.path, m.with(value))
			}
		}
		c.refused(http.StatusBadRequest, "PUT", "/rules", "", "enter and escalate are missing")
		c.refused(http.StatusBadRequest, "PUT", "/rules", `{"enter":null}`, "enter and escalate are missing")
	})
}

// TestAdminMembersAreDocumented: the members that are spoiled above are those of
// the document, so that a new one is spoiled too.
func TestAdminMembersAreDocumented(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{}
	for _, m := range adminMembers() {
		path, _, _ := strings.Cut(strings.TrimPrefix(m.path, "/"), "/")
		tested[m.method+" "+path+" "+unlisted(m.place)] = true
	}
	text, _ := openapi.JSON("usher")
	document := decoded[map[string]any](t, string(text))
	found := map[string]bool{}
	for _, o := range testkit.Operations() {
		path, below := strings.CutPrefix(o.Path, "/usher/admin/v1/sites/{site}/")
		if !below {
			continue
		}
		path, _, _ = strings.Cut(path, "/")
		for _, place := range memberPlaces(document, requestSchema(document, o), "") {
			m := o.Method + " " + path + " " + unlisted(place)
			found[m] = true
			if !tested[m] {
				t.Errorf("%s %s: %s has no row", o.Method, o.Path, place)
			}
		}
	}
	for m := range tested {
		if !found[m] {
			t.Errorf("%s is tested, and not documented", m)
		}
	}
}

// unlisted answers a place without its numbers. The rules of both lists are the same.
func unlisted(place string) string {
	return strings.Replace(entryOf.ReplaceAllString(place, "[]"), "escalate[].", "enter[].", 1)
}

var entryOf = regexp.MustCompile(`\[\d+\]`)

// requestSchema answers the schema of an operation's request, nil for none.
func requestSchema(document map[string]any, o *testkit.Operation) any {
	var v any = document
	for _, name := range []string{"paths", o.Path, strings.ToLower(o.Method), "requestBody", "content", "application/json", "schema"} {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// memberPlaces lists the members of a schema and of those within it, such as
// week[].from.
func memberPlaces(document map[string]any, schema any, before string) (places []string) {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		all := document["components"].(map[string]any)["schemas"].(map[string]any)
		return memberPlaces(document, all[strings.TrimPrefix(ref, "#/components/schemas/")], before)
	}
	for _, of := range []string{"allOf", "oneOf"} {
		parts, _ := s[of].([]any)
		for _, part := range parts {
			places = append(places, memberPlaces(document, part, before)...)
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for name, p := range properties {
		places = append(places, before+name)
		places = append(places, memberPlaces(document, p, before+name+".")...)
		if items := p.(map[string]any)["items"]; items != nil {
			places = append(places, memberPlaces(document, items, before+name+"[].")...)
		}
	}
	return places
}

// TestPages: which part of a long list is wanted is read strictly.
func TestPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := administer(testkit.New(t, testkit.Options{}))
		for _, list := range []string{"/audit", "/engagements"} {
			for query, says := range map[string]string{
				"after=-1": "after", "after=x": "after", "after=1.5": "after", "after=9007199254740992": "from 0 to 9007199254740991", "after=%201": "after",
				"limit=0": "limit", "limit=-1": "limit", "limit=1001": "from 1 to 1000", "limit=x": "limit", "after=": "after", "limit=": "limit", "limit=1e2": "limit", "after=0&limit=99999999999999999999": "limit",
			} {
				c.refused(http.StatusBadRequest, "GET", list+"?"+query, "", "the query's", says, "expected", "got")
			}
			for _, query := range []string{"", "?after=0&limit=1", "?after=9007199254740991&limit=1000"} {
				c.ok("GET", list+query, "")
			}
		}
	})
}
