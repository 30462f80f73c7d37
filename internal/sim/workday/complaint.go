package workday

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// complaint is a broken rule; one of each kind is kept.
type complaint struct {
	kind, text string
	count      int
}

// complain notes a broken rule. The engagement and the agent are what it is about.
func (o *oracle) complain(v *visit, w *worker, format string, args ...any) {
	if v != nil {
		o.about = append(o.about, fmt.Sprintf(`"engagement":%d,`, v.id), fmt.Sprintf(`"engagement":%d}`, v.id))
	}
	if w != nil {
		o.about = append(o.about, fmt.Sprintf(`"client":%d,`, w.client), fmt.Sprintf(`"client":%d}`, w.client))
	}
	if i := slices.IndexFunc(o.complaints, func(c complaint) bool { return c.kind == format }); i >= 0 {
		o.complaints[i].count++
		return
	}
	text := fmt.Sprintf("%s: %s", o.now.Std().Format("15:04:05.000000"), fmt.Sprintf(format, args...))
	if o.all { // what led to it, before it is forgotten
		t := o.trace()
		text += "\n      " + strings.Join(t[max(0, len(t)-12):], "\n      ")
		o.about = nil
	}
	o.complaints = append(o.complaints, complaint{format, text, 1})
}

// complaint answers the first complaint, unless the day goes on in spite of it.
func (o *oracle) complaint() error {
	if o.all || len(o.complaints) == 0 {
		return nil
	}
	return errors.New(o.complaints[0].text)
}

// allComplaints answers one complaint of each kind, of a day that went on.
func (o *oracle) allComplaints() error {
	var all []error
	for _, c := range o.complaints {
		all = append(all, fmt.Errorf("%d times: %s", c.count, c.text))
	}
	return errors.Join(all...)
}

// remember keeps a line of what was recorded.
func (o *oracle) remember(line []byte) {
	const most = 4000
	if len(o.recent) >= 2*most {
		o.recent = slices.Clone(o.recent[most:])
	}
	o.recent = append(o.recent, line)
}

// trace answers what was recorded lately of what the complaints are about.
func (o *oracle) trace() []string {
	var out []string
	for _, l := range o.recent {
		if len(o.about) == 0 || slices.ContainsFunc(o.about, func(a string) bool { return bytes.Contains(l, []byte(a)) }) {
			out = append(out, string(l))
		}
	}
	return out[max(0, len(out)-40):]
}
