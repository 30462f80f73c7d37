package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// admin runs a command against a server that answers as told, and answers what it
// printed, its exit code, and what the server was asked.
func admin(t *testing.T, stdin string, answer http.HandlerFunc, args ...string) (stdout, stderr string, code int, asked []string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		answer(w, r)
	}))
	defer server.Close()
	var out, errs bytes.Buffer
	p := &process{ctx: t.Context(), stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs}
	code = execute(append(args, "--server", server.URL), p)
	return out.String(), errs.String(), code, asked
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// TestPages: a long list is read to its end, and shown as one.
func TestPages(t *testing.T) {
	t.Parallel()
	paged := func(w http.ResponseWriter, r *http.Request) {
		after, err := strconv.Atoi(r.URL.Query().Get("after"))
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"changes":[{"number":%d,"by":"ada"},{"number":%d,"by":"cy"}],"more":%t}`, after+1, after+2, after < 4)
	}
	out, errs, code, asked := admin(t, "", paged, "site", "audit", "--site", "demo", "--token", "x", "--json")
	want := `{"changes":[{"number":1,"by":"ada"},{"number":2,"by":"cy"},{"number":3,"by":"ada"},{"number":4,"by":"cy"},{"number":5,"by":"ada"},{"number":6,"by":"cy"}],"more":false}` + "\n"
	if out != want || code != exitDone || len(asked) != 3 {
		t.Errorf("%d calls print %s%s", len(asked), out, errs)
	}
	for what, body := range map[string]string{
		"no list": `{"more":true}`, "more of the same": `{"changes":[{"number":0}],"more":true}`, "an entry without a number": `{"changes":[{}],"more":true}`,
		"entries that are none": `{"changes":[1],"more":true}`, "no object": `[]`, "no JSON": `<html>`,
	} {
		out, errs, code, asked := admin(t, "", says(200, body), "site", "audit", "--site", "demo", "--token", "x")
		if code != exitFailed || out != "" || strings.Count(errs, "\n") != 1 || len(asked) != 1 {
			t.Errorf("%s: %d calls end with %d, print %q and say %q", what, len(asked), code, out, errs)
		}
	}
	if out, _, code, _ := admin(t, "", says(200, `{"changes":[],"more":true}`), "site", "audit", "--site", "demo", "--token", "x"); code != exitDone || strings.Count(out, "\n") != 1 {
		t.Errorf("an empty page ends with %d and prints %q", code, out)
	}
}

// TestWhoAsks: each way to say who asks, and that a password is never shown.
func TestWhoAsks(t *testing.T) {
	dir := t.TempDir()
	password, ready := filepath.Join(dir, "password"), filepath.Join(dir, "ready.json")
	for file, text := range map[string]string{password: "a secret\r\n", ready: ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const cy = "Basic Y3k6YSBzZWNyZXQ=" // cy:a secret
	for _, c := range []struct {
		args  []string
		stdin string
		want  string
	}{
		{[]string{"--token", "x"}, "", "Bearer x"},
		{[]string{"--token", "x", "--login", "cy", "--password-file", password}, "", cy},
		{[]string{"--login", "cy", "--password-file", "-"}, "a secret", cy},
		{[]string{"--login", "cy", "--password-file", "-"}, "a secret\n", cy},
	} {
		_, errs, code, asked := admin(t, c.stdin, says(200, `{"queues":[]}`), append([]string{"queue", "list", "--site", "a b"}, c.args...)...)
		if want := "GET /usher/admin/v1/sites/a%20b/queues " + c.want; code != exitDone || len(asked) != 1 || asked[0] != want {
			t.Errorf("%v: asked %q, ended with %d: %s", c.args, asked, code, errs)
		}
	}
	t.Setenv("USHER_TOKEN", "from outside")
	if _, _, _, asked := admin(t, "", says(200, `{"queues":[]}`), "queue", "list", "--site", "demo"); len(asked) != 1 || !strings.HasSuffix(asked[0], " Bearer from outside") {
		t.Errorf("with the token in the environment: asked %q", asked)
	}
	for _, help := range []string{"help queue list", "help account set"} {
		var out, errs bytes.Buffer
		p := &process{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
		code := execute(strings.Fields(help), p)
		if text := out.String() + errs.String(); code != exitDone || !strings.Contains(text, "USHER_TOKEN") || strings.Contains(text, "from outside") {
			t.Errorf("usher %s ends with %d and shows:\n%s", help, code, text)
		}
	}
}

// TestRefusalsAreOneLine, whatever the server says.
func TestRefusalsAreOneLine(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"exceptionCode":"CONFLICT","message":"queue 7 is named by\nrule enter[0]\u001b[2J"}`: "usher: 409 CONFLICT: queue 7 is named by rule enter[0]\ufffd[2J\n",
		`<html>`: "usher: 409 Conflict: the server says no more: is there an usher at this address?\n",
		``:       "usher: 409 Conflict: the server says no more: is there an usher at this address?\n",
	} {
		out, errs, code, _ := admin(t, "", says(409, body), "queue", "remove", "7", "--site", "demo", "--token", "x")
		if errs != want || out != "" || code != exitFailed {
			t.Errorf("%q: ended with %d, printed %q and said %q", body, code, out, errs)
		}
	}
}

// TestSetKeepsTheRest: flags change what they say and nothing else, a file is the
// whole, and nothing is asked when nothing is said.
func TestSetKeepsTheRest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  []string
		stdin string
		there string // what the server has, "" for nothing
		put   string // what it is sent, "" for nothing
		code  int
	}{
		{[]string{"--rank", "3"}, "", `{"queueId":7,"name":"Cards","newer":{"a":1}}`, `{"queueId":7,"name":"Cards","newer":{"a":1},"rank":3}`, exitDone},
		{[]string{"--no-default", "--name", ""}, "", `{"name":"Cards","default":true}`, `{"name":"","default":false}`, exitDone},
		{[]string{"--name", "New"}, "", "", `{"name":"New"}`, exitDone},
		{[]string{"--file", "-"}, `{"name":"File"}`, `{"name":"Cards","rank":3}`, `{"name":"File"}`, exitDone},
		{[]string{"--file", "-", "--rank", "0"}, `{"name":"File","rank":3}`, "", `{"name":"File","rank":0}`, exitDone},
		{nil, "", `{"name":"Cards"}`, "", exitUsage},
		{[]string{"--file", "-"}, `[]`, `{"name":"Cards"}`, "", exitUsage},
		{[]string{"--rank", "x"}, "", `{"name":"Cards"}`, "", exitUsage},
	} {
		var put string
		server := func(w http.ResponseWriter, r *http.Request) {
			var sent bytes.Buffer
			if _, err := sent.ReadFrom(r.Body); err != nil {
				t.Error(err)
			}
			switch {
			case r.Method == http.MethodPut:
				put = sent.String()
				fmt.Fprint(w, put)
			case c.there == "":
				says(404, `{"exceptionCode":"BAD_REQUEST","message":"there is no queue 7"}`)(w, r)
			default:
				fmt.Fprint(w, c.there)
			}
		}
		_, errs, code, _ := admin(t, c.stdin, server, append([]string{"queue", "set", "7", "--site", "demo", "--token", "x"}, c.args...)...)
		if put != c.put || code != c.code {
			t.Errorf("%v: sent %s and ended with %d, want %s and %d: %s", c.args, put, code, c.put, c.code, errs)
		}
	}
}
