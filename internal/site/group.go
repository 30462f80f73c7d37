package site

import "math"

// Group is a staff group: accounts that belong together in lists and reports.
type Group struct {
	ID   GroupID `json:"id"`
	Name string  `json:"name"`
}

// GroupDefined makes a group or replaces its definition.
type GroupDefined struct {
	Group Group  `json:"group"`
	By    string `json:"by,omitempty"`
}

func (e *GroupDefined) apply(s *Site, at Time) {
	g := e.Group
	s.changed(at, e.By, partGroup.of(int64(g.ID)), orNil(s.groups[g.ID]), &g)
	s.groups[g.ID] = &g
	s.touch(partGroup, int64(g.ID), 0)
}

// DefineGroup makes a group or replaces its definition.
func (a Admin) DefineGroup(g Group) (Group, error) {
	s := a.site
	if err := s.definable(partGroup, int64(g.ID), g.Name, s.groups[g.ID] != nil, len(s.groups), MaxGroups); err != nil {
		return Group{}, err
	}
	if g.ID > math.MaxInt32 {
		return Group{}, refuse(BadRequest, "the group's id is %d: the contract has 32 bits for it", g.ID)
	}
	s.record(&GroupDefined{Group: g, By: a.by})
	return g, nil
}
