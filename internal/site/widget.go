package site

import (
	"regexp"
	"unicode/utf8"
)

// Widget is how a site's own widget looks, and what it asks. What is empty is as the
// widget has it.
type Widget struct {
	Title    string `json:"title,omitempty"`
	Greeting string `json:"greeting,omitempty"`
	// Color is the accent, such as "#0a5baa".
	Color string `json:"color,omitempty"`
	// Theme is "auto", "light" or "dark"; Position "right" or "left".
	Theme    string `json:"theme,omitempty"`
	Position string `json:"position,omitempty"`
	// Fields are those of the form before the chat, with a star behind those that are
	// required, such as "name,email,question*".
	Fields string `json:"fields,omitempty"`
	// WhenClosed is "MESSAGE", to let visitors leave one, or "HIDE".
	WhenClosed string `json:"whenClosed,omitempty"`
	// PrivacyURL is where a site tells how it uses data, Email where people may write.
	PrivacyURL string `json:"privacyUrl,omitempty"`
	Email      string `json:"emailAddress,omitempty"`
	// Texts are the widget's texts in a site's own words, by language and key.
	Texts map[string]map[string]string `json:"texts,omitempty"`
}

var (
	widgetColor  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	widgetFields = regexp.MustCompile(`^[A-Za-z0-9_$]+\*?(,[A-Za-z0-9_$]+\*?)*$`)
	webAddress   = regexp.MustCompile(`^https?://[^\s"<>]+$`)
)

func (w Widget) check() error {
	for name, text := range map[string]string{"title": w.Title, "greeting": w.Greeting, "fields": w.Fields, "privacyUrl": w.PrivacyURL} {
		if len(text) > MaxNameBytes || !utf8.ValidString(text) {
			return refuse(BadRequest, "widget.%s: expected text of at most %d bytes", name, MaxNameBytes)
		}
	}
	switch {
	case w.Color != "" && !widgetColor.MatchString(w.Color):
		return refuse(BadRequest, "widget.color is %.20q: expected a color such as #0a5baa", w.Color)
	case w.Theme != "" && w.Theme != "auto" && w.Theme != "light" && w.Theme != "dark":
		return refuse(BadRequest, "widget.theme is %.20q: expected auto, light or dark", w.Theme)
	case w.Position != "" && w.Position != "left" && w.Position != "right":
		return refuse(BadRequest, "widget.position is %.20q: expected left or right", w.Position)
	case w.Fields != "" && !widgetFields.MatchString(w.Fields):
		return refuse(BadRequest, "widget.fields is %.80q: expected names with commas between them, such as name,email,question*", w.Fields)
	case w.WhenClosed != "" && w.WhenClosed != "MESSAGE" && w.WhenClosed != "HIDE":
		return refuse(BadRequest, "widget.whenClosed is %.20q: expected MESSAGE or HIDE", w.WhenClosed)
	case w.PrivacyURL != "" && !webAddress.MatchString(w.PrivacyURL):
		return refuse(BadRequest, "widget.privacyUrl is %.80q: expected an address that begins with https:// or http://", w.PrivacyURL)
	case w.Email != "" && !looksLikeAddress(w.Email):
		return refuse(BadRequest, "widget.emailAddress: expected one e-mail address, such as help@example.org")
	}
	count := 0
	for language, texts := range w.Texts {
		if language == "" || len(language) > MaxLanguageBytes {
			return refuse(BadRequest, "widget.texts: %.40q is no language", language)
		}
		for key, text := range texts {
			if count++; len(key) > MaxLanguageBytes || len(text) > MaxNameBytes || !utf8.ValidString(key+text) {
				return refuse(BadRequest, "widget.texts.%.20s.%.60q: expected a key of the widget's texts, and a text of at most %d bytes", language, key, MaxNameBytes)
			}
		}
	}
	if count > MaxTexts {
		return refuse(BadRequest, "widget.texts: at most %d", MaxTexts)
	}
	return nil
}

func (w Widget) clone() Widget {
	if w.Texts != nil {
		all := make(map[string]map[string]string, len(w.Texts))
		for language, texts := range w.Texts {
			all[language] = make(map[string]string, len(texts))
			for key, text := range texts {
				all[language][key] = text
			}
		}
		w.Texts = all
	}
	return w
}

// Door is how a site stands for somebody who thinks of a chat.
type Door struct {
	State DoorState
	// Opens is when it opens next, 0 when it is open or nobody can tell.
	Opens Time
	// MayWait: a chat can be requested, though nobody is there yet.
	MayWait bool
	Queue   QueueID
	Wait    Wait
	Widget  Widget
	Files   FileRules
	Preview bool
	Letters bool // transcripts are sent by e-mail
}

// DoorState says whether a chat can begin, and why not.
type DoorState string

// The states of the door.
const (
	DoorOpen    DoorState = "OPEN"
	DoorClosed  DoorState = "CLOSED"
	DoorHoliday DoorState = "HOLIDAY"
	DoorNobody  DoorState = "NOBODY" // it is open, and nobody is there
	DoorFull    DoorState = "FULL"
)

// Door answers how the site stands for a would-be chat that names a queue, 0 for none.
func (s *Site) Door(named QueueID, x Circumstances) Door {
	n := s.CurrentSettings()
	d := Door{State: DoorOpen, Widget: n.Widget, Files: n.Files, Preview: n.SneakPreview, Letters: n.MailTranscripts}
	x.Language = s.language(x.Language, x.Interface)
	r, err := s.chooseQueue(named, x)
	if err != nil {
		d.State = DoorNobody
		return d
	}
	r, err = s.admit(r)
	q := s.queues[r.Queue]
	st := s.standing(q)
	d.Queue, d.Wait, d.MayWait = q.ID, st.Wait, err == nil
	switch {
	case err == nil && st.Agents == 0:
		d.State = DoorNobody
	case err == nil:
	case st.Opening == Open && q.full():
		d.State = DoorFull
	case st.Opening == Open:
		d.State = DoorNobody
	default:
		d.State = DoorState(st.Opening)
		if h := s.hours[q.Hours]; h != nil {
			d.Opens = h.opens(s.now)
		}
	}
	return d
}
