package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

// documentView is a document as the page shows it.
type documentView struct {
	Name, Title string
	Description template.HTML
	Groups      []groupView
	Types       []typeView
}

type groupView struct {
	Name        string
	Description template.HTML
	Operations  []operationView
}

type operationView struct {
	Anchor, Method, Path, Summary string
	Description                   template.HTML
	Parameters                    []row
	Request                       *bodyView
	Responses                     []responseView
}

type bodyView struct {
	Description template.HTML
	Required    bool
	fieldsView
	Example string
}

type responseView struct {
	Status      string
	Description template.HTML
	Headers     []row
	// Kind names the body, when it is not shown in full.
	Kind template.HTML
	Body *bodyView
}

type typeView struct {
	Anchor, Name string
	Description  template.HTML
	Values       []any
	fieldsView
}

// fieldsView is an object's members: those of its own, and those of the types
// that it has all members of, or one of.
type fieldsView struct {
	AllOf, OneOf []template.HTML
	Rows         []row
}

// row is one parameter, header or field.
type row struct {
	Name string
	// Twin: the same name with String behind it has the number in digits.
	Twin        bool
	In          string
	Type        template.HTML
	Required    bool
	Description template.HTML
}

// viewer makes the view of a document.
type viewer struct {
	*apiDocument
	name   string
	linked map[string]bool // schemas that something links to
}

func viewDocument(name string, document []byte) (documentView, error) {
	v := viewer{apiDocument: new(apiDocument), name: name, linked: make(map[string]bool)}
	if err := json.Unmarshal(document, v.apiDocument); err != nil {
		return documentView{}, err
	}
	view := documentView{Name: name, Title: v.Info.Title, Description: prose(v.Info.Description)}
	for _, tag := range v.Tags {
		g := groupView{Name: tag.Name, Description: prose(tag.Description)}
		for _, path := range v.Paths {
			for _, o := range path.Value.operations() {
				if slices.Contains(o.Value.Tags, tag.Name) {
					g.Operations = append(g.Operations, v.operation(path, o))
				}
			}
		}
		view.Groups = append(view.Groups, g)
	}
	// A type's own members may link to further types.
	shown := make(map[string]typeView)
	for before := -1; before < len(shown); {
		before = len(shown)
		for _, s := range v.Components.Schemas {
			if _, done := shown[s.Name]; v.linked[s.Name] && !done {
				shown[s.Name] = typeView{
					Anchor: v.anchor(s.Name), Name: s.Name, Description: prose(s.Value.Description), Values: s.Value.Enum, fieldsView: v.fields(s.Value),
				}
			}
		}
	}
	for _, s := range v.Components.Schemas {
		if t, ok := shown[s.Name]; ok {
			view.Types = append(view.Types, t)
		}
	}
	return view, nil
}

func (v viewer) anchor(name string) string { return v.name + "." + name }

func (v viewer) operation(path entry[apiPath], o entry[*apiOperation]) operationView {
	op := o.Value
	view := operationView{Anchor: v.anchor(op.OperationID), Method: o.Name, Path: path.Name, Summary: op.Summary, Description: prose(op.Description)}
	needs := v.Security
	if op.Security != nil {
		needs = *op.Security
	}
	for _, alternative := range needs {
		for _, needed := range alternative {
			view.Parameters = append(view.Parameters, credentials(v.Components.SecuritySchemes.get(needed.Name)))
		}
	}
	for _, p := range slices.Concat(path.Value.Parameters, op.Parameters) {
		if p.Ref != "" {
			p = v.Components.Parameters.get(refName(p.Ref))
		}
		view.Parameters = append(view.Parameters, v.parameter(p.Name, p))
	}
	if b := op.RequestBody; b != nil {
		view.Request = v.body(b.Content[0].Value)
		view.Request.Required, view.Request.Description = b.Required, prose(b.Description)
	}
	for _, r := range op.Responses {
		view.Responses = append(view.Responses, v.response(r.Name, r.Value))
	}
	slices.SortStableFunc(view.Responses, func(a, b responseView) int { return cmp.Compare(a.Status, b.Status) })
	return view
}

// credentials shows a security scheme as the header that it is.
func credentials(s *apiScheme) row {
	r := row{Name: "Authorization", In: "header", Type: "string", Required: true, Description: prose(s.Description)}
	switch {
	case s.Type == "apiKey":
		r.Name = s.Name
	case s.Scheme == "basic":
		r.Type = "Basic, a login and a password"
	default:
		r.Type = "Bearer, a token"
	}
	return r
}

func (v viewer) parameter(name string, p *apiParameter) row {
	r := row{Name: name, In: p.In, Required: p.Required, Description: prose(p.Description)}
	s := p.Schema
	if s == nil {
		s = p.Content[0].Value.Schema
	}
	r.Type = v.kind(s)
	r.Description += v.bounds(s)
	return r
}

func (v viewer) response(status string, r *apiResponse) responseView {
	view := responseView{Status: status}
	description := r.Description
	if r.Ref != "" {
		r = v.Components.Responses.get(refName(r.Ref))
	}
	view.Description = prose(cmp.Or(description, r.Description))
	for _, h := range r.Headers {
		p := h.Value
		if p.Ref != "" {
			p = v.Components.Headers.get(refName(p.Ref))
		}
		view.Headers = append(view.Headers, v.parameter(h.Name, p))
	}
	switch {
	case len(r.Content) == 0:
	case r.Content[0].Name != "application/json":
		view.Kind = template.HTML(template.HTMLEscapeString(r.Content[0].Name))
	case status[0] == '2':
		view.Body = v.body(r.Content[0].Value)
	default:
		view.Kind = v.kind(r.Content[0].Value.Schema)
	}
	return view
}

// body shows the members of a body where it is used.
func (v viewer) body(m apiMedia) *bodyView {
	s := m.Schema
	if s.Ref != "" {
		s = v.Components.Schemas.get(refName(s.Ref))
	}
	view := &bodyView{fieldsView: v.fields(s)}
	var b bytes.Buffer
	if json.Indent(&b, m.Example, "", "  ") == nil {
		view.Example = b.String()
	}
	return view
}

func (v viewer) fields(s *apiSchema) (view fieldsView) {
	for _, part := range s.AllOf {
		if part.Ref != "" {
			view.AllOf = append(view.AllOf, v.kind(part))
			continue
		}
		view.Rows = append(view.Rows, v.rows(part, "")...)
	}
	for _, part := range slices.Concat(s.AnyOf, s.OneOf) {
		view.OneOf = append(view.OneOf, v.kind(part))
	}
	view.Rows = append(view.Rows, v.rows(s, "")...)
	return view
}

// rows lists the members of an object, and of the objects in it that have no name
// of their own.
func (v viewer) rows(s *apiSchema, prefix string) (all []row) {
	for i, p := range s.Properties {
		name, ok := strings.CutSuffix(p.Name, "String")
		if ok && i > 0 && s.Properties[i-1].Name == name && slices.Contains(v.target(p.Value).Type, "string") {
			all[len(all)-1].Twin = true
			continue
		}
		target := v.target(p.Value)
		all = append(all, row{
			Name: prefix + p.Name, Type: v.kind(p.Value), Required: slices.Contains(s.Required, p.Name),
			Description: prose(cmp.Or(p.Value.Description, target.Description)) + v.bounds(p.Value),
		})
		if p.Value.Items != nil {
			all = append(all, v.rows(p.Value.Items, prefix+p.Name+"[].")...)
		}
		all = append(all, v.rows(p.Value, prefix+p.Name+".")...)
	}
	return all
}

// target answers the schema that is meant.
func (v viewer) target(s *apiSchema) *apiSchema {
	if s.Ref != "" {
		return v.Components.Schemas.get(refName(s.Ref))
	}
	return s
}

// kind names a schema's type; types that say more have a link.
func (v viewer) kind(s *apiSchema) template.HTML {
	if s.Ref != "" {
		name, target := refName(s.Ref), v.target(s)
		if len(target.Properties)+len(target.AllOf)+len(target.OneOf)+len(target.Enum) > 0 || target.Type == nil && len(target.AnyOf) == 0 || v.empty(target) {
			v.linked[name] = true
			return template.HTML(fmt.Sprintf(`<a href="#%s">%s</a>`, template.HTMLEscapeString(v.anchor(name)), template.HTMLEscapeString(name)))
		}
		return v.kind(target)
	}
	var kinds []string
	for _, t := range s.Type {
		switch {
		case t == "array" && s.Items != nil:
			t = "array of " + string(v.kind(s.Items))
		case t == "object" && len(s.AdditionalProperties) > 0 && s.AdditionalProperties[0] == '{':
			var values apiSchema
			if json.Unmarshal(s.AdditionalProperties, &values) == nil {
				of := string(v.kind(&values))
				if len(values.Type) > 1 {
					of = "(" + of + ")"
				}
				t = "object of " + of
			}
		case t == "integer" && s.Format != "":
			t = s.Format
		}
		kinds = append(kinds, t)
	}
	for _, part := range slices.Concat(s.AnyOf, s.OneOf) {
		kinds = append(kinds, string(v.kind(part)))
	}
	return template.HTML(strings.Join(kinds, " or "))
}

// empty reports whether a schema is of an object without members.
func (v viewer) empty(s *apiSchema) bool {
	return len(s.Type) == 1 && s.Type[0] == "object" && len(s.AdditionalProperties) == 0
}

// bounds says which values are allowed.
func (v viewer) bounds(s *apiSchema) template.HTML {
	var said []string
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			values[i] = "`" + fmt.Sprint(cmp.Or(e, any("null"))) + "`"
		}
		said = append(said, "One of "+strings.Join(values, ", ")+".")
	}
	switch {
	case s.Minimum != "" && s.Maximum != "":
		said = append(said, "From "+s.Minimum.String()+" to "+s.Maximum.String()+".")
	case s.Minimum != "":
		said = append(said, "At least "+s.Minimum.String()+".")
	}
	if s.MaxLength != "" {
		said = append(said, "At most "+s.MaxLength.String()+" characters.")
	}
	if s.MaxItems != "" && s.MaxItems != "0" {
		said = append(said, "At most "+s.MaxItems.String()+" entries.")
	}
	if s.Default != nil {
		said = append(said, fmt.Sprintf("Default: `%v`.", s.Default))
	}
	if len(said) == 0 {
		return ""
	}
	return `<p class="bounds">` + inline(strings.Join(said, " ")) + `</p>`
}

var code = regexp.MustCompile("`([^`]+)`")

// inline shows what stands between backticks as code.
func inline(s string) template.HTML {
	return template.HTML(code.ReplaceAllString(template.HTMLEscapeString(s), "<code>$1</code>"))
}

// prose makes paragraphs of a description.
func prose(s string) (all template.HTML) {
	for p := range strings.SplitSeq(s, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all += "<p>" + inline(p) + "</p>"
		}
	}
	return all
}
