package rest

import (
	"usher/api"
	"usher/api/sites"
	"usher/internal/site"
)

var hoursDefinition = definition[site.Hours, sites.Hours]{
	kind: site.DefinedHours, plural: "hours", most: site.MaxWireNumber,
	all:    func(v *site.View) []site.Hours { return v.Hours },
	id:     func(h site.Hours) int64 { return int64(h.ID) },
	read:   readHours,
	define: func(x *site.Site, by string, h site.Hours) (site.Hours, error) { return x.Admin(by).DefineHours(h) },
	wire:   wireHours,
	listed: func(all []sites.Hours) any { return sites.HoursList{Hours: all} },
}

func readHours(c *adminCall) site.Hours {
	h := site.Hours{ID: site.HoursID(c.id), Name: c.text("name", true), Zone: c.text("zone", true)}
	c.each("week", func(x *fields) { h.Week = append(h.Week, x.span(true)) })
	c.each("holidays", func(x *fields) {
		d := site.Holiday{Name: x.text("name", false), Date: x.text("date", true)}
		x.each("open", func(o *fields) { d.Open = append(d.Open, o.span(false)) })
		h.Holidays = append(h.Holidays, d)
	})
	return h
}

func (f *fields) span(ofWeek bool) site.Span {
	return site.Span{Day: f.text("day", ofWeek), From: f.text("from", true), To: f.text("to", true)}
}

func wireHours(h site.Hours) sites.Hours {
	w := sites.Hours{HoursID: int64(h.ID), Name: h.Name, Zone: h.Zone, Week: wireSpans(h.Week)}
	for _, d := range h.Holidays {
		w.Holidays = append(w.Holidays, sites.Holiday{Name: d.Name, Date: d.Date, Open: wireSpans(d.Open)})
	}
	return w
}

func wireSpans(spans []site.Span) api.List[sites.Span] {
	var w api.List[sites.Span]
	for _, o := range spans {
		w = append(w, sites.Span(o))
	}
	return w
}
