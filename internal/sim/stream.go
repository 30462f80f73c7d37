package sim

import (
	"encoding/json"
	"fmt"

	"usher/internal/site"
)

// mark is the entry of a post's data by which the checkers know it.
const mark = "mark"

// stream checks what one session is handed out, as its client sees it:
//
//   - mailbox numbers come without a gap;
//   - with positions nothing comes twice; without, what comes again has the same
//     numbers and the same content;
//   - a number, and a sequenceNumber of an engagement, never has two contents;
//   - a post comes before what its sender posted when it knew it to be posted;
//   - a post never comes under two numbers.
type stream struct {
	who       string
	positions bool  // its client uses positions, from now on
	last      int64 // all up to here were received
	content   map[int64]string
	sequence  map[site.EngagementID]int64
	bySeq     map[channel]string
	posts     map[string]int64 // mark → number
	copies    map[string]int   // mark → how often it came under another number
	order     map[string]int64 // sender → when the latest of its posts was sent that came here
	claims    *claims
}

// channel is a place in an engagement's channel.
type channel struct {
	engagement site.EngagementID
	sequence   int64
}

func newStream(who string, c *claims) *stream {
	return &stream{
		who: who, content: map[int64]string{}, sequence: map[site.EngagementID]int64{},
		bySeq: map[channel]string{}, posts: map[string]int64{}, copies: map[string]int{}, order: map[string]int64{}, claims: c,
	}
}

// receive takes one message. fresh: it did not come before.
func (s *stream) receive(d site.Delivery) (fresh bool, err error) {
	if d.Fleeting {
		if d.Number > s.last {
			return false, fmt.Errorf("%s: fleeting news after number %d came when only %d were received", s.who, d.Number, s.last)
		}
		return true, nil
	}
	is := content(d.Message)
	at := channel{d.Message.Engagement, d.Sequence}
	if was, ok := s.content[d.Number]; ok && was != is {
		return false, fmt.Errorf("%s: number %d was %s and is now %s", s.who, d.Number, was, is)
	}
	if was, ok := s.bySeq[at]; ok && was != is {
		return false, fmt.Errorf("%s: sequenceNumber %d of engagement %d was %s and is now %s", s.who, at.sequence, at.engagement, was, is)
	}
	switch {
	case d.Number <= s.last && s.positions:
		return false, fmt.Errorf("%s: number %d came again, and %d were acknowledged", s.who, d.Number, s.last)
	case d.Number <= s.last:
		return false, nil
	case d.Number != s.last+1:
		return false, fmt.Errorf("%s: number %d came after %d: something is lost", s.who, d.Number, s.last)
	case d.Sequence != s.sequence[at.engagement]+1:
		return false, fmt.Errorf("%s: sequenceNumber %d of engagement %d came after %d", s.who, d.Sequence, at.engagement, s.sequence[at.engagement])
	}
	s.last, s.sequence[at.engagement] = d.Number, d.Sequence
	s.content[d.Number], s.bySeq[at] = is, is
	if d.Message.Post == nil {
		return true, nil
	}
	return true, s.post(d)
}

func (s *stream) post(d site.Delivery) error {
	m := d.Message.Post.Data[mark]
	p := s.claims.posts[m]
	switch {
	case p == nil:
		return fmt.Errorf("%s: a post %q came that nobody posted", s.who, m)
	case d.Message.Post.Text() != p.text:
		return fmt.Errorf("%s: post %s came with the text %q, posted was %q", s.who, m, d.Message.Post.Text(), p.text)
	case s.copies[m] >= p.most():
		return fmt.Errorf("%s: post %s came under the numbers %d and %d", s.who, m, s.posts[m], d.Number)
	case p.done != 0 && p.done < s.order[p.sender] && s.copies[m] == 0:
		return fmt.Errorf("%s: post %s of %s came after a later one of its", s.who, m, p.sender)
	case p.hidden && !p.toAgent:
		return fmt.Errorf("%s: post %s came, which visitors must not see", s.who, m)
	}
	s.posts[m], s.order[p.sender] = d.Number, max(s.order[p.sender], p.sentAt)
	s.copies[m]++
	return nil
}

// content is all that a message says.
func content(m *site.Message) string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	if m.Post != nil {
		return string(b) + m.Post.Text()
	}
	return string(b)
}

func describe(m *site.Message) string {
	if m.Post != nil {
		return "post " + m.Post.Data[mark]
	}
	return fmt.Sprintf("%s of %d", m.Kind, m.Engagement)
}
