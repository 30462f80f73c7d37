package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/sites"
	"usher/internal/testkit"
)

// TestHostileSessions: a thousand sessions from one address are two hundred, and
// so many engagements; another visitor does not notice.
func TestHostileSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		attacker, got := y.behind(hostile), new(tally)
		body, token := `{"key":"`+y.WidgetKey+`"}`, ""
		const page = "https://shop.example"
		for n := range 1000 {
			a := attacker.Send("POST", startPath, body, "Origin", page)
			if got.add(a); a.Status == http.StatusOK {
				token = testkit.Decode[sites.EstablishSessionsResponse](y.Server, a).ChannelToken
			}
			if allowed := a.Header.Get("Access-Control-Allow-Origin"); allowed != page || !strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "Retry-After") {
				t.Fatalf("a page may not read the answer %d: %v", a.Status, a.Header)
			}
			if n%250 == 0 {
				bystander.talk()
			}
		}
		got.has(t, "start", 200, 200, 429, 800)
		y.enterAndLeave("203.0.113.8") // newcomers are served too

		for range 1000 {
			got.add(attacker.Send("POST", testkit.VisitorPath("requestEngagement"), "{}", "Authorization", "Bearer "+token, "Origin", page))
		}
		got.has(t, "requestEngagement", 200, 500, 429, 500)
		y.enterAndLeave("203.0.113.9")
		bystander.talk()

		time.Sleep(time.Second) // who comes later is served later
		for range 100 {
			got.add(attacker.Send("POST", startPath, body))
		}
		got.has(t, "start, a second later", 200, 20, 429, 80)
		for range 100 {
			got.add(attacker.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token))
		}
		got.has(t, "requestEngagement, a second later", 200, 50, 429, 50)
		bystander.talk()
		bystander.end()
		for _, limit := range []string{"limit=starts by=203.0.113.66", "limit=engagements by=203.0.113.66"} {
			if n := strings.Count(y.Logs.String(), limit); n != 1 {
				t.Errorf("the log says %s %d times", limit, n)
			}
		}
	})
}

// enterAndLeave is a short chat of somebody else.
func (y *street) enterAndLeave(address string) {
	y.T.Helper()
	c := y.enter(address)
	c.talk()
	c.end()
}

// TestHostileNetworks: what many networks may do together to one site has an end;
// the refused are told that it is not their fault, and wrong keys use up nothing.
func TestHostileNetworks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		got := new(tally)
		for n := range 12 {
			attacker := y.behind("192.0.2." + strconv.Itoa(n+1))
			for range 180 {
				a := attacker.Send("POST", startPath, `{"key":"`+y.WidgetKey+`"}`)
				if got.add(a); a.Status == http.StatusTooManyRequests && !strings.Contains(a.Body, "too many visitors start at this site") {
					t.Fatalf("it is told %s", a.Body)
				}
			}
			for range 20 {
				if a := attacker.Send("POST", startPath, `{"key":"wrong"}`); a.Status != http.StatusForbidden {
					t.Fatalf("a wrong key: %d %s", a.Status, a.Body)
				}
			}
		}
		got.has(t, "start", 200, 1999, 429, 161) // one was the bystander's
		bystander.talk()                         // whoever is in is not touched
		bystander.end()
		time.Sleep(time.Second)
		y.enterAndLeave("203.0.113.8")
	})
}

// TestHostileGuesses: who names what is not there is told so a hundred times, and
// then to come later, whatever is guessed and however the request is made. A
// session behind the same address is never slowed.
func TestHostileGuesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		agents := func(n int) []string { return []string{"X-JSESSIONID", "guess" + strconv.Itoa(n), "X-AID", "12"} }
		visitors := func(n int) []string { return []string{"SessionId", "guess" + strconv.Itoa(n)} }
		bearer := func(n int) []string {
			return []string{"Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30." + strconv.Itoa(n)}
		}
		for name, c := range map[string]struct {
			path, body string
			header     func(n int) []string
		}{
			"a visitor's post":            {testkit.VisitorPath("postMessage"), `{"body":"x"}`, visitors},
			"a visitor's activity":        {testkit.VisitorPath("activity"), `{"mode":"LISTENING"}`, visitors},
			"a visitor's end":             {testkit.VisitorPath("concludeEngagement"), ``, visitors},
			"a visitor's retrieval":       {testkit.VisitorPath("getMessages"), ``, visitors},
			"a visitor's bad request":     {testkit.VisitorPath("postMessage"), `{`, visitors},
			"no visitor's session at all": {testkit.VisitorPath("postMessage"), `{"body":"x"}`, func(int) []string { return nil }},
			"an agent's post":             {testkit.AgentPath("postMessage"), testkit.AgentPost(1, "x"), agents},
			"an agent's operation":        {testkit.AgentPath("logoff"), `{"forceLogoff":true}`, agents},
			"an agent's own operation":    {testkit.AgentPath("history"), `{"engagementId":1}`, agents},
			"an agent's retrieval":        {testkit.AgentPath("getMessages"), ``, agents},
			"an agent's bad request":      {testkit.AgentPath("logoff"), `[]`, agents},
			"an agent's bad position":     {testkit.AgentPath("logoff"), `{}`, func(n int) []string { return append(agents(n), "Usher-Ack", "x") }},
			"an agent without an account": {testkit.AgentPath("logoff"), `{}`, func(n int) []string { return agents(n)[:2] }},
			"a visitor's token":           {testkit.VisitorPath("requestEngagement"), `{}`, bearer},
			"a visitor without a token":   {testkit.VisitorPath("requestEngagement"), `{}`, func(int) []string { return nil }},
			"a widget key":                {startPath, `{"key":"guess"}`, func(int) []string { return nil }},
			"another contract's session":  {testkit.VisitorPath("postMessage"), `{"body":"x"}`, nil},
			"another account's session":   {testkit.AgentPath("logoff"), `{"forceLogoff":true}`, nil},
		} {
			y := another(s)
			bystander, neighbour := y.enter(harmless), y.waits(hostile)
			header := c.header
			switch name {
			case "another contract's session":
				header = func(int) []string { return []string{"SessionId", bystander.agent.Session} }
			case "another account's session":
				header = func(int) []string { return []string{"X-JSESSIONID", bystander.agent.Session, "X-AID", "13"} }
			}
			attacker, got := y.behind(hostile), new(tally)
			for n := range 150 {
				got.add(attacker.Send("POST", c.path, c.body, header(n)...))
			}
			got.has(t, name+": guesses", 403, 100, 429, 50)
			for range 200 { // a session that is there is served as ever
				got.add(neighbour.Call("activity", `{"mode":"LISTENING"}`))
			}
			got.has(t, name+": the neighbour", 200, 200)
			bystander.talk()
			time.Sleep(10 * time.Second)
			for n := range 30 {
				got.add(attacker.Send("POST", c.path, c.body, header(n)...))
			}
			got.has(t, name+": guesses, ten seconds later", 403, 20, 429, 10)
			bystander.end()
		}
	})
}

// waits brings a visitor in whom nobody serves.
func (y *street) waits(address string) *testkit.Visitor {
	y.T.Helper()
	v := y.Enter(testkit.Support)
	v.Server = y.behind(address)
	return v
}

// TestGuessedOperationsAreNotSlowed: what a session is denied for another reason
// than that it is unknown is no guess.
func TestGuessedOperationsAreNotSlowed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		v := y.Enter(testkit.Support)
		ada := y.LogOn("ada") // who is no supervisor
		ada.Server = y.behind(hostile)
		got := new(tally)
		for range 300 {
			got.add(ada.Call("takeOver", fmt.Sprintf(`{"engagementId":%d}`, v.Engagement)))
		}
		got.has(t, "what she may not do", 403, 300)
	})
}

// TestCarelessButNotHostile: six programs behind one address that go on polling
// dead sessions every three seconds are told so for ever.
func TestCarelessButNotHostile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		client, got := y.behind(hostile), new(tally)
		for range 20 * 60 { // an hour
			for n := range 6 {
				op := []string{"getMessages", "postMessage"}[n%2]
				got.add(client.Send("POST", testkit.VisitorPath(op), `{"body":"x"}`, "SessionId", fmt.Sprintf("dead%d", n)))
			}
			time.Sleep(3 * time.Second)
		}
		got.has(t, "dead sessions", 403, 7200)
	})
}

// TestHostileFloodOfGuesses: a hundred thousand guesses, from one network and from
// twenty-five thousand, take no time of anybody else. (What is remembered of them
// is bounded: TestStrangersAreBounded.)
func TestHostileFloodOfGuesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		h := behind(y.Server, "10.0.0.0/8")
		statuses := make(map[int]int)
		guess := func(from string, n int) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, testkit.VisitorPath("activity"), nil)
			r.RemoteAddr = "10.0.0.1:80"
			r.Header.Set("X-Forwarded-For", from)
			r.Header.Set("SessionId", strconv.Itoa(n))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			statuses[w.Code]++
		}
		for n := range 50_000 {
			guess(hostile, n)
			guess(fmt.Sprintf("2001:db8:%x:%x::1", n%25_000/250, n%250), n)
			if n%10_000 == 0 {
				bystander.talk()
			}
		}
		if statuses[403] != 100+50_000 || statuses[429] != 50_000-100 || len(statuses) != 2 {
			t.Errorf("got %v", statuses)
		}
		bystander.talk()
		bystander.end()
	})
}

// TestHostileSize: a post of a megabyte is refused without being read whole, and
// its connection ends or goes on as HTTP has it.
func TestHostileSize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		attacker, got := y.behind(hostile), new(tally)
		large := `{"body":"` + strings.Repeat("x", 1<<20) + `"}`
		for range 20 {
			for _, path := range []string{testkit.VisitorPath("postMessage"), testkit.VisitorPath("getMessages"), startPath, testkit.AgentPath("postMessage")} {
				got.add(attacker.Send("POST", path, large, "SessionId", "x", "X-JSESSIONID", "x", "X-AID", "1"))
			}
		}
		got.has(t, "a megabyte", 413, 80)
		for name, head := range map[string]string{
			"said before": fmt.Sprintf("Content-Length: %d\r\n\r\n", len(large)),
			"in chunks":   fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", len(large)),
		} {
			c := y.raw(proxy)
			go io.WriteString(c, "POST "+testkit.VisitorPath("postMessage")+" HTTP/1.1\r\nHost: usher.test\r\nSessionId: x\r\nX-Forwarded-For: "+hostile+"\r\n"+head+large)
			a, err := answerOn(c)
			if err != nil || a.Status != http.StatusRequestEntityTooLarge || a.Header.Get("Connection") != "close" {
				t.Errorf("%s: %v, %d %v", name, err, a.Status, a.Header)
			}
			if n, err := io.Copy(io.Discard, c); err != nil || n != 0 {
				t.Errorf("%s: after the answer come %d bytes, then %v", name, n, err)
			}
		}
		bystander.talk()
		bystander.end()
	})
}

// TestHostileBodies: of five hundred bodies that trickle in from one address two
// hundred are waited for, for twenty seconds, and hold nothing but their own
// connection: a chat goes on beside them.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander, neighbour := y.enter(harmless), y.waits(hostile)
		before := y.Position()
		began := time.Now()
		late, early := new(tally), new(tally)
		var wg sync.WaitGroup
		for n := range 500 {
			path := []string{testkit.VisitorPath("postMessage"), testkit.VisitorPath("getMessages"), startPath, testkit.AgentPath("postMessage")}[n%4]
			length := []string{"Content-Length: 200000", "Transfer-Encoding: chunked"}[n%2]
			c := y.raw(proxy)
			wg.Go(func() {
				io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: usher.test\r\nSessionId: x\r\nX-JSESSIONID: x\r\nX-AID: 1\r\nX-Forwarded-For: "+hostile+"\r\n"+length+"\r\n\r\n")
				for n%2 == 0 {
					if _, err := io.WriteString(c, "{"); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
				for {
					if _, err := io.WriteString(c, "1\r\n{\r\n"); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
			})
			wg.Go(func() {
				a, err := answerOn(c)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, c); err != nil {
					t.Error(err)
				}
				switch took := time.Since(began); {
				case took < time.Second:
					early.add(a)
				case took >= 20*time.Second && took < 22*time.Second:
					late.add(a)
				default:
					t.Errorf("answered %d after %v", a.Status, took)
				}
			})
			synctest.Wait()
		}
		for range 15 {
			bystander.talk()
			time.Sleep(time.Second)
		}
		if a := neighbour.Call("activity", ""); a.Status != http.StatusBadRequest { // even its own neighbour, with what needs no body
			t.Errorf("the neighbour is told %d %s", a.Status, a.Body)
		}
		if a := neighbour.Call("activity", `{"mode":"LISTENING"}`); a.Status != http.StatusTooManyRequests {
			t.Errorf("the neighbour is told %d %s", a.Status, a.Body)
		}
		wg.Wait()
		early.has(t, "at once", 429, 300)
		late.has(t, "in the end", 400, 200)
		if a := neighbour.Call("activity", `{"mode":"LISTENING"}`); a.Status != http.StatusOK {
			t.Errorf("afterwards the neighbour is told %d %s", a.Status, a.Body)
		}
		if n := strings.Count(y.Logs.String(), "limit=bodies by=203.0.113.66"); n != 1 {
			t.Errorf("the log tells of it %d times", n)
		}
		if before == y.Position() {
			t.Error("the chat has recorded nothing")
		}
		bystander.end()
	})
}

// TestSlowBodyOfARetrieval: the time that a body may take does not end the hold
// that follows it, and a body that comes slowly but in time is taken.
func TestSlowBodyOfARetrieval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		for _, pause := range []time.Duration{0, time.Second, 19 * time.Second} {
			bystander.talk() // or the visitor would be told that the agent is absent
			c := y.raw(proxy)
			go func() {
				io.WriteString(c, "POST "+testkit.VisitorPath("getMessages")+" HTTP/1.1\r\nHost: usher.test\r\nSessionId: "+bystander.visitor.Session+
					"\r\nUsher-Ack: "+bystander.visitor.Ack+"\r\nContent-Length: 2\r\n\r\n{")
				time.Sleep(pause)
				io.WriteString(c, "}")
			}()
			began := time.Now()
			a, err := answerOn(c)
			if took := time.Since(began); err != nil || a.Status != http.StatusOK || !strings.Contains(a.Body, `"systemMessages":[]`) || took != pause+30*time.Second {
				t.Errorf("with a pause of %v: %v, after %v: %d %s", pause, err, took, a.Status, a.Body)
			}
			// The same connection serves a second one, which lasts as long.
			go io.WriteString(c, "POST "+testkit.VisitorPath("getMessages")+" HTTP/1.1\r\nHost: usher.test\r\nSessionId: "+bystander.visitor.Session+"\r\nContent-Length: 0\r\n\r\n")
			began = time.Now()
			a, err = answerOn(c)
			if took := time.Since(began); err != nil || a.Status != http.StatusOK || took != 30*time.Second {
				t.Errorf("the next: %v, after %v: %d %s", err, took, a.Status, a.Body)
			}
			c.Close()
		}
	})
}

// TestHostileHeaders: headers without end are refused, and those that trickle in
// are cut off, whatever else goes on.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		line := "POST " + testkit.VisitorPath("getMessages") + " HTTP/1.1\r\nHost: usher.test\r\n"
		for name, head := range map[string]string{
			"one long header":  line + "SessionId: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
			"many headers":     line + strings.Repeat("X-Forwarded-For: 203.0.113.7\r\n", 1<<15) + "\r\n",
			"many names":       line + headers(1<<15) + "\r\n",
			"a long query":     "POST " + testkit.VisitorPath("getMessages") + strings.Repeat("&a=1", 1<<18) + " HTTP/1.1\r\nHost: usher.test\r\n\r\n",
			"a long path":      "POST /" + strings.Repeat("a/", 1<<18) + " HTTP/1.1\r\nHost: usher.test\r\n\r\n",
			"a single endless": line + strings.Repeat("x", 1<<20),
		} {
			for range 20 {
				c := y.raw(proxy)
				go io.WriteString(c, head)
				a, err := answerOn(c)
				if err != nil || a.Status != http.StatusRequestHeaderFieldsTooLarge {
					t.Errorf("%s: %v, %d %s", name, err, a.Status, a.Body)
				}
				if _, err := io.Copy(io.Discard, c); err != nil {
					t.Errorf("%s: the connection goes on: %v", name, err)
				}
			}
		}
		bystander.talk()

		began := time.Now()
		var wg sync.WaitGroup
		for range 500 {
			c := y.raw(proxy)
			wg.Go(func() {
				for _, b := range []byte(line + "X: " + strings.Repeat("x", 1000)) {
					if _, err := c.Write([]byte{b}); err != nil {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
			wg.Go(func() {
				io.Copy(io.Discard, c)
				if took := time.Since(began); took != 10*time.Second {
					t.Errorf("headers are waited for for %v", took)
				}
			})
		}
		for range 8 {
			bystander.talk()
			time.Sleep(time.Second)
		}
		wg.Wait()
		bystander.talk()
		bystander.end()
	})
}

// headers are so many headers of different names.
func headers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: 1\r\n", i)
	}
	return b.String()
}

// TestHostileQueries: a query means nothing but its pool, however long it is.
func TestHostileQueries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		attacker, got := y.behind(hostile), new(tally)
		valid := y.waits(hostile)
		for _, query := range []string{
			strings.Repeat("&a=1", 3000), strings.Repeat("&pool=1:1", 1500), "&" + strings.Repeat("a", 14<<10), "&" + strings.Repeat("%41", 4<<10),
			strings.Repeat("&%", 4000), strings.Repeat(";", 10_000), "&a[" + strings.Repeat("[", 5000), "&pool=" + strings.Repeat("9", 10_000),
		} {
			for range 20 {
				got.add(attacker.Send("POST", testkit.VisitorPath("activity")+query, `{"mode":"LISTENING"}`, "SessionId", valid.Session))
			}
		}
		got.has(t, "queries", 200, 160)
		bystander.talk()
		bystander.end()
	})
}

// TestHostileNesting: JSON that is nested without end is a bad request, wherever
// a body is read from a stranger.
func TestHostileNesting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		attacker, got := y.behind(hostile), new(tally)
		valid := y.waits(hostile)
		const deep = 100_000
		for _, nested := range []string{
			strings.Repeat("[", deep), strings.Repeat("[", deep) + strings.Repeat("]", deep),
			strings.Repeat(`{"a":`, deep/4) + "1" + strings.Repeat("}", deep/4), strings.Repeat(`[{"a":`, deep/5),
			"[" + strings.Repeat("[],", deep/2) + "[]" + strings.Repeat("]", 100),
		} {
			for _, body := range []string{nested, `{"body":` + nested + `}`, `{"body":"x","messageDataMap":` + nested + `}`} {
				got.add(attacker.Send("POST", testkit.VisitorPath("postMessage"), body, "SessionId", valid.Session))
			}
			token := y.VisitorToken("{}")
			for _, body := range []string{nested, `{"x":` + nested + `}`, `{"clientTransactionId":` + nested + `}`} {
				got.add(attacker.Send("POST", testkit.VisitorPath("requestEngagement"), body, "Authorization", "Bearer "+token))
			}
			for _, member := range []string{"customFields", "auxiliaryData", "firstName", "queueId", "x"} {
				got.add(attacker.Send("POST", startPath, `{"key":"`+y.WidgetKey+`","`+member+`":`+nested+`}`))
			}
		}
		got.has(t, "nested", 400, 55)
		bystander.talk()
		bystander.end()
	})
}

// TestHostileAddresses: nobody gets a fresh allowance, or uses up another's, by
// what it says of its own address.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		long := strings.Repeat("198.51.100.1, unknown, , <script>, ", 300)
		for name, c := range map[string]struct {
			peer      string
			forwarded func(n int) []string
			victim    string // whose word it takes, and who must not suffer
		}{
			"no proxy, another address each time": {stranger, func(n int) []string { return []string{fmt.Sprintf("192.0.2.%d", n%250)} }, ""},
			"no proxy, a victim's address":        {stranger, func(int) []string { return []string{harmless} }, harmless},
			"no proxy, the proxy's address":       {stranger, func(int) []string { return []string{proxy} }, harmless},
			"no proxy, this machine's address":    {stranger, func(int) []string { return []string{"127.0.0.1"} }, harmless},
			"no proxy, garbage":                   {stranger, func(n int) []string { return []string{fmt.Sprint("garbage ", n), ",,,", "\x80"} }, ""},
			"in front of the proxy's word":        {proxy, func(n int) []string { return []string{fmt.Sprintf("192.0.2.%d, %s", n%250, hostile)} }, ""},
			"a victim before the proxy's word":    {proxy, func(int) []string { return []string{harmless + "," + hostile} }, harmless},
			"this machine before its word":        {proxy, func(int) []string { return []string{"127.0.0.1, ::1, " + hostile} }, harmless},
			"the proxy's own before its word":     {proxy, func(int) []string { return []string{"10.9.9.9, 10.8.8.8, " + hostile} }, harmless},
			"headers of its own":                  {proxy, func(n int) []string { return []string{fmt.Sprintf("192.0.2.%d", n%250), harmless, "", hostile} }, harmless},
			"garbage before the proxy's word": {proxy, func(n int) []string {
				return []string{fmt.Sprint("garbage", n, ",,,;;<>\t"), "\x80\xff,", " " + hostile + " "}
			}, ""},
			"a long list":                      {proxy, func(int) []string { return []string{long + hostile} }, harmless},
			"through two proxies":              {proxy, func(n int) []string { return []string{fmt.Sprintf("192.0.2.%d, %s, 10.0.0.2", n%250, hostile)} }, ""},
			"another form of the same address": {proxy, func(n int) []string { return []string{[]string{hostile, "::ffff:" + hostile, "::ffff:cb00:7142"}[n%3]} }, ""},
			"an IPv6 network of one's own": {proxy, func(n int) []string {
				return []string{fmt.Sprintf("2001:db8::%x:%x%s", n, n, []string{"", "%eth0"}[n%2])}
			}, ""},
		} {
			y := another(s)
			got := new(tally)
			for n := range 150 {
				got.add(y.from(c.peer, c.forwarded(n)...).Send("POST", testkit.VisitorPath("activity"), "", "SessionId", strconv.Itoa(n)))
			}
			got.has(t, name+": guesses", 403, 100, 429, 50)
			for n := range 210 {
				got.add(y.from(c.peer, c.forwarded(n)...).Send("POST", startPath, `{}`)) // counts, and costs no signature
			}
			got.has(t, name+": start", 400, 200, 429, 10)
			if c.victim != "" {
				got.add(y.behind(c.victim).Send("POST", testkit.VisitorPath("activity"), "", "SessionId", "x"))
				got.add(y.behind(c.victim).Send("POST", startPath, `{"key":"`+y.WidgetKey+`"}`))
				got.has(t, name+": the victim", 403, 1, 200, 1)
			}
		}
	})
}

// TestProxyWithoutAWord: a trusted proxy that names nobody is not taken for a
// guesser, since it stands for many; what costs a signature is paced all the same.
func TestProxyWithoutAWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		got, started := new(tally), new(tally)
		for _, forwarded := range [][]string{nil, {""}, {"unknown"}, {"203.0.113.7, unknown"}, {"203.0.113.7:443"}} {
			client := y.from(proxy, forwarded...)
			for n := range 50 {
				got.add(client.Send("POST", testkit.VisitorPath("activity"), "", "SessionId", strconv.Itoa(n)))
			}
			got.has(t, fmt.Sprintf("guesses of %q", forwarded), 403, 50)
			for range 50 {
				started.add(client.Send("POST", startPath, `{}`))
			}
		}
		started.has(t, "start", 400, 200, 429, 50)
	})
}

// TestHostileConnections: one address may hold two thousand connections open; the
// next is closed at once, and everybody else comes in.
func TestHostileConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newStreet(t)
		bystander := y.enter(harmless)
		first := y.raw(stranger)
		for range 1999 {
			y.raw(stranger)
		}
		began := time.Now()
		for range 100 {
			if n, err := io.Copy(io.Discard, y.raw(stranger)); n != 0 || err != nil || time.Since(began) != 0 {
				t.Fatalf("%d bytes, %v, after %v", n, err, time.Since(began))
			}
		}
		bystander.talk()
		y.enterAndLeave("203.0.113.8")
		first.Close()
		synctest.Wait()
		if a := y.from(stranger).Send("POST", testkit.VisitorPath("activity"), "", "SessionId", "x"); a.Status != http.StatusForbidden {
			t.Errorf("in the place of one that went: %d %s", a.Status, a.Body)
		}
		bystander.end()
		if n := strings.Count(y.Logs.String(), "limit=connections by=198.51.100.9"); n != 1 {
			t.Errorf("the log tells of it %d times", n)
		}
	})
}
