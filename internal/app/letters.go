package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"usher/internal/host"
	"usher/internal/mail"
	"usher/internal/record"
	"usher/internal/richtext"
	"usher/internal/site"
)

// letters is the outbox of all sites: each keeps its own letters, durably.
type letters struct{ host *host.Host }

// Due implements mail.Outbox. A site with a letter that is due has a timer for it, so
// it is in memory.
func (l letters) Due(ctx context.Context, n int) ([]mail.Pending, error) {
	var due []mail.Pending
	for _, name := range l.host.Loaded() {
		found, err := host.Do(ctx, l.host, name, func(s *site.Site) ([]site.Letter, error) { return s.DueLetters(n - len(due)), nil })
		if ctx.Err() != nil {
			return due, context.Cause(ctx)
		}
		if err != nil {
			continue // a site that cannot be asked now must not hold up the others
		}
		for _, x := range found {
			due = append(due, mail.Pending{Site: name, Number: x.Number, To: x.To, Attempt: x.Attempts + 1})
		}
		if len(due) >= n {
			break
		}
	}
	return due, nil
}

// outcomes are the worker's words for what the site has words for.
var outcomes = map[mail.Outcome]site.LetterOutcome{
	mail.Sent: site.LetterSent, mail.Refused: site.LetterRefused, mail.Failed: site.LetterFailed,
}

// Done implements mail.Outbox.
func (l letters) Done(ctx context.Context, p mail.Pending, o mail.Outcome, why string) error {
	_, err := host.Do(ctx, l.host, p.Site, func(s *site.Site) (struct{}, error) {
		return struct{}{}, s.LetterDone(p.Number, outcomes[o], why)
	})
	return err
}

// compose writes a letter from the journal: what its visitor saw of the chat.
func (l letters) compose(ctx context.Context, p mail.Pending) (mail.Letter, error) {
	x, err := host.Do(ctx, l.host, p.Site, func(s *site.Site) (site.Letter, error) { return s.Letter(p.Number) })
	if err != nil {
		return mail.Letter{}, err
	}
	reader := record.NewVisitReader(x.Engagement, x.Client, 0, 0)
	add := func(_ int64, at site.Time, e site.Event) bool { return reader.Add(at, e) }
	if err := l.host.Events(ctx, p.Site, x.Begin, reader.Matters, add); err != nil && !errors.Is(err, host.ErrForgotten) {
		return mail.Letter{}, err
	}
	v, ok := reader.Visit()
	if !ok {
		return mail.Letter{}, fmt.Errorf("%w: the journal no longer has the chat", mail.ErrRefused)
	}
	return mail.Letter{
		ID: fmt.Sprintf("%d.%.100s", p.Number, p.Site), To: x.To,
		Subject: "Your chat of " + v.StartedAt.Std().Format("2 January 2006"), Text: transcriptText(v),
	}, nil
}

// transcriptText writes a chat as people read it. What was said as rich text loses
// its marks, and of what was off the record only that something was said is told.
func transcriptText(v record.Visit) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Your chat of %s (times are in UTC)\n\n", v.StartedAt.Std().Format("2 January 2006, 15:04"))
	for _, e := range v.Entries {
		if b.Len() > mail.MaxText-2*site.MaxPostBytes { // room for one more post, and the last line
			v.More = true
			break
		}
		at := e.At.Std().Format("15:04")
		switch e.Kind {
		case record.Joined:
			fmt.Fprintf(&b, "%s  %s is here\n", at, e.Who.Name)
		case record.Left:
			fmt.Fprintf(&b, "%s  %s has left\n", at, e.Who.Name)
		case record.Ended:
			fmt.Fprintf(&b, "%s  The chat is over\n", at)
		case record.Posted:
			fmt.Fprintf(&b, "%s  %s: %s\n", at, sender(v, e), said(e.Post))
		}
	}
	if v.More {
		b.WriteString("\n(The chat was longer than this letter.)\n")
	}
	return b.String()
}

func sender(v record.Visit, e record.Entry) string {
	switch {
	case e.Who.Client == v.Visitor.Client && e.Who.Name == "":
		return "You"
	case e.Post.System:
		return "System"
	}
	return e.Who.Name
}

func said(p *record.Post) string {
	switch {
	case p.OffTheRecord:
		return "(off the record)"
	case p.File != nil:
		return fmt.Sprintf("(file: %s)", p.File.Name)
	case p.RichText:
		return richtext.Plain(p.Text)
	}
	return p.Text
}
