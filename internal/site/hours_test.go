package site

import (
	"strings"
	"testing"
	"time"

	"usher/api"
)

// office is open on weekdays, with a break on Friday and a late Saturday.
func office(zone string) Hours {
	var week []Span
	for _, d := range []string{"MON", "TUE", "WED", "THU"} {
		week = append(week, Span{d, "08:00", "17:30"})
	}
	return Hours{ID: 7, Name: "Office", Zone: zone, Week: append(week,
		Span{"FRI", "08:00", "12:00"}, Span{"FRI", "13:00", "15:00"}, Span{"SAT", "22:00", "24:00"})}
}

func TestHoursFollowTheWallClockOfTheirZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, at string
		want     Opening
	}{
		{"UTC", "2026-06-01T07:59:59.999999Z", Closed}, // a Monday
		{"UTC", "2026-06-01T08:00:00Z", Open},
		{"UTC", "2026-06-01T17:29:59.999999Z", Open},
		{"UTC", "2026-06-01T17:30:00Z", Closed},
		{"UTC", "2026-06-05T11:59:59Z", Open}, // Friday, before its break
		{"UTC", "2026-06-05T12:00:00Z", Closed},
		{"UTC", "2026-06-05T12:59:59Z", Closed},
		{"UTC", "2026-06-05T13:00:00Z", Open},
		{"UTC", "2026-06-05T15:00:00Z", Closed},
		{"UTC", "2026-06-06T21:59:59Z", Closed}, // Saturday
		{"UTC", "2026-06-06T22:00:00Z", Open},
		{"UTC", "2026-06-06T23:59:59.999999Z", Open}, // 24:00 is the end of the day
		{"UTC", "2026-06-07T00:00:00Z", Closed},      // Sunday
		{"UTC", "2026-06-07T12:00:00Z", Closed},
		// The same moments elsewhere.
		{"Europe/Vienna", "2026-06-01T05:59:59Z", Closed},
		{"Europe/Vienna", "2026-06-01T06:00:00Z", Open}, // summer: UTC+2
		{"Europe/Vienna", "2026-06-01T15:29:59Z", Open},
		{"Europe/Vienna", "2026-06-01T15:30:00Z", Closed},
		{"Europe/Vienna", "2026-12-07T06:59:59Z", Closed},
		{"Europe/Vienna", "2026-12-07T07:00:00Z", Open}, // winter: UTC+1
		{"America/New_York", "2026-06-01T11:59:59Z", Closed},
		{"America/New_York", "2026-06-01T12:00:00Z", Open},
		{"America/New_York", "2026-06-02T03:00:00Z", Closed}, // still Monday there, at 23:00
		{"America/New_York", "2026-06-07T03:00:00Z", Open},   // still Saturday there
		{"Asia/Kolkata", "2026-06-01T02:29:59Z", Closed},
		{"Asia/Kolkata", "2026-06-01T02:30:00Z", Open}, // UTC+5:30
		{"Asia/Kathmandu", "2026-06-01T02:15:00Z", Open},
		{"Asia/Kathmandu", "2026-06-01T02:14:59Z", Closed}, // UTC+5:45
		{"Pacific/Auckland", "2026-05-31T20:00:00Z", Open}, // Monday has begun there
		{"Pacific/Kiritimati", "2026-05-31T18:00:00Z", Open},
		{"Pacific/Pago_Pago", "2026-06-01T19:00:00Z", Open}, // UTC-11
		{"Pacific/Pago_Pago", "2026-06-01T18:59:59Z", Closed},
	} {
		h := office(c.zone)
		if got := h.At(moment(t, c.at)); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.zone, c.at, got, c.want)
		}
	}
}

// TestHoursWhenTheClockChanges: what counts is what the clock on the wall shows,
// also in the hour that is left out, and in the one that comes twice.
func TestHoursWhenTheClockChanges(t *testing.T) {
	t.Parallel()
	night := func(zone, from, to string) *Hours {
		return &Hours{ID: 1, Name: "Night", Zone: zone, Week: []Span{{"SUN", from, to}}}
	}
	for _, c := range []struct {
		name  string
		hours *Hours
		at    string
		want  Opening
	}{
		// Vienna, 29 March 2026: 02:00 is 03:00.
		{"before the hour that is left out", night("Europe/Vienna", "01:30", "02:30"), "2026-03-29T00:59:59Z", Open},
		{"the clock jumps to 03:00, past the end", night("Europe/Vienna", "01:30", "02:30"), "2026-03-29T01:00:00Z", Closed},
		{"a span within the hour that is left out", night("Europe/Vienna", "02:00", "03:00"), "2026-03-29T00:59:59Z", Closed},
		{"is never open", night("Europe/Vienna", "02:00", "03:00"), "2026-03-29T01:00:00Z", Closed},
		{"from 03:00, which comes at once", night("Europe/Vienna", "03:00", "04:00"), "2026-03-29T01:00:00Z", Open},
		{"to 04:00, an hour later by the clock", night("Europe/Vienna", "03:00", "04:00"), "2026-03-29T01:59:59Z", Open},
		{"closed at 04:00", night("Europe/Vienna", "03:00", "04:00"), "2026-03-29T02:00:00Z", Closed},
		{"the week before, 02:30 is in it", night("Europe/Vienna", "02:00", "03:00"), "2026-03-22T01:30:00Z", Open},
		// Vienna, 25 October 2026: 03:00 is 02:00 again.
		{"02:30 for the first time", night("Europe/Vienna", "02:00", "03:00"), "2026-10-25T00:30:00Z", Open},
		{"02:30 for the second time", night("Europe/Vienna", "02:00", "03:00"), "2026-10-25T01:30:00Z", Open},
		{"03:00 after both", night("Europe/Vienna", "02:00", "03:00"), "2026-10-25T02:00:00Z", Closed},
		{"from 02:30, the first time", night("Europe/Vienna", "02:30", "05:00"), "2026-10-25T00:59:59Z", Open},
		{"the clock is back before 02:30", night("Europe/Vienna", "02:30", "05:00"), "2026-10-25T01:00:00Z", Closed},
		{"and at 02:30 again", night("Europe/Vienna", "02:30", "05:00"), "2026-10-25T01:30:00Z", Open},
		// New York, 8 March and 1 November 2026, at 02:00.
		{"New York before", night("America/New_York", "01:00", "04:00"), "2026-03-08T06:59:59Z", Open},
		{"New York after", night("America/New_York", "03:00", "04:00"), "2026-03-08T07:00:00Z", Open},
		{"New York, 01:30 for the second time", night("America/New_York", "01:00", "02:00"), "2026-11-01T06:30:00Z", Open},
		{"New York, 02:00", night("America/New_York", "01:00", "02:00"), "2026-11-01T07:00:00Z", Closed},
		// Lord Howe Island changes by half an hour, the other way round.
		{"Lord Howe, 5 April, 01:45 for the second time", night("Australia/Lord_Howe", "01:30", "02:00"), "2026-04-04T15:15:00Z", Open},
		{"Lord Howe, 4 October, 02:15 is 02:45", night("Australia/Lord_Howe", "02:00", "02:30"), "2026-10-03T15:45:00Z", Closed},
	} {
		if got := c.hours.At(moment(t, c.at)); got != c.want {
			t.Errorf("%s: %s at %s is %s, want %s", c.name, c.hours.Week[0], c.at, got, c.want)
		}
	}
}

func TestHolidaysComeBeforeTheWeek(t *testing.T) {
	t.Parallel()
	h := office("Europe/Vienna")
	h.Holidays = []Holiday{
		{Name: "Corpus Christi", Date: "2026-06-04"}, // a Thursday
		{Name: "Christmas Eve", Date: "12-24", Open: []Span{{From: "08:00", To: "12:00"}}},
		{Name: "Christmas", Date: "12-25"},
		{Name: "Leap day", Date: "02-29", Open: []Span{{From: "20:00", To: "24:00"}}},
		{Name: "Sale", Date: "2026-06-07", Open: []Span{{From: "10:00", To: "11:00"}, {From: "12:00", To: "13:00"}}}, // a Sunday
	}
	if err := h.check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, at string
		want     Opening
	}{
		{"once", "2026-06-04T10:00:00Z", OnHoliday},
		{"once, its first moment by the zone's clock", "2026-06-03T22:00:00Z", OnHoliday},
		{"the moment before", "2026-06-03T21:59:59Z", Closed},
		{"once, its last moment", "2026-06-04T21:59:59Z", OnHoliday},
		{"the moment after", "2026-06-04T22:00:00Z", Closed},
		{"the day after is as ever", "2026-06-05T06:00:00Z", Open},
		{"once is not every year", "2027-06-04T08:00:00Z", Open}, // a Friday
		{"every year", "2026-12-25T10:00:00Z", OnHoliday},
		{"every year, later", "2031-12-25T10:00:00Z", OnHoliday},
		{"with hours of its own", "2026-12-24T07:00:00Z", Open},
		{"and shut after them, as a holiday", "2026-12-24T11:00:00Z", OnHoliday},
		{"and before them", "2026-12-24T06:59:59Z", OnHoliday},
		{"every year, on a Sunday too", "2028-12-24T07:00:00Z", Open},
		{"a day on which the week is shut", "2026-06-07T08:00:00Z", Open},
		{"between its spans", "2026-06-07T09:00:00Z", OnHoliday},
		{"in its second span", "2026-06-07T10:59:59Z", Open},
		{"29 February, to midnight", "2028-02-29T22:59:59Z", Open},
		{"29 February, by day", "2028-02-29T12:00:00Z", OnHoliday}, // a Tuesday
		{"28 February of another year", "2027-02-28T12:00:00Z", Closed},
		{"1 March of another year is no leap day", "2027-03-01T12:00:00Z", Open},
	} {
		if got := h.At(moment(t, c.at)); got != c.want {
			t.Errorf("%s: %s at %s, want %s", c.name, got, c.at, c.want)
		}
	}
}

// TestHoursThatCannotBe has one thing wrong in each row, and where it stands in
// the message.
func TestHoursThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	spans := func(n int) []Span {
		all := make([]Span, n)
		for i := range all {
			all[i] = Span{"MON", "08:00", "09:00"}
		}
		return all
	}
	week := func(s Span) func(*Hours) { return func(h *Hours) { h.Week[1] = s } }
	day := func(d Holiday) func(*Hours) { return func(h *Hours) { h.Holidays = append(h.Holidays, d) } }
	for _, c := range []struct {
		name   string
		change func(*Hours)
		place  string
	}{
		{"no id", func(h *Hours) { h.ID = 0 }, "id is 0"},
		{"an id below zero", func(h *Hours) { h.ID = -1 }, "id is -1"},
		{"no name", func(h *Hours) { h.Name = "" }, "name"},
		{"a name too long", func(h *Hours) { h.Name = strings.Repeat("x", MaxNameBytes+1) }, "name"},
		{"no zone", func(h *Hours) { h.Zone = "" }, "zone"},
		{"a zone that is none", func(h *Hours) { h.Zone = "Europe/Atlantis" }, "zone"},
		{"the machine's zone", func(h *Hours) { h.Zone = "Local" }, "zone"},
		{"a zone that is a path", func(h *Hours) { h.Zone = "../Europe/Vienna" }, "zone"},
		{"a day that is none", week(Span{"Mon", "08:00", "09:00"}), "week[1].day"},
		{"no day", week(Span{"", "08:00", "09:00"}), "week[1].day"},
		{"no from", week(Span{"MON", "", "09:00"}), "week[1].from"},
		{"a short from", week(Span{"MON", "8:00", "09:00"}), "week[1].from"},
		{"minutes of three digits", week(Span{"MON", "8:000", "09:00"}), "week[1].from"},
		{"a letter for the last digit", week(Span{"MON", "08:0x", "09:00"}), "week[1].from"},
		{"a dot for the colon", week(Span{"MON", "08.00", "09:00"}), "week[1].from"},
		{"a tab for a digit", week(Span{"MON", "\t8:00", "09:00"}), "week[1].from"},
		{"a blank for a digit", week(Span{"MON", " 8:00", "09:00"}), "week[1].from"},
		{"a sign", week(Span{"MON", "+8:00", "09:00"}), "week[1].from"},
		{"minute 60", week(Span{"MON", "08:60", "09:00"}), "week[1].from"},
		{"after 24:00", week(Span{"MON", "08:00", "24:01"}), "week[1].to"},
		{"hour 25", week(Span{"MON", "08:00", "25:00"}), "week[1].to"},
		{"no to", week(Span{"MON", "08:00", ""}), "week[1].to"},
		{"nothing between", week(Span{"MON", "08:00", "08:00"}), "week[1]: 08:00 is not before 08:00"},
		{"past midnight", week(Span{"MON", "22:00", "06:00"}), "week[1]: 22:00 is not before 06:00"},
		{"from the end of the day", week(Span{"MON", "24:00", "24:00"}), "week[1]"},
		{"too many spans", func(h *Hours) { h.Week = spans(maxSpans + 1) }, "week"},
		{"no date", day(Holiday{Name: "x"}), "holidays[1].date"},
		{"a date that never was", day(Holiday{Date: "2026-02-29"}), "holidays[1].date"},
		{"30 February", day(Holiday{Date: "02-30"}), "holidays[1].date"},
		{"a date in short", day(Holiday{Date: "2026-6-4"}), "holidays[1].date"},
		{"a date and more", day(Holiday{Date: "2026-06-04 "}), "holidays[1].date"},
		{"month 13", day(Holiday{Date: "13-01"}), "holidays[1].date"},
		{"a holiday's name too long", day(Holiday{Name: strings.Repeat("x", MaxNameBytes+1), Date: "12-26"}), "holidays[1]"},
		{"a weekday in a holiday", day(Holiday{Date: "12-26", Open: []Span{{From: "08:00", To: "09:00"}, {"MON", "08:00", "09:00"}}}), "holidays[1].open[1].day"},
		{"a time in a holiday", day(Holiday{Date: "12-26", Open: []Span{{From: "08:00", To: "9"}}}), "holidays[1].open[0].to"},
		{"a holiday past midnight", day(Holiday{Date: "12-26", Open: []Span{{From: "09:00", To: "08:00"}}}), "holidays[1].open[0]"},
		{"too many spans in a holiday", day(Holiday{Date: "12-26", Open: spans(maxSpans + 1)}), "holidays[1]"},
		{"too many holidays", func(h *Hours) { h.Holidays = make([]Holiday, maxHolidays+1) }, "holidays"},
	} {
		h := office("Europe/Vienna")
		h.Holidays = []Holiday{{Name: "Christmas", Date: "12-25"}}
		c.change(&h)
		before := w.Position()
		_, err := w.Admin("test").DefineHours(h)
		if codeOf(err) != BadRequest || !strings.Contains(err.Error(), c.place) {
			t.Errorf("%s: answered %v, want a refusal with %q", c.name, err, c.place)
		}
		if w.Position() != before {
			t.Errorf("%s: a refusal recorded something", c.name)
		}
	}
	if len(w.View().Hours) != 0 {
		t.Errorf("there are hours: %+v", w.View().Hours)
	}
}

func TestHoursCloseTheirQueueAndOpenItAgain(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	h := office("Europe/Vienna")
	h.Holidays = []Holiday{{Name: "Corpus Christi", Date: "2026-06-04"}}
	w.hoursOf(h)
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
	w.becomes("2026-06-03T05:59:59Z")
	w.turnedAway(2, api.ResultOutOfHours)
	w.enter(1) // another queue
	w.becomes("2026-06-03T06:00:00Z")
	_, e := w.enter(2)
	w.after(9*time.Hour + 30*time.Minute)
	w.turnedAway(2, api.ResultOutOfHours)
	w.is(e, "gone") // it waited too long; closing alone turns nobody away
	w.becomes("2026-06-04T08:00:00Z")
	w.turnedAway(2, api.ResultHoliday)
	h.Holidays = nil
	w.hoursOf(h) // takes effect at once
	w.enter(2)
	st, _ := w.QueueStanding(2)
	if st.Opening != Open {
		t.Errorf("the queue is %s", st.Opening)
	}
}

func TestWhoWaitsWhenTheHoursEndIsStillServed(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.hoursOf(office("UTC"))
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Hours: 7})
	w.becomes("2026-06-03T17:29:00Z")
	ann, e := w.enter(2)
	w.after(2 * time.Minute)
	w.turnedAway(2, api.ResultOutOfHours)
	ada := w.logOn(12)
	w.ask(ada, 1)
	w.accept(ada, e)
	w.told(ann, "joined LEAD Ada")
}

func TestHoursThatAreHandedOutShareNothing(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	h := office("UTC")
	h.Holidays = []Holiday{{Name: "Christmas", Date: "12-25", Open: []Span{{From: "08:00", To: "09:00"}}}}
	w.hoursOf(h)
	h.Week[0].From, h.Holidays[0].Open[0].From = "x", "x"
	v := w.View().Hours[0]
	if v.Week[0].From != "08:00" || v.Holidays[0].Open[0].From != "08:00" {
		t.Errorf("changed from outside: %+v", v)
	}
	v.Week[0].From, v.Holidays[0].Open[0].From = "x", "x"
	if v := w.View().Hours[0]; v.Week[0].From != "08:00" || v.Holidays[0].Open[0].From != "08:00" {
		t.Errorf("changed from outside: %+v", v)
	}
}
