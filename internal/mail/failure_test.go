package mail

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// steps are those of an exchange in order, and whether a 5xx there is about the
// letter.
var steps = []struct {
	name    string
	refuses bool
}{
	{"hello", false}, {"EHLO", false}, {"STARTTLS", false}, {"AUTH", false}, {"MAIL", false},
	{"RCPT", true}, {"DATA", true}, {".", true},
}

// TestAnswers: what each bad answer at each step means. The server quotes what it
// must not be believed to keep for itself.
func TestAnswers(t *testing.T) {
	quoting := " 7.7 " + password + " of " + letter.To + " says parcel"
	for _, at := range steps {
		for _, tt := range []struct {
			answer  string
			refused bool
			code    string
		}{
			{"421" + quoting, false, "421"},
			{"450 4.7.1" + quoting, false, "450 4.7.1"},
			{"452-4.2.2 full\r\n452 4.2.2" + quoting, false, "452 4.2.2"},
			{"550 5.1.1" + quoting, at.refuses, "550 5.1.1"},
			{"554" + quoting, at.refuses, "554"},
			{"552-5.2.3 large\r\n552 5.2.3" + quoting, at.refuses, "552 5.2.3"},
			{"530 5.7.0" + quoting, false, "530 5.7.0"},
			{"535 5.7.8" + quoting, false, "535 5.7.8"},
			{"999" + quoting, false, "999"},
			{garbage, false, ""},
		} {
			t.Run(at.name+"/"+tt.answer[:3], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t)
					s.script[at.name] = tt.answer
					err := s.sender(t, required).Send(t.Context(), letter)
					if err == nil || errors.Is(err, ErrRefused) != tt.refused {
						t.Fatalf("answered %v, want one that is refused: %v", err, tt.refused)
					}
					quiet(t, err)
					if !strings.Contains(err.Error(), "mail.test:587") || !strings.Contains(err.Error(), tt.code) {
						t.Errorf("it does not say who answered what: %v", err)
					}
					if len(s.accepted()) != 0 {
						t.Error("a letter was accepted")
					}
				})
			})
		}
	}
}

// TestBroken: a connection that is cut, or a server that says nothing or too
// slowly, is a temporary failure at every step.
func TestBroken(t *testing.T) {
	names := []string{"handshake", "body"}
	for _, at := range steps {
		names = append(names, at.name)
	}
	for _, url := range []string{required, strings.Replace(required, "smtp", "smtps", 1)} {
		implicit := strings.HasPrefix(url, "smtps")
		for _, name := range names {
			if implicit && name == "STARTTLS" {
				continue
			}
			for _, does := range []string{cut, hang, drip} {
				t.Run(url[:5]+"/"+name+"/"+does, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newServer(t)
						s.implicit, s.script[name] = implicit, does
						sender := s.sender(t, url)
						l := letter
						l.Text += strings.Repeat("long ", 20_000) // more than a connection buffers
						began := time.Now()
						err := sender.Send(t.Context(), l)
						if err == nil || errors.Is(err, ErrRefused) {
							t.Fatalf("answered %v, want a temporary error", err)
						}
						quiet(t, err)
						if unknown := strings.Contains(err.Error(), "is not known"); unknown != (name == ".") {
							t.Errorf("that the outcome is unknown is said: %v: %v", unknown, err)
						}
						// TLS takes 5 s of its own to say that it closes.
						took := time.Since(began)
						if most := stepLimit + 5*time.Second; does != cut && took < stepLimit || took > most {
							t.Errorf("it took %v, want %v to %v", took, stepLimit, most)
						}
					})
				})
			}
		}
	}
}

// TestEndedContext: a context that ends lets Send return at any step.
func TestEndedContext(t *testing.T) {
	for _, at := range append(steps, steps[0]) {
		t.Run(at.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.script[at.name] = hang
				why := errors.New("stopped")
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(why) })
				began := time.Now()
				err := s.sender(t, required).Send(ctx, letter)
				if !errors.Is(err, why) || errors.Is(err, ErrRefused) {
					t.Errorf("answered %v", err)
				}
				if took := time.Since(began); took != time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
	t.Run("while it dials", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			sender := newServer(t).sender(t, required)
			sender.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
			}
			began := time.Now()
			err := sender.Send(t.Context(), letter)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != stepLimit {
				t.Errorf("answered %v after %v", err, time.Since(began))
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := sender.Send(ctx, letter); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != stepLimit+time.Second {
				t.Errorf("answered %v after %v", err, time.Since(began))
			}
		})
	})
}

// TestAcceptedIsSent: after the server's 250, nothing that goes wrong matters.
func TestAcceptedIsSent(t *testing.T) {
	for _, does := range []string{cut, hang, drip, garbage, "421 4.3.0 bye", "554 5.0.0 no", ""} {
		t.Run(does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.script["QUIT"] = does
				began := time.Now()
				if err := s.sender(t, required).Send(t.Context(), letter); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > quitLimit {
					t.Errorf("parting took %v", took)
				}
				if len(s.accepted()) != 1 {
					t.Error("it was not accepted")
				}
			})
		})
	}
}
