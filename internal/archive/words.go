package archive

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/internal/record"
)

const (
	// maxWord bounds a word of the index, in bytes: longer ones are cut. PostgreSQL
	// takes 2,046.
	maxWord = 120
	// maxTerms bounds the words of a query.
	maxTerms = 16
	// around is about how many bytes of a text a snippet shows before and after a hit.
	around = 80
)

// word is a word of a text, and where it stands.
type word struct {
	text       string // in lower case, cut to maxWord
	start, end int
}

// split answers the words of a text in their order: runs of letters, digits and marks.
// An ideograph, which no space parts from the next, is a word by itself. Both engines
// index these words and no others, so a text is found in either or in none; what is
// deleted from the index is named by its words, so another split needs another index.
func split(text string) []word {
	var all []word
	start := -1
	stop := func(end int) {
		if start >= 0 {
			all = append(all, word{fold(text[start:end]), start, end})
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			stop(i)
			start = i
			stop(i + utf8.RuneLen(r))
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		default:
			stop(i)
		}
	}
	stop(len(text))
	return all
}

// fold answers a word as the index has it.
func fold(w string) string {
	w = strings.ToLower(w)
	if len(w) <= maxWord {
		return w
	}
	n := maxWord
	for !utf8.RuneStart(w[n]) {
		n--
	}
	return w[:n]
}

// words answers the different words of a text, in order.
func words(text string) []string {
	var all []string
	for _, w := range split(text) {
		all = append(all, w.text)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// said answers the text of an entry by which it is found: what somebody posted, the
// name of a file, the visitor's name, what the visitor wrote with a rating. It answers
// nothing for what is off the record, was held back or came from the system.
func said(e *record.Entry) string {
	switch p := e.Post; e.Kind {
	case record.Posted:
		switch {
		case p.OffTheRecord, p.System:
			return ""
		case p.File != nil:
			return p.File.Name
		case p.RichText:
			return plain(p.Text)
		}
		return p.Text
	case record.Rated:
		return e.Rating.Comment
	case record.Noted:
		return strings.TrimSpace(e.Result + " " + e.Text)
	case record.Requested:
		return e.Who.Name
	case record.ContactChanged:
		var names []string
		for _, c := range e.Changes {
			if c.After != "" && (c.Name == "firstName" || c.Name == "lastName") {
				names = append(names, c.After)
			}
		}
		return strings.Join(names, " ")
	}
	return ""
}

// plain answers the text of a rich text, which is well formed: it was cleaned when it
// was posted.
func plain(rich string) string {
	var b strings.Builder
	inside := false
	for _, r := range rich {
		switch {
		case r == '<':
			inside = true
			b.WriteByte(' ')
		case r == '>' && inside:
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

// terms are what a text is searched for: each of whole is a word of it, and each of it
// begins with last.
type terms struct {
	whole []string
	last  string // "": nothing is searched for
}

// parse reads what somebody typed. Whatever it is, it is a query: only words count.
func parse(text string) terms {
	all := split(text)
	if len(all) == 0 {
		return terms{}
	}
	all = all[:min(len(all), maxTerms)]
	t := terms{last: all[len(all)-1].text}
	for _, w := range all[:len(all)-1] {
		t.whole = append(t.whole, w.text)
	}
	slices.Sort(t.whole)
	t.whole = slices.Compact(t.whole)
	return t
}

func (t terms) hit(w string) bool {
	return t.last != "" && strings.HasPrefix(w, t.last) || slices.Contains(t.whole, w)
}

// in reports whether a text with these words is a hit.
func (t terms) in(all []string) bool {
	for _, w := range t.whole {
		if _, found := slices.BinarySearch(all, w); !found {
			return false
		}
	}
	i, _ := slices.BinarySearch(all, t.last)
	return t.last == "" || i < len(all) && strings.HasPrefix(all[i], t.last)
}

// Piece is a part of a snippet; the pieces in their order are its text.
type Piece struct {
	Text string
	Hit  bool // it is a word that was searched for
}

// snippet cuts a text to what stands around the first word that was searched for. Words
// are not cut, unless they are longer than all that is shown.
func (t terms) snippet(text string) []Piece {
	all := split(text)
	first := max(0, slices.IndexFunc(all, func(w word) bool { return t.hit(w.text) }))
	from, to := window(text, all, first)
	var pieces []Piece
	add := func(s string, hit bool) {
		switch n := len(pieces); {
		case s == "":
		case n > 0 && pieces[n-1].Hit == hit && !hit:
			pieces[n-1].Text += s
		default:
			pieces = append(pieces, Piece{s, hit})
		}
	}
	if from > 0 {
		add("… ", false)
	}
	at := from
	for _, w := range all {
		if w.start >= from && w.end <= to && t.hit(w.text) {
			add(text[at:w.start], false)
			add(text[w.start:w.end], true)
			at = w.end
		}
	}
	add(text[at:to], false)
	if to < len(text) {
		add(" …", false)
	}
	return pieces
}

// window answers from where to where of a text is shown around one of its words.
func window(text string, all []word, hit int) (from, to int) {
	if len(all) == 0 {
		for to = min(len(text), 3*around); 0 < to && to < len(text) && !utf8.RuneStart(text[to]); to-- {
		}
		return 0, to
	}
	from, to = all[hit].start, all[hit].end
	if from < around {
		from = 0
	}
	for i := hit - 1; i >= 0 && from > 0 && all[i].start >= all[hit].start-around; i-- {
		from = all[i].start
	}
	for i := hit + 1; i < len(all) && all[i].end <= all[hit].end+2*around; i++ {
		to = all[i].end
	}
	if len(text)-to < around/2 {
		to = len(text)
	}
	return from, to
}
