package site

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // so that every machine knows the zones
)

// Hours are business hours: when somebody is there, in the wall clock of a zone.
type Hours struct {
	ID   HoursID `json:"id"`
	Name string  `json:"name"`
	// Zone is a name of the time zone database, such as "Europe/Vienna".
	Zone string `json:"zone"`
	// Week are the open spans of an ordinary week.
	Week []Span `json:"week,omitempty"`
	// Holidays are days with other hours than their weekday's.
	Holidays []Holiday `json:"holidays,omitempty"`

	zone *time.Location // Zone's, once it is known
}

// Span is an open stretch of a day, From inclusive to To exclusive, as "HH:MM".
// "24:00" is the end of the day.
type Span struct {
	Day  string `json:"day,omitempty"` // MON to SUN; "" in a holiday
	From string `json:"from"`
	To   string `json:"to"`
}

// Holiday is a day with hours of its own; without any it is closed.
type Holiday struct {
	Name string `json:"name"`
	// Date is "2026-12-25", or "12-25" for every year.
	Date string `json:"date"`
	Open []Span `json:"open,omitempty"`
}

// Opening says whether hours are open, and why not.
type Opening string

// The openings.
const (
	Open      Opening = "OPEN"
	Closed    Opening = "CLOSED"
	OnHoliday Opening = "HOLIDAY"
)

var weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}

// At answers whether the hours are open at a time. A zone that changes its clock
// does so here too: the spans are what the clock on the wall shows.
func (h *Hours) At(t Time) Opening {
	if h.zone == nil {
		h.locate()
	}
	local := t.Std().In(h.zone)
	minute := local.Hour()*60 + local.Minute()
	date := local.Format("2006-01-02")
	for _, d := range h.Holidays {
		if d.falls(date) {
			if slices.ContainsFunc(d.Open, func(o Span) bool { return o.holds(minute) }) {
				return Open
			}
			return OnHoliday
		}
	}
	day := weekdays[local.Weekday()]
	if slices.ContainsFunc(h.Week, func(o Span) bool { return o.Day == day && o.holds(minute) }) {
		return Open
	}
	return Closed
}

// falls reports whether a holiday is on a date, "2026-12-25".
func (d *Holiday) falls(date string) bool { return d.Date == date || d.Date == date[len("2026-"):] }

// opens answers when the hours are open next, 0 when they are not within a year and a bit.
func (h *Hours) opens(now Time) Time {
	if h.zone == nil {
		h.locate()
	}
	if h.At(now) == Open {
		return now
	}
	// Days are counted in UTC, where each has 24 hours.
	today := now.Std().In(h.zone)
	for day := range 400 {
		date := time.Date(today.Year(), today.Month(), today.Day()+day, 0, 0, 0, 0, time.UTC)
		var first Time
		for _, t := range h.mayOpen(date) {
			at := Time(t.UnixMicro())
			if at > now && (first == 0 || at < first) && t.In(h.zone).Day() == date.Day() && h.At(at) == Open {
				first = at
			}
		}
		if first > 0 {
			return first
		}
	}
	return 0
}

// mayOpen answers the moments at which hours may open on a date: where a span begins, by
// the clock before and after it is changed, and where it is changed.
func (h *Hours) mayOpen(date time.Time) []time.Time {
	var all []time.Time
	spans := h.openings(date)
	for t := date.Add(-24 * time.Hour); len(spans) > 0; {
		_, ahead := t.In(h.zone).Zone()
		for _, from := range spans {
			all = append(all, date.Add(time.Duration(from)*time.Minute-time.Duration(ahead)*time.Second))
		}
		_, t = t.In(h.zone).ZoneBounds()
		if t.IsZero() || t.After(date.Add(48*time.Hour)) {
			break
		}
		all = append(all, t)
	}
	return all
}

// openings answers at which minutes of a day a span begins.
func (h *Hours) openings(day time.Time) []int {
	var all []int
	add := func(o Span) {
		from, _ := clock(o.From)
		all = append(all, from)
	}
	date := day.Format("2006-01-02")
	for _, d := range h.Holidays {
		if d.falls(date) {
			for _, o := range d.Open {
				add(o)
			}
			return all
		}
	}
	for _, o := range h.Week {
		if o.Day == weekdays[day.Weekday()] {
			add(o)
		}
	}
	return all
}

func (o Span) holds(minute int) bool {
	from, _ := clock(o.From)
	to, _ := clock(o.To)
	return from <= minute && minute < to
}

// clock reads "HH:MM" as minutes of the day.
func clock(text string) (int, error) {
	hour, minute, ok := strings.Cut(text, ":")
	h, err := strconv.ParseUint(hour, 10, 8)
	m, err2 := strconv.ParseUint(minute, 10, 8)
	if !ok || len(hour) != 2 || len(minute) != 2 || err != nil || err2 != nil || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%.20q is no time of day", text)
	}
	return int(h*60 + m), nil
}

func (h *Hours) check() error {
	if h.Zone == "" || h.Zone == "Local" || h.locate() != nil {
		return refuse(BadRequest, "zone: %.60q is not a time zone: expected a name such as Europe/Vienna", h.Zone)
	}
	if len(h.Week) > maxSpans || len(h.Holidays) > maxHolidays {
		return refuse(BadRequest, "week holds at most %d spans, holidays at most %d days", maxSpans, maxHolidays)
	}
	for i, o := range h.Week {
		if !slices.Contains(weekdays, o.Day) {
			return refuse(BadRequest, "week[%d].day: %.20q is no weekday: expected MON, TUE, WED, THU, FRI, SAT or SUN", i, o.Day)
		}
		if err := o.check(fmt.Sprintf("week[%d]", i)); err != nil {
			return err
		}
	}
	for i, d := range h.Holidays {
		_, once := time.Parse("2006-01-02", d.Date)
		_, yearly := time.Parse("2006-01-02", "2000-"+d.Date) // a leap year, so that 02-29 is a date
		if once != nil && yearly != nil {
			return refuse(BadRequest, "holidays[%d].date: %.20q is no date: expected 2026-12-25, or 12-25 for every year", i, d.Date)
		}
		if len(d.Name) > MaxNameBytes || len(d.Open) > maxSpans {
			return refuse(BadRequest, "holidays[%d]: a name has at most %d bytes, a day at most %d spans", i, MaxNameBytes, maxSpans)
		}
		for j, o := range d.Open {
			if o.Day != "" {
				return refuse(BadRequest, "holidays[%d].open[%d].day: the date says the day, leave it out", i, j)
			}
			if err := o.check(fmt.Sprintf("holidays[%d].open[%d]", i, j)); err != nil {
				return err
			}
		}
	}
	return nil
}

// zoneName is the name of the zone that the hours are kept in.
func (h *Hours) zoneName() string {
	if h.zone == nil {
		_ = h.locate()
	}
	return h.zone.String()
}

// locate finds the hours' zone. A zone that is not known any more counts as UTC.
func (h *Hours) locate() (err error) {
	if h.zone, err = time.LoadLocation(h.Zone); err != nil {
		h.zone = time.UTC
	}
	return err
}

const (
	maxSpans    = 100 // several a day, on each day of the week
	maxHolidays = 1000
)

func (o Span) check(place string) error {
	from, err := clock(o.From)
	if err != nil {
		return refuse(BadRequest, "%s.from: %v: expected HH:MM", place, err)
	}
	to, err := clock(o.To)
	if err != nil {
		return refuse(BadRequest, "%s.to: %v: expected HH:MM", place, err)
	}
	if from >= to {
		return refuse(BadRequest, "%s: %s is not before %s: split a span that passes midnight in two", place, o.From, o.To)
	}
	return nil
}

func (h Hours) clone() Hours {
	h.Week, h.Holidays, h.zone = slices.Clone(h.Week), slices.Clone(h.Holidays), nil
	for i := range h.Holidays {
		h.Holidays[i].Open = slices.Clone(h.Holidays[i].Open)
	}
	return h
}

// HoursDefined makes business hours or replaces their definition.
type HoursDefined struct {
	Hours Hours  `json:"hours"`
	By    string `json:"by,omitempty"`
}

func (e *HoursDefined) apply(s *Site, at Time) {
	h := e.Hours
	h.locate()
	s.changed(at, e.By, partHours.of(int64(h.ID)), orNil(s.hours[h.ID]), &h)
	s.hours[h.ID] = &h
	s.touch(partHours, int64(h.ID), 0)
}

// DefineHours makes business hours or replaces their definition.
func (a Admin) DefineHours(h Hours) (Hours, error) {
	s := a.site
	if err := s.definable(partHours, int64(h.ID), h.Name, s.hours[h.ID] != nil, len(s.hours), MaxHours); err != nil {
		return Hours{}, err
	}
	if err := h.check(); err != nil {
		return Hours{}, err
	}
	s.record(&HoursDefined{Hours: h.clone(), By: a.by})
	return h.clone(), nil
}

// opening answers whether hours are open now; hours 0 always are.
func (s *Site) opening(id HoursID) Opening {
	if h := s.hours[id]; h != nil {
		return h.At(s.now)
	}
	return Open
}
