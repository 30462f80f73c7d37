package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"usher/api/sites"
)

// archiveCommands are usher archive: what people read of what is over.
type archiveCommands struct {
	Search  searchCommand       `cmd:"" help:"Find what was said."`
	Report  reportCommand       `cmd:"" help:"Tell how a site did, by day, hour, queue or agent."`
	Status  archiveStateCommand `cmd:"" help:"Tell how the archive follows a site."`
	Rebuild rebuildCommand      `cmd:"" help:"Make a site's archive anew from what the journal holds."`
}

func (archiveCommands) Help() string {
	return "Example:\n\n  usher archive search refund card\n  usher archive report agent --from 2026-03-01"
}

// period is what time a command is about.
type period struct {
	From string `help:"From this day or time on, such as 2026-03-29 or 2026-03-29T02:00:00Z." placeholder:"TIME"`
	To   string `help:"Up to this day or time, which is not in it." placeholder:"TIME"`
	Zone string `help:"The time zone of days and hours; by default UTC." placeholder:"NAME"`
}

func (x period) in(q url.Values) {
	for name, value := range map[string]string{"from": x.From, "to": x.To, "zone": x.Zone} {
		if value != "" {
			q.Set(name, value)
		}
	}
}

type searchCommand struct {
	administration
	period
	Words   []string `arg:"" optional:"" help:"Words that all stand in what is found; the last may be the beginning of one."`
	Queue   int64    `help:"Only engagements of this queue." placeholder:"ID"`
	Account int64    `help:"Only engagements that this account led." placeholder:"ID"`
	Visitor string   `help:"Only those of this visitor: an e-mail address, a contact id, or a name." placeholder:"WHO"`
	Limit   int      `help:"The most hits wanted (${default})." default:"20"`
}

func (searchCommand) Help() string {
	return `What was said in engagements, live or over, newest first. What was off the record is
not found. Times are UTC.

Example:

  usher archive search refund card
  usher archive search --visitor ann@example.org --from 2026-03-01 --zone Europe/Berlin`
}

func (c searchCommand) Run(p *process) error {
	path, err := c.at(p, "search")
	if err != nil {
		return err
	}
	q := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	c.period.in(q)
	for name, id := range map[string]int64{"queue": c.Queue, "account": c.Account} {
		if id != 0 {
			q.Set(name, strconv.FormatInt(id, 10))
		}
	}
	if c.Visitor != "" {
		q.Set("visitor", c.Visitor)
	}
	if len(c.Words) > 0 {
		q.Set("q", strings.Join(c.Words, " "))
	}
	b, err := c.call(p, http.MethodGet, path+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		var found sites.Hits
		if err := json.Unmarshal(b, &found); err != nil {
			return fmt.Errorf("read the hits: %w", err)
		}
		for _, h := range found.Hits {
			fmt.Fprintf(p.stdout, "%s  engagement %d of %s, %s: %s\n", clock(h.Line.At), h.EngagementID, visitorName(h.Visitor), queueCalled(h.Queue), snippet(h))
		}
		if found.More {
			fmt.Fprintln(p.stdout, "There are older ones: say more words, or a higher --limit.")
		}
		return nil
	})
}

// snippet writes what was said, with the words that were searched for in brackets.
func snippet(h sites.Hit) string {
	var b strings.Builder
	for _, piece := range h.Snippet {
		if piece.Hit {
			b.WriteString("[" + piece.Text + "]")
		} else {
			b.WriteString(piece.Text)
		}
	}
	return called(h.Line.Who) + ": " + printable(b.String())
}

type reportCommand struct {
	administration
	period
	By  string `arg:"" optional:"" help:"day, hour, queue or agent (${default})." default:"day" enum:"day,hour,queue,agent"`
	CSV bool   `name:"csv" help:"Print a table for a spreadsheet, with every column."`
}

func (reportCommand) Help() string {
	return `How a site did: by default today. Times are seconds; a wait is until somebody led the
engagement, an answer until an agent wrote. In time is what was answered within the site's
goal, of all that was answered or ended unanswered.

Example:

  usher archive report day --from 2026-03-01 --to 2026-04-01 --zone Europe/Berlin
  usher archive report agent --from 2026-03-01 --csv`
}

func (c reportCommand) Run(p *process) error {
	path, err := c.at(p, "reports")
	if err != nil {
		return err
	}
	q := url.Values{"by": {c.By}}
	c.period.in(q)
	if c.CSV {
		q.Set("format", "csv")
	}
	b, err := c.call(p, http.MethodGet, path+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	if c.CSV {
		_, err := p.stdout.Write(b)
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		var r sites.Report
		if err := json.Unmarshal(b, &r); err != nil {
			return fmt.Errorf("read the report: %w", err)
		}
		return showReport(p.stdout, r)
	})
}

func showReport(to io.Writer, r sites.Report) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\tengagements\tabandoned\tin time\toffered\taccepted\tdeclined\texpired\twait\tanswer\thandling\trating\tspam\n", r.By)
	for _, x := range r.Rows {
		name := x.Key
		if x.Name != "" {
			name = printable(fmt.Sprintf("%s (%d)", x.Name, x.ID))
		}
		rating := "-"
		if x.Ratings > 0 {
			rating = fmt.Sprintf("%.1f of %d", x.Rating, x.Ratings)
		}
		inTime := "-"
		if x.InTimePercent != nil {
			inTime = fmt.Sprintf("%.1f %%", *x.InTimePercent)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%d\n", name, x.Engagements, x.Abandoned, inTime, x.Offered, x.Accepted,
			x.Declined, x.Expired, median(x.Wait), median(x.FirstAnswer), median(x.Handling), rating, x.Blocked)
	}
	return w.Flush()
}

func median(s sites.Spread) string {
	if s.Count == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", s.MedianSeconds)
}

type archiveStateCommand struct{ administration }

func (archiveStateCommand) Help() string {
	return "Example:\n\n  usher archive status --site acme"
}

func (c archiveStateCommand) Run(p *process) error {
	path, err := c.at(p, "archive")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		var s sites.ArchiveState
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("read the archive's state: %w", err)
		}
		fmt.Fprintf(p.stdout, "the archive has %d events, %d are to come\n", s.Position, s.Behind)
		if s.GapTo > 0 {
			fmt.Fprintf(p.stdout, "it has nothing of events %d to %d, which the journal gave up before\n", s.GapFrom, s.GapTo-1)
		}
		if s.Trouble != "" {
			fmt.Fprintln(p.stdout, printable(s.Trouble))
		}
		return nil
	})
}

// rebuildFor is how long a rebuild is waited for.
const rebuildFor = time.Hour + time.Minute

type rebuildCommand struct{ administration }

func (rebuildCommand) Help() string {
	return `Older engagements, of which the journal has no more, stay as they are; erased ones stay
erased. The server goes on meanwhile.

Example:

  usher archive rebuild --site acme`
}

func (c rebuildCommand) Run(p *process) error {
	path, err := c.at(p, "archive", "rebuild")
	if err != nil {
		return err
	}
	c.patience = rebuildFor
	b, err := c.call(p, http.MethodPost, path, nil)
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		var r sites.ArchiveRebuilt
		if err := json.Unmarshal(b, &r); err != nil {
			return fmt.Errorf("read what was rebuilt: %w", err)
		}
		fmt.Fprintf(p.stdout, "read events %d to %d: %d engagements were made anew, %d older ones are as they were\n", r.From, max(r.To-1, r.From), r.Engagements, r.Older)
		return nil
	})
}

// eraseCommand is usher erase.
type eraseCommand struct {
	administration
	Email      string `help:"Erase the engagements of the visitor with this e-mail address." placeholder:"ADDRESS"`
	Contact    int64  `help:"Erase those of this contact." placeholder:"ID"`
	Engagement int64  `help:"Erase this one." placeholder:"ID"`
}

func (eraseCommand) Help() string {
	return `Erases somebody's engagements: from the archive, with their files, at once, and from the
journal within the days that the site keeps it (at most 30). What goes on is not erased; ask
again when it is over. There is no way back but a backup.

Example:

  usher erase --email ann@example.org --site acme`
}

func (c eraseCommand) Run(p *process) error {
	given := 0
	for _, is := range []bool{c.Email != "", c.Contact != 0, c.Engagement != 0} {
		if is {
			given++
		}
	}
	if given != 1 {
		return usageError("say whose engagements to erase: one of --email, --contact and --engagement")
	}
	path, err := c.at(p, "erase")
	if err != nil {
		return err
	}
	b, err := c.call(p, http.MethodPost, path, encode(sites.ErasureRequest{Email: c.Email, ContactID: c.Contact, EngagementID: c.Engagement}))
	if err != nil {
		return err
	}
	return c.printed(p, b, func(p *process, _ object) error {
		var e sites.Erasure
		if err := json.Unmarshal(b, &e); err != nil {
			return fmt.Errorf("read what was erased: %w", err)
		}
		fmt.Fprintf(p.stdout, "erased %d engagements with %d lines and %d files, and %d messages that were left; the journal has nothing of them after %s\n",
			len(e.EngagementIDs), e.Lines, e.Files, e.Messages, clock(e.ForgottenBy))
		for _, id := range e.LiveEngagementIDs {
			fmt.Fprintf(p.stdout, "engagement %d goes on and was not erased: ask again when it is over\n", id)
		}
		return nil
	})
}
