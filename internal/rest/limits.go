package rest

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

// What strangers may take of the server. All but the limit of a site count by
// network (auth.Network): the peer's for connections, on which nothing was said
// yet, and for the rest that of whom a trusted proxy names. What a session may do
// is bounded by its site, not here.
const (
	// startsAtOnce and startEvery: each start costs the server a signature, about
	// a millisecond of a core. A page full of visitors behind one address is
	// served, a loop is not. As many looks at the door are let through besides, which
	// cost less: each page that is about to show the widget has one.
	startsAtOnce = 200
	startEvery   = 50 * time.Millisecond

	// siteStartsAtOnce and siteStartEvery bound the starts of a site by all
	// networks together: a fifth of a core, and more visitors than a contact
	// centre of thousands of agents can serve.
	siteStartsAtOnce = 2000
	siteStartEvery   = 5 * time.Millisecond

	// openingsAtOnce and openingEvery: each requestEngagement makes an engagement
	// that is written to the disk. Middle servers call it for all their visitors
	// from one address, so this is well above the rate of a busy site.
	openingsAtOnce = 500
	openingEvery   = 20 * time.Millisecond

	// guessesAtOnce and guessEvery: what is refused for an unknown session, a bad
	// token or a wrong widget key. Six programs that never give up a dead session,
	// with a poll every three seconds each, stay below it for ever, and an office
	// whose sessions all end at once is told so.
	guessesAtOnce = 100
	guessEvery    = 500 * time.Millisecond

	// lettersAtOnce and letterEvery: each transcript by e-mail goes to whatever
	// address its visitor names, who may not have asked for it. Messages that visitors
	// leave are as few, since somebody has to read them.
	lettersAtOnce = 20
	letterEvery   = time.Minute

	// connectionsAtOnce is enough for a thousand chats behind one address, each
	// with its poll and its posts: 50 MB, were all of them parked.
	connectionsAtOnce = 2000

	// bodiesAtOnce are bodies that are on their way. One that comes with its
	// headers, as nearly all do, is on its way for no time; those that are held
	// back take a quarter of a megabyte each, so a network gets some 50 MB.
	bodiesAtOnce = 200
	// bodyFor is how long a body may take: the largest comes through at 13 KB a
	// second, an ordinary post through any line.
	bodyFor = 20 * time.Second

	headersFor = 10 * time.Second
	requestFor = time.Minute // headers and body, where nothing shorter is said
	answerFor  = 90 * time.Second
	idleFor    = 2 * time.Minute
	maxHeaders = 16 << 10 // net/http allows 4 KiB more
)

// NewHTTPServer answers what serves usher's handler, with the time that each part
// of a request may take. Its listener must be one of Listen's.
func NewHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ConnContext:       ConnContext,
		ReadHeaderTimeout: headersFor,
		ReadTimeout:       requestFor,
		WriteTimeout:      answerFor,
		IdleTimeout:       idleFor,
		MaxHeaderBytes:    maxHeaders,
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1 alone
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
