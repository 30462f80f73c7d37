package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/site"
)

// TestNoted: what the lead noted stands in the record, and so does who said what is known
// of the visitor; neither is in the transcript.
func TestNoted(t *testing.T) {
	t.Parallel()
	events := []site.Event{
		&site.AccountDefined{Account: site.Account{ID: 12, Name: "Ada"}},
		&site.AgentSessionStarted{Client: 1, Account: 12},
		&site.EngagementRequested{Engagement: 7, Client: 2, Contact: site.Contact{FirstName: "Ann"}},
		&site.EngagementAssigned{Engagement: 7, Client: 1},
		&site.PageViewed{Engagement: 7, Page: site.Page{URL: "https://shop.example/"}},
		&site.PostsSeen{Engagement: 7, Client: 1, UpTo: 1},
		&site.ContactChanged{Engagement: 7, Client: 2, Contact: site.Contact{FirstName: "Anna"}},
		&site.ContactChanged{Engagement: 7, Client: 1, Contact: site.Contact{FirstName: "Ann"}},
		&site.WrapUpNoted{Engagement: 7, Client: 1, WrapUp: site.WrapUp{Result: 3, Note: "call back"}, Name: "Sold"},
	}
	read := func(talk bool) []Entry {
		r := NewReader(Wanted{Engagement: 7, Talk: talk})
		for i, e := range events {
			r.Add(site.Time(i), e)
		}
		got, _ := r.Record()
		return got.Entries
	}
	ada := Party{Client: 1, Account: 12, Name: "Ada", Role: api.RoleLead}
	visitor := func(name string) Party { return Party{Client: 2, Name: name, Role: api.RoleEndUser} }
	want := []Entry{
		{Number: 3, At: 6, Kind: ContactChanged, Who: visitor("Ann"), Changes: []Change{{"firstName", "Ann", "Anna"}}, Why: "the visitor's page said so"},
		{Number: 4, At: 7, Kind: ContactChanged, Who: ada, Changes: []Change{{"firstName", "Anna", "Ann"}}, Why: "an agent changed what is known of the visitor"},
		{Number: 5, At: 8, Kind: Noted, Who: ada, Result: "Sold", Text: "call back", Why: "the lead noted what came of it"},
	}
	if diff := cmp.Diff(want, read(false)[2:]); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
	if talk := read(true); len(talk) != 1 || talk[0].Kind != Joined {
		t.Errorf("the transcript has %+v", talk)
	}
}
