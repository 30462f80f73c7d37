package mail

import "context"

// Outbox keeps letters durably until it is known what became of them. Its
// methods heed ctx, and may be called at the same time. Their errors are logged,
// so that they hold neither addresses nor text.
type Outbox interface {
	// Due answers letters whose time has come, at most n. It may name letters that
	// it named before and that are not done; the worker knows them.
	Due(ctx context.Context, n int) ([]Pending, error)
	// Done records what became of a letter, and why if it was not sent. Of one that
	// failed for now, the outbox decides when it is due again, or gives it up. Done
	// is called once for each try of a letter, and again as long as it answers an
	// error: whatever it did then, the repeat must come to the same.
	Done(ctx context.Context, p Pending, o Outcome, why string) error
}

// Pending is a letter in an outbox. Site and Number identify it.
type Pending struct {
	Site   string
	Number int64
	To     string
	// Attempt is which try this is. The outbox counts; the worker only logs it.
	Attempt int
}

// Outcome is what became of a letter in one try.
type Outcome string

const (
	// Sent: a server accepted it.
	Sent Outcome = "sent"
	// Refused: it will never be taken (ErrRefused).
	Refused Outcome = "refused"
	// Failed: it was not accepted this time, or nobody knows whether it was.
	Failed Outcome = "failed"
)
