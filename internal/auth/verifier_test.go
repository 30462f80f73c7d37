package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// computer stands in for argon2: hashOf(pw) is the hash of pw, and a comparison
// takes a tenth of a second of the bubble's time.
type computer struct {
	computed, running, most atomic.Int64
}

const computeTime = 100 * time.Millisecond

func hashOf(pw string) string { return "hash of " + pw }

func (c *computer) verify(phc, pw string) (bool, error) {
	c.computed.Add(1)
	c.most.Store(max(c.most.Load(), c.running.Add(1)))
	defer c.running.Add(-1)
	time.Sleep(computeTime)
	if phc == "damaged" {
		return false, ErrHash
	}
	return phc == hashOf(pw), nil
}

func newTestVerifier() (*Verifier, *computer) {
	v, c := NewVerifier(), new(computer)
	v.verify = c.verify
	return v, c
}

// attempt is one of the login from the address 192.0.2.n; its password is "right".
func attempt(login, pw string, n byte) Attempt {
	return Attempt{Site: "demo", Login: login, Password: pw, Hash: hashOf("right"), Address: netip.AddrFrom4([4]byte{192, 0, 2, n})}
}

func wantCheck(t *testing.T, v *Verifier, a Attempt, want error) {
	t.Helper()
	if err := v.Check(t.Context(), a); !errors.Is(err, want) {
		t.Fatalf("%v: %v, want %v", a, err, want)
	}
}

func wantLimited(t *testing.T, v *Verifier, a Attempt) time.Duration {
	t.Helper()
	limited, ok := errors.AsType[*LimitedError](v.Check(t.Context(), a))
	if !ok {
		t.Fatalf("%v was not limited", a)
	}
	if limited.RetryAfter < time.Second || limited.RetryAfter%time.Second != 0 {
		t.Fatalf("%v: try again after %v is not for a Retry-After", a, limited.RetryAfter)
	}
	return limited.RetryAfter
}

func wantComputed(t *testing.T, c *computer, want int64) {
	t.Helper()
	if got := c.computed.Load(); got != want {
		t.Fatalf("%d passwords were computed, want %d", got, want)
	}
}

func TestCheckRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		ada := attempt("ada", "right", 1)
		wantCheck(t, v, ada, nil)
		wantComputed(t, c, 1)
		time.Sleep(rememberFor - 1)
		wantCheck(t, v, ada, nil)
		elsewhere := ada
		elsewhere.Address = netip.MustParseAddr("2001:db8::1")
		wantCheck(t, v, elsewhere, nil)
		wantComputed(t, c, 1)
		time.Sleep(time.Nanosecond) // five minutes from the computing, not from the last use
		wantCheck(t, v, ada, nil)
		wantComputed(t, c, 2)
	})
}

func TestCheckRemembersNothingElse(t *testing.T) {
	tests := map[string]struct {
		change func(*Attempt)
		want   error
	}{
		"another password": {func(a *Attempt) { a.Password = "wrong" }, ErrWrong},
		"changed password": {func(a *Attempt) { a.Hash = hashOf("new") }, ErrWrong},
		"deleted login":    {func(a *Attempt) { a.Hash = "" }, ErrWrong},
		"another login":    {func(a *Attempt) { a.Login = "bob" }, nil},
		"another site":     {func(a *Attempt) { a.Site = "acme" }, nil},
		"shifted fields":   {func(a *Attempt) { a.Site, a.Login = "dem", "oada" }, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, c := newTestVerifier()
				a := attempt("ada", "right", 1)
				wantCheck(t, v, a, nil)
				test.change(&a)
				wantCheck(t, v, a, test.want)
				wantComputed(t, c, 2)
			})
		})
	}
}

// Fields that run together must not make one pair of two.
func TestPairsDiffer(t *testing.T) {
	v := NewVerifier()
	seen := make(map[pair]Attempt)
	for _, a := range []Attempt{
		{Site: "ab", Login: "c"},
		{Site: "a", Login: "bc"},
		{Site: "a\x00b", Login: "c"},
		{Site: "a", Login: "b\x00c"},
		{Site: "abc"},
		{Login: "abc"},
		{Password: "abc"},
		{Hash: "abc"},
	} {
		p := v.pair(a)
		if b, ok := seen[p]; ok {
			t.Errorf("%v and %v are one pair", a, b)
		}
		seen[p] = a
	}
	if a := (Attempt{Site: "abc"}); NewVerifier().pair(a) == v.pair(a) {
		t.Error("two processes have the same key")
	}
}

func TestWrongIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		wantCheck(t, v, attempt("ada", "wrong", 1), ErrWrong)
		wantCheck(t, v, attempt("ada", "wrong", 1), ErrWrong)
		wantComputed(t, c, 2)
	})
}

func TestUnknownLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		v.nobody = hashOf("right") // even the password that would fit opens nothing
		a := attempt("nobody", "right", 1)
		a.Hash = ""
		start := time.Now()
		wantCheck(t, v, a, ErrWrong)
		if took := time.Since(start); took != computeTime {
			t.Errorf("an unknown login took %v, a known one takes %v", took, computeTime)
		}
		wantCheck(t, v, a, ErrWrong)
		wantComputed(t, c, 2)
	})
}

func TestImpossiblePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		for _, pw := range []string{"", strings.Repeat("x", MaxPasswordBytes+1)} {
			a := attempt("ada", pw, 1)
			a.Hash = hashOf(pw)
			wantCheck(t, v, a, ErrWrong)
		}
		wantComputed(t, c, 0)
	})
}

func TestDamagedStoredHash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := newTestVerifier()
		a := attempt("ada", "right", 1)
		a.Hash = "damaged"
		wantCheck(t, v, a, ErrHash)
	})
}

func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 300 { // as many agents behind one address come to work
			wg.Go(func() {
				if err := v.Check(t.Context(), attempt(fmt.Sprint("agent", i), "right", 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantComputed(t, c, 300)
		if c.most.Load() != 1 {
			t.Errorf("%d passwords were computed at once", c.most.Load())
		}
		if took := time.Since(start); took != 300*computeTime {
			t.Errorf("took %v, want %v", took, 300*computeTime)
		}
	})
}

func TestIdenticalAttemptsShare(t *testing.T) {
	for pw, want := range map[string]error{"right": nil, "wrong": ErrWrong} {
		t.Run(pw, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, c := newTestVerifier()
				var wg sync.WaitGroup
				for range 50 {
					wg.Go(func() {
						if err := v.Check(t.Context(), attempt("ada", pw, 1)); !errors.Is(err, want) {
							t.Errorf("%v, want %v", err, want)
						}
					})
				}
				wg.Wait()
				wantComputed(t, c, 1)
			})
		})
	}
}

func TestSameLoginFromTwoAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		var wg sync.WaitGroup
		for n := range byte(20) {
			wg.Go(func() {
				if err := v.Check(t.Context(), attempt("ada", "right", n)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantComputed(t, c, 1)
	})
}

func TestLeavingTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		var wg sync.WaitGroup
		wg.Go(func() { v.Check(t.Context(), attempt("first", "right", 1)) })
		synctest.Wait() // first computes

		gone := errors.New("the client went away")
		ctx, leave := context.WithCancelCause(t.Context())
		for _, login := range []string{"ada", "ada", "bob"} {
			wg.Go(func() {
				if err := v.Check(ctx, attempt(login, "right", 1)); !errors.Is(err, gone) {
					t.Errorf("%s: %v, want %v", login, err, gone)
				}
			})
		}
		synctest.Wait()
		wg.Go(func() { // stays, though others who asked the same leave
			if err := v.Check(t.Context(), attempt("bob", "right", 1)); err != nil {
				t.Errorf("bob stayed: %v", err)
			}
		})
		synctest.Wait()
		leave(gone)
		wg.Wait()
		synctest.Wait()
		wantComputed(t, c, 2) // first and bob
		if v.waiting != 0 || len(v.checks) != 0 {
			t.Errorf("%d callers and %d checks are left", v.waiting, len(v.checks))
		}
		wantCheck(t, v, attempt("ada", "right", 1), nil)
		wantComputed(t, c, 3)
	})
}

func TestLeavingDuringTheComputation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		for i := range failuresAtOnce { // leaving early does not hide a failure
			ctx, cancel := context.WithTimeout(t.Context(), computeTime/2)
			if err := v.Check(ctx, attempt(fmt.Sprint("x", i), "wrong", 1)); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			cancel()
			time.Sleep(computeTime)
		}
		wantLimited(t, v, attempt("ada", "right", 1))
		if c.most.Load() != 1 {
			t.Errorf("%d passwords were computed at once", c.most.Load())
		}
	})
}

func TestLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		wantCheck(t, v, attempt("known", "right", 1), nil)
		var wg sync.WaitGroup
		for i := range maxWaiting {
			wg.Go(func() {
				if err := v.Check(t.Context(), attempt(fmt.Sprint("agent", i/2), "right", byte(i))); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		wantLimited(t, v, attempt("late", "right", 1))
		wantLimited(t, v, attempt("agent0", "right", 0)) // joining is waiting, too
		wantCheck(t, v, attempt("known", "right", 1), nil)
		wg.Wait()
		wantComputed(t, c, 1+maxWaiting/2)
		wantCheck(t, v, attempt("late", "right", 1), nil)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	v := NewVerifier()
	v.verify = func(string, string) (bool, error) { return true, nil }
	for i := range max(maxRemembered, maxNetworks) + 100 {
		a := Attempt{Site: "demo", Login: fmt.Sprint(i), Password: "right", Hash: hashOf("right"),
			Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		wantCheck(t, v, a, nil)
	}
	if n := len(v.remembered.entries); n != maxRemembered {
		t.Errorf("%d log-ins are remembered, want %d", n, maxRemembered)
	}
	if n := len(v.budgets.entries); n != maxNetworks {
		t.Errorf("%d networks are counted, want %d", n, maxNetworks)
	}
}

// step is one attempt of a history, and what happens around it.
type step struct {
	attempt Attempt // its Hash is set when it is its turn
	change  string  // the login's new password afterwards, "" for none
	pause   time.Duration
}

func drawStep(t *rapid.T) step {
	passwords := rapid.SampledFrom([]string{"a", "b", "c"})
	s := step{
		attempt: attempt(rapid.SampledFrom([]string{"ada", "bob", "nobody"}).Draw(t, "login"), passwords.Draw(t, "password"), rapid.ByteMax(1).Draw(t, "address")),
		pause:   time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "pause")),
	}
	if s.attempt.Login != "nobody" && rapid.IntRange(0, 9).Draw(t, "change") == 9 {
		s.change = passwords.Draw(t, "new password")
	}
	return s
}

// Whatever comes from whomever in whatever order: only the right password opens,
// and nobody gets more guesses than the numbers say, nor fewer.
func TestCheckKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 80).Draw(rt, "steps")
		var broken error
		synctest.Test(t, func(t *testing.T) { broken = replay(t.Context(), steps) })
		if broken != nil {
			rt.Fatal(broken)
		}
	})
}

// replay answers which promise the steps saw broken.
func replay(ctx context.Context, steps []step) error {
	v, c := newTestVerifier()
	start := time.Now()
	stored := map[string]string{"ada": hashOf("a"), "bob": hashOf("b")}
	wrong := make(map[netip.Addr]int)
	for i, s := range steps {
		a := s.attempt
		a.Hash = stored[a.Login]
		computed, began := c.computed.Load(), time.Now()
		err := v.Check(ctx, a)
		right := a.Hash == hashOf(a.Password)
		switch _, limited := errors.AsType[*LimitedError](err); {
		case limited && (c.computed.Load() != computed || time.Since(began) != 0):
			return fmt.Errorf("step %d: %v was limited, but computed", i, a)
		case limited && wrong[a.Address] < failuresAtOnce:
			return fmt.Errorf("step %d: %v was limited after %d failures", i, a, wrong[a.Address])
		case limited:
		case right && err != nil, !right && err != ErrWrong:
			return fmt.Errorf("step %d: %v, right is %t, gave %v", i, a, right, err)
		case !right:
			wrong[a.Address]++
		}
		if allowed := failuresAtOnce + int(time.Since(start)/failureEvery); wrong[a.Address] > allowed {
			return fmt.Errorf("step %d: %d guesses from %v, allowed are %d", i, wrong[a.Address], a.Address, allowed)
		}
		if s.change != "" {
			stored[a.Login] = hashOf(s.change)
		}
		time.Sleep(s.pause)
	}
	return nil
}

func TestCheckComputesArgon2(t *testing.T) {
	phc, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	v := NewVerifier()
	a := attempt("ada", "correct horse", 1)
	a.Hash = phc
	wantCheck(t, v, a, nil)
	a.Password = "battery staple"
	wantCheck(t, v, a, ErrWrong)
	a.Hash = ""
	wantCheck(t, v, a, ErrWrong)
	a.Hash = phc + "$"
	wantCheck(t, v, a, ErrHash)
}

func TestErrorsAndAttemptsKeepSecrets(t *testing.T) {
	v := NewVerifier()
	a := Attempt{Site: "demo", Login: "ada", Password: "pass-secret", Hash: "hash-secret", Address: netip.MustParseAddr("192.0.2.1")}
	marshalled, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		v.Check(t.Context(), a).Error(),
		fmt.Sprintf("%v %+v %#v %s", a, a, a, a),
		fmt.Sprintf("%v %+v %#v", &a, []Attempt{a}, struct{ A Attempt }{a}),
		string(marshalled),
	} {
		if strings.Contains(text, "secret") {
			t.Errorf("a secret stands in %q", text)
		}
	}
}
