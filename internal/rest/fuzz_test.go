package rest

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"usher/api"
	"usher/internal/site"
)

// FuzzFields: whatever a body holds, every field of it can be asked for; what is
// accepted is what encoding/json reads there.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, `{"f":1}`, `{"f":"1"}`, `{"f":" -7 "}`, `{"f":-0}`, `{"f":9223372036854775807}`, `{"f":9223372036854775808}`, `{"f":1.0}`, `{"f":1e2}`,
		`{"f":"\u00e9\ud800\n"}`, `{"f":true}`, `{"f":"TRUE"}`, `{"f":""}`, `{"f":null}`, `{"f":{"k":"v","n":null,"k":"w"}}`, `{"f":{"k":5}}`, `{"f":[]}`,
		`{"f":["a",null]}`, `{"f":[1,2,null]}`, `{"f":[1.5]}`, `{"f":1,"f":"x"}`, `{"f":[{"name":"a","type":"LONG","value":1},{"name":"b","value":true}]}`, `{"f":[{"name":5}]}`, `{"f":[null,{}]}`, `{"\u0066":1}`, `{"F":1}`, `{"f":"NONE"}`, `{"f":{"f":{"f":[]}}}`, `[]`, `null`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, loose := range []bool{false, true} {
			all := map[string]json.RawMessage{}
			valid := len(strings.TrimSpace(string(body))) == 0 || utf8.Valid(body) && json.Unmarshal(body, &all) == nil && all != nil
			x := parse(body, loose)
			if x.err == nil && !valid {
				t.Fatalf("%q is accepted", body)
			}
			if x.err != nil { // reading goes on, and finds nothing new to say
				before := x.err
				read(x, "f")
				if x.err != before {
					t.Fatalf("the first error %v is now %v", before, x.err)
				}
				refusesWell(t, before)
				continue
			}
			names := []string{"f", "absent"}
			for name := range all {
				if names = append(names, name); len(names) == 8 { // each is compared at the price of ten readings
					break
				}
			}
			for _, name := range names {
				compare(t, body, loose, name, all[name])
			}
		}
	})
}

// read asks for a field as everything that it could be.
func read(x *fields, name string) {
	x.get(name, true)
	x.text(name, true)
	x.int64(name, true)
	x.int32(name, true)
	x.boolean(name, true)
	x.pairs(name)
	x.texts(name)
	x.numbers(name)
	x.bounded(name)
	x.value(name)
	x.properties(name)
	x.customFields(name)
	x.requestTime()
	x.transaction()
	enum(x, name, true, api.StatusNone)
}

// compare asks for one field as everything that it could be, each time anew.
func compare(t *testing.T, body []byte, loose bool, name string, raw json.RawMessage) {
	t.Helper()
	null := raw == nil || string(raw) == "null"
	ask := func(fn func(x *fields)) bool {
		x := parse(body, loose)
		fn(x)
		if x.err != nil {
			refusesWell(t, x.err)
		}
		return x.err == nil
	}
	ask(func(x *fields) { x.value(name) })
	ask(func(x *fields) { x.properties(name) })
	ask(func(x *fields) { x.customFields(name) })
	// is compares what was accepted with what encoding/json reads; unless types
	// are loose, both accept the same.
	is := func(what string, ok bool, got any, into any) {
		t.Helper()
		if null {
			if !ok {
				t.Errorf("%q: %s that is null is refused", body, what)
			}
			return
		}
		err := json.Unmarshal(raw, into)
		if !loose && ok != (err == nil) {
			t.Errorf("%q: %s accepted: %t, encoding/json says %v", body, what, ok, err)
		}
		if ok && err == nil {
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(into)
			if string(a) != string(b) {
				t.Errorf("%q: %s is %s, want %s", body, what, a, b)
			}
		}
	}
	var (
		word string
		n64  int64
		n32  int32
		yes  bool
		data map[string]string
		list []string
		nums []int64
	)
	is("text", ask(func(x *fields) { word = x.text(name, false) }), word, new(string))
	is("int64", ask(func(x *fields) { n64 = x.int64(name, false) }), n64, new(int64))
	is("int32", ask(func(x *fields) { n32 = x.int32(name, false) }), n32, new(int32))
	is("boolean", ask(func(x *fields) { yes = x.boolean(name, false) }), yes, new(bool))
	is("pairs", ask(func(x *fields) { data = x.pairs(name) }), data, new(map[string]string))
	is("texts", ask(func(x *fields) { list = x.texts(name) }), list, new([]string))
	is("numbers", ask(func(x *fields) { nums = x.numbers(name) }), nums, new([]int64))
	var status api.ActivityStatus
	if ask(func(x *fields) { status = enum(x, name, false, api.StatusNone, api.StatusAvailable) }) &&
		!slices.Contains([]api.ActivityStatus{"", api.StatusNone, api.StatusAvailable}, status) {
		t.Errorf("%q: the status is %q", body, status)
	}
	if given := ask(func(x *fields) { x.get(name, true) }); given == null {
		t.Errorf("%q: required %q is there: %t", body, name, given)
	}
	ask(func(x *fields) { read(x, name) })
}

// refusesWell checks that an error is a refusal for the caller, with a sentence
// of readable length.
func refusesWell(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*site.Error](err)
	if !ok || statuses[e.Code].status/100 != 4 || e.Message == "" || !utf8.ValidString(e.Message) {
		t.Errorf("the error is %#v", err)
	}
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// FuzzAcked: a position is decimal digits that fit, and nothing else is one.
func FuzzAcked(f *testing.F) {
	for _, seed := range []string{"", "0", "1", "007", "-1", "+1", "1.5", "x", "1_0", "9223372036854775807", "9223372036854775808", "18446744073709551616", "١", "1 ", "0x1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{Header: http.Header{"Usher-Ack": {text}}}
		c := site.Caller{Key: "k", Account: 1, Agent: true}
		err := acked(r, &c)
		n, ok := new(big.Int).SetString(text, 10)
		fits := ok && digits.MatchString(text) && n.IsInt64()
		switch {
		case (err == nil) != (fits || text == ""):
			t.Errorf("%q: %v", text, err)
		case err != nil:
			refusesWell(t, err)
			if c.Acked || c.Ack != 0 {
				t.Errorf("%q: was refused and taken: %+v", text, c)
			}
		case c.Acked != fits || fits && c.Ack != n.Int64():
			t.Errorf("%q: was taken as %+v", text, c)
		}
		if c.Key != "k" || c.Account != 1 || !c.Agent {
			t.Errorf("%q: changed the caller: %+v", text, c)
		}
	})
}

// FuzzForwarded: who is not trusted is taken for who it is; who is trusted can
// name others; and nothing that a client writes in front of what the trusted
// proxies added changes whom they name.
func FuzzForwarded(f *testing.F) {
	for _, seed := range [][3]string{
		{"10.0.0.1:80", "203.0.113.7", "198.51.100.9"}, {"10.0.0.1:80", "203.0.113.7, 10.0.0.2", "x"}, {"203.0.113.7:80", "198.51.100.9", ""},
		{"[2001:db8::1]:80", "2001:db8:1::7", "10.0.0.3"}, {"[::ffff:10.0.0.1]:80", "::ffff:203.0.113.7", "::1"}, {"10.0.0.1:80", "unknown", "203.0.113.7"},
		{"10.0.0.1:80", "203.0.113.7:4711", ""}, {"10.0.0.1:80", ",,", ","}, {"pipe", "203.0.113.7", ""}, {"10.0.0.1:80", " 203.0.113.7 ", "10.0.0.9"},
		{"[fe80::1%eth0]:80", "fe80::2%x", ""}, {"", "", ""}, {"10.0.0.1:99999", "1.2.3.4", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	s := &Server{trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/48")}}
	of := func(peer string, headers ...string) (a netip.Addr) {
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { a = s.address(r) })
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"] = headers
		h.ServeHTTP(httptest.NewRecorder(), r)
		return a
	}
	f.Fuzz(func(t *testing.T, peer, proxies, client string) {
		got := of(peer, proxies)
		p, err := netip.ParseAddrPort(peer)
		if err != nil {
			if got.IsValid() {
				t.Errorf("a peer %q is taken for %v", peer, got)
			}
			return
		}
		self := p.Addr().Unmap()
		named := []netip.Addr{self}
		for hop := range strings.SplitSeq(proxies, ",") {
			if a, err := netip.ParseAddr(strings.TrimSpace(hop)); err == nil {
				named = append(named, a.Unmap())
			}
		}
		switch {
		case !got.IsValid() || got.Is4In6():
			t.Errorf("%q by %q is taken for %v", peer, proxies, got)
		case !s.trusts(self) && got != self:
			t.Errorf("%q, who is not trusted, is taken for %v by %q", peer, got, proxies)
		case !slices.Contains(named, got):
			t.Errorf("%q by %q is taken for %v, whom nobody named", peer, proxies, got)
		case s.trusts(self) && len(named) == 2 && strings.Count(proxies, ",") == 0 && got != named[1]:
			t.Errorf("%q by %q is taken for %v", peer, proxies, got)
		}
		if s.trusts(got) { // they named nobody from outside
			return
		}
		for what, forged := range map[string]netip.Addr{
			"in one header": of(peer, client+","+proxies), "in a header of its own": of(peer, client, proxies), "twice": of(peer, client, client+","+proxies),
		} {
			if forged != got {
				t.Errorf("%q by %q is taken for %v when it says %q %s, not %v", peer, proxies, forged, client, what, got)
			}
		}
	})
}

// TestAddressText: an address is told as people write it.
func TestAddressText(t *testing.T) {
	t.Parallel()
	s := &Server{}
	for peer, want := range map[string]string{
		"203.0.113.7:80": "203.0.113.7", "[::ffff:203.0.113.7]:80": "203.0.113.7", "[2001:db8::1]:" + strconv.Itoa(1<<16-1): "2001:db8::1",
	} {
		if got := s.address(&http.Request{RemoteAddr: peer}).String(); got != want {
			t.Errorf("%s is told as %s, want %s", peer, got, want)
		}
	}
}
