package rest_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"usher/internal/journal/sqlite"
	"usher/internal/testkit"
)

// TestAdministrationOutlivesARestart: all that was defined, and the log of it, is
// there when the host starts again on the same journal, and rules as before.
func TestAdministrationOutlivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func(t *testing.T) caller {
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return administer(testkit.New(t, testkit.Options{Journal: j}))
	}
	paths := []string{"", "/settings", "/keys", "/rules"}
	for _, d := range everyKind() {
		paths = append(paths, "/"+d.path, fmt.Sprintf("/%s/%d", d.path, d.id))
	}
	before, audit := map[string]string{}, ""
	synctest.Test(t, func(t *testing.T) {
		c := start(t)
		for _, d := range everyKind() {
			c.ok("PUT", fmt.Sprintf("/%s/%d", d.path, d.id), d.whole)
		}
		c.ok("PUT", "/queues/8", `{"name":"Gone"}`)
		c.ok("DELETE", "/queues/8", "")
		c.ok("PUT", "/accounts/16", fmt.Sprintf(`{"login":"sue","name":"Sue","password":%q,"supervisor":true}`, testkit.Password))
		c.as("sue").ok("PATCH", "/settings", `{"holdSeconds":9,"wrapUpSeconds":11,"noticeSeconds":12,"targetSeconds":13,"refuseWithoutAgents":false,`+
			`"statusReasons":[{"subTypeId":9,"name":"Lunch","status":"UNAVAILABLE"}],"hostNames":["a.example"],"default":true,"requireContext":false,"spam":true,`+
			`"spamAgents":true,"spamLimits":{"maxLinks":3,"maxBlocks":9},"sneakPreview":true,"maxPerAddress":17,"requireIdentity":true,"identityKey":5,`+
			`"files":{"maxBytes":77,"types":["image/*"]},"mailTranscripts":true}`)
		c.ok("PUT", "/rules", `{"enter":[{"name":"gold","when":{"products":[5],"categories":[6],"languages":["de"],"interfaces":[2],`+
			`"fields":[{"name":"tier","op":"CONTAINS","value":"gold"}],"hours":4,"closed":true},"queue":7,"priority":3,"account":21},`+
			`{"name":"cards","when":{"products":[8]},"queue":2},{"name":"no","when":{"products":[9]},"refuse":true}],`+
			`"escalate":[{"name":"up","when":{"queues":[7]},"queue":1}]}`)
		for _, path := range paths {
			before[path] = c.ok("GET", path, "")
		}
		audit = c.ok("GET", "/audit?limit=1000", "")
	})
	synctest.Test(t, func(t *testing.T) {
		c := start(t)
		// The kit defines its own queues and accounts again; that is in the log, too.
		c.ok("PUT", "/queues/1", `{"name":"Support"}`)
		c.ok("PUT", "/queues/7", everyKind()[1].whole)
		for _, path := range paths {
			if now := c.ok("GET", path, ""); now != before[path] {
				t.Errorf("%s was %s and is %s", path, before[path], now)
			}
		}
		if now := c.ok("GET", "/audit?limit=1000", ""); now[:len(audit)-len(`],"more":false}`)] != audit[:len(audit)-len(`],"more":false}`)] {
			t.Errorf("the log was %s and is %s", audit, now)
		}
		c.as("sue").ok("GET", "/audit", "")
		if got := entered(c.Server, `{"productId":8}`); got != 2 {
			t.Errorf("the rule sends to %d", got)
		}
	})
}
