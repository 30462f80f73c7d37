package sim

import (
	"strings"
	"testing"

	"usher/internal/site"
)

// What a session must not be handed out, by hand: the site hands out none of it.
func TestStreamFinds(t *testing.T) {
	const lead, visitor = "ada", "visitor"
	posts := map[string]*post{
		"first":  {claim: claim{mark: "first"}, sender: visitor, toAgent: true, sentAt: 10, done: 20},
		"second": {claim: claim{mark: "second"}, sender: visitor, toAgent: true, sentAt: 30},
		"beside": {claim: claim{mark: "beside"}, sender: visitor, toAgent: true, sentAt: 15, done: 25},
		"hidden": {claim: claim{mark: "hidden"}, sender: lead, hidden: true},
		"double": {claim: claim{mark: "double", copies: 1}, sender: visitor, toAgent: true, sentAt: 10},
	}
	says := func(number, sequence int64, m string) site.Delivery {
		return site.Delivery{Number: number, Sequence: sequence, Message: &site.Message{
			Kind: site.KindPost, Engagement: 1, Post: &site.Post{Data: map[string]string{mark: m}},
		}}
	}
	joined := func(number, sequence int64) site.Delivery {
		return site.Delivery{Number: number, Sequence: sequence, Message: &site.Message{Kind: site.KindJoined, Engagement: 1}}
	}
	typing := func(number int64) site.Delivery {
		d := joined(number, 0)
		d.Fleeting = true
		return d
	}
	for _, c := range []struct {
		name      string
		positions bool
		comes     []site.Delivery
		want      string // "": nothing is wrong
	}{
		{"in order", true, []site.Delivery{joined(1, 1), says(2, 2, "first"), says(3, 3, "second"), typing(3)}, ""},
		{"again", false, []site.Delivery{joined(1, 1), says(2, 2, "first"), joined(1, 1), says(2, 2, "first")}, ""},
		{"again, with positions", true, []site.Delivery{joined(1, 1), joined(1, 1)}, "came again"},
		{"a gap", false, []site.Delivery{joined(1, 1), says(3, 2, "first")}, "something is lost"},
		{"a gap in the channel", false, []site.Delivery{joined(1, 1), says(2, 3, "first")}, "sequenceNumber 3"},
		{"a number says something else", false, []site.Delivery{joined(1, 1), says(1, 1, "first")}, "and is now"},
		{"a channel's number says something else", false, []site.Delivery{joined(1, 1), says(2, 1, "first")}, "and is now"},
		{"news of what is to come", false, []site.Delivery{typing(1)}, "fleeting news"},
		{"after what was sent when it was known to be posted", false, []site.Delivery{says(1, 1, "second"), says(2, 2, "first")}, "after a later one"},
		{"two that were under way together", false, []site.Delivery{says(1, 1, "beside"), says(2, 2, "first")}, ""},
		{"under two numbers", false, []site.Delivery{says(1, 1, "first"), says(2, 2, "first")}, "under the numbers"},
		{"under two numbers, sent twice", false, []site.Delivery{says(1, 1, "double"), says(2, 2, "double")}, ""},
		{"under three numbers, sent twice", false, []site.Delivery{says(1, 1, "double"), says(2, 2, "double"), says(3, 3, "double")}, "under the numbers"},
		{"nobody's", false, []site.Delivery{says(1, 1, "no such")}, "nobody posted"},
		{"not for visitors", false, []site.Delivery{says(1, 1, "hidden")}, "must not see"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStream("somebody", &claims{posts: posts})
			s.positions = c.positions
			var err error
			for _, d := range c.comes {
				if err == nil {
					_, err = s.receive(d)
				}
			}
			switch {
			case c.want == "" && err != nil:
				t.Errorf("found %v where nothing is wrong", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("found %v, want %q", err, c.want)
			}
		})
	}
}
