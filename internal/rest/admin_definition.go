package rest

import (
	"encoding/json"
	"fmt"

	"usher/internal/site"
)

// definitions are the kinds of things that administration defines by an id.
var definitions = []definable{
	queueDefinition, accountDefinition, profileDefinition, groupDefinition, interfaceDefinition, hoursDefinition, replyDefinition,
}

// definable is a definition of any types.
type definable interface {
	path() string
	named() site.Definition
	list(s *Server, c *adminCall) (any, error)
	view(s *Server, c *adminCall) (any, error)
	put(s *Server, c *adminCall) (any, error)
	remove(s *Server, c *adminCall) (any, error)
	// shown makes what the wire shows of what the audit log has.
	shown(recorded []byte) (any, error)
}

// definition is one kind: S is how the site has it, W how the wire shows it.
type definition[S, W any] struct {
	kind   site.Definition
	plural string
	// most is the largest id that the site's type holds.
	most int64
	all  func(v *site.View) []S
	id   func(x S) int64
	// read reads a whole definition from a request; what is left out gets its default.
	read   func(c *adminCall) S
	define func(x *site.Site, by string, d S) (S, error)
	wire   func(x S) W
	listed func(all []W) any
}

func (d definition[S, W]) path() string           { return d.plural }
func (d definition[S, W]) named() site.Definition { return d.kind }

func (d definition[S, W]) list(s *Server, c *adminCall) (any, error) {
	all, err := adminDo(s, c, d.defined)
	w := make([]W, len(all))
	for i, x := range all {
		w[i] = d.wire(x)
	}
	return d.listed(w), err
}

func (d definition[S, W]) view(s *Server, c *adminCall) (any, error) {
	if c.id > d.most {
		return nil, wrongID(d.most)
	}
	all, err := adminDo(s, c, d.defined)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if d.id(x) == c.id {
			return d.wire(x), nil
		}
	}
	return nil, &site.Error{Code: site.NotFound, Message: fmt.Sprintf("there is no %s %d at this site", d.kind, c.id)}
}

func (d definition[S, W]) defined(x *site.Site) ([]S, error) {
	v := x.View()
	return d.all(&v), nil
}

func (d definition[S, W]) put(s *Server, c *adminCall) (any, error) {
	if c.id > d.most {
		return nil, wrongID(d.most)
	}
	wanted := d.read(c)
	got, err := adminDo(s, c, func(x *site.Site) (S, error) { return d.define(x, c.who.name, wanted) })
	return d.wire(got), err
}

func (d definition[S, W]) remove(s *Server, c *adminCall) (any, error) {
	if c.id > d.most {
		return nil, wrongID(d.most)
	}
	return adminDo(s, c, func(x *site.Site) (nothing, error) { return nothing{}, x.Admin(c.who.name).Remove(d.kind, c.id) })
}

func (d definition[S, W]) shown(recorded []byte) (any, error) {
	var x S
	if err := json.Unmarshal(recorded, &x); err != nil {
		return nil, fmt.Errorf("read a recorded %s: %w", d.kind, err)
	}
	return d.wire(x), nil
}
