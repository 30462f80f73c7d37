package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFailuresAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		v.verify = func(phc, pw string) (bool, error) { // takes no time, for exact counts
			c.computed.Add(1)
			return phc == hashOf(pw), nil
		}
		wantCheck(t, v, attempt("ada", "right", 1), nil)
		for i := range failuresAtOnce {
			wantCheck(t, v, attempt("ada", fmt.Sprint("guess", i), 1), ErrWrong)
		}
		wantComputed(t, c, 1+failuresAtOnce)

		if wait := wantLimited(t, v, attempt("ada", "guess", 1)); wait != failureEvery {
			t.Errorf("try again after %v, want %v", wait, failureEvery)
		}
		wantLimited(t, v, attempt("bob", "right", 1)) // right or wrong is not told
		wantComputed(t, c, 1+failuresAtOnce)
		wantCheck(t, v, attempt("ada", "right", 1), nil) // remembered passes
		wantCheck(t, v, attempt("bob", "right", 2), nil) // so does another address

		time.Sleep(failureEvery)
		wantCheck(t, v, attempt("ada", "guess", 1), ErrWrong)
		wantLimited(t, v, attempt("ada", "guess", 1))
		time.Sleep(failureEvery)
		wantCheck(t, v, attempt("bob", "right", 1), nil) // already remembered
		wantCheck(t, v, attempt("eve", "right", 1), nil) // costs no failure
		wantCheck(t, v, attempt("ada", "guess", 1), ErrWrong)
		wantLimited(t, v, attempt("ada", "guess", 1))
	})
}

func TestManyGuessesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		var wg sync.WaitGroup
		var wrong, limited atomic.Int64
		for i := range 400 {
			wg.Go(func() {
				err := v.Check(t.Context(), attempt("ada", fmt.Sprint("guess", i), 1))
				if _, ok := errors.AsType[*LimitedError](err); ok {
					limited.Add(1)
				} else if errors.Is(err, ErrWrong) {
					wrong.Add(1)
				}
			})
		}
		wg.Wait()
		wantComputed(t, c, failuresAtOnce)
		if wrong.Load() != failuresAtOnce || limited.Load() != 400-failuresAtOnce {
			t.Errorf("%d were wrong and %d limited", wrong.Load(), limited.Load())
		}
	})
}

// Who is limited does not wait in line to hear it.
func TestLimitedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		for i := range failuresAtOnce {
			wantCheck(t, v, attempt("ada", fmt.Sprint("guess", i), 1), ErrWrong)
		}
		var wg sync.WaitGroup
		wg.Go(func() { v.Check(t.Context(), attempt("bob", "right", 2)) })
		synctest.Wait() // bob's is computed
		start := time.Now()
		wantLimited(t, v, attempt("ada", "guess", 1))
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
		wg.Wait()
		wantComputed(t, c, failuresAtOnce+1)
	})
}

func TestAllComputationsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, c := newTestVerifier()
		v.verify = func(string, string) (bool, error) {
			c.computed.Add(1)
			return true, nil
		}
		for i := range computationsAtOnce {
			wantCheck(t, v, attempt(fmt.Sprint("agent", i), "right", 1), nil)
		}
		time.Sleep(wantLimited(t, v, attempt("late", "right", 1)))
		wantCheck(t, v, attempt("late", "right", 1), nil)
	})
}

func TestNetwork(t *testing.T) {
	tests := []struct{ address, want string }{
		{"192.0.2.1", "192.0.2.1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"2001:db8:1:3:3:4:5:6", "2001:db8:1:3::"},
		{"fe80::1%eth0", "fe80::"},
	}
	for _, test := range tests {
		if got := network(netip.MustParseAddr(test.address)); got != netip.MustParseAddr(test.want) {
			t.Errorf("the network of %s is %s, want %s", test.address, got, test.want)
		}
	}
	if got := network(netip.Addr{}); got.IsValid() {
		t.Errorf("the network of no address is %s", got)
	}
}
