package app

import (
	"context"
	"path/filepath"

	"usher/internal/blob"
	"usher/internal/host"
	"usher/internal/mail"
)

// openBlobs opens the store of files that the options name.
func (a *App) openBlobs(ctx context.Context) (blob.Store, error) {
	if a.options.Blobs == "" {
		return blob.OpenFolder(filepath.Join(a.options.Data, "files"))
	}
	store, err := blob.OpenS3(ctx, a.options.Blobs)
	if err != nil {
		return nil, usage("--blobs: %v", err)
	}
	return store, nil
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
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		w.Run(ctx)
	}()
	a.onStop("mail", func(context.Context) error {
		cancel()
		<-over
		return nil
	})
}
