package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"usher/api"
	"usher/api/sites"
)

// TestEveryKindIsSpoken: no kind of line is shown by its word alone.
func TestEveryKindIsSpoken(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../api/sites/record.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "RecordKind" {
			kinds++
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if text := spoken(sites.RecordLine{Kind: sites.RecordKind(word)}); text == word || text == "" {
				t.Errorf("a line of kind %s is shown as %q", word, text)
			}
		}
		return true
	})
	if kinds < 21 {
		t.Errorf("only %d kinds were found", kinds)
	}
	if text := spoken(sites.RecordLine{Kind: "NEWER"}); text != "NEWER" {
		t.Errorf("a kind that is not known is shown as %q", text)
	}
}

func TestShowRecord(t *testing.T) {
	t.Parallel()
	ada := &sites.RecordParty{ClientID: 1, AccountID: 12, Name: "Ada", Role: api.RoleLead}
	ann := &sites.RecordParty{ClientID: 2, Name: "Ann", Role: api.RoleEndUser}
	bob := &sites.RecordParty{ClientID: 3, AccountID: 13, Name: "Bob", Role: api.RoleTransient}
	const at = "2026-11-23T09:00:01.500Z"
	cards := &sites.RecordQueue{QueueID: 7, Name: "Cards"}
	var out bytes.Buffer
	showRecord(&process{stdout: &out}, sites.Record{
		EngagementID: 4711, QueueID: 7, StartedAt: at, EndedAt: at, Lines: []sites.RecordLine{
			{At: at, Kind: sites.RecordRequested, Who: &sites.RecordParty{Role: api.RoleEndUser}, Queue: cards, Priority: 2, Target: ada, Until: at, Why: "a rule"},
			{At: at, Kind: sites.RecordJoined, Who: ada, Cause: "EXPIRED"},
			{At: at, Kind: sites.RecordPosted, Who: ann, Post: &sites.RecordPost{Text: "hello\n\x1b[2J"}},
			{At: at, Kind: sites.RecordPosted, Who: ada, Post: &sites.RecordPost{OffTheRecord: true}},
			{At: at, Kind: sites.RecordPosted, Who: ada, Post: &sites.RecordPost{Text: "psst", OnlyFor: bob}},
			{At: at, Kind: sites.RecordPosted, Who: ada, Post: &sites.RecordPost{Text: "psst", Visibility: api.VisibilityNotEndUser}},
			{At: at, Kind: sites.RecordInvited, Who: bob, By: ada, Type: api.AssignmentTransfer, Until: at, Note: 4},
			{At: at, Kind: sites.RecordContactChanged, Who: ada, Changes: []sites.RecordChange{{Name: "email", After: "a@b"}}},
			{At: at, Kind: sites.RecordPosted, Who: ann, Post: &sites.RecordPost{File: &sites.RecordFile{Name: "my\x1b.png", Type: "image/png", Size: 1234, URL: "https://x/files/1/a"}}},
			{At: at, Kind: sites.RecordBlocked, Who: ann, Post: &sites.RecordPost{Text: "buy\n\x1b!", Blocked: []string{"LINKS", "BURST"}}, Cause: "LINKS,BURST", Why: "the spam checks"},
			{At: at, Kind: sites.RecordBlocked, Who: ann, Post: &sites.RecordPost{OffTheRecord: true, Blocked: []string{"LENGTH"}}, Cause: "LENGTH"},
			{At: at, Kind: sites.RecordBlocked, Who: ann, Post: &sites.RecordPost{File: &sites.RecordFile{Name: "a.txt", Type: "text/plain", Size: 1}, Blocked: []string{"BURST"}}, Cause: "BURST"},
			{At: at, Kind: sites.RecordPosted, Post: &sites.RecordPost{Text: "not delivered", System: true, OnlyFor: ann}},
			{At: at, Kind: sites.RecordEnded, Who: ann, Cause: "END_USER_CONCLUDED", Why: "the visitor ended it"},
			{At: at, Kind: sites.RecordRated, Who: ann, Rating: &sites.RecordRating{Stars: 4, Comment: "fine\x07"}, Why: "the visitor rated the chat"},
			{At: at, Kind: sites.RecordRated, Who: ann, Rating: &sites.RecordRating{Stars: 1}},
			{At: at, Kind: sites.RecordMailed, Cause: "FAILED", Why: "no answer"},
		},
	})
	want := `engagement 4711 of visitor, queue 7, began 2026-11-23 09:00:01, ended 2026-11-23 09:00:01
* visitor came into queue 7 (Cards), priority 2, for Ada until 2026-11-23 09:00:01: a rule
* Ada joined as LEAD (EXPIRED)
Ann: hello ` + "\ufffd" + `[2J
Ada: [off the record]
Ada (to Bob only): psst
Ada (to agents only): psst
* Ada asked Bob to join (TRANSFER) until 2026-11-23 09:00:01, with post 4 as a word
* Ada changed email from "" to "a@b"
Ann: [file my` + "\ufffd" + `.png, image/png, 1234 bytes] https://x/files/1/a
* Ann was kept from posting "buy ` + "\ufffd" + `!" (LINKS,BURST): the spam checks
* Ann was kept from posting [off the record] (LENGTH)
* Ann was kept from posting [file a.txt, text/plain, 1 bytes] (BURST)
the system (to Ann only): not delivered
* it is over (END_USER_CONCLUDED): the visitor ended it
* Ann rated the chat with 4 of 5 stars: fine` + "\ufffd" + `: the visitor rated the chat
* Ann rated the chat with 1 of 5 stars
* the transcript was to be sent by e-mail (FAILED): no answer
`
	got := strings.ReplaceAll(out.String(), "2026-11-23 09:00:01  ", "")
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
