package site

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// full answers the event with every field set, whatever its type: what the
// golden file shows, and what a decoder must bring back.
func full(e Event) Event {
	n := 0
	v := reflect.New(reflect.TypeOf(e).Elem())
	fill(v.Elem(), &n)
	return v.Interface().(Event)
}

func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Map:
		k, x := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(k, n)
		fill(x, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, x)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for f, x := range v.Fields() {
			if f.IsExported() {
				fill(x, n)
			}
		}
	default:
		panic("no way to fill a " + v.Type().String())
	}
}

func TestEveryEventComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, e := range events {
		want := full(e)
		line := appendEvent(nil, start, want)
		at, got, err := DecodeEvent(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil || at != start || !reflect.DeepEqual(got, want) {
			t.Errorf("%s came back at %d as %+v, %v", line, at, got, err)
		}
	}
}

func TestWhatIsNotKnownIsNotPassedOver(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"an event":            `{"at":1,"event":"VisitorBanned","data":{}}`,
		"a field":             `{"at":1,"event":"VisitorSessionEnded","data":{"client":1,"why":"x"}}`,
		"a field within":      `{"at":1,"event":"Mailed","data":{"message":{"kind":"post","colour":"red"},"to":[]}}`,
		"a field of the line": `{"at":1,"event":"VisitorSessionEnded","data":{"client":1},"by":"x"}`,
		"no event":            `{"at":1}`,
		"no fields":           `{"at":1,"event":"VisitorSessionEnded"}`,
		"another type":        `{"at":1,"event":"VisitorSessionEnded","data":{"client":"one"}}`,
		"two values":          `{"at":1,"event":"VisitorSessionEnded","data":{"client":1}} {}`,
		"something after":     `{"at":1,"event":"VisitorSessionEnded","data":{"client":1}}x`,
		"half a line":         `{"at":1,"event":"VisitorSessionEnded","da`,
		"nothing":             ``,
	} {
		if _, e, err := DecodeEvent([]byte(line)); err == nil {
			t.Errorf("%s: read as %+v", name, e)
		}
	}
	w := newWorld(t)
	position := w.Position()
	err := w.Replay([]byte(`{"at":1,"event":"VisitorBanned","data":{}}` + "\n"))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("event %d:", position)) || !strings.Contains(err.Error(), `"VisitorBanned"`) {
		t.Errorf("the error is %v; want the position and the name", err)
	}
}

func TestAPartThatIsNotKnownIsRefused(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Part{
		"a newer format": {"queue/1", fmt.Appendf(nil, `{"format":%d,"data":{"id":1,"name":"x"}}`, PartFormat+1)},
		"an entity":      {"robot/1", []byte(`{"format":1,"data":{}}`)},
		"a field":        {"queue/1", fmt.Appendf(nil, `{"format":%d,"data":{"id":1,"name":"x","colour":"red"}}`, PartFormat)},
		"half a part":    {"queue/1", []byte(`{"format":1,"data":{"id":1`)},
		"something more": {"queue/1", []byte(`{"format":1,"data":{"id":1,"name":"x"}}{}`)},
		"nothing":        {"queue/1", nil},
	} {
		_, err := Restore(1, []Part{p}, nil)
		if err == nil || !strings.Contains(err.Error(), p.Key) {
			t.Errorf("%s: the error is %v; want one that names %s", name, err, p.Key)
		}
	}
	for _, known := range []string{
		fmt.Sprintf(`{"format":%d,"data":{"id":1,"name":"x"}}`, PartFormat),
		`{"format":1,"data":{"id":1,"name":"x","taken":[{"at":1,"waited":2}]}}`, // a field that was given up since
	} {
		if _, err := Restore(1, []Part{{"queue/1", []byte(known)}}, nil); err != nil {
			t.Error(err)
		}
	}
}

// FuzzDecodeEvent: whatever the bytes, decoding does not panic; and what it takes
// for an event is written and read again as the same one.
func FuzzDecodeEvent(f *testing.F) {
	for _, e := range events {
		f.Add(bytes.TrimSuffix(appendEvent(nil, start, full(e)), []byte{'\n'}))
	}
	f.Add([]byte(`{"at":-1,"event":"SiteResumed","data":{}}`))
	f.Add([]byte(`{"at":1e3,"event":"SiteResumed","data":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		at, e, err := DecodeEvent(line)
		if err != nil {
			return
		}
		first := appendEvent(nil, at, e)
		if bytes.Count(first, []byte{'\n'}) != 1 {
			t.Fatalf("written as more than one line: %q", first)
		}
		at2, e2, err := DecodeEvent(bytes.TrimSuffix(first, []byte{'\n'}))
		if err != nil || at2 != at {
			t.Fatalf("%q is written as %q, which is read at %d: %v", line, first, at2, err)
		}
		if second := appendEvent(nil, at2, e2); !bytes.Equal(first, second) {
			t.Fatalf("written as %q and then as %q", first, second)
		}
	})
}
