package site

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"usher/api"
)

// file is a picture that somebody sends.
func file(id string, size int64) NewPost {
	return NewPost{File: &File{ID: id, Name: "cat.png", Type: "image/png", Size: size}}
}

// TestWhatFilesASiteTakes: off or on, how large, of which types; and what a file must
// be anywhere.
func TestWhatFilesASiteTakes(t *testing.T) {
	t.Parallel()
	pdf := FileRules{Types: []string{"application/pdf", "image/*", "text/*-csv"}}
	for _, c := range []struct {
		name  string
		rules FileRules
		file  File
		want  Code
	}{
		{"a picture", FileRules{}, File{Name: "cat.png", Type: "image/png", Size: 1}, ""},
		{"none at all", FileRules{Off: true}, File{Name: "cat.png", Type: "image/png", Size: 1}, Conflict},
		{"the largest", FileRules{}, File{Name: "cat.png", Type: "image/png", Size: DefaultFileBytes}, ""},
		{"too large", FileRules{}, File{Name: "cat.png", Type: "image/png", Size: DefaultFileBytes + 1}, TooLarge},
		{"the site's own largest", FileRules{MaxBytes: 9}, File{Name: "cat.png", Type: "image/png", Size: 9}, ""},
		{"too large for the site", FileRules{MaxBytes: 9}, File{Name: "cat.png", Type: "image/png", Size: 10}, TooLarge},
		{"larger than is usual", FileRules{MaxBytes: MaxOneFileBytes}, File{Name: "cat.png", Type: "image/png", Size: MaxOneFileBytes}, ""},
		{"empty", FileRules{}, File{Name: "cat.png", Type: "image/png"}, BadRequest},
		{"less than that", FileRules{}, File{Name: "cat.png", Type: "image/png", Size: -1}, BadRequest},
		{"a program", FileRules{}, File{Name: "cat.png", Type: "application/x-msdownload", Size: 1}, BadRequest},
		{"a page", FileRules{}, File{Name: "cat.png", Type: "text/html", Size: 1}, BadRequest},
		{"a picture that runs", FileRules{}, File{Name: "cat.svg", Type: "image/svg+xml", Size: 1}, BadRequest},
		{"of no type", FileRules{}, File{Name: "cat.png", Size: 1}, BadRequest},
		{"one of the site's types", pdf, File{Name: "a.pdf", Type: "application/pdf", Size: 1}, ""},
		{"any of a kind", pdf, File{Name: "cat.svg", Type: "image/svg+xml", Size: 1}, ""},
		{"any of a pattern", pdf, File{Name: "a.csv", Type: "text/x-csv", Size: 1}, ""},
		{"not quite of a pattern", pdf, File{Name: "a.csv", Type: "text/csv", Size: 1}, BadRequest},
		{"of a longer type", pdf, File{Name: "a.pdf", Type: "application/pdf2", Size: 1}, BadRequest},
		{"of a type within another", pdf, File{Name: "a.pdf", Type: "x/image/png", Size: 1}, BadRequest},
		{"a default type, not the site's", pdf, File{Name: "a.txt", Type: "text/plain", Size: 1}, BadRequest},
		{"the longest name", FileRules{}, File{Name: strings.Repeat("x", MaxFileNameBytes), Type: "image/png", Size: 1}, ""},
		{"a name too long", FileRules{}, File{Name: strings.Repeat("x", MaxFileNameBytes+1), Type: "image/png", Size: 1}, BadRequest},
		{"no name", FileRules{}, File{Type: "image/png", Size: 1}, BadRequest},
		{"a name of two lines", FileRules{}, File{Name: "a\nb", Type: "image/png", Size: 1}, BadRequest},
		{"a name with a deletion", FileRules{}, File{Name: "a\x7fb", Type: "image/png", Size: 1}, BadRequest},
		{"a name that is not UTF-8", FileRules{}, File{Name: "a\xff", Type: "image/png", Size: 1}, BadRequest},
		{"any other name", FileRules{}, File{Name: `Ä "日本" <b>.png`, Type: "image/png", Size: 1}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.Files = c.rules })
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			for _, by := range []Caller{ada, ann} {
				f := c.file
				before := w.Position()
				_, err := w.post(by, e, NewPost{File: &f})
				if got := codeOf(err); got != c.want || c.want != "" && w.Position() != before {
					t.Errorf("answered %q (%v), want %q", got, err, c.want)
				}
			}
		})
	}
}

// TestFileRulesAreChecked when they are set.
func TestFileRulesAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		rules FileRules
		want  Code
	}{
		{FileRules{}, ""},
		{FileRules{Off: true, MaxBytes: MaxOneFileBytes, Types: []string{"image/*", "application/vnd.ms-*", "x/y"}}, ""},
		{FileRules{MaxBytes: -1}, BadRequest}, {FileRules{MaxBytes: MaxOneFileBytes + 1}, BadRequest},
		{FileRules{Types: slices.Repeat([]string{"image/png"}, maxList)}, ""}, {FileRules{Types: slices.Repeat([]string{"image/png"}, maxList+1)}, BadRequest},
		{FileRules{Types: []string{"image/png", "pdf"}}, BadRequest}, {FileRules{Types: []string{""}}, BadRequest},
		{FileRules{Types: []string{"image/"}}, BadRequest}, {FileRules{Types: []string{"/png"}}, BadRequest},
		{FileRules{Types: []string{"*/*"}}, BadRequest}, {FileRules{Types: []string{"*"}}, BadRequest}, {FileRules{Types: []string{"i*/png"}}, BadRequest},
		{FileRules{Types: []string{"image/png, image/gif"}}, BadRequest}, {FileRules{Types: []string{"text/plain; charset=utf-8"}}, BadRequest},
		{FileRules{Types: []string{"image/[a-"}}, BadRequest}, {FileRules{Types: []string{`image/\`}}, BadRequest}, {FileRules{Types: []string{"image/?"}}, BadRequest},
		{FileRules{Types: []string{"image/" + strings.Repeat("x", MaxFileNameBytes)}}, BadRequest},
	} {
		before := w.Position()
		n := w.CurrentSettings()
		n.Files = c.rules
		_, err := w.Admin("test").ChangeSettings(n)
		if got := codeOf(err); got != c.want || c.want != "" && w.Position() != before {
			t.Errorf("%.80v is answered %q, want %q", c.rules, got, c.want)
		}
	}
	w.settings(func(s *Settings) { s.Files = FileRules{Types: []string{"image/*"}} })
	w.CurrentSettings().Files.Types[0] = "*/*"
	if got := w.Settings.Files.Types[0]; got != "image/*" {
		t.Errorf("the settings were changed from outside: %q", got)
	}
}

// TestFilesOfOneEngagementAreBounded, in number and in bytes together, whoever sends
// them, for as long as it is live.
func TestFilesOfOneEngagementAreBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int64
		most int
	}{
		"in number": {1, MaxFiles},
		"in bytes":  {30 << 20, MaxFileBytes / (30 << 20)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.Files.MaxBytes = MaxOneFileBytes })
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			for i := range c.most {
				must[ClientID](w.world)(w.post([]Caller{ada, ann}[i%2], e, file(fmt.Sprint(i), c.size)))
			}
			for _, by := range []Caller{ada, ann} {
				w.nothing(Conflict, func() error { _, err := w.post(by, e, file("more", c.size)); return err })
			}
			ungranted := func() {
				t.Helper()
				w.nothing(Conflict, func() error { _, err := w.GrantFileToVisitor(ann, file("", c.size)); return err })
				w.nothing(Conflict, func() error { _, err := w.GrantFileToAgent(ada, e, file("", c.size)); return err })
			}
			ungranted()
			w.says(ann, e, "a text")
			w.restart()
			ungranted()
			if c.size > 1 { // a smaller one has room
				left := MaxFileBytes % c.size
				must[ClientID](w.world)(w.post(ann, e, file("last", left)))
				w.nothing(Conflict, func() error { _, err := w.post(ann, e, file("more", 1)); return err })
			}
			must[ClientID](w.world)(w.Reroute(ada, e)) // it is the same engagement
			w.nothing(Conflict, func() error { _, err := w.post(ann, e, file("more", c.size)); return err })
			ben, other := w.enter(0)
			must[ClientID](w.world)(w.post(ben, other, file("first", c.size)))
		})
	}
}

// TestAFileHasNoText, and what comes with it is checked as with a text.
func TestAFileHasNoText(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ann, e := w.enter(0)
	for name, c := range map[string]struct {
		change func(*NewPost)
		want   Code
	}{
		"nothing else":             {func(*NewPost) {}, ""},
		"a text":                   {func(n *NewPost) { n.Body = "look" }, BadRequest},
		"the longest id":           {func(n *NewPost) { n.MessageID = strings.Repeat("x", MaxMessageIDBytes) }, ""},
		"an id too long":           {func(n *NewPost) { n.MessageID = strings.Repeat("x", MaxMessageIDBytes+1) }, BadRequest},
		"an id that is not UTF-8":  {func(n *NewPost) { n.MessageID = "\xff" }, BadRequest},
		"data that are not UTF-8":  {func(n *NewPost) { n.Data = map[string]string{"k": "\xff"} }, BadRequest},
		"too much data beside it":  {func(n *NewPost) { n.Data = map[string]string{"k": strings.Repeat("x", MaxPostBytes)} }, TooLarge},
		"too long an answer of it": {func(n *NewPost) { n.VAResponse = strings.Repeat("x", MaxPostBytes+1) }, TooLarge},
	} {
		n := file("f", 1)
		c.change(&n)
		before := w.Position()
		_, err := w.post(ann, e, n)
		if got := codeOf(err); got != c.want || c.want != "" && w.Position() != before {
			t.Errorf("%s: answered %q, want %q", name, got, c.want)
		}
	}
}

// TestLeaveToSendAFile is given before it is read, and refused as the file would be.
func TestLeaveToSendAFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules FileRules
		file  File
		id    string
		want  Code
	}{
		"a small one":          {FileRules{}, File{Name: "cat.png", Size: 9}, "", ""},
		"of a size not known":  {FileRules{}, File{Name: "cat.png"}, "m1", ""},
		"none at all":          {FileRules{Off: true}, File{Name: "cat.png"}, "", Conflict},
		"the largest":          {FileRules{MaxBytes: 9}, File{Name: "cat.png", Size: 9}, "", ""},
		"too large":            {FileRules{MaxBytes: 9}, File{Name: "cat.png", Size: 10}, "", TooLarge},
		"no name":              {FileRules{}, File{Size: 9}, "", BadRequest},
		"an id too long":       {FileRules{}, File{Name: "cat.png"}, strings.Repeat("x", MaxMessageIDBytes+1), BadRequest},
		"a type is not looked": {FileRules{}, File{Name: "cat.exe", Type: "application/x-msdownload", Size: 9}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.Files = c.rules })
			ada := w.logOn(12)
			ann, e := w.chat(ada)
			for client, ask := range map[ClientID]func(NewPost) (FileGrant, error){
				w.byKey[ann.Key]: func(n NewPost) (FileGrant, error) { return w.GrantFileToVisitor(ann, n) },
				w.byKey[ada.Key]: func(n NewPost) (FileGrant, error) { return w.GrantFileToAgent(ada, e, n) },
			} {
				f := c.file
				w.nothing(c.want, func() error {
					g, err := ask(NewPost{File: &f, MessageID: c.id})
					if err == nil && (g.Client != client || g.Engagement != e || g.Repeated || g.File != nil || g.Rules.Limit() != c.rules.Limit()) {
						t.Errorf("answered %+v", g)
					}
					return err
				})
				if f != c.file {
					t.Errorf("the caller's file was changed to %+v", f)
				}
			}
		})
	}
}

// TestAFileWithItsMessageIDIsSentOnce: a repeat is known by id, name and size, and
// answered with the file as it first came, also when the chat is over. What is new
// under its id is another file.
func TestAFileWithItsMessageIDIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		w := newFloor(t)
		ada := w.logOn(12)
		ann, e := w.comes(func(n *EngagementRequest) { n.Identity = "ann" })
		w.ask(ada, 1)
		w.accept(ada, e)
		w.catchUp(ada, ann)
		sent := func(id string) NewPost { n := file(id, 9); n.MessageID, n.OffTheRecord = "m1", off; return n }
		for _, by := range []Caller{ada, ann} {
			must[ClientID](w.world)(w.post(by, e, sent("first")))
		}
		known := func() {
			t.Helper()
			for _, again := range []struct {
				by    Caller
				post  func(NewPost) (Taken, error)
				grant func(NewPost) (FileGrant, error)
			}{
				{ada, func(n NewPost) (Taken, error) { return w.PostAsAgent(ada, e, n) }, func(n NewPost) (FileGrant, error) { return w.GrantFileToAgent(ada, e, n) }},
				{ann, func(n NewPost) (Taken, error) { return w.PostAsVisitor(ann, n) }, func(n NewPost) (FileGrant, error) { return w.GrantFileToVisitor(ann, n) }},
			} {
				w.silent(func() error {
					taken, err := again.post(sent("second"))
					if !taken.Repeated || taken.File == nil || taken.File.ID != "first" {
						t.Errorf("a repeat is answered %+v", taken)
					}
					return err
				})
				w.silent(func() error {
					g, err := again.grant(sent(""))
					if !g.Repeated || g.File == nil || g.File.ID != "first" || g.Engagement != e || g.Client != w.byKey[again.by.Key] {
						t.Errorf("asked for leave again, it is given %+v", g)
					}
					return err
				})
			}
		}
		known()
		w.told(ada, `post: file "cat.png" of 9 bytes`)
		w.told(ann, `post: file "cat.png" of 9 bytes`)
		w.restart()
		known()
		ada, ann = w.logOn(12), Caller{Key: "again"}
		must[EngagementOpened](w.world)(w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Key, n.Identity, n.Resume = ann.Key, "ann", true })))
		known()
		other := sent("third")
		other.File.Size = 10
		for _, by := range []Caller{ada, ann} {
			must[ClientID](w.world)(w.post(by, e, other))
		}
		w.release(ada, e)
		known()
		w.nothing(Conflict, func() error { _, err := w.PostAsVisitor(ann, file("new", 1)); return err })
		w.nothing(Conflict, func() error { _, err := w.PostAsAgent(ada, e, file("new", 1)); return err })
		w.nothing(Conflict, func() error { _, err := w.GrantFileToVisitor(ann, file("new", 1)); return err })
		w.nothing(Conflict, func() error { _, err := w.GrantFileToAgent(ada, e, file("new", 1)); return err })
	}
}

// TestAFileIsDeliveredAsAPost: to all in the engagement, as a note or a whisper to
// some, to who leads next what no lead has received, and in what is shown later.
func TestAFileIsDeliveredAsAPost(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, sue := w.logOn(12), w.logOn(13), w.logOn(15)
	ann, e := w.enter(0)
	must[ClientID](w.world)(w.post(ann, e, file("1", 1)))
	w.restart()
	w.ask(ada, 1)
	w.accept(ada, e)
	w.told(ada, "assignment LEAD 1", "joined END_USER Ann Lee", `post: file "cat.png" of 1 bytes`)
	w.monitors(sue, e)
	w.catchUp(ada, ann, sue)
	must[ClientID](w.world)(w.post(ada, e, file("2", 2)))
	must[ClientID](w.world)(w.post(sue, e, file("3", 3)))
	note := file("4", 4)
	note.Visibility = api.VisibilityNotEndUser
	must[ClientID](w.world)(w.post(ada, e, note))
	must[Taken](w.world)(w.Whisper(ada, w.byKey[ann.Key], api.PartyEndUser, file("5", 5)))
	must[ClientID](w.world)(w.post(ann, e, file("6", 6)))
	w.told(ann, `post: file "cat.png" of 2 bytes`, `whisper: file "cat.png" of 5 bytes`)
	w.told(sue, `post: file "cat.png" of 2 bytes`, `post to agents: file "cat.png" of 4 bytes`, `post: file "cat.png" of 6 bytes`)
	must[ClientID](w.world)(w.Reroute(ada, e)) // Ada has not received the last one
	w.ask(bob, 1)
	w.accept(bob, e)
	w.told(bob, "assignment LEAD 1", "joined END_USER Ann Lee", `post: file "cat.png" of 6 bytes`)
	ids := func(posts []Recorded) (all string) {
		for _, p := range posts {
			all += p.File.ID
		}
		return all
	}
	if got := ids(must[History](w.world)(w.History(bob, e, Stretch{})).Posts); got != "12346" {
		t.Errorf("Bob's history has the files %s", got)
	}
	if got := ids(must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Posts); got != "1256" {
		t.Errorf("Ann's page is shown the files %s", got)
	}
	if got := w.live[e]; got.Files != 6 || got.FileBytes != 21 {
		t.Errorf("%d files of %d bytes are counted", got.Files, got.FileBytes)
	}
}

// TestAFileWeighsAsItsNameDoes: its content is in no mailbox.
func TestAFileWeighsAsItsNameDoes(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.settings(func(s *Settings) { s.Files.MaxBytes = MaxOneFileBytes })
	ann, e := w.enter(0)
	must[ClientID](w.world)(w.post(ann, e, file("0123456789", MaxOneFileBytes)))
	if got, want := w.live[e].UnreceivedBytes, len("0123456789")+len("cat.png")+len("image/png"); got != want {
		t.Errorf("it weighs %d, want %d", got, want)
	}
	if (*File)(nil).size() != 0 {
		t.Error("no file weighs something")
	}
}
