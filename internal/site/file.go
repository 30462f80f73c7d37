package site

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// File is a file that somebody posted. Its content stands elsewhere, under the
// site, the engagement and its id.
type File struct {
	// ID is a secret: whoever knows it may read the file.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Type is a media type such as image/png, as the content shows it.
	Type string `json:"type"`
	Size int64  `json:"size"` // bytes
}

// size is what the file weighs in a mailbox; its content is not there.
func (f *File) size() int {
	if f == nil {
		return 0
	}
	return len(f.ID) + len(f.Name) + len(f.Type)
}

// what tells files apart that come with one message id: a repeat has another id.
func (f *File) what() string { return fmt.Sprintf("file %q of %d bytes", f.Name, f.Size) }

func (f *File) check(messageID string) error {
	switch {
	case f.Name == "" || len(f.Name) > MaxFileNameBytes || !utf8.ValidString(f.Name) || strings.ContainsFunc(f.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return refuse(BadRequest, "name: expected the name of the file, at most %d bytes, without control characters", MaxFileNameBytes)
	case f.Size <= 0:
		return refuse(BadRequest, "the file is empty")
	case len(messageID) > MaxMessageIDBytes || !utf8.ValidString(messageID):
		return refuse(BadRequest, "messageId has %d bytes: expected at most %d, in UTF-8", len(messageID), MaxMessageIDBytes)
	}
	return nil
}

// FileRules say what files visitors and agents may send each other.
type FileRules struct {
	// Off: none at all.
	Off bool `json:"off,omitempty"`
	// MaxBytes bounds one file; 0 means DefaultFileBytes.
	MaxBytes int64 `json:"maxBytes,omitempty"`
	// Types are the media types that may be sent, such as "application/pdf" or
	// "image/*"; without any, DefaultFileTypes.
	Types []string `json:"types,omitempty"`
}

// DefaultFileTypes are what a site lets through that names no types: what people
// show each other, and nothing that runs.
var DefaultFileTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "application/pdf", "text/plain", "text/csv"}

// Limit answers the bytes that one file may have.
func (r FileRules) Limit() int64 {
	if r.MaxBytes > 0 {
		return r.MaxBytes
	}
	return DefaultFileBytes
}

// Allowed answers the media types that may be sent.
func (r FileRules) Allowed() []string {
	if len(r.Types) > 0 {
		return r.Types
	}
	return DefaultFileTypes
}

func (r FileRules) check() error {
	if r.MaxBytes < 0 || r.MaxBytes > MaxOneFileBytes {
		return refuse(BadRequest, "files.maxBytes is %d: expected 0 to %d", r.MaxBytes, int64(MaxOneFileBytes))
	}
	if len(r.Types) > maxList {
		return refuse(BadRequest, "files.types holds at most %d entries", maxList)
	}
	for i, t := range r.Types {
		kind, sub, ok := strings.Cut(t, "/")
		if !ok || kind == "" || sub == "" || kind == "*" || len(t) > MaxFileNameBytes || strings.ContainsAny(t, " ;,[]?\\") || strings.ContainsAny(kind, "*") {
			return refuse(BadRequest, "files.types[%d]: expected a media type such as application/pdf or image/*, got %.40q", i, t)
		}
	}
	return nil
}

// Allow answers what keeps a file from being sent, by its type and size.
func (r FileRules) Allow(f File) error {
	switch {
	case r.Off:
		return refuse(Conflict, "this site takes no files")
	case f.Size > r.Limit():
		return refuse(TooLarge, "the file has %d bytes: expected at most %d", f.Size, r.Limit())
	case !slices.ContainsFunc(r.Allowed(), func(t string) bool { ok, _ := path.Match(t, f.Type); return ok }):
		return refuse(BadRequest, "files of the type %.60s are not taken here: send one of %s", f.Type, strings.Join(r.Allowed(), ", "))
	}
	return nil
}

// mayTake answers why an engagement takes no such file, nil when it does, or when
// there is no file.
func (s *Site) mayTake(e *Engagement, f *File) error {
	if f == nil {
		return nil
	}
	if err := s.Settings.Files.Allow(*f); err != nil {
		return err
	}
	return e.roomFor(f.Size)
}

func (e *Engagement) roomFor(size int64) error {
	if e.Files >= MaxFiles || e.FileBytes+size > MaxFileBytes {
		return refuse(Conflict, "engagement %d has %d files of %d bytes together: it takes no more", e.ID, e.Files, e.FileBytes)
	}
	return nil
}

// FileGrant is leave to send a file.
type FileGrant struct {
	Client     ClientID
	Engagement EngagementID
	Rules      FileRules
	// Repeated: it was sent before, under this message id, and is File. It need not
	// be read again. File is nil when it was held back then.
	Repeated bool
	File     *File
	// Number and At are the post's that it was then, 0 when it was held back.
	Number int64
	At     Time
}

// grantAgain is the answer to a file that was taken before.
func grantAgain(t Taken) FileGrant {
	return FileGrant{Client: t.Client, Engagement: t.Engagement, Repeated: true, File: t.File, Number: t.Number, At: t.At}
}

// GrantFileToVisitor answers whether a visitor may send a file, before it is read.
// Of n nothing but the file's name, its size (0 when it is not known yet) and the
// message id counts.
func (s *Site) GrantFileToVisitor(c Caller, n NewPost) (FileGrant, error) {
	v, err := s.callingVisitor(c)
	if err != nil {
		return FileGrant{}, err
	}
	if r := v.repeated(s.now, n, v.Engagement); r != nil {
		return grantAgain(v.again(r)), nil
	}
	e := s.live[v.Engagement]
	if e == nil || e.State == Concluded {
		return FileGrant{}, refuse(Conflict, "the engagement is concluded: nobody receives files any more")
	}
	return s.grantFile(e, v.Client, n)
}

// GrantFileToAgent answers whether an agent may send a file to an engagement, before
// it is read; see GrantFileToVisitor.
func (s *Site) GrantFileToAgent(c Caller, id EngagementID, n NewPost) (FileGrant, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return FileGrant{}, err
	}
	if r := a.repeated(s.now, n, id); r != nil {
		return grantAgain(a.again(r)), nil
	}
	if s.live[id].roleOf(a.Client) == "" && !slices.Contains(a.Past, id) {
		return FileGrant{}, refuse(BadRequest, "engagementId %d is not an engagement of this session", id)
	}
	e, err := s.postable(a, id)
	if err != nil {
		return FileGrant{}, err
	}
	return s.grantFile(e, a.Client, n)
}

func (s *Site) grantFile(e *Engagement, to ClientID, n NewPost) (FileGrant, error) {
	g := FileGrant{Client: to, Engagement: e.ID, Rules: s.CurrentSettings().Files}
	f := *n.File
	f.Size = max(f.Size, 1)
	if err := f.check(n.MessageID); err != nil {
		return FileGrant{}, err
	}
	if g.Rules.Off || f.Size > g.Rules.Limit() {
		return FileGrant{}, g.Rules.Allow(f)
	}
	return g, e.roomFor(f.Size)
}
