package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/journal/memory"
	"usher/internal/testkit"
)

// TestRatingStory: a chat that is over can be rated, and rated again, by its visitor
// alone, over a restart, until half an hour after its session's end.
func TestRatingStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto()}
		s := testkit.New(t, o)
		a, v := s.Chat("ada")
		w := s.Enter(testkit.Support)
		const five = `{"stars":5,"comment":"Quick and kind.","clientTransactionId":7}`
		rated := func(v *testkit.Visitor) *consumer.Rating { return standing(v, "").Rating }
		expectRefusal(t, own(v, "POST", "rating", five), http.StatusConflict, api.Conflict)
		if r := rated(v); r != nil {
			t.Errorf("before the end: %+v", r)
		}
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		got := testkit.Decode[consumer.RatingResponse](s, own(v, "POST", "rating", five))
		if got.Rating != (consumer.Rating{Stars: 5, Comment: "Quick and kind."}) || got.ClientID != v.Client || *got.ClientTransactionID != 7 {
			t.Errorf("answered %+v", got)
		}
		before := s.Position()
		expectStatus(t, own(v, "POST", "rating", five), http.StatusOK)
		if s.Position() != before {
			t.Error("the same rating again recorded something")
		}
		expectRefusal(t, own(w, "POST", "rating", five), http.StatusConflict, api.Conflict) // its own chat goes on
		if r := rated(w); r != nil {
			t.Errorf("another visitor's: %+v", r)
		}

		expectStatus(t, own(v, "POST", "rating", `{"stars":"3"}`), http.StatusOK) // loose types are for all visitors (1.3)
		if r := rated(v); r == nil || *r != (consumer.Rating{Stars: 3}) {
			t.Errorf("the later rating: %+v", r)
		}
		ended := leaves(v)
		v = visitorAt(restart(t, s, o, time.Second), v)
		if r := rated(v); r == nil || *r != (consumer.Rating{Stars: 3}) {
			t.Errorf("after the restart: %+v", r)
		}
		lastsUntil(t, ended, func() testkit.Answer { return own(v, "POST", "rating", five) })
	})
}

// TestRatingRefusals: what is no rating is refused and changes nothing.
func TestRatingRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, own(v, "POST", "rating", `{"stars":1,"comment":"`+strings.Repeat("é", 2048)+`"}`), http.StatusOK)
		before := standing(v, "").Rating
		for what, c := range map[string]struct {
			body, says string
			status     int
		}{
			"no stars":           {`{}`, "stars", 400},
			"no star":            {`{"stars":0}`, "stars", 400},
			"six stars":          {`{"stars":6}`, "stars", 400},
			"fewer than none":    {`{"stars":-1}`, "stars", 400},
			"half a star":        {`{"stars":4.5}`, "stars", 400},
			"a word":             {`{"stars":"many"}`, "stars", 400},
			"a comment's type":   {`{"stars":5,"comment":{}}`, "comment", 400},
			"a comment too long": {`{"stars":5,"comment":"` + strings.Repeat("x", 4097) + `"}`, "comment", 413},
			"a bad transaction":  {`{"stars":5,"clientTransactionId":"x"}`, "clientTransactionId", 400},
			"no object":          {`5`, "", 400},
		} {
			at := s.Position()
			got := own(v, "POST", "rating", c.body)
			if got.Status != c.status || !strings.Contains(got.Body, c.says) || s.Position() != at {
				t.Errorf("%s: %d %s, and %d events", what, got.Status, got.Body, s.Position()-at)
			}
		}
		if now := standing(v, "").Rating; !cmp.Equal(before, now) {
			t.Errorf("it was %+v and is %+v", before, now)
		}
	})
}
