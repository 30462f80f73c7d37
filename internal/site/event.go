package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
)

// EventFormat is the newest format of events that this program writes and
// reads. It rises when an event or a field is added.
const EventFormat = 5

// Event is a fact in the past tense with the outcome in it. Events have a
// stable name and JSON fields; fields are added, never given another meaning.
// apply makes the fact so. It never fails and never ranges over a map: what is
// recorded was true, and replays the same.
type Event interface {
	apply(s *Site, at Time)
}

// events lists every event ever written. Its name in the journal is its type's.
var events = []Event{
	&SiteCreated{}, &SiteResumed{}, &SettingsChanged{}, &QueueDefined{}, &AccountDefined{},
	&AgentSessionStarted{}, &AgentSessionRenewed{}, &AgentSessionEnded{}, &AgentStatusChanged{}, &AssignmentRequested{},
	&EngagementRequested{}, &EngagementOffered{}, &OfferEnded{}, &EngagementAssigned{}, &EngagementQueued{},
	&EngagementConcluded{}, &EngagementReleased{}, &VisitorSessionEnded{}, &TokenForgotten{},
	&Posted{}, &PostsForwarded{}, &Mailed{}, &Acknowledged{},
	&ProfileDefined{}, &GroupDefined{}, &InterfaceDefined{}, &HoursDefined{}, &RulesDefined{}, &DefinitionRemoved{}, &SiteRelocated{},
	&EngagementMoved{}, &EngagementEjected{}, &ContactChanged{}, &TransferWanted{}, &AgentInvited{}, &InvitationEnded{},
	&GuestJoined{}, &GuestLeft{}, &LeadChanged{}, &AgentWarned{},
	&PostBlocked{}, &VisitorSessionRenewed{}, &EngagementRated{}, &LetterQueued{}, &LetterTried{},
	&PostsSeen{}, &PageViewed{}, &WrapUpNoted{}, &ReplyDefined{}, &OwnReplySaved{}, &OwnReplyDeleted{}, &MessageLeft{}, &MessageDone{},
}

var eventTypes = func() map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, e := range events {
		t := reflect.TypeOf(e).Elem()
		m[t.Name()] = t
	}
	return m
}()

// appendEvent writes an event's line: its time, its name and its fields.
func appendEvent(b []byte, at Time, e Event) []byte {
	b = append(b, `{"at":`...)
	b = strconv.AppendInt(b, int64(at), 10)
	b = append(b, `,"event":"`...)
	b = append(b, reflect.TypeOf(e).Elem().Name()...)
	b = append(b, `","data":`...)
	b = append(b, encode(e)...)
	return append(b, '}', '\n')
}

// encode writes v as JSON with nothing escaped that need not be. Only types of
// this package come here, and none of them can fail.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("site: encode %T: %v", v, err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

// DecodeEvent reads one event's line. Names and fields that this program does
// not know are an error: passing over them would build another state.
func DecodeEvent(line []byte) (Time, Event, error) {
	var l struct {
		At    Time            `json:"at"`
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if at, name, data, ok := envelope(line); ok {
		l.At, l.Event, l.Data = at, name, data
	} else if err := decode(line, &l); err != nil {
		return 0, nil, fmt.Errorf("decode event: %w", err)
	}
	t, ok := eventTypes[l.Event]
	if !ok {
		return 0, nil, fmt.Errorf("decode event: %q is not known to this version of usher", l.Event)
	}
	e := reflect.New(t).Interface().(Event)
	if err := decode(l.Data, e); err != nil {
		return 0, nil, fmt.Errorf("decode event %s: %w", l.Event, err)
	}
	return l.At, e, nil
}

// envelope takes a line apart that is written as appendEvent does, which saves
// reading its data twice: half the time of a load.
func envelope(line []byte) (at Time, name string, data []byte, ok bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte{'\n'}), []byte(`{"at":`))
	if !ok {
		return 0, "", nil, false
	}
	number, rest, ok := bytes.Cut(rest, []byte(`,"event":"`))
	n, err := strconv.ParseInt(string(number), 10, 64)
	if !ok || err != nil {
		return 0, "", nil, false
	}
	id, rest, ok := bytes.Cut(rest, []byte(`","data":`))
	data, end := bytes.CutSuffix(rest, []byte{'}'})
	return Time(n), string(id), data, ok && end
}

func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// Replay applies recorded events, one a line, that follow the site's position.
func (s *Site) Replay(lines []byte) error {
	for len(lines) > 0 {
		line, rest, _ := bytes.Cut(lines, []byte{'\n'})
		at, e, err := DecodeEvent(line)
		if err != nil {
			return fmt.Errorf("event %d: %w", s.position, err)
		}
		s.now = max(s.now, at)
		s.apply(at, e)
		lines = rest
	}
	s.firm = s.position
	s.grown, s.ended, s.sideDeleted = nil, nil, nil
	return nil
}
