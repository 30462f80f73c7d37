package site

import "testing"

// TestTheSitesZone is that of the default queue's hours, also when the site was loaded from
// a checkpoint.
func TestTheSitesZone(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	is := func(want string) {
		t.Helper()
		w.checkpoint()
		var parts []Part
		for _, k := range sortedKeys(w.parts) {
			parts = append(parts, Part{Key: k, Data: w.parts[k]})
		}
		s, err := Restore(w.Position(), parts, nil)
		if err != nil {
			t.Fatal(err)
		}
		if live, restored := w.Zone(), s.Zone(); live != want || restored != want {
			t.Errorf("the zone is %s, and %s when restored; want %s", live, restored, want)
		}
	}
	is("UTC")
	w.hoursOf(Hours{ID: 3, Name: "Night", Zone: "Asia/Tokyo"})
	is("Asia/Tokyo")
	w.hoursOf(Hours{ID: 2, Name: "Day", Zone: "Europe/Vienna"})
	is("Europe/Vienna")
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Hours: 3})
	is("Asia/Tokyo")
}
