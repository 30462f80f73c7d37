package rest

import (
	"encoding/csv"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"usher/api/sites"
	"usher/internal/archive"
)

// definitions of figures, by the members of a report's row. A board, a report, a table and
// docs/admin.md all say the same words; %s is the site's goal.
var figureDefinitions = map[string]string{
	"offered":       "Agents who were asked to take an engagement, by routing or a transfer, each time",
	"accepted":      "Offers that were accepted",
	"declined":      "Offers that the agent declined",
	"expired":       "Offers that the agent did not answer in time",
	"engagements":   "Engagements that were requested; by agent, those that it led",
	"abandoned":     "Engagements that ended before anybody took them",
	"inTime":        "Engagements to which an agent first wrote within %s of the request",
	"unanswered":    "Engagements that ended before any agent wrote",
	"inTimePercent": "Percent answered within %s, of all that were answered or ended unanswered",
	"wait":          "From the request until somebody led it",
	"firstAnswer":   "From the request until an agent first wrote to the visitor",
	"handling":      "For how long it was led; by agent, by this one",
	"wrapUp":        "From the end to the release",
	"ratings":       "Visitors who rated",
	"rating":        "Mean of the stars of those who rated",
	"blocked":       "Posts that were held back as spam",
}

// defined answers the definitions for a site's goal.
func defined(goal time.Duration) map[string]string {
	all := maps.Clone(figureDefinitions)
	for name, words := range all {
		all[name] = strings.ReplaceAll(words, "%s", fmt.Sprintf("%.0f s", goal.Seconds()))
	}
	return all
}

// definedFigures answers those of a board's figures.
func definedFigures(goal time.Duration) map[string]string {
	all := defined(goal)
	return map[string]string{
		"requested": all["engagements"], "answered": "Engagements to which an agent wrote", "inTime": all["inTime"],
		"abandoned": all["abandoned"], "unanswered": all["unanswered"], "inTimePercent": all["inTimePercent"],
	}
}

// add adds a report's row to the figures.
func add(f sites.Figures, r archive.Row) sites.Figures {
	f.Requested += r.Engagements
	f.Answered += r.FirstAnswer.Count
	f.InTime += r.InTime
	f.Abandoned += r.Abandoned
	f.Unanswered += r.Unanswered
	f.InTimePercent = percentage(archive.InTimePercent(f.InTime, f.Answered, f.Unanswered))
	return f
}

// percentage answers nil for a number that is not known.
func percentage(n float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &n
}

func wireRow(r archive.Row) sites.ReportRow {
	return sites.ReportRow{
		Key: r.Key, ID: r.ID, Name: r.Name, Offered: r.Offered, Accepted: r.Accepted, Declined: r.Declined, Expired: r.Expired,
		Engagements: r.Engagements, Abandoned: r.Abandoned, Wait: wireSpread(r.Wait), FirstAnswer: wireSpread(r.FirstAnswer),
		Handling: wireSpread(r.Handling), WrapUp: wireSpread(r.WrapUp), Ratings: r.Ratings, Rating: r.Rating, Blocked: r.Blocked,
		InTime: r.InTime, Unanswered: r.Unanswered, InTimePercent: percentage(r.InTimePercent()),
	}
}

func wireSpread(x archive.Spread) sites.Spread {
	return sites.Spread{Count: x.Count, MeanSeconds: x.Mean.Seconds(), MedianSeconds: x.Median.Seconds(), P90Seconds: x.P90.Seconds()}
}

// reportColumn is a column of a report as a table: of what it is defined by, how it is
// called, and what it has of that.
type reportColumn struct{ of, name, part string }

// reportColumns are the columns of a report as a table.
var reportColumns = func() []reportColumn {
	all := []reportColumn{{"", "key", "Day, hour, or number of the queue or account"}, {"", "id", "Number of the queue or account"}, {"", "name", "Name of the queue or account"}}
	for _, name := range []string{"offered", "accepted", "declined", "expired", "engagements", "abandoned"} {
		all = append(all, reportColumn{name, name, ""})
	}
	for _, name := range []string{"wait", "firstAnswer", "handling", "wrapUp"} {
		all = append(all, reportColumn{name, name + "Count", "how many"}, reportColumn{name, name + "MeanSeconds", "mean in seconds"},
			reportColumn{name, name + "MedianSeconds", "at least half took no longer, in seconds"}, reportColumn{name, name + "P90Seconds", "nine in ten took no longer, in seconds"})
	}
	for _, name := range []string{"ratings", "rating", "blocked", "inTime", "unanswered", "inTimePercent"} {
		all = append(all, reportColumn{name, name, ""})
	}
	return all
}()

// table writes a report as comma-separated values, as RFC 4180 has them, with two lines of
// head: the names of the columns, and what they count.
func table(rows []sites.ReportRow, definitions map[string]string) []byte {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	var names, words []string
	for _, c := range reportColumns {
		names = append(names, c.name)
		switch said := definitions[c.of]; {
		case said == "":
			words = append(words, c.part)
		case c.part == "":
			words = append(words, said)
		default:
			words = append(words, said+": "+c.part)
		}
	}
	w.Write(names)
	w.Write(words)
	for _, r := range rows {
		line := []string{r.Key, text(r.ID), plainCell(r.Name)}
		for _, n := range []int{r.Offered, r.Accepted, r.Declined, r.Expired, r.Engagements, r.Abandoned} {
			line = append(line, strconv.Itoa(n))
		}
		for _, x := range []sites.Spread{r.Wait, r.FirstAnswer, r.Handling, r.WrapUp} {
			line = append(line, strconv.Itoa(x.Count), seconds(x.MeanSeconds), seconds(x.MedianSeconds), seconds(x.P90Seconds))
		}
		line = append(line, strconv.Itoa(r.Ratings), strconv.FormatFloat(r.Rating, 'f', 2, 64), strconv.Itoa(r.Blocked), strconv.Itoa(r.InTime), strconv.Itoa(r.Unanswered))
		percent := "" // of nothing
		if p := r.InTimePercent; p != nil {
			percent = strconv.FormatFloat(*p, 'f', 1, 64)
		}
		w.Write(append(line, percent))
	}
	w.Flush() // a strings.Builder takes everything
	return []byte(b.String())
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

// plainCell keeps a spreadsheet from taking a name for a formula.
func plainCell(name string) string {
	if name != "" && strings.ContainsRune("=+-@\t\r", rune(name[0])) {
		return "'" + name
	}
	return name
}
