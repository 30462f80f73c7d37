package site

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWhenHoursOpenNext(t *testing.T) {
	t.Parallel()
	night := func(zone string, spans ...Span) Hours { return Hours{ID: 7, Name: "Night", Zone: zone, Week: spans} }
	holidays := office("Europe/Vienna")
	holidays.Holidays = []Holiday{
		{"New Year", "01-01", nil}, {"Short", "2026-06-02", []Span{{From: "10:00", To: "12:00"}}}, {"Leap", "02-29", []Span{{From: "00:00", To: "24:00"}}},
	}
	for _, c := range []struct {
		name  string
		hours Hours
		now   string
		opens string
	}{
		{"later today", office("UTC"), "2026-06-01T07:00:00Z", "2026-06-01T08:00:00Z"},
		{"it is open", office("UTC"), "2026-06-01T08:00:00Z", "2026-06-01T08:00:00Z"},
		{"it is open still", office("UTC"), "2026-06-01T17:29:59Z", "2026-06-01T17:29:59Z"},
		{"tomorrow", office("UTC"), "2026-06-01T17:30:00Z", "2026-06-02T08:00:00Z"},
		{"after the break", office("UTC"), "2026-06-05T12:00:00Z", "2026-06-05T13:00:00Z"},
		{"after the weekend", office("UTC"), "2026-06-07T00:00:00Z", "2026-06-08T08:00:00Z"},
		{"in the zone's clock", office("Europe/Vienna"), "2026-06-01T05:00:00Z", "2026-06-01T06:00:00Z"},
		{"where it is Monday already", office("Pacific/Kiritimati"), "2026-05-31T17:00:00Z", "2026-05-31T18:00:00Z"},
		{"over New Year", holidays, "2026-12-31T20:00:00Z", "2027-01-02T21:00:00Z"}, // a Friday: next is Saturday's evening
		{"on a short day", holidays, "2026-06-02T04:00:00Z", "2026-06-02T08:00:00Z"},
		{"after a short day", holidays, "2026-06-02T10:00:00Z", "2026-06-03T06:00:00Z"},
		{"never", night("UTC"), "2026-06-01T00:00:00Z", ""},
		{"once in a year", Hours{Zone: "UTC", Holidays: []Holiday{{"Day", "06-01", []Span{{From: "10:00", To: "11:00"}}}}}, "2026-06-01T11:00:00Z", "2027-06-01T10:00:00Z"},
		{"on a day that is over", Hours{Zone: "UTC", Holidays: []Holiday{{"Day", "2026-05-31", []Span{{From: "10:00", To: "11:00"}}}}}, "2026-06-01T11:00:00Z", ""},
		// Clocks go forward from 2 to 3 in Vienna on Sunday, 29 March, at 1:00 UTC.
		{"in an hour that is not", night("Europe/Vienna", Span{"SUN", "02:30", "05:00"}), "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		{"at its end", night("Europe/Vienna", Span{"SUN", "02:30", "03:00"}), "2026-03-28T12:00:00Z", "2026-04-05T00:30:00Z"},
		// And back from 3 to 2 on Sunday, 25 October, at 1:00 UTC.
		{"in an hour that is twice", night("Europe/Vienna", Span{"SUN", "02:30", "02:45"}), "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"the second time", night("Europe/Vienna", Span{"SUN", "02:30", "02:45"}), "2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z"},
		{"after the second time", night("Europe/Vienna", Span{"SUN", "02:30", "02:45"}), "2026-10-25T01:45:00Z", "2026-11-01T01:30:00Z"},
		{"back into it", night("Europe/Vienna", Span{"SUN", "02:00", "02:59"}), "2026-10-25T00:59:00Z", "2026-10-25T01:00:00Z"},
		// In Beirut the day begins at one: at midnight on 29 March the clock goes forward.
		{"a midnight that is not", night("Asia/Beirut", Span{"SUN", "00:00", "02:00"}), "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z"},
		// Lord Howe's clock moves by half an hour, at 2:00 on 4 October.
		{"half an hour that is not", night("Australia/Lord_Howe", Span{"SUN", "02:15", "04:00"}), "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z"},
		// Samoa left out 30 December 2011.
		{"a day that is not", night("Pacific/Apia", Span{"FRI", "08:00", "12:00"}), "2011-12-29T12:00:00Z", "2012-01-05T18:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := Time(0)
			if c.opens != "" {
				want = moment(t, c.opens)
			}
			if got := c.hours.opens(moment(t, c.now)); got != want {
				t.Errorf("they open at %s, want %s", got.Std().UTC(), c.opens)
			}
		})
	}
}

// TestHoursAreOpenWhenTheySay: at the moment that opens answers they are open, and in no
// minute before it. Spans, holidays, zones and moments are any.
func TestHoursAreOpenWhenTheySay(t *testing.T) {
	zones := []string{"UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.IntRange(0, 24*60)
		span := func(day string) Span {
			from, to := minutes.Draw(t, "from"), minutes.Draw(t, "to")
			from, to = min(from, to), max(from, to)
			if from == to {
				from, to = max(from-1, 0), max(to, 1)
			}
			return Span{day, fmt.Sprintf("%02d:%02d", from/60, from%60), fmt.Sprintf("%02d:%02d", to/60, to%60)}
		}
		h := Hours{ID: 1, Name: "Some", Zone: rapid.SampledFrom(zones).Draw(t, "zone")}
		for range rapid.IntRange(0, 6).Draw(t, "spans") {
			h.Week = append(h.Week, span(rapid.SampledFrom(weekdays).Draw(t, "day")))
		}
		// The clocks of half the zones change in these weeks.
		now := time.Date(2026, rapid.SampledFrom([]time.Month{3, 10, 11}).Draw(t, "month"), 1, 0, rapid.IntRange(0, 31*24*60).Draw(t, "minute"), 0, 0, time.UTC)
		for range rapid.IntRange(0, 3).Draw(t, "holidays") {
			d := Holiday{Name: "Day", Date: now.AddDate(0, 0, rapid.IntRange(-1, 8).Draw(t, "in days")).Format("2006-01-02")}
			for range rapid.IntRange(0, 2).Draw(t, "open") {
				d.Open = append(d.Open, span(""))
			}
			h.Holidays = append(h.Holidays, d)
		}
		begin, opens := Time(now.UnixMicro()), h.opens(Time(now.UnixMicro()))
		if opens != 0 && (opens < begin || h.At(opens) != Open) {
			t.Fatalf("at %s they are %s", opens.Std().UTC(), h.At(opens))
		}
		for at := begin; at < begin.Add(15*24*time.Hour) && (opens == 0 || at < opens); at = at.Add(time.Minute) {
			if h.At(at) == Open {
				t.Fatalf("they are open at %s already, and said %s", at.Std().UTC(), opens.Std().UTC())
			}
		}
	})
}
