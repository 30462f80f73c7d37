package rest

import (
	"encoding/json"
	"fmt"

	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/site"
)

// setEngagementProperty is agent-api 3.8.
func setEngagementProperty(c *call, h *host.Host) (any, error) {
	id, kind := c.int64("engagementId", true), propertyType(c)
	name := enum(c.fields, "name", true, agent.PropertyNames...)
	value := c.value("value")
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) {
		return s.SetProperty(c.caller, site.EngagementID(id), kind, site.Property(name), value)
	})
	return agent.SetEngagementPropertyResponse{Envelope: c.agentEnvelope(client)}, err
}

// modifyProperties is agent-api 3.9.
func modifyProperties(c *call, h *host.Host) (any, error) {
	type modified struct {
		client site.ClientID
		done   map[string]bool
	}
	id, kind := c.int64("engagementId", true), propertyType(c)
	properties, nulls := c.properties("propertiesMap")
	fields := c.customFields("customFields")
	got, err := do(c, h, func(s *site.Site) (m modified, err error) {
		m.client, m.done, err = s.ModifyProperties(c.caller, site.EngagementID(id), site.Modification{Type: kind, Properties: properties, Fields: fields})
		return m, err
	})
	if err != nil {
		return nil, err
	}
	for name := range nulls {
		got.done[string(name)] = false
	}
	return agent.ModifyPropertiesResponse{Envelope: c.agentEnvelope(got.client), PropertiesResultMap: got.done}, nil
}

func propertyType(c *call) site.PropertyType {
	return site.PropertyType(enum(c.fields, "type", true, agent.OfEngagement, agent.OfUser))
}

// isNumber reports whether a JSON value is a number.
func isNumber(v []byte) bool { return v[0] == '-' || '0' <= v[0] && v[0] <= '9' }

// value reads a text, or a number as it is written: programs send ids as either.
func (f *fields) value(name string) string {
	v := f.get(name, true)
	switch {
	case v == nil:
		return ""
	case v[0] == '"':
		return unquote(v)
	case isNumber(v):
		return string(v)
	}
	f.wrong(name, "a text or a number", v)
	return ""
}

// properties reads an object of texts or numbers, and answers the names of those
// that are null apart: they are no value.
func (f *fields) properties(name string) (values map[site.Property]string, nulls map[site.Property]bool) {
	v := f.get(name, false)
	if v == nil {
		return nil, nil
	}
	all, err := members(v)
	if err != nil {
		f.wrong(name, "an object of texts", v)
		return nil, nil
	}
	values, nulls = make(map[site.Property]string, len(all)), make(map[site.Property]bool)
	for _, m := range all {
		property := site.Property(m.name)
		delete(values, property) // of two the last counts
		delete(nulls, property)
		switch {
		case m.value[0] == 'n':
			nulls[property] = true
		case m.value[0] == '"':
			values[property] = unquote(m.value)
		case isNumber(m.value):
			values[property] = string(m.value)
		default:
			f.fail(site.BadRequest, "%s: expected an object of texts, got %s under %.40q", name, describe(m.value), m.name)
		}
	}
	return values, nulls
}

// customFields reads new values of a site's own fields. Values are texts, or
// numbers and booleans as they are written.
func (f *fields) customFields(name string) []site.CustomField {
	v := f.get(name, false)
	if v == nil {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(v, &list) != nil {
		f.wrong(name, "an array of objects", v)
		return nil
	}
	var all []site.CustomField
	for i, x := range list {
		raw, err := members(x)
		if err != nil {
			f.wrong(fmt.Sprintf("%s[%d]", name, i), "an object", x)
			return nil
		}
		one, loose := &fields{raw: raw}, fields{raw: raw, lenient: true}
		field := site.CustomField{Value: loose.text("value", false), Type: enum(one, "type", false, fieldTypes...), Name: one.text("name", true)}
		for _, part := range []*fields{&loose, one} {
			if e, ok := part.err.(*site.Error); ok {
				f.fail(e.Code, "%s[%d].%s", name, i, e.Message)
			}
		}
		all = append(all, field)
	}
	return all
}
