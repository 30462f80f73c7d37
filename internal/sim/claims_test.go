package sim

import (
	"strings"
	"testing"

	"usher/internal/host/machine"
	"usher/internal/site"
)

func TestClaimsFind(t *testing.T) {
	refused := &site.Error{Code: site.Conflict, Message: "no"}
	for _, c := range []struct {
		name   string
		claim  claim
		err    error // the answer
		ran    bool
		stands int // in the journal
		want   string
	}{
		{"done", claim{}, nil, true, 1, ""},
		{"done and not there", claim{}, nil, true, 0, "stands in the journal 0 times"},
		{"done twice", claim{}, nil, true, 2, "stands in the journal 2 times"},
		{"done twice, sent twice", claim{copies: 1}, nil, true, 2, ""},
		{"done twice, sent twice with its name", claim{copies: 1, named: true}, nil, true, 2, "stands in the journal 2 times"},
		{"done and never run", claim{}, nil, false, 1, "never ran"},
		{"refused", claim{}, refused, true, 0, ""},
		{"refused and there", claim{}, refused, true, 1, "was refused each time"},
		{"refused and there, by another sending", claim{maybe: true}, refused, true, 1, ""},
		{"refused, and another sending is under way", claim{sends: 1}, refused, true, 1, ""},
		{"uncertain", claim{}, machine.ErrUncertain, true, 1, ""},
		{"uncertain, and known to be done", claim{ok: true}, machine.ErrUncertain, true, 0, "is not in the journal"},
		{"moved and run", claim{}, machine.ErrMoved, true, 0, "ran, and was answered"},
		{"read-only and run", claim{}, machine.ErrReadOnly, true, 0, "ran, and was answered"},
		{"nobody's word", claim{}, errNoAnswer, true, 0, "was answered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := c.claim
			k.mark = "it"
			k.sends++
			r := newRecord(nil)
			r.count["it"] = c.stands
			cs := newClaims()
			err := cs.answered(&k, "a request", c.err, c.ran, r)
			if err == nil {
				err = cs.told(&k, "a request", c.err, r)
			}
			switch {
			case c.want == "" && err != nil:
				t.Errorf("found %v where nothing is wrong", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("found %v, want %q", err, c.want)
			}
		})
	}
}
