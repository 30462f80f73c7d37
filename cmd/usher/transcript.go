package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"usher/api"
	"usher/api/sites"
)

type transcriptCommand struct {
	administration
	Engagement int64 `arg:"" help:"The engagement's id."`
	Why        bool  `help:"Tell every decision on the way, and why it was made."`
}

func (transcriptCommand) Help() string {
	return `What was said in an engagement, live or over, who came and went, and how the visitor
rated it. Times are UTC. The address of a file is all that it takes to read it.

Example:

  usher transcript 4711
  usher transcript 4711 --why --site acme`
}

func (c transcriptCommand) Run(p *process) error {
	form := "transcript"
	if c.Why {
		form = "record"
	}
	path, err := c.at(p, "engagements", strconv.FormatInt(c.Engagement, 10), form)
	if err != nil {
		return err
	}
	b, err := c.pages(p, path, "lines", "number")
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		var r sites.Record
		if err := json.Unmarshal(b, &r); err != nil {
			return fmt.Errorf("read the record: %w", err)
		}
		showRecord(p, r)
		return nil
	})
}

func showRecord(p *process, r sites.Record) {
	end := "goes on"
	if r.EndedAt != "" {
		end = "ended " + clock(r.EndedAt)
	}
	fmt.Fprintf(p.stdout, "engagement %d of %s, queue %d, began %s, %s\n", r.EngagementID, visitorName(r.Visitor), r.QueueID, clock(r.StartedAt), end)
	for _, l := range r.Lines {
		text := spoken(l)
		if l.Kind != sites.RecordPosted {
			text = "* " + text
		}
		if l.Why != "" {
			text += ": " + printable(l.Why)
		}
		fmt.Fprintf(p.stdout, "%s  %s\n", clock(l.At), text)
	}
}

// clock writes a time of the wire for people, to the second.
func clock(stamp string) string {
	t, err := time.Parse(sites.TimeLayout, stamp)
	if err != nil {
		return printable(stamp)
	}
	return t.Format(time.DateTime)
}

func visitorName(name string) string {
	if name == "" {
		return "visitor"
	}
	return printable(name)
}

// called answers what to call somebody.
func called(p *sites.RecordParty) string {
	switch {
	case p == nil:
		return "nobody"
	case p.Role == api.RoleEndUser:
		return visitorName(p.Name)
	}
	return printable(p.Name)
}

func queueCalled(q *sites.RecordQueue) string {
	if q == nil {
		return "no queue"
	}
	return printable(fmt.Sprintf("queue %d (%s)", q.QueueID, q.Name))
}

// spoken tells a line of a record in words.
func spoken(l sites.RecordLine) string {
	who := called(l.Who)
	switch l.Kind {
	case sites.RecordPosted:
		return said(who, l.Post)
	case sites.RecordRequested:
		return who + " came into " + queueCalled(l.Queue) + meant(l)
	case sites.RecordMoved:
		return "it was sent on to " + queueCalled(l.Queue)
	case sites.RecordOffered:
		return "it was offered to " + who + until(l)
	case sites.RecordOfferEnded:
		return who + " did not take it" + cause(l)
	case sites.RecordJoined:
		return who + " joined as " + role(l.Who) + cause(l)
	case sites.RecordForwarded:
		return who + " was given what was posted before"
	case sites.RecordContactChanged:
		return who + " changed " + changed(l.Changes)
	case sites.RecordTransferWanted:
		return who + " wants somebody of " + queueCalled(l.Queue) + " to take it" + note(l)
	case sites.RecordInvited:
		return called(l.By) + " asked " + who + " to join (" + string(l.Type) + ")" + until(l) + note(l)
	case sites.RecordInvitationEnded:
		return who + " did not join" + cause(l)
	case sites.RecordRoleChanged:
		return who + " is " + role(l.Who) + " now" + cause(l)
	case sites.RecordLeft:
		return who + " left" + cause(l)
	case sites.RecordQueued:
		return "it waits in " + queueCalled(l.Queue) + meant(l) + note(l)
	case sites.RecordEjected:
		return who + " ejected the visitor"
	case sites.RecordEnded:
		return "it is over" + cause(l)
	case sites.RecordWrapUp:
		return who + " wraps up"
	case sites.RecordReleased:
		return who + " is free of it" + cause(l)
	case sites.RecordBlocked:
		return who + " was kept from posting" + withheld(l.Post) + cause(l)
	case sites.RecordRated:
		return who + " rated the chat" + stars(l.Rating)
	case sites.RecordMailed:
		return "the transcript was to be sent by e-mail" + cause(l)
	case sites.RecordNoted:
		return who + " noted what came of it: " + printable(strings.Join([]string{cmp.Or(l.Result, "no result"), l.Text}, "; "))
	}
	return string(l.Kind) // of a newer server
}

func said(who string, p *sites.RecordPost) string {
	if p == nil {
		return who + ": "
	}
	if p.System {
		who = "the system"
	}
	switch {
	case p.OnlyFor != nil:
		who += " (to " + called(p.OnlyFor) + " only)"
	case p.Visibility == api.VisibilityNotEndUser:
		who += " (to agents only)"
	}
	return who + ": " + content(p)
}

// content is what a post holds: a text, or a file.
func content(p *sites.RecordPost) string {
	switch {
	case p.File != nil:
		f := fmt.Sprintf("[file %s, %s, %d bytes]", p.File.Name, p.File.Type, p.File.Size)
		return printable(strings.TrimSpace(f + " " + p.File.URL))
	case p.OffTheRecord:
		return "[off the record]"
	}
	return printable(p.Text)
}

// withheld is what a post holds that was blocked.
func withheld(p *sites.RecordPost) string {
	if p == nil {
		return ""
	}
	if p.File != nil || p.OffTheRecord {
		return " " + content(p)
	}
	return " " + strconv.Quote(content(p))
}

func stars(r *sites.RecordRating) string {
	switch {
	case r == nil:
		return ""
	case r.Comment == "":
		return fmt.Sprintf(" with %d of 5 stars", r.Stars)
	}
	return fmt.Sprintf(" with %d of 5 stars: %s", r.Stars, printable(r.Comment))
}

func role(p *sites.RecordParty) string {
	if p == nil {
		return ""
	}
	return string(p.Role)
}

func cause(l sites.RecordLine) string {
	if l.Cause == "" {
		return ""
	}
	return " (" + printable(l.Cause) + ")"
}

func until(l sites.RecordLine) string {
	if l.Until == "" {
		return ""
	}
	return " until " + clock(l.Until)
}

func note(l sites.RecordLine) string {
	if l.Note == 0 {
		return ""
	}
	return fmt.Sprintf(", with post %d as a word", l.Note)
}

// meant says with which priority, and for whom, an engagement waits.
func meant(l sites.RecordLine) string {
	text := ""
	if l.Priority != 0 {
		text = fmt.Sprintf(", priority %d", l.Priority)
	}
	if l.Target != nil {
		text += ", for " + called(l.Target) + until(l)
	}
	return text
}

func changed(changes []sites.RecordChange) string {
	words := make([]string, len(changes))
	for i, c := range changes {
		words[i] = printable(fmt.Sprintf("%s from %q to %q", c.Name, c.Before, c.After))
	}
	return strings.Join(words, ", ")
}
