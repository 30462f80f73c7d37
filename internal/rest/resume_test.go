package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/api"
	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/testkit"
)

// signed is the word of a site's back end on who a visitor is.
func signed(s *testkit.Server, claims jwt.MapClaims) string {
	s.T.Helper()
	keys := testkit.Decode[sites.Keys](s, s.Send("GET", "/usher/admin/v1/sites/"+testkit.SiteName+"/keys", "", "Authorization", "Bearer "+s.AdminToken))
	if claims["exp"] == nil {
		claims["exp"] = time.Now().Add(time.Hour).Unix()
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(keys.IdentityKey))
	if err != nil {
		s.T.Fatal(err)
	}
	return token
}

// pageToken is what a page gets that starts with these members beside the key.
func pageToken(s *testkit.Server, members string) string {
	s.T.Helper()
	return testkit.Decode[consumer.StartResponse](s, startFrom(s, `{"key":"`+s.WidgetKey+`"`+members+`}`)).ChannelToken
}

func opens(s *testkit.Server, token string) (consumer.RequestEngagementResponse, *testkit.Visitor) {
	s.T.Helper()
	r := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token))
	return r, &testkit.Visitor{Server: s, Session: r.SessionID, Client: r.ClientID, Engagement: r.EngagementID}
}

// TestResume: whom the back end names goes on with the chat under another token that
// asks for it; the former session id is no longer good.
func TestResume(t *testing.T) {
	t.Parallel()
	byBackEnd := func(attributes string) func(*testkit.Server) (string, string) {
		return func(s *testkit.Server) (string, string) {
			return s.VisitorToken(`{` + attributes + `}`), s.VisitorToken(`{` + attributes + `,"resumeType":"RESUME"}`)
		}
	}
	for name, tokens := range map[string]func(*testkit.Server) (first, second string){
		"authUserName": byBackEnd(`"authUserName":"ann"`),
		"contactId":    byBackEnd(`"contactId":17`),
		"an e-mail":    byBackEnd(`"emailAddress":"Ann@example.org"`),
		"a signed identity": func(s *testkit.Server) (string, string) {
			return pageToken(s, `,"identity":"`+signed(s, jwt.MapClaims{"sub": "ann"})+`"`), pageToken(s, `,"resumeType":"RESUME","identity":"`+signed(s, jwt.MapClaims{"sub": "ann"})+`"`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testkit.New(t, testkit.Options{})
				first, second := tokens(s)
				before, v := opens(s, first)
				a := s.LogOn("ada")
				a.Ask(1)
				a.Accept(v.Engagement)
				v.Poll()
				a.Post(v.Engagement, "while the page reloads")

				same, _ := opens(s, first) // the same token needs no resumeType
				if same.ResultType != api.ResultExistingSession || same.SessionID != before.SessionID {
					t.Errorf("the same token: %s, the same session %t", same.ResultType, same.SessionID == before.SessionID)
				}
				after, w := opens(s, second)
				if after.ResultType != api.ResultExistingSession || after.EngagementID != before.EngagementID || after.ClientID != before.ClientID || after.SessionID == before.SessionID {
					t.Errorf("another token: %+v, before %+v", after, before)
				}
				expectRefusal(t, v.Call("postMessage", `{"body":"x"}`), http.StatusForbidden, api.AccessDenied)
				expectRefusal(t, own(v, "GET", "session", ""), http.StatusForbidden, api.AccessDenied)
				if got := postedToVisitor(w); len(got) != 1 || got[0] != "while the page reloads" {
					t.Errorf("it goes on with %q", got)
				}
				w.Post("back again")
				if got, _ := postedTo(a); len(got) != 1 || got[0] != "back again" {
					t.Errorf("the agent gets %q", got)
				}
				expectStatus(t, w.Call("concludeEngagement", ""), http.StatusOK)
				_, third := tokens(s)
				if r, _ := opens(s, third); r.ResultType != api.ResultSuccess || r.EngagementID == before.EngagementID {
					t.Errorf("what is over was resumed: %+v", r)
				}
			})
		})
	}
}

// TestNobodyTakesAChatOver: a page that only claims to be somebody gets a chat of its
// own, as does whoever does not ask to go on or is somebody else.
func TestNobodyTakesAChatOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		for _, attributes := range []string{`"authUserName":"ann"`, `"contactId":17`, `"emailAddress":"ann@example.org"`} {
			opens(s, s.VisitorToken(`{`+attributes+`}`))
			opens(s, pageToken(s, `,`+attributes)) // which nobody vouched for
			for what, token := range map[string]string{
				"a page's claim":           pageToken(s, `,"resumeType":"RESUME",`+attributes),
				"a page with an identity":  pageToken(s, `,"resumeType":"RESUME",`+attributes+`,"identity":"`+signed(s, jwt.MapClaims{"sub": "bob", "emailAddress": "ann@example.org", "contactId": 17})+`"`),
				"no wish to go on":         s.VisitorToken(`{` + attributes + `}`),
				"another wish":             s.VisitorToken(`{` + attributes + `,"resumeType":"NONE"}`),
				"nobody who wants to":      s.VisitorToken(`{"resumeType":"RESUME"}`),
				"somebody else, who wants": s.VisitorToken(`{"resumeType":"RESUME","authUserName":"` + fmt.Sprintf("x%d", len(attributes)) + `"}`),
			} {
				if r, v := opens(s, token); r.ResultType != api.ResultSuccess {
					t.Errorf("%s, %s: %s", attributes, what, r.ResultType)
				} else {
					expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
				}
			}
		}
	})
}
