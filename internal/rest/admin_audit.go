package rest

import (
	"encoding/json"
	"strings"

	"usher/api/sites"
	"usher/internal/site"
)

// viewAudit answers a page of the audit log, in the words of the wire: what stands
// before a change can be sent again to undo it.
func viewAudit(s *Server, c *adminCall) (any, error) {
	after, most := c.page()
	type page struct {
		changes []site.Change
		more    bool
	}
	p, err := adminDo(s, c, func(x *site.Site) (p page, _ error) {
		p.changes, p.more = x.Changes(after, most)
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	answer := sites.Audit{More: p.more}
	for _, x := range p.changes {
		w := sites.Change{Number: x.Number, At: stamp(x.At), By: x.By, What: x.What}
		if w.Before, err = shown(x.What, x.Before); err != nil {
			return nil, err
		}
		if w.After, err = shown(x.What, x.After); err != nil {
			return nil, err
		}
		answer.Changes = append(answer.Changes, w)
	}
	return answer, nil
}

// shown writes a recorded definition as its own address answers it.
func shown(what string, recorded []byte) (json.RawMessage, error) {
	if len(recorded) == 0 {
		return nil, nil
	}
	kind, _, _ := strings.Cut(what, "/")
	wire := shownAs[kind]
	if wire == nil { // of a kind that this program does not know: better told raw than not at all
		return recorded, nil
	}
	v, err := wire(recorded)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(encode(v)), nil
}

// shownAs has for each kind of change how it is shown.
var shownAs = func() map[string]func([]byte) (any, error) {
	all := map[string]func([]byte) (any, error){"settings": shownSettings, "rules": shownRules}
	for _, d := range definitions {
		all[string(d.named())] = d.shown
	}
	return all
}()

func shownSettings(recorded []byte) (any, error) {
	var x site.Settings
	err := json.Unmarshal(recorded, &x)
	return wireSettings(x), err
}
