package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/internal/testkit"
)

// TestRichTextIsClean: of a rich text only what may reach a browser is delivered, in
// both directions and in whispers, and stands in history, session and transcript;
// plain text is nobody's HTML and stays as it is.
func TestRichTextIsClean(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		settled(a, v)
		const dirty = `<b onclick="x()">bold</b><script>alert(1)</script><img src=x onerror=y()><a href="javascript:z()">link</a>`
		const plain = `1 < 2 && <script>alert(1)</script>`
		post := func(more string) string { return fmt.Sprintf(`{"body":%q,"richText":true%s}`, dirty, more) }
		to := fmt.Sprintf(`,"destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE"`, v.Engagement)
		whisper := fmt.Sprintf(`,"destinationId":%d,"destinationType":"END_USER","messageType":"NONE"`, v.Client)

		expectStatus(t, v.Call("postMessage", post(`,"messageId":"v-1"`)), http.StatusOK)
		before := s.Position()
		expectStatus(t, v.Call("postMessage", post(`,"messageId":"v-1"`)), http.StatusOK)
		if s.Position() != before {
			t.Error("the same dirty text under the same id recorded something")
		}
		v.Post(plain)
		got, _ := postedTo(a)
		if len(got) != 2 || got[1] != plain {
			t.Fatalf("the agent gets %q", got)
		}
		cleaned := got[0]
		for _, bad := range []string{"<script", "onclick", "onerror", "javascript", "alert", "<img"} {
			expectNoText(t, cleaned, bad)
		}
		expectText(t, cleaned, "<b>bold</b>")
		expectText(t, cleaned, "link")

		expectStatus(t, a.Call("postMessage", post(to+`,"messageId":"a-1"`)), http.StatusOK)
		expectStatus(t, a.Call("postMessage", post(to+`,"messageId":"a-1"`)), http.StatusOK)
		expectStatus(t, a.Call("postMessage", post(whisper)), http.StatusOK)
		a.Post(v.Engagement, plain)
		if got := postedToVisitor(v); !cmp.Equal(got, []string{cleaned, cleaned, plain}) {
			t.Errorf("the visitor gets %q, want as the agent got: %q", got, cleaned)
		}
		want := []string{cleaned, plain, cleaned, cleaned, plain}
		var history, session, transcript []string
		for _, p := range testkit.Decode[agent.HistoryResponse](s, a.Call("history", inEngagement(v.Engagement, ""))).Posts {
			history = append(history, p.Body)
		}
		for _, p := range standing(v, "").Posts {
			session = append(session, p.Body)
		}
		for _, l := range readChat(v, "").Lines {
			if l.Kind == "POST" {
				transcript = append(transcript, l.Body)
			}
		}
		for where, got := range map[string][]string{"history": history, "session": session, "transcript": transcript} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the %s (-want +got):\n%s", where, diff)
			}
		}

		before = s.Position()
		for _, empty := range []string{"<script>alert(1)</script>", "<img src=x onerror=y()>", "<!-- -->"} {
			expectRefusal(t, v.Call("postMessage", fmt.Sprintf(`{"body":%q,"richText":true}`, empty)), http.StatusBadRequest, api.BadRequest)
			expectRefusal(t, a.Call("postMessage", fmt.Sprintf(`{"body":%q,"richText":true%s}`, empty, to)), http.StatusBadRequest, api.BadRequest)
		}
		if s.Position() != before {
			t.Error("a text of which nothing is left recorded something")
		}
	})
}

func expectNoText(t *testing.T, text, part string) {
	t.Helper()
	if strings.Contains(strings.ToLower(text), part) {
		t.Errorf("%q holds %q", text, part)
	}
}
