package sites

import "usher/api"

// Interface is one face of a site to its visitors, such as a brand or a language:
// GET, PUT and DELETE /usher/admin/v1/sites/{site}/interfaces/{id}. InterfaceID in
// a request does not count. A site that defines none takes any number.
type Interface struct {
	InterfaceID int32  `json:"interfaceId,omitempty"`
	Name        string `json:"name"`
	// Language is a tag such as "de" or "pt-BR"; "" says nothing.
	Language string `json:"language"`
}

// Interfaces are a site's interfaces in the order of their ids:
// GET /usher/admin/v1/sites/{site}/interfaces.
type Interfaces struct {
	Interfaces api.List[Interface] `json:"interfaces"`
}
