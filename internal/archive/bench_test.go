package archive

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/api"
	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/site"
)

var posts = flag.Int("posts", 20_000, "how many posts the benchmarks have in the archive")

// vocabulary makes texts of words that are as often used as those of a language: a few
// all the time, most hardly ever.
type vocabulary struct {
	*rand.Rand
	zipf *rand.Zipf
}

func newVocabulary() vocabulary {
	r := rand.New(rand.NewPCG(1, 2))
	return vocabulary{r, rand.NewZipf(r, 1.1, 3, 50_000)}
}

func (v vocabulary) text() string {
	var b strings.Builder
	for range 5 + v.IntN(15) {
		b.WriteString(strconv.FormatUint(v.zipf.Uint64()*2654435761%1_000_000_007, 36) + " ")
	}
	return b.String()
}

// talk writes the events of so many posts, twenty a chat, as a site records them, into
// the world's journal. The site itself knows nothing of it.
func (w *world) talk(posts int) {
	w.t.Helper()
	if w.spoken == nil {
		w.spoken = &spoken{position: w.site.Position(), at: site.Time(w.now.UnixMicro()), words: newVocabulary()}
	}
	x := w.spoken
	for n := 0; n < posts; n += 20 {
		x.chat++
		e, client := site.EngagementID(x.chat), site.ClientID(1000+x.chat)
		x.add(&site.EngagementRequested{Engagement: e, Client: client, Queue: 1, Why: "no rule matched: the default queue", Contact: site.Contact{
			FirstName: fmt.Sprint("Visitor ", x.chat), Email: fmt.Sprintf("v%d@example.org", x.chat),
		}})
		x.add(&site.EngagementOffered{Engagement: e, Client: 1, Expires: x.at.Add(time.Minute), Why: "first of 1 free agents: holds 0"})
		x.add(&site.EngagementAssigned{Engagement: e, Client: 1})
		for number := range int64(20) {
			p := site.Post{Number: number + 1, Client: 1, SenderType: api.PartyAgent, At: x.at, Visibility: api.VisibilityAll, Body: x.words.text()}
			if number%2 == 0 {
				p.Client, p.SenderType = client, api.PartyEndUser
			}
			x.add(&site.Posted{Engagement: e, Post: p, To: []site.Address{{Client: client, Number: number, Sequence: number}}})
		}
		x.add(&site.EngagementConcluded{Engagement: e, Client: 1, Role: api.RoleLead, Reason: api.ReasonAgentConcluded})
		x.add(&site.EngagementReleased{Engagement: e, Client: 1})
		if x.frame.Count > 500 || n+20 >= posts {
			x.write(w)
		}
	}
}

// spoken is what talk has written.
type spoken struct {
	position int64
	at       site.Time
	chat     int
	words    vocabulary
	frame    journal.Frame
}

func (x *spoken) add(e site.Event) {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	x.at = x.at.Add(3 * time.Second)
	x.frame.Events = fmt.Appendf(x.frame.Events, `{"at":%d,"event":%q,"data":%s}`+"\n", x.at, reflect.TypeOf(e).Elem().Name(), data)
	x.frame.Count++
}

func (x *spoken) write(w *world) {
	f := x.frame
	f.Site, f.First, f.Epoch, f.Format = "demo", x.position, w.head.Epoch, site.EventFormat
	x.position, x.frame = f.End(), journal.Frame{}
	done := make(chan error, 1)
	b := journal.Batch{Frame: f, Checkpoint: true}
	w.journal.Append(journal.Append{Take: func() (journal.Batch, bool) { return b, true }, Done: func(err error) { done <- err }})
	w.must(<-done)
}

// BenchmarkFollow follows chats from the beginning to the end.
func BenchmarkFollow(b *testing.B) {
	for name, engine := range benchEngines {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			w.talk(*posts)
			for b.Loop() {
				b.StopTimer()
				s, size := engine(b)
				a := w.worker(s)
				b.StartTimer()
				if err := a.follower("demo").catchUp(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				b.ReportMetric(float64(size())/float64(*posts)*1000/1024, "kB/1000posts")
				s.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(w.spoken.position)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// benchEngines open a new store, and tell how many bytes it has.
var benchEngines = map[string]func(b *testing.B) (*Store, func() int64){
	"sqlite": func(b *testing.B) (*Store, func() int64) {
		dir := b.TempDir()
		s := openIn(b, dir, Options{})
		return s, func() int64 {
			if err := s.harden(b.Context()); err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(dir, File))
			if err != nil {
				b.Fatal(err)
			}
			return info.Size()
		}
	},
	"postgres": func(b *testing.B) (*Store, func() int64) {
		s, err := OpenPostgres(b.Context(), pgtest.URL(b), Options{})
		if err != nil {
			b.Fatal(err)
		}
		return s, func() int64 {
			return count(b, s, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE n.nspname = current_schema() AND c.relkind = 'r'`)
		}
	},
}

// BenchmarkSearch searches -posts posts for words of different frequency.
func BenchmarkSearch(b *testing.B) {
	w := newWorld(b)
	s, _ := benchEngines["sqlite"](b)
	a := w.worker(s)
	for done := 0; done < *posts; done += 20_000 {
		w.talk(min(20_000, *posts-done))
		if err := a.follower("demo").catchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := w.journal.Trim(b.Context(), "demo", w.spoken.position); err != nil {
			b.Fatal(err)
		}
	}
	v := newVocabulary()
	often, seldom := strings.Fields(v.text())[0], ""
	for range 2000 {
		seldom = strings.Fields(v.text())[0]
	}
	for _, c := range []struct {
		name string
		q    Query
	}{
		{"a frequent word", Query{Text: often}},
		{"a word", Query{Text: seldom}},
		{"two words", Query{Text: often + " " + seldom}},
		{"a letter", Query{Text: "a"}},
		{"two letters after a word", Query{Text: often + " ab"}},
		{"none", Query{Text: "nothing"}},
		{"of one visitor", Query{Text: often, Visitor: "v1@example.org"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = len(found(b, a, c.q))
			}
			b.ReportMetric(float64(n), "hits")
		})
	}
}

// BenchmarkRebuild makes -posts posts anew, which deletes as many first.
func BenchmarkRebuild(b *testing.B) {
	w := newWorld(b)
	w.talk(*posts)
	s, _ := benchEngines["sqlite"](b)
	a := w.worker(s)
	for b.Loop() {
		if _, err := a.Rebuild(b.Context(), "demo", nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*posts)*float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}
