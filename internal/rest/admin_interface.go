package rest

import (
	"math"

	"usher/api/sites"
	"usher/internal/site"
)

var interfaceDefinition = definition[site.Interface, sites.Interface]{
	kind: site.DefinedInterface, plural: "interfaces", most: math.MaxInt32,
	all: func(v *site.View) []site.Interface { return v.Interfaces },
	id:  func(i site.Interface) int64 { return int64(i.ID) },
	read: func(c *adminCall) site.Interface {
		return site.Interface{ID: site.InterfaceID(c.id), Name: c.text("name", true), Language: c.text("language", false)}
	},
	define: func(x *site.Site, by string, i site.Interface) (site.Interface, error) {
		return x.Admin(by).DefineInterface(i)
	},
	wire: func(i site.Interface) sites.Interface {
		return sites.Interface{InterfaceID: int32(i.ID), Name: i.Name, Language: i.Language}
	},
	listed: func(all []sites.Interface) any { return sites.Interfaces{Interfaces: all} },
}
