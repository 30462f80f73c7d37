package site

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"usher/api"
)

// SpamCode says which check a post did not pass (consumer-api 2.5).
type SpamCode string

// The spam checks.
const (
	SpamLength    SpamCode = "LENGTH"    // too many characters
	SpamLinks     SpamCode = "LINKS"     // too many links
	SpamDuplicate SpamCode = "DUPLICATE" // the same text again and again
	SpamSymbols   SpamCode = "SYMBOLS"   // hardly a letter in it
	SpamBurst     SpamCode = "BURST"     // too many posts in a short time
)

// SpamLimits are the thresholds of the spam checks. What is 0 is as
// DefaultSpamLimits has it.
type SpamLimits struct {
	// MaxCharacters and MaxLinks are the most that one post may have.
	MaxCharacters int `json:"maxCharacters,omitempty"`
	MaxLinks      int `json:"maxLinks,omitempty"`
	// The same text Duplicates times within DuplicateSeconds is blocked.
	Duplicates       int `json:"duplicates,omitempty"`
	DuplicateSeconds int `json:"duplicateSeconds,omitempty"`
	// A text of more than SymbolCharacters may have at most SymbolPercent of symbols.
	SymbolPercent    int `json:"symbolPercent,omitempty"`
	SymbolCharacters int `json:"symbolCharacters,omitempty"`
	// BurstPosts are the most within BurstSeconds.
	BurstPosts   int `json:"burstPosts,omitempty"`
	BurstSeconds int `json:"burstSeconds,omitempty"`
	// So many blocked posts end the engagement; so does one that is ExtremeFactor
	// times beyond a count.
	MaxBlocks     int `json:"maxBlocks,omitempty"`
	ExtremeFactor int `json:"extremeFactor,omitempty"`
}

// DefaultSpamLimits answers the thresholds of a site that sets none.
func DefaultSpamLimits() SpamLimits {
	return SpamLimits{
		MaxCharacters: 4000, MaxLinks: 5, Duplicates: 3, DuplicateSeconds: 60, SymbolPercent: 70, SymbolCharacters: 40,
		BurstPosts: 10, BurstSeconds: 10, MaxBlocks: 5, ExtremeFactor: 10,
	}
}

// Whole answers the limits with the defaults in place of what is 0.
func (l SpamLimits) Whole() SpamLimits {
	d := DefaultSpamLimits()
	return SpamLimits{
		MaxCharacters: cmp.Or(l.MaxCharacters, d.MaxCharacters), MaxLinks: cmp.Or(l.MaxLinks, d.MaxLinks),
		Duplicates: cmp.Or(l.Duplicates, d.Duplicates), DuplicateSeconds: cmp.Or(l.DuplicateSeconds, d.DuplicateSeconds),
		SymbolPercent: cmp.Or(l.SymbolPercent, d.SymbolPercent), SymbolCharacters: cmp.Or(l.SymbolCharacters, d.SymbolCharacters),
		BurstPosts: cmp.Or(l.BurstPosts, d.BurstPosts), BurstSeconds: cmp.Or(l.BurstSeconds, d.BurstSeconds),
		MaxBlocks: cmp.Or(l.MaxBlocks, d.MaxBlocks), ExtremeFactor: cmp.Or(l.ExtremeFactor, d.ExtremeFactor),
	}
}

func (l SpamLimits) ranges() []setting {
	return []setting{
		{"spamLimits.maxCharacters", l.MaxCharacters, 0, MaxPostBytes}, {"spamLimits.maxLinks", l.MaxLinks, 0, MaxPostBytes},
		{"spamLimits.duplicates", l.Duplicates, 0, maxSpamTries}, {"spamLimits.duplicateSeconds", l.DuplicateSeconds, 0, maxSpamSeconds},
		{"spamLimits.symbolPercent", l.SymbolPercent, 0, 100}, {"spamLimits.symbolCharacters", l.SymbolCharacters, 0, MaxPostBytes},
		{"spamLimits.burstPosts", l.BurstPosts, 0, maxSpamTries}, {"spamLimits.burstSeconds", l.BurstSeconds, 0, maxSpamSeconds},
		{"spamLimits.maxBlocks", l.MaxBlocks, 0, maxSpamTries}, {"spamLimits.extremeFactor", l.ExtremeFactor, 0, spamMemory / maxSpamTries},
	}
}

// try is one text that somebody tried to post.
type try struct {
	at   Time
	text uint64 // mark of the text, without case and white space
}

// verdict is what the spam checks say of a post: nothing, which ones it did not
// pass, and whether one of them by far.
type verdict struct {
	codes   []SpamCode
	extreme bool
}

// judge holds a post against the limits, and remembers it: what was tried counts,
// whether it passed or not. What was tried before a restart is forgotten.
func (x *session) judge(now Time, n NewPost, l SpamLimits) verdict {
	text, tagged := n.Body, 0
	if n.RichText {
		text, tagged = untagged(n.Body), strings.Count(strings.ToLower(n.Body), "href=")
	}
	said := mark(normal(text))
	duplicates, burst := seconds(l.DuplicateSeconds), seconds(l.BurstSeconds)
	x.tries = slices.DeleteFunc(x.tries, func(t try) bool { return now.Sub(t.at) >= max(duplicates, burst) })
	x.tries = append(x.tries, try{now, said})
	if over := len(x.tries) - spamMemory; over > 0 {
		x.tries = slices.Delete(x.tries, 0, over)
	}
	var v verdict
	find := func(code SpamCode, found bool, count, limit int) {
		if found {
			v.codes = append(v.codes, code)
			v.extreme = v.extreme || count >= limit*l.ExtremeFactor
		}
	}
	length, linked := utf8.RuneCountInString(text), max(links(text), tagged)
	find(SpamLength, length > l.MaxCharacters, length, l.MaxCharacters)
	find(SpamLinks, linked > l.MaxLinks, linked, l.MaxLinks)
	same := x.triedSince(now, duplicates, func(t try) bool { return t.text == said })
	find(SpamDuplicate, n.File == nil && same >= l.Duplicates, same, l.Duplicates)
	all := x.triedSince(now, burst, func(try) bool { return true })
	find(SpamBurst, all > l.BurstPosts, all, l.BurstPosts)
	if n, symbols := symbolsIn(text); n > l.SymbolCharacters && symbols*100 > n*l.SymbolPercent {
		v.codes = append(v.codes, SpamSymbols)
	}
	return v
}

// triedSince counts the tries of the last while that are meant.
func (x *session) triedSince(now Time, while time.Duration, meant func(try) bool) int {
	count := 0
	for _, t := range x.tries {
		if now.Sub(t.at) < while && meant(t) {
			count++
		}
	}
	return count
}

// normal is a text without what people change to send it again: case and white space.
func normal(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }

// links counts the web addresses in a text.
func links(text string) int {
	text = strings.ToLower(text)
	bare := strings.Count(text, "www.") - strings.Count(text, "://www.")
	return strings.Count(text, "http://") + strings.Count(text, "https://") + bare
}

// untagged is a rich text as people read it, without its tags.
func untagged(text string) string {
	var b strings.Builder
	for {
		before, tag, found := strings.Cut(text, "<")
		b.WriteString(html.UnescapeString(before))
		if !found {
			return b.String()
		}
		if _, text, found = strings.Cut(tag, ">"); !found {
			return b.String()
		}
		b.WriteByte(' ')
	}
}

// symbolsIn counts a text's characters, and those that are neither letter nor
// digit nor space. A mark belongs to the character before it.
func symbolsIn(text string) (all, symbols int) {
	letter := false
	for _, r := range text {
		all++
		if !unicode.IsMark(r) {
			letter = unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsSpace(r)
		}
		if !letter {
			symbols++
		}
	}
	return all, symbols
}

// PostBlocked: a post was held back by the spam checks. It was answered like any
// other, stands in the record, and was delivered to nobody.
type PostBlocked struct {
	Engagement EngagementID `json:"engagement"`
	// Post has no number, and no text when it was off the record.
	Post  Post       `json:"post"`
	Codes []SpamCode `json:"codes"`
	// ApartMark is as Posted has it.
	ApartMark uint64 `json:"apartMark,omitempty"`
}

func (ev *PostBlocked) apply(s *Site, at Time) {
	x, p := s.session(ev.Post.Client), &ev.Post
	p.At = at
	if v := s.visitors[p.Client]; v != nil {
		v.Blocked++
	}
	if p.MessageID != "" {
		body := ev.ApartMark
		if !p.OffTheRecord {
			body = mark(p.what())
		}
		x.remember(recentPost{MessageID: p.MessageID, Destination: ev.Engagement, Body: body, Apart: p.OffTheRecord, At: at})
	}
	s.touchSession(p.Client)
}

// The words that people see when a post was held back.
const (
	noticeBlocked = "Your message was not delivered because it looks suspicious."
	noticeEjected = "This conversation was ended because messages kept looking suspicious."
)

// screen holds a post against the site's spam checks. It answers false when the
// post is to be delivered; otherwise taken says what was done instead.
func (s *Site) screen(e *Engagement, x *session, party api.PartyType, n NewPost, taken *Taken) bool {
	visitor := party == api.PartyEndUser
	if !s.Settings.Spam || !visitor && !s.Settings.SpamAgents {
		return false
	}
	l := s.Settings.SpamLimits.Whole()
	v := x.judge(s.now, n, l)
	if len(v.codes) == 0 {
		return false
	}
	taken.Blocked = v.codes
	if visitor {
		taken.Ejected = v.extreme || s.visitors[x.Client].Blocked+1 >= l.MaxBlocks
	}
	if taken.Ejected {
		n.MessageID = "" // its answer is a refusal, and so is a repeat's
	}
	ev := &PostBlocked{Engagement: e.ID, Post: n.post(0, x.Client, party, s.now), Codes: v.codes}
	if n.OffTheRecord {
		ev.Post.Body, ev.Post.ApartBytes = "", len(n.Body)
		if n.MessageID != "" {
			ev.ApartMark = apartMark(n.what())
		}
	}
	s.record(ev)
	if !taken.Ejected {
		s.notice(e, x.Client, noticeBlocked, n.MessageID)
		return true
	}
	s.notice(e, x.Client, noticeEjected, n.MessageID)
	s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonEjected)
	return true
}

// blockedID is under what name the notice's data has the message id of what was held back.
const blockedID = "blockedMessageId"

// notice posts a word of the system's own to one participant (consumer-api 3.5), about
// what it posted under a message id.
func (s *Site) notice(e *Engagement, to ClientID, text, about string) {
	from := e.Lead
	if e.State != Active {
		from = 0
	}
	n := NewPost{Body: text, Visibility: api.VisibilityAll}
	if about != "" {
		n.Data = map[string]string{blockedID: about}
	}
	if to != e.Visitor {
		n.Visibility = api.VisibilityNotEndUser
	}
	if addresses, err := s.reach(e, []ClientID{to}, n); err == nil { // who reads nothing is told nothing more
		s.post(e, from, api.PartySystem, n, to, addresses)
	}
}
