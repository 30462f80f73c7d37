package rest

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"usher/api/consumer"
	"usher/internal/host"
	"usher/internal/site"
)

// fromPage refuses the pages of origins that the site does not let in. A request without
// an origin is no page's. Our own widget asks from a frame of our own origin, which is
// shown by pages of the site's origins only.
func (s *Server) fromPage(r *http.Request) error {
	if origin := r.Header.Get("Origin"); origin != "" && !ownOrigin(r, origin) && !s.allows(r, origin) {
		return &site.Error{Code: site.AccessDenied, Message: "pages of this origin may not start a chat here: the site's allowedOrigins has to name it"}
	}
	return nil
}

// ownOrigin reports whether an origin is the one that the request itself went to.
func ownOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// widgetKey refuses whoever does not know the site's widget key.
func (s *Server) widgetKey(r *http.Request, from netip.Addr, key string) error {
	keys, err := s.keys.Site(r.Context(), r.PathValue("site"))
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(keys.WidgetKey)) != 1 {
		return s.strangers.guess(from, &site.Error{Code: site.AccessDenied, Message: "key is not the widget key of this site"})
	}
	return nil
}

// open tells a page how the site stands for somebody who thinks of a chat
// (consumer-api 7.9).
func (s *Server) open(w http.ResponseWriter, r *http.Request) (any, error) {
	name := r.PathValue("site")
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return nil, err
	}
	if err := s.fromPage(r); err != nil {
		return nil, err
	}
	from := s.address(r)
	if err := s.strangers.look(from); err != nil {
		return nil, err
	}
	f := queried(r, "key", "queueId", "productId", "categoryId", "language")
	key, queue := f.text("key", true), site.QueueID(f.int64("queueId", false))
	visitor := site.Circumstances{Product: f.int64("productId", false), Category: f.int64("categoryId", false), Language: f.text("language", false)}
	if f.err != nil {
		return nil, f.err
	}
	if err := s.widgetKey(r, from, key); err != nil {
		return nil, err
	}
	ctx, cancel := command(r)
	defer cancel()
	d, err := host.Do(ctx, owner.Host, name, func(s *site.Site) (site.Door, error) { return s.Door(queue, visitor), nil })
	if err != nil {
		return nil, err
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.door(d), nil
}

func (s *Server) door(d site.Door) consumer.OpenResponse {
	x := d.Widget
	answer := consumer.OpenResponse{
		State: consumer.DoorState(d.State), Opens: timeOrNull(d.Opens), MayWait: d.MayWait, QueueID: int64(d.Queue), QueueIDString: text(d.Queue),
		Position: d.Wait.Position, ExpectedWaitTimeSeconds: d.Wait.ExpectedSeconds,
		Widget: consumer.Widget{
			Title: x.Title, Greeting: x.Greeting, Color: x.Color, Theme: x.Theme, Position: x.Position, Fields: x.Fields,
			WhenClosed: x.WhenClosed, PrivacyURL: x.PrivacyURL, EmailAddress: x.Email, Texts: x.Texts,
		},
		Files: filesAllowed(d.Files), SneakPreviewState: previewState(d.Preview), MailTranscripts: d.Letters && s.mailed != nil,
		Time: time.Now().UTC().Format(consumer.TimeLayout),
	}
	if answer.Widget.Texts == nil {
		answer.Widget.Texts = map[string]map[string]string{}
	}
	return answer
}

// queried reads parameters of the query as if they were a body's members, all of them text.
func queried(r *http.Request, names ...string) *fields {
	f, query := &fields{lenient: true}, r.URL.Query()
	for _, name := range names {
		if text := query.Get(name); text != "" {
			value, err := json.Marshal(text)
			if err != nil { // a text has none
				panic("rest: " + err.Error())
			}
			f.raw = append(f.raw, member{name: []byte(name), value: value})
		}
	}
	return f
}

// leaveMessage keeps what a visitor writes to a site where nobody is there for a chat
// (consumer-api 7.10).
func (s *Server) leaveMessage(w http.ResponseWriter, r *http.Request) (any, error) {
	name := r.PathValue("site")
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return nil, err
	}
	if err := s.fromPage(r); err != nil {
		return nil, err
	}
	b, err := s.strangersBody(w, r)
	if err != nil {
		return nil, err
	}
	f, from := parse(b, true), s.address(r)
	key := f.text("key", true)
	m := site.LeftMessage{
		Email: f.text("emailAddress", true), Name: f.text("name", false), Text: f.text("message", true), Queue: site.QueueID(f.int64("queueId", false)),
		Language: f.text("language", false), Page: f.text("pageUrl", false), Fields: f.stated(),
	}
	if f.err != nil {
		return nil, f.err
	}
	if err := s.widgetKey(r, from, key); err != nil {
		return nil, err
	}
	if err := s.strangers.leave(from); err != nil {
		return nil, err
	}
	ctx, cancel := command(r)
	defer cancel()
	number, err := host.Do(ctx, owner.Host, name, func(s *site.Site) (int64, error) { return s.LeaveMessage(m) })
	return consumer.MessageResponse{Number: number, NumberString: text(number)}, err
}

// stated reads what a page says of a visitor in the site's own fields.
func (f *fields) stated() []site.CustomField {
	var all []site.CustomField
	f.each("fields", func(x *fields) {
		all = append(all, site.CustomField{Name: x.text("name", true), Value: x.text("value", false)})
	})
	return all
}

// timeOrNull writes a time as the visitor contract does, nil for none.
func timeOrNull(t site.Time) *string {
	if t == 0 {
		return nil
	}
	return orNull(visitorTime(t))
}
