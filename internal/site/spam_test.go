package site

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// checked makes a floor whose site checks posts, and lets Ann chat with Ada.
func checked(t *testing.T, l SpamLimits) (w *floor, ada, ann Caller, e EngagementID) {
	w = newFloor(t)
	w.settings(func(s *Settings) { s.Spam, s.SpamLimits = true, l })
	ada = w.logOn(12)
	ann, e = w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
	w.ask(ada, 1)
	w.accept(ada, e)
	w.open(ada)
	w.open(ann)
	w.catchUp(ada, ann)
	return w, ada, ann, e
}

// verdict writes what became of a post: the checks that held it back, with "!" when
// the engagement was ended.
func (w *world) verdict(c Caller, e EngagementID, n NewPost) string {
	w.t.Helper()
	var t Taken
	if c.Agent {
		t = must[Taken](w)(w.PostAsAgent(c, e, n))
	} else {
		t = must[Taken](w)(w.PostAsVisitor(c, n))
	}
	text := ""
	for i, code := range t.Blocked {
		if i > 0 {
			text += "+"
		}
		text += string(code)
	}
	if t.Ejected {
		text += "!"
	}
	return text
}

// spam is a post that no check with default limits lets through.
func spam(n int) NewPost {
	return NewPost{Body: fmt.Sprint(n, strings.Repeat(" http://shop.example", 6))}
}

const (
	heldBack = "whisper: " + noticeBlocked
	ejected  = "whisper: " + noticeEjected
)

// TestEachSpamCheckAtItsThreshold posts one text each: at a threshold, and beyond.
func TestEachSpamCheckAtItsThreshold(t *testing.T) {
	t.Parallel()
	text := func(s string) NewPost { return NewPost{Body: s} }
	rich := func(s string) NewPost { return NewPost{Body: s, RichText: true} }
	times := strings.Repeat
	for _, c := range []struct {
		name   string
		limits SpamLimits
		post   NewPost
		want   string
	}{
		{"the longest text", SpamLimits{}, text(times("x", 4000)), ""},
		{"a text too long", SpamLimits{}, text(times("x", 4001)), "LENGTH"},
		{"characters, not bytes", SpamLimits{}, text(times("é", 4000)), ""},
		{"one character more", SpamLimits{}, text(times("é", 4001)), "LENGTH"},
		{"tags are not read", SpamLimits{}, rich(`<b class="` + times("x", 5000) + `">hi</b>`), ""},
		{"what stands between them is", SpamLimits{}, rich("<b>" + times("x", 4001) + "</b>"), "LENGTH"},
		{"an entity is a character", SpamLimits{}, rich(times("it&#39;s", 1000)), ""},
		{"of a plain text it is several", SpamLimits{}, text(times("it&#39;s", 1000)), "LENGTH"},
		{"the site's own length", SpamLimits{MaxCharacters: 10}, text("0123456789"), ""},
		{"beyond the site's own length", SpamLimits{MaxCharacters: 10}, text("0123456789a"), "LENGTH"},
		{"just not extreme", SpamLimits{MaxCharacters: 10}, text(times("x", 99)), "LENGTH"},
		{"extreme", SpamLimits{MaxCharacters: 10}, text(times("x", 100)), "LENGTH!"},
		{"just not the site's own extreme", SpamLimits{MaxCharacters: 10, ExtremeFactor: 2}, text(times("x", 19)), "LENGTH"},
		{"the site's own extreme", SpamLimits{MaxCharacters: 10, ExtremeFactor: 2}, text(times("x", 20)), "LENGTH!"},
		{"an extreme of one", SpamLimits{MaxCharacters: 10, ExtremeFactor: 1}, text(times("x", 11)), "LENGTH!"},

		{"the most links", SpamLimits{}, text(times("see http://a.example ", 5)), ""},
		{"a link too many", SpamLimits{}, text(times("see http://a.example ", 6)), "LINKS"},
		{"without http", SpamLimits{}, text(times("www.a.example, ", 6)), "LINKS"},
		{"written large", SpamLimits{}, text(times("HTTPS://A.EXAMPLE ", 6)), "LINKS"},
		{"of several kinds", SpamLimits{}, text(times("http://a.example https://b.example WWW.c.example ", 2)), "LINKS"},
		{"none counts twice", SpamLimits{}, text(times("https://www.a.example ", 5)), ""},
		{"a link and what it shows", SpamLimits{}, rich(times(`<a href="http://a.example">http://a.example</a>`, 5)), ""},
		{"a link that shows something else", SpamLimits{}, rich(times(`<a href="/buy">buy</a>`, 6)), "LINKS"},
		{"with a large tag", SpamLimits{}, rich(times(`<A HREF="/buy">buy</A>`, 6)), "LINKS"},
		{"without a tag", SpamLimits{}, rich(times("http://a.example<br>", 6)), "LINKS"},
		{"with an entity", SpamLimits{}, rich(times("http&#58;//a.example ", 6)), "LINKS"},
		{"a plain text has no tags", SpamLimits{}, text(times(`<a href="/buy">buy</a>`, 6)), ""},
		{"the site's own links", SpamLimits{MaxLinks: 2}, text("http://a.example www.b.example"), ""},
		{"beyond the site's own links", SpamLimits{MaxLinks: 2}, text("http://a.example www.b.example www.c.example"), "LINKS"},
		{"just not extreme links", SpamLimits{}, text(times("www.a.example ", 49)), "LINKS"},
		{"extreme links", SpamLimits{}, text(times("www.a.example ", 50)), "LINKS!"},

		{"symbols, but few", SpamLimits{}, text(times("!", 40)), ""},
		{"nothing but symbols", SpamLimits{}, text(times("!", 41)), "SYMBOLS"},
		{"the most symbols", SpamLimits{}, text(times("!", 70) + times("a", 30)), ""},
		{"a symbol too many", SpamLimits{}, text(times("!", 71) + times("a", 29)), "SYMBOLS"},
		{"spaces are none", SpamLimits{}, text(times("!", 70) + times(" ", 30)), ""},
		{"emoji", SpamLimits{}, text(times("😀", 41)), "SYMBOLS"},
		{"a few emoji in a text", SpamLimits{}, text(times("thank you 😀 ", 9)), ""},
		{"hearts of two characters", SpamLimits{}, text(times("❤️", 21)), "SYMBOLS"},
		{"families of several", SpamLimits{}, text(times("👩‍👩‍👧", 9)), "SYMBOLS"},
		{"flags", SpamLimits{}, text(times("🇦🇹", 21)), "SYMBOLS"},
		{"symbols under a heap of marks", SpamLimits{}, text(times("!"+times("\u0301", 9), 9)), "SYMBOLS"},
		{"letters under one", SpamLimits{}, text(times("a"+times("\u0301", 4), 20)), ""},
		{"letters with marks", SpamLimits{}, text(times("e\u0301o\u0308 ", 20)), ""},
		{"digits", SpamLimits{}, text(times("0", 60)), ""},
		{"a ruler", SpamLimits{}, text(times("-=", 21)), "SYMBOLS"},
		{"Chinese", SpamLimits{}, text(times("我的訂單在哪裡？", 9)), ""},
		{"Japanese", SpamLimits{}, text(times("注文はどこですか。", 9)), ""},
		{"Korean", SpamLimits{}, text(times("주문이 어디에 있나요? ", 9)), ""},
		{"Arabic with vowels", SpamLimits{}, text(times("أَيْنَ طَلَبِيَّتِي؟ ", 9)), ""},
		{"Hebrew with points", SpamLimits{}, text(times("שָׁלוֹם עֲלֵיכֶם ", 9)), ""},
		{"Hindi", SpamLimits{}, text(times("मेरा ऑर्डर कहाँ है? ", 9)), ""},
		{"Tamil", SpamLimits{}, text(times("என் ஆர்டர் எங்கே? ", 9)), ""},
		{"Thai", SpamLimits{}, text(times("คำสั่งซื้อของฉันอยู่ที่ไหน ", 9)), ""},
		{"Arabic digits", SpamLimits{}, text(times("٤١١١", 20)), ""},
		{"tags are no symbols", SpamLimits{}, rich(times("<b>a</b>", 30)), ""},
		{"what entities stand for is", SpamLimits{}, rich(times("&#128512;", 41)), "SYMBOLS"},
		{"the site's own symbols", SpamLimits{SymbolPercent: 50, SymbolCharacters: 9}, text("!!!!!aaaaa"), ""},
		{"beyond the site's own symbols", SpamLimits{SymbolPercent: 50, SymbolCharacters: 9}, text("!!!!!!aaaa"), "SYMBOLS"},
		{"no longer than the site's own", SpamLimits{SymbolPercent: 50, SymbolCharacters: 10}, text("!!!!!!aaaa"), ""},

		{"several at once", SpamLimits{MaxCharacters: 40, MaxLinks: 1}, text("www.a www.b" + times("!", 99)), "LENGTH+LINKS+SYMBOLS"},
		{"the first of all", SpamLimits{MaxBlocks: 1}, spam(1), "LINKS!"},
		{"a duplicate of nothing", SpamLimits{Duplicates: 1}, text("hi"), "DUPLICATE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _, ann, e := checked(t, c.limits)
			if got := w.verdict(ann, e, c.post); got != c.want {
				t.Errorf("held back by %q, want %q", got, c.want)
			}
			if ended := w.state(e) != Active; ended != strings.HasSuffix(c.want, "!") {
				t.Errorf("the engagement is %s", w.state(e))
			}
		})
	}
}

// TestSpamChecksOfSeveralPosts posts one after the other, each after a while.
func TestSpamChecksOfSeveralPosts(t *testing.T) {
	t.Parallel()
	type step struct {
		after time.Duration
		post  NewPost
		want  string
	}
	text := func(after time.Duration, s, want string) step { return step{after, NewPost{Body: s}, want} }
	others := func(n int, after time.Duration, want ...string) (all []step) { // each another text
		for i := range n {
			x := text(after, fmt.Sprint("number ", i), "")
			if i >= n-len(want) {
				x.want = want[i-n+len(want)]
			}
			all = append(all, x)
		}
		return all
	}
	file := func(n int) step {
		f := aFile
		f.ID = fmt.Sprint("file", n)
		return step{0, NewPost{File: &f}, ""}
	}
	s := time.Second
	for name, c := range map[string]struct {
		limits SpamLimits
		steps  []step
	}{
		"the same twice":              {steps: []step{text(0, "hi", ""), text(0, "hi", "")}},
		"the same thrice":             {steps: []step{text(0, "hi", ""), text(0, "hi", ""), text(0, "hi", "DUPLICATE")}},
		"with something between":      {steps: []step{text(0, "hi", ""), text(0, "ho", ""), text(0, "hi", ""), text(0, "ho", ""), text(0, "hi", "DUPLICATE"), text(0, "hu", "")}},
		"in another shape":            {steps: []step{text(0, "Buy now", ""), text(0, " buy\tNOW ", ""), text(0, "BUY\n\n now", "DUPLICATE")}},
		"in other words":              {steps: []step{text(0, "buy now", ""), text(0, "buy now!", ""), text(0, "buynow", "")}},
		"with tags":                   {steps: []step{{0, NewPost{Body: "buy &amp; save"}, ""}, {0, NewPost{Body: "<b>buy</b> &amp; save", RichText: true}, ""}, text(0, "Buy & save", ""), text(0, "buy & save", "DUPLICATE")}},
		"off the record":              {steps: []step{text(0, "hi", ""), {0, NewPost{Body: "hi", OffTheRecord: true}, ""}, {0, NewPost{Body: "hi", OffTheRecord: true}, "DUPLICATE"}}},
		"just within the time":        {steps: []step{text(0, "hi", ""), text(30*s, "hi", ""), text(30*s-time.Microsecond, "hi", "DUPLICATE")}},
		"when the first is forgotten": {steps: []step{text(0, "hi", ""), text(30*s, "hi", ""), text(30*s, "hi", "")}},
		"what was held back counts":   {steps: []step{text(0, "hi", ""), text(20*s, "hi", ""), text(20*s, "hi", "DUPLICATE"), text(30*s, "hi", "DUPLICATE")}},
		"the site's own duplicates":   {SpamLimits{Duplicates: 2, DuplicateSeconds: 5}, []step{text(0, "hi", ""), text(5*s, "hi", ""), text(4*s, "hi", "DUPLICATE")}},
		"extreme duplicates":          {SpamLimits{Duplicates: 2, ExtremeFactor: 2}, []step{text(0, "hi", ""), text(0, "hi", "DUPLICATE"), text(0, "hi", "DUPLICATE"), text(0, "hi", "DUPLICATE!")}},
		"ten at once":                 {steps: others(10, 0)},
		"eleven at once":              {steps: others(11, 0, "BURST")},
		"one a second":                {steps: others(30, s)},
		"a little faster":             {steps: others(12, s-time.Microsecond, "BURST", "BURST")},
		"a burst, and a pause":        {steps: append(others(11, 0, "BURST"), text(10*s, "well", ""))},
		"a burst, and a short one":    {steps: append(others(11, 0, "BURST"), text(10*s-time.Microsecond, "well", "BURST"))},
		"the site's own burst":        {SpamLimits{BurstPosts: 2, BurstSeconds: 60}, append(others(3, 29*s, "BURST"), text(31*s, "well", ""))},
		"extreme bursts":              {SpamLimits{BurstPosts: 2, ExtremeFactor: 2}, others(4, 0, "BURST", "BURST!")},
		"duplicates and a burst":      {SpamLimits{BurstPosts: 2}, []step{text(0, "hi", ""), text(0, "hi", ""), text(0, "hi", "DUPLICATE+BURST")}},
		"one file again and again":    {steps: []step{file(1), file(2), file(3), file(4)}},
		"files count to a burst": {SpamLimits{BurstPosts: 2}, []step{
			file(1), text(0, "look", ""), {0, NewPost{File: &aFile}, "BURST"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, ann, e := checked(t, c.limits)
			for i, x := range c.steps {
				w.after(x.after)
				if got := w.verdict(ann, e, x.post); got != x.want {
					t.Errorf("post %d (%q) is held back by %q, want %q", i, x.post.Body, got, x.want)
				}
			}
		})
	}
}

// TestWhatIsNoTry: a repeat, and what was refused, count towards nothing.
func TestWhatIsNoTry(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]struct {
		prepare func(*floor, Caller, EngagementID)
		post    NewPost
		want    Code
	}{
		"a repeat": {
			func(w *floor, ann Caller, e EngagementID) {
				must[ClientID](w.world)(w.post(ann, e, NewPost{Body: "hi", MessageID: "m1"}))
				w.settings(func(s *Settings) { s.Spam = true })
			}, NewPost{Body: "hi", MessageID: "m1"}, "",
		},
		"no text": {func(w *floor, _ Caller, _ EngagementID) { w.settings(func(s *Settings) { s.Spam = true }) }, NewPost{}, BadRequest},
		"a file of a kind that is not taken": {
			func(w *floor, _ Caller, _ EngagementID) {
				w.settings(func(s *Settings) { s.Spam, s.Files.Off = true, true })
			},
			NewPost{File: &aFile}, Conflict,
		},
		"what nobody receives": {
			func(w *floor, ann Caller, e EngagementID) {
				for range MaxUnreceivedPosts {
					w.says(ann, e, "hi")
				}
				w.settings(func(s *Settings) { s.Spam = true })
			}, NewPost{Body: "hi"}, TooMany,
		},
		"what one of several does not receive": {
			func(w *floor, ann Caller, e EngagementID) {
				ada := w.callerOf(12)
				w.confers(ada, e, w.logOn(13))
				for range MaxUnreceivedPosts {
					w.says(ann, e, "hi")
					w.receive(ada)
				}
				w.settings(func(s *Settings) { s.Spam = true })
			}, NewPost{Body: "hi"}, TooMany,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, ann, e := checked(t, SpamLimits{})
			w.settings(func(s *Settings) { s.Spam = false })
			refused.prepare(w, ann, e)
			for range 12 {
				_, err := w.post(ann, e, refused.post)
				w.refused(err, refused.want)
			}
			for _, a := range w.live[e].agentsIn(0) {
				for more := true; more; {
					more = w.receive(w.callerOf(w.agents[a].Account)).More
				}
			}
			for i := range 10 { // as many as there may be, and as many of one text
				n := NewPost{Body: "hi"}
				if i > 1 {
					n.Body = fmt.Sprint("hi ", i)
				}
				if got := w.verdict(ann, e, n); got != "" {
					t.Errorf("post %d is held back by %q", i, got)
				}
			}
		})
	}
}

// TestWhatWasTriedIsForgottenByARestart, and what was held back is not.
func TestWhatWasTriedIsForgottenByARestart(t *testing.T) {
	t.Parallel()
	w, _, ann, e := checked(t, SpamLimits{Duplicates: 2, MaxBlocks: 3})
	for i, want := range []string{"", "DUPLICATE", "", "DUPLICATE", "", "DUPLICATE!"} {
		if i%2 == 0 {
			w.restart()
		}
		if got := w.verdict(ann, e, NewPost{Body: "hi"}); got != want {
			t.Errorf("post %d is held back by %q, want %q", i, got, want)
		}
	}
}

// TestSpamLimitsAreChecked has each at both its edges.
func TestSpamLimitsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		of   func(*SpamLimits) *int
		most int
	}{
		"maxCharacters":    {func(l *SpamLimits) *int { return &l.MaxCharacters }, MaxPostBytes},
		"maxLinks":         {func(l *SpamLimits) *int { return &l.MaxLinks }, MaxPostBytes},
		"duplicates":       {func(l *SpamLimits) *int { return &l.Duplicates }, 100},
		"duplicateSeconds": {func(l *SpamLimits) *int { return &l.DuplicateSeconds }, 3600},
		"symbolPercent":    {func(l *SpamLimits) *int { return &l.SymbolPercent }, 100},
		"symbolCharacters": {func(l *SpamLimits) *int { return &l.SymbolCharacters }, MaxPostBytes},
		"burstPosts":       {func(l *SpamLimits) *int { return &l.BurstPosts }, 100},
		"burstSeconds":     {func(l *SpamLimits) *int { return &l.BurstSeconds }, 3600},
		"maxBlocks":        {func(l *SpamLimits) *int { return &l.MaxBlocks }, 100},
		"extremeFactor":    {func(l *SpamLimits) *int { return &l.ExtremeFactor }, 10},
	} {
		for value, want := range map[int]Code{-1: BadRequest, 0: "", c.most: "", c.most + 1: BadRequest} {
			n := w.CurrentSettings()
			*c.of(&n.SpamLimits) = value
			_, err := w.Admin("test").ChangeSettings(n)
			if got := codeOf(err); got != want || want != "" && !strings.Contains(err.Error(), "spamLimits."+name+" ") {
				t.Errorf("%s %d is answered %v, want %q", name, value, err, want)
			}
		}
		if whole := (SpamLimits{}).Whole(); whole != DefaultSpamLimits() || *c.of(&whole) == 0 {
			t.Errorf("the default of %s is %d", name, *c.of(&whole))
		}
	}
	// What is remembered of a session is as much as the highest thresholds look at.
	if spamMemory < maxSpamTries*10 {
		t.Errorf("%d tries are remembered", spamMemory)
	}
}
