package site

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Letter is a transcript that is to be sent by e-mail. It waits here until a mail
// server took it, or never will.
type Letter struct {
	Number     int64        `json:"number"`
	Engagement EngagementID `json:"engagement"`
	Client     ClientID     `json:"client"`
	// Begin is the position of the engagement's first event.
	Begin int64  `json:"begin,omitempty"`
	To    string `json:"to"`
	// Due is when it is to be sent; 0 while the engagement goes on.
	Due      Time `json:"due,omitempty"`
	First    Time `json:"first,omitempty"` // when it was due at first
	Attempts int  `json:"attempts,omitempty"`
	// Key is the session's that asked for it; "" as older formats have it.
	Key SessionKey `json:"key,omitempty"`
}

const (
	// letterFirst is the pause after a first attempt that failed; it doubles up to
	// letterMost. letterFor is how long a letter is tried.
	letterFirst = time.Minute
	letterMost  = 4 * time.Hour
	letterFor   = 24 * time.Hour
)

// LetterQueued: a visitor asked for the transcript by e-mail.
type LetterQueued struct {
	Letter Letter     `json:"letter"`
	Key    SessionKey `json:"key"`
}

func (ev *LetterQueued) apply(s *Site, _ Time) {
	l := &ev.Letter
	l.Key = ev.Key
	v := s.visitUnder(ev.Key)
	v.Letters = append(v.Letters, l.To)
	s.LastLetter = l.Number
	s.letters = append(s.letters, l)
	s.touch(partLetter, l.Number, 0)
	s.scheduleLetter(l)
}

// LetterOutcome is what came of an attempt to send a letter.
type LetterOutcome string

// The outcomes of an attempt.
const (
	LetterSent    LetterOutcome = "SENT"
	LetterFailed  LetterOutcome = "FAILED"   // it is tried again
	LetterRefused LetterOutcome = "REFUSED"  // it will never be taken
	LetterGivenUp LetterOutcome = "GIVEN_UP" // it failed for too long
)

// LetterTried: somebody tried to send a letter. Any outcome but LetterFailed is
// the end of it.
type LetterTried struct {
	Number     int64         `json:"number"`
	Engagement EngagementID  `json:"engagement"`
	Outcome    LetterOutcome `json:"outcome"`
	Due        Time          `json:"due,omitempty"` // the next attempt
	Why        string        `json:"why,omitempty"`
}

func (ev *LetterTried) apply(s *Site, _ Time) {
	s.touch(partLetter, ev.Number, 0)
	if ev.Outcome != LetterFailed {
		if l := s.letter(ev.Number); l != nil && (s.spent[l.Key] != nil || s.byKey[l.Key] != 0) { // or its visit is forgotten
			v := s.visitUnder(l.Key)
			v.Done = append(v.Done, LetterDone{l.To, ev.Outcome})
		}
		s.letters = slices.DeleteFunc(s.letters, func(l *Letter) bool { return l.Number == ev.Number })
		return
	}
	l := s.letter(ev.Number)
	l.Due = ev.Due
	l.Attempts++
	s.scheduleLetter(l)
}

// letter answers a letter that is not sent yet, nil when there is none.
func (s *Site) letter(number int64) *Letter {
	i, found := slices.BinarySearchFunc(s.letters, number, func(l *Letter, n int64) int { return int(l.Number - n) })
	if !found {
		return nil
	}
	return s.letters[i]
}

func (s *Site) scheduleLetter(l *Letter) {
	if l.Due > 0 {
		s.schedule(l.Due, timerLetter, l.Number)
	}
}

// lettersDue lets the letters about an engagement go, which is over.
func (s *Site) lettersDue(e EngagementID, at Time) {
	for _, l := range s.letters {
		if l.Engagement == e && l.Due == 0 {
			l.Due, l.First = at, at
			s.touch(partLetter, l.Number, 0)
			s.scheduleLetter(l)
		}
	}
}

// MailTranscript asks for the transcript of a visitor's conversation by e-mail, when
// it is over. to "" is the visitor's own address, as it is known. Asking again for the
// same address changes nothing.
func (s *Site) MailTranscript(c Caller, to string) (ClientID, error) {
	client, v, err := s.visit(c)
	if err != nil {
		return 0, err
	}
	if to == "" {
		to = v.Email
	}
	switch {
	case !s.Settings.MailTranscripts:
		return 0, refuse(Conflict, "this site sends no transcripts by e-mail")
	case to == "":
		return 0, refuse(BadRequest, "emailAddress is missing")
	case !looksLikeAddress(to):
		return 0, refuse(BadRequest, "emailAddress: expected one e-mail address, such as ann@example.org")
	case slices.Contains(v.Letters, to):
		return client, nil
	case !v.Served:
		return 0, refuse(Conflict, "nobody has answered yet: there is nothing to send")
	case len(v.Letters) >= MaxLettersEach:
		return 0, refuse(TooMany, "the transcript was sent to %d addresses, which is the most", MaxLettersEach)
	case len(s.letters) >= MaxLetters:
		return 0, refuse(TooMany, "%d letters of this site wait to be sent: try again later", len(s.letters))
	}
	l := Letter{Number: s.LastLetter + 1, Engagement: v.Engagement, Client: client, Begin: v.Begin, To: to}
	if s.over(v) {
		l.Due, l.First = s.now, s.now
	}
	s.record(&LetterQueued{Letter: l, Key: c.Key})
	return client, nil
}

// looksLikeAddress reports whether a text may be an e-mail address; whether it is
// one is for mail servers to say.
func looksLikeAddress(a string) bool {
	name, domain, found := strings.Cut(a, "@")
	return found && name != "" && domain != "" && len(a) <= MaxAddressBytes && utf8.ValidString(a) && !strings.Contains(domain, "@") &&
		!strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`<>,;:"()[]\`, r) })
}

// DueLetters answers the letters whose time has come, oldest first, at most so many.
func (s *Site) DueLetters(most int) []Letter {
	var due []Letter
	for _, l := range s.letters {
		if l.Due > 0 && l.Due <= s.now && len(due) < most {
			due = append(due, *l)
		}
	}
	return due
}

// LetterDone takes what came of an attempt to send a letter: LetterSent,
// LetterRefused or LetterFailed. One that failed is due again later, for a day. Of a
// letter that is done already nothing is recorded.
func (s *Site) LetterDone(number int64, o LetterOutcome, why string) error {
	l := s.letter(number)
	if l == nil {
		return nil
	}
	if len(why) > MaxNameBytes {
		why = strings.ToValidUTF8(why[:MaxNameBytes], "")
	}
	ev := &LetterTried{Number: number, Engagement: l.Engagement, Outcome: o, Why: why}
	switch o {
	case LetterSent, LetterRefused:
	case LetterFailed:
		ev.Due = s.now.Add(min(letterFirst<<min(l.Attempts, 16), letterMost))
		if ev.Due > l.First.Add(letterFor) {
			ev.Outcome, ev.Due = LetterGivenUp, 0
		}
	default:
		return refuse(BadRequest, "outcome %.40q: expected SENT, REFUSED or FAILED", o)
	}
	s.record(ev)
	return nil
}

// Letter answers a letter that is not sent yet.
func (s *Site) Letter(number int64) (Letter, error) {
	l := s.letter(number)
	if l == nil {
		return Letter{}, refuse(NotFound, "letter %d is not in the outbox: it is done", number)
	}
	return *l, nil
}
