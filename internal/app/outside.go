package app

import (
	"context"
	"path/filepath"

	"usher/internal/archive"
	"usher/internal/blob"
	"usher/internal/host"
	"usher/internal/mail"
)

// openBlobs opens the store of files that the options name.
func (a *App) openBlobs(ctx context.Context) (blob.Store, error) {
	switch {
	case a.options.Blobs != "":
		store, err := blob.OpenS3(ctx, a.options.Blobs)
		if err != nil {
			return nil, usage("--blobs: %v", err)
		}
		return store, nil
	case a.options.Database != "":
		store, err := blob.OpenPostgres(ctx, a.options.Database)
		if err != nil {
			return nil, explainOpen(err)
		}
		a.onStop("files", func(context.Context) error { return store.Close() })
		return store, nil
	}
	return blob.OpenFolder(filepath.Join(a.options.Data, "files"))
}

// follow begins to follow the sites that own names into the archive. It must stop after
// the sites do, which write to the end, and before the store does.
func (a *App) follow(own func() []string, files blob.Store) *archive.Worker {
	w := archive.NewWorker(archive.Config{Journal: trimmed{a.journal, a.metrics}, Store: a.archive, Sites: own, Blobs: files, Log: a.log})
	a.onStop("following", work(w.Run))
	return w
}

// work runs something until what it answers is called, which waits for its end.
func work(run func(context.Context)) func(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		run(ctx)
	}()
	return func(context.Context) error {
		cancel()
		<-over
		return nil
	}
}

// mailer answers who sends the letters that wait in the sites; nil when no mail server
// is named.
func (a *App) mailer(h *host.Host) *mail.Worker {
	if a.options.mail == nil {
		return nil
	}
	outbox := letters{h}
	return mail.NewWorker(outbox, outbox.compose, a.options.mail.Send, a.log)
}

// startMail begins to send letters. It must stop before the sites do: what became of
// a letter is recorded there.
func (a *App) startMail(w *mail.Worker) {
	if w == nil {
		return
	}
	a.onStop("mail", work(w.Run))
}
