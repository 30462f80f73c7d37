package sites

import "usher/api"

// Hours are business hours: GET, PUT and DELETE
// /usher/admin/v1/sites/{site}/hours/{id}. HoursID in a request does not count.
type Hours struct {
	HoursID int64  `json:"hoursId,omitempty"`
	Name    string `json:"name"`
	// Zone is a name of the time zone database, such as "Europe/Vienna".
	Zone string `json:"zone"`
	// Week are the open spans of an ordinary week.
	Week api.List[Span] `json:"week"`
	// Holidays are days with other hours than their weekday's.
	Holidays api.List[Holiday] `json:"holidays"`
}

// Span is an open stretch of a day, From inclusive to To exclusive, as "HH:MM" on
// the clock of the zone. "24:00" is the end of the day.
type Span struct {
	// Day is MON, TUE, WED, THU, FRI, SAT or SUN; "" in a holiday.
	Day  string `json:"day,omitempty"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Holiday is a day with hours of its own; without any it is closed.
type Holiday struct {
	Name string `json:"name"`
	// Date is "2026-12-25", or "12-25" for every year.
	Date string         `json:"date"`
	Open api.List[Span] `json:"open"`
}

// HoursList are a site's business hours in the order of their ids:
// GET /usher/admin/v1/sites/{site}/hours.
type HoursList struct {
	Hours api.List[Hours] `json:"hours"`
}
