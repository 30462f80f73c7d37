package rest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/site"
	"usher/internal/testkit"
)

// doorPath asks whether a chat can begin; more are parameters beside the key.
func doorPath(s *testkit.Server, more string) string {
	return testkit.OwnPath("open") + "?key=" + url.QueryEscape(s.WidgetKey) + more
}

func atDoor(s *testkit.Server, more string) consumer.OpenResponse {
	s.T.Helper()
	return testkit.Decode[consumer.OpenResponse](s, s.Send("GET", doorPath(s, more), ""))
}

// administers sends an administrator's request, which must succeed.
func administers(s *testkit.Server, method, path, body string) {
	s.T.Helper()
	a := s.Send(method, "/usher/admin/v1/sites/"+testkit.SiteName+path, body, "Authorization", "Bearer "+s.AdminToken)
	if a.Status != http.StatusOK {
		s.T.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
}

// TestDoor: a page is told whether a chat can begin, why not, and when it can; what it
// is told is what requestEngagement does then.
func TestDoor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		time.Sleep(time.Until(time.Date(2000, 1, 3, 12, 0, 0, 0, time.UTC))) // a Monday
		administers(s, "PUT", "/hours/4", `{"name":"Office","zone":"Europe/Vienna","week":[{"day":"MON","from":"08:00","to":"17:30"},{"day":"TUE","from":"08:00","to":"17:30"}],
			"holidays":[{"name":"Closed","date":"2000-01-11","open":[]}]}`)
		administers(s, "PUT", "/queues/7", `{"name":"Cards","hours":4,"maxWaiting":1}`)
		administers(s, "PUT", "/rules", `{"enter":[{"name":"cards","when":{"products":[5],"languages":["de"]},"queue":7},{"name":"no","when":{"categories":[6]},"refuse":true}]}`)
		expect := func(what, more string, want consumer.DoorState, queue int64, mayWait bool, opens string) consumer.OpenResponse {
			t.Helper()
			before := s.Position()
			got := atDoor(s, more)
			if got.State != want || got.QueueID != queue || got.MayWait != mayWait || value(got.Opens) != opens || got.Time != stamped(time.Now()) {
				t.Errorf("%s: %s, queue %d, may wait %t, opens %q, at %s", what, got.State, got.QueueID, got.MayWait, value(got.Opens), got.Time)
			}
			if s.Position() != before {
				t.Errorf("%s: something was recorded", what)
			}
			status := http.StatusConflict
			if mayWait {
				status = http.StatusOK
			}
			if queue > 0 {
				token := pageToken(s, `,"queueId":`+digits(queue))
				a := s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token)
				if expectStatus(t, a, status); mayWait {
					v := &testkit.Visitor{Server: s, Session: testkit.Decode[consumer.RequestEngagementResponse](s, a).SessionID}
					expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
				}
			}
			return got
		}
		expect("nobody is there, and one may wait", "", consumer.DoorNobody, testkit.Support, true, "")
		set(t, s, `{"refuseWithoutAgents":true}`)
		expect("nobody is there", "", consumer.DoorNobody, testkit.Support, false, "")
		expect("a rule refuses", "&categoryId=6", consumer.DoorNobody, 0, false, "")
		expect("no such queue", "&queueId=99", consumer.DoorNobody, 0, false, "")
		s.LogOn("ada") // who serves each queue but that of the bot
		if got := expect("an agent is there", "&queueId=0&language=en", consumer.DoorOpen, testkit.Support, true, ""); got.Position != 1 {
			t.Errorf("in place %d", got.Position)
		}
		expect("a queue that is named", "&queueId=7", consumer.DoorOpen, 7, true, "")
		expect("what the rules choose", "&productId=5&language=de-AT", consumer.DoorOpen, 7, true, "")
		expect("what they do not", "&productId=5&language=fr", consumer.DoorOpen, testkit.Support, true, "")
		first := s.Enter(7)
		expect("as many wait as may", "&queueId=7", consumer.DoorFull, 7, false, "")
		expectStatus(t, first.Call("concludeEngagement", ""), http.StatusOK)
		at := func(day, hour int) { time.Sleep(time.Until(time.Date(2000, 1, day, hour, 0, 0, 0, time.UTC))) }
		at(3, 20)
		expect("in the evening", "&queueId=7", consumer.DoorClosed, 7, false, "2000-01-04T07:00:00.000Z")
		at(11, 12)
		expect("on a holiday", "&queueId=7", consumer.DoorHoliday, 7, false, "2000-01-17T07:00:00.000Z")
	})
}

func value(t *string) string {
	if t == nil {
		return ""
	}
	return *t
}

// TestDoorShowsTheWidget: what the site says of its widget, and of what it lets visitors
// do.
func TestDoorShowsTheWidget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, mailed := range []func(){nil, func() {}} {
			s := testkit.New(t, testkit.Options{Mailed: mailed})
			plain := atDoor(s, "")
			if diff := cmp.Diff(consumer.Widget{Texts: map[string]map[string]string{}}, plain.Widget); diff != "" {
				t.Errorf("as the site begins (-want +got):\n%s", diff)
			}
			if plain.SneakPreviewState != api.SneakPreviewDisabled || plain.MailTranscripts || !plain.Files.Allowed || plain.Files.MaxBytes != site.DefaultFileBytes {
				t.Errorf("as the site begins: %+v", plain)
			}
			change(s, func(n *site.Settings) {
				n.Widget = site.Widget{
					Title: "Ask us", Greeting: "Hello <b>", Color: "#0A5baa", Theme: "dark", Position: "left", Fields: "name*,email", WhenClosed: "HIDE",
					PrivacyURL: "https://shop.example/privacy", Email: "help@shop.example", Texts: map[string]map[string]string{"de": {"widget.title": "Fragen"}},
				}
				n.SneakPreview, n.MailTranscripts, n.Files = true, true, site.FileRules{MaxBytes: 99, Types: []string{"image/*"}}
			})
			got := atDoor(s, "")
			want := consumer.Widget{
				Title: "Ask us", Greeting: "Hello <b>", Color: "#0A5baa", Theme: "dark", Position: "left", Fields: "name*,email", WhenClosed: "HIDE",
				PrivacyURL: "https://shop.example/privacy", EmailAddress: "help@shop.example", Texts: map[string]map[string]string{"de": {"widget.title": "Fragen"}},
			}
			if diff := cmp.Diff(want, got.Widget); diff != "" {
				t.Errorf("the widget (-want +got):\n%s", diff)
			}
			files := consumer.FilesAllowed{Allowed: true, MaxBytes: 99, Types: api.List[string]{"image/*"}}
			if !cmp.Equal(got.Files, files) || got.SneakPreviewState != api.SneakPreviewEnabled || got.MailTranscripts != (mailed != nil) {
				t.Errorf("it lets visitors %+v", got)
			}
		}
	})
}

// TestDoorIsForThePagesOfTheSite: with the widget key, from a page that is let in; what
// it answers is not to be kept.
func TestDoorIsForThePagesOfTheSite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		set(t, s, `{"allowedOrigins":["`+page+`"]}`)
		for origin, want := range map[string]int{page: 200, "": 200, foreign: 403, "null": 403} {
			a := s.Send("GET", doorPath(s, ""), "", "Origin", origin)
			if expectStatus(t, a, want); want == http.StatusOK && a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("from %q it may be kept: %q", origin, a.Header.Get("Cache-Control"))
			}
			if origin == page {
				letsIn(t, "the answer", a, page)
			} else {
				keepsOut(t, "from "+origin, a)
			}
			message := s.Send("POST", testkit.OwnPath("message"), `{"key":"`+s.WidgetKey+`","emailAddress":"ann@example.org","message":"hi"}`, "Origin", origin)
			expectStatus(t, message, want)
		}
		path := testkit.OwnPath("open")
		for query, says := range map[string]string{
			"": "key is missing", "?key=": "key is missing", "?key=%00": "", "&queueId=x": "queueId", "&queueId=1.5": "queueId", "&productId=99999999999999999999": "productId", "&categoryId=a": "categoryId",
		} {
			at := path + query
			if strings.HasPrefix(query, "&") {
				at = doorPath(s, query)
			}
			a := s.Send("GET", at, "")
			if says == "" {
				expectRefusal(t, a, http.StatusForbidden, api.AccessDenied)
				continue
			}
			expectRefusal(t, a, http.StatusBadRequest, api.BadRequest)
			expectText(t, a.Body, says)
		}
		expectStatus(t, s.Send("GET", strings.Replace(doorPath(s, ""), "/"+testkit.SiteName+"/", "/nowhere/", 1), ""), http.StatusNotFound)
		expectStatus(t, s.Send("GET", testkit.OwnPath("message"), ""), http.StatusMethodNotAllowed)
	})
}

// left lists the messages that wait at a site.
func left(s *testkit.Server) []site.LeftMessage {
	s.T.Helper()
	return testkit.Do(s, func(x *site.Site) ([]site.LeftMessage, error) { all, _ := x.LeftMessages(0, 100); return all, nil })
}

// TestMessagesAreLeft: what is left waits with all that was said, at any hour, once;
// what cannot be answered, or is not the widget's, is refused and leaves nothing.
func TestMessagesAreLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		leave := func(members string) testkit.Answer {
			return s.Send("POST", testkit.OwnPath("message"), `{"key":"`+s.WidgetKey+`"`+members+`}`)
		}
		const ann = `,"emailAddress":"ann@example.org","message":"When do you <b>open</b>?"`
		got := testkit.Decode[consumer.MessageResponse](s, leave(ann+`,"name":"Ann Lee","queueId":"2","language":"de","pageUrl":"https://shop.example/","fields":[{"name":"c$order","value":4711}]`))
		want := site.LeftMessage{
			Number: 1, At: site.Time(time.Now().UnixMicro()), Queue: testkit.Echo, Name: "Ann Lee", Email: "ann@example.org", Text: "When do you <b>open</b>?", Language: "de",
			Page: "https://shop.example/", Fields: []site.CustomField{{Name: "c$order", Value: "4711"}},
		}
		if diff := cmp.Diff([]site.LeftMessage{want}, left(s)); got.Number != 1 || diff != "" {
			t.Errorf("number %d (-want +got):\n%s", got.Number, diff)
		}
		before := s.Position()
		for what, c := range map[string]struct {
			members string
			status  int
			says    string
		}{
			"the same again":         {ann + `,"name":"Ann Lee","queueId":2`, 200, `"number":1`},
			"no address":             {`,"message":"hi"`, 400, "emailAddress is missing"},
			"an address that is not": {`,"emailAddress":"ann","message":"hi"`, 400, "emailAddress"},
			"two addresses":          {`,"emailAddress":"ann@example.org,eve@example.org","message":"hi"`, 400, "emailAddress"},
			"a header in it":         {`,"emailAddress":"ann@example.org\r\nBcc: eve@example.org","message":"hi"`, 400, "emailAddress"},
			"no text":                {`,"emailAddress":"ann@example.org"`, 400, "message is missing"},
			"an empty text":          {`,"emailAddress":"ann@example.org","message":""`, 400, "message is empty"},
			"a text too long":        {`,"emailAddress":"ann@example.org","message":"` + strings.Repeat("x", 16<<10+1) + `"`, 413, "message"},
			"a name too long":        {ann + `,"name":"` + strings.Repeat("x", 4<<10+1) + `"`, 400, "name"},
			"a language too long":    {ann + `,"language":"` + strings.Repeat("x", 65) + `"`, 400, "language"},
			"no such queue":          {ann + `,"queueId":99`, 400, "queueId 99"},
			"a queue without number": {ann + `,"queueId":"x"`, 400, "queueId"},
			"half a queue":           {ann + `,"queueId":1.5`, 400, "queueId"},
			"a script for a page":    {ann + `,"pageUrl":"javascript:alert(1)"`, 400, "pageUrl"},
			"a field without a name": {ann + `,"fields":[{"value":"x"}]`, 400, "fields[0].name"},
			"fields too large":       {ann + `,"fields":[{"name":"a","value":"` + strings.Repeat("x", 16<<10) + `"}]`, 413, "fields"},
		} {
			a := leave(c.members)
			if a.Status != c.status || !strings.Contains(a.Body, c.says) {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		expectRefusal(t, s.Send("POST", testkit.OwnPath("message"), `{"key":"wrong"`+ann+`}`), http.StatusForbidden, api.AccessDenied)
		expectRefusal(t, s.Send("POST", testkit.OwnPath("message"), `{"emailAddress":"ann@example.org","message":"hi"}`), http.StatusBadRequest, api.BadRequest)
		if now := s.Position(); now != before {
			t.Errorf("what is refused left %d events", now-before)
		}
		if got := testkit.Decode[consumer.MessageResponse](s, leave(ann)); got.Number != 2 || got.NumberString != "2" {
			t.Errorf("another sender's has the number %d", got.Number)
		}
		testkit.Do(s, func(x *site.Site) (struct{}, error) { return struct{}{}, x.Admin("test").MessageDone(2) })
		if got := testkit.Decode[consumer.MessageResponse](s, leave(ann)); got.Number != 3 { // what was answered may be asked again
			t.Errorf("when it was answered, the number is %d", got.Number)
		}
	})
}

// TestHostileDoors: a network may look at the door and leave messages so often, and no
// oftener; another does not notice, and its chats go on.
func TestHostileDoors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		attacker, other, got := y.behind(hostile), y.behind(harmless), new(tally)
		for range 300 {
			got.add(attacker.Send("GET", doorPath(y.Server, ""), ""))
		}
		got.has(t, "open", 200, 200, 429, 100)
		message := func(n int) string {
			return fmt.Sprintf(`{"key":%q,"emailAddress":"a%d@example.org","message":"buy"}`, y.WidgetKey, n)
		}
		leaves := func(what string, from, to, taken int) { // those refused are told to come in a minute
			t.Helper()
			for n := from; n < to; n++ {
				a := attacker.Send("POST", testkit.OwnPath("message"), message(n))
				switch {
				case n < from+taken && a.Status != http.StatusOK:
					t.Errorf("%s: the %d. is answered %d %s", what, n-from+1, a.Status, a.Body)
				case n >= from+taken && (a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "60"):
					t.Errorf("%s: the %d. is answered %d, Retry-After %q", what, n-from+1, a.Status, a.Header.Get("Retry-After"))
				}
			}
		}
		leaves("message", 0, 40, 20)
		expectStatus(t, attacker.Send("POST", startPath, `{"key":"`+y.WidgetKey+`"}`), http.StatusOK) // is counted apart
		expectStatus(t, other.Send("GET", doorPath(y.Server, ""), ""), http.StatusOK)
		expectStatus(t, other.Send("POST", testkit.OwnPath("message"), message(99)), http.StatusOK)
		time.Sleep(time.Minute)
		leaves("message, a minute later", 100, 105, 1)
		for n := range 150 {
			a := attacker.Send("GET", testkit.OwnPath("open")+"?key=guess"+strconv.Itoa(n), "")
			got.add(a)
		}
		got.has(t, "guesses", 403, 100, 429, 50)
	})
}

// TestMessagesThatWaitAreBounded: strangers fill no site's memory.
func TestMessagesThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		testkit.Do(s, func(x *site.Site) (struct{}, error) {
			for n := range site.MaxLeftMessages {
				if _, err := x.LeaveMessage(site.LeftMessage{Email: "a" + strconv.Itoa(n) + "@example.org", Text: "hi"}); err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		})
		a := s.Send("POST", testkit.OwnPath("message"), `{"key":"`+s.WidgetKey+`","emailAddress":"ann@example.org","message":"hi"}`)
		expectRefusal(t, a, http.StatusTooManyRequests, api.BadRequest)
		if a.Header.Get("Retry-After") == "" {
			t.Error("Retry-After is missing")
		}
	})
}
