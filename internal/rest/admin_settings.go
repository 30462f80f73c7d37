package rest

import (
	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

func viewSettings(s *Server, c *adminCall) (any, error) {
	set, err := adminDo(s, c, func(s *site.Site) (site.Settings, error) { return s.CurrentSettings(), nil })
	return wireSettings(set), err
}

// patchSettings changes the settings that the body names.
func patchSettings(s *Server, c *adminCall) (any, error) {
	changes := c.settings()
	set, err := adminDo(s, c, func(x *site.Site) (site.Settings, error) {
		n := x.CurrentSettings()
		for _, change := range changes {
			change(&n)
		}
		return x.Admin(c.who.name).ChangeSettings(n)
	})
	return wireSettings(set), err
}

// settings reads what the body changes. The changes are made by the command, since
// others may change other settings meanwhile.
func (c *adminCall) settings() (changes []func(*site.Settings)) {
	change := func(given bool, fn func(*site.Settings)) {
		if given {
			changes = append(changes, fn)
		}
	}
	number := func(name string, field func(*site.Settings) *int) {
		n, given := c.number(name, false, 32)
		change(given, func(x *site.Settings) { *field(x) = int(n) })
	}
	flag := func(name string, field func(*site.Settings) *bool) {
		given, yes := c.get(name, false) != nil, c.boolean(name, false)
		change(given, func(x *site.Settings) { *field(x) = yes })
	}
	texts := func(name string, field func(*site.Settings) *[]string) {
		list := c.texts(name)
		change(list != nil, func(x *site.Settings) { *field(x) = list })
	}
	number("holdSeconds", func(x *site.Settings) *int { return &x.HoldSeconds })
	number("offerSeconds", func(x *site.Settings) *int { return &x.OfferSeconds })
	number("absentSeconds", func(x *site.Settings) *int { return &x.AbsentSeconds })
	number("idleSeconds", func(x *site.Settings) *int { return &x.IdleSeconds })
	number("queueSeconds", func(x *site.Settings) *int { return &x.QueueSeconds })
	number("wrapUpSeconds", func(x *site.Settings) *int { return &x.WrapUpSeconds })
	number("noticeSeconds", func(x *site.Settings) *int { return &x.NoticeSeconds })
	number("targetSeconds", func(x *site.Settings) *int { return &x.TargetSeconds })
	flag("refuseWithoutAgents", func(x *site.Settings) *bool { return &x.RefuseWithoutAgents })
	flag("spam", func(x *site.Settings) *bool { return &x.Spam })
	flag("requireContext", func(x *site.Settings) *bool { return &x.RequireContext })
	flag("default", func(x *site.Settings) *bool { return &x.Default })
	texts("allowedOrigins", func(x *site.Settings) *[]string { return &x.AllowedOrigins })
	texts("hostNames", func(x *site.Settings) *[]string { return &x.HostNames })
	var reasons []site.StatusReason
	c.each("statusReasons", func(x *fields) {
		reasons = append(reasons, site.StatusReason{
			SubType: x.int32("subTypeId", true), Name: x.text("name", true), Status: api.ActivityStatus(x.text("status", true)),
		})
	})
	change(c.get("statusReasons", false) != nil, func(x *site.Settings) { x.StatusReasons = reasons })
	return changes
}

func wireSettings(x site.Settings) sites.Settings {
	w := sites.Settings{
		HoldSeconds: x.HoldSeconds, OfferSeconds: x.OfferSeconds, AbsentSeconds: x.AbsentSeconds, IdleSeconds: x.IdleSeconds,
		QueueSeconds: x.QueueSeconds, WrapUpSeconds: x.WrapUpSeconds, NoticeSeconds: x.NoticeSeconds, TargetSeconds: x.TargetSeconds,
		RefuseWithoutAgents: x.RefuseWithoutAgents, AllowedOrigins: x.AllowedOrigins, Spam: x.Spam, RequireContext: x.RequireContext,
		HostNames: x.HostNames, Default: x.Default,
	}
	for _, r := range x.StatusReasons {
		w.StatusReasons = append(w.StatusReasons, sites.StatusReason{SubTypeID: r.SubType, Name: r.Name, Status: r.Status})
	}
	return w
}
