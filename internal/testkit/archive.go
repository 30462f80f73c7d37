package testkit

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"usher/internal/archive"
	"usher/internal/blob"
	"usher/internal/journal"
	"usher/internal/record"
	"usher/internal/site"
)

// shelf is an archive that is opened when it is first asked: few tests do.
type shelf struct {
	t       testing.TB
	journal journal.Journal
	blobs   blob.Store
	log     *slog.Logger

	once   sync.Once
	opened *archive.Worker
}

// newShelf answers the archive of a journal. It is closed at the end of the test.
func newShelf(t testing.TB, j journal.Journal, b blob.Store, log *slog.Logger) *shelf {
	return &shelf{t: t, journal: j, blobs: b, log: log}
}

// worker answers the archive. It follows a site whenever it is asked about it.
func (s *shelf) worker() *archive.Worker {
	s.once.Do(func() {
		store, err := archive.OpenSQLite(context.Background(), s.t.TempDir(), archive.Options{})
		if err != nil {
			s.t.Errorf("open the archive: %v", err)
			return
		}
		s.t.Cleanup(func() { store.Close() })
		s.opened = archive.NewWorker(archive.Config{
			Journal: s.journal, Store: store, Sites: func() []string { return nil }, Blobs: s.blobs, Log: s.log,
		})
	})
	return s.opened
}

func (s *shelf) Record(ctx context.Context, name string, id site.EngagementID, talk bool, after int64, most int) (record.Record, error) {
	return s.worker().Record(ctx, name, id, talk, after, most)
}

func (s *shelf) Search(ctx context.Context, name string, q archive.Query) (archive.Hits, error) {
	s.follow(ctx, name)
	return s.worker().Search(ctx, name, q)
}

func (s *shelf) Report(ctx context.Context, name string, by archive.By, from, to time.Time, l *time.Location) (archive.Report, error) {
	s.follow(ctx, name)
	return s.worker().Report(ctx, name, by, from, to, l)
}

func (s *shelf) Follow(ctx context.Context, name string) error { return s.worker().Follow(ctx, name) }

func (s *shelf) Reaches(ctx context.Context, name string, id site.EngagementID, r *archive.Reach) (bool, error) {
	return s.worker().Reaches(ctx, name, id, r)
}

func (s *shelf) Earlier(ctx context.Context, name string, before site.EngagementID, k archive.Known, r *archive.Reach) ([]archive.Chat, error) {
	s.follow(ctx, name)
	return s.worker().Earlier(ctx, name, before, k, r)
}

func (s *shelf) Erase(ctx context.Context, name string, who archive.Contact) (archive.Erased, error) {
	return s.worker().Erase(ctx, name, who)
}

func (s *shelf) Rebuild(ctx context.Context, name string, progress func(done, total int64)) (archive.Rebuilt, error) {
	return s.worker().Rebuild(ctx, name, progress)
}

func (s *shelf) States() []archive.State { return s.worker().States() }

// follow catches up, as the server's worker does by itself a moment after each append.
func (s *shelf) follow(ctx context.Context, name string) {
	s.worker().Record(ctx, name, 1, false, 0, 1) // whether there is such an engagement does not matter
}
