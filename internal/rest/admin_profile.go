package rest

import (
	"cmp"

	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

var profileDefinition = definition[site.Profile, sites.Profile]{
	kind: site.DefinedProfile, plural: "profiles", most: site.MaxWireNumber,
	all: func(v *site.View) []site.Profile { return v.Profiles },
	id:  func(p site.Profile) int64 { return int64(p.ID) },
	read: func(c *adminCall) site.Profile {
		return site.Profile{ID: site.ProfileID(c.id), Name: c.text("name", true), Serving: c.serving()}
	},
	define: func(x *site.Site, by string, p site.Profile) (site.Profile, error) {
		return x.Admin(by).DefineProfile(p)
	},
	wire: func(p site.Profile) sites.Profile {
		return sites.Profile{ProfileID: int64(p.ID), Name: p.Name, Serving: wireServing(p.Serving)}
	},
	listed: func(all []sites.Profile) any { return sites.Profiles{Profiles: all} },
}

// serving reads what accounts and profiles have in common.
func (c *adminCall) serving() site.Serving {
	return site.Serving{
		Queues: ids[site.QueueID](c.numbers("queues")), AllQueues: c.boolean("allQueues", false), Except: ids[site.QueueID](c.numbers("except")),
		Pull: c.boolean("pull", false), Places: int(c.int32("places", false)), Policy: site.Policy(c.text("policy", false)),
		NoDecline: !c.booleanOr("allowDecline", true), AutoAccept: !c.booleanOr("autoDecline", true),
	}
}

func wireServing(v site.Serving) sites.Serving {
	return sites.Serving{
		Queues: ids[int64](v.Queues), AllQueues: v.AllQueues, Except: ids[int64](v.Except), Pull: v.Pull, Places: v.Places,
		Policy: sites.Policy(cmp.Or(v.Policy, site.FirstDue)), AllowDecline: new(!v.NoDecline), AutoDecline: new(!v.AutoAccept),
	}
}

// ids converts ids between the site's types and the wire's. Both have 64 bits.
func ids[To, From ~int64](list []From) api.List[To] {
	var out api.List[To]
	for _, id := range list {
		out = append(out, To(id))
	}
	return out
}
