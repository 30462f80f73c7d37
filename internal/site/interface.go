package site

// Interface is one face of the site to its visitors, such as a brand or a language
// (agent-api 4.5.1, interfaceId). A site that defines none has whichever is named.
type Interface struct {
	ID   InterfaceID `json:"id"`
	Name string      `json:"name"`
	// Language is a BCP 47 tag such as "de" or "pt-BR"; "" says nothing.
	Language string `json:"language,omitempty"`
}

// InterfaceDefined makes an interface or replaces its definition.
type InterfaceDefined struct {
	Interface Interface `json:"interface"`
	By        string    `json:"by,omitempty"`
}

func (e *InterfaceDefined) apply(s *Site, at Time) {
	i := e.Interface
	s.changed(at, e.By, partInterface.of(int64(i.ID)), orNil(s.interfaces[i.ID]), &i)
	s.interfaces[i.ID] = &i
	s.touch(partInterface, int64(i.ID), 0)
}

// DefineInterface makes an interface or replaces its definition.
func (a Admin) DefineInterface(i Interface) (Interface, error) {
	s := a.site
	if err := s.definable(partInterface, int64(i.ID), i.Name, s.interfaces[i.ID] != nil, len(s.interfaces), MaxInterfaces); err != nil {
		return Interface{}, err
	}
	if len(i.Language) > MaxLanguageBytes {
		return Interface{}, refuse(BadRequest, "language: expected a tag such as de or pt-BR, at most %d bytes", MaxLanguageBytes)
	}
	s.record(&InterfaceDefined{Interface: i, By: a.by})
	return i, nil
}

// HasInterface reports whether the site has this interface.
func (s *Site) HasInterface(id InterfaceID) bool {
	return s.interfaces[id] != nil || len(s.interfaces) == 0 && id > 0
}

// InterfaceNamed answers the interface with this name, 0 when there is none.
func (s *Site) InterfaceNamed(name string) InterfaceID {
	for _, id := range sortedKeys(s.interfaces) {
		if s.interfaces[id].Name == name {
			return id
		}
	}
	return 0
}

// language answers a visitor's language: the interface's where none is named.
func (s *Site) language(named string, id InterfaceID) string {
	if i := s.interfaces[id]; i != nil && named == "" {
		return i.Language
	}
	return named
}
