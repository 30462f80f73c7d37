package richtext

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The judge knows nothing of how a text is cleaned. It builds the trees that a
// browser would build of it, in several places of a page, and looks at all that
// is in them. Its lists are its own.
var (
	judgedElements = strings.Fields("b i em strong u s br p ul ol li blockquote code pre a")
	judgedSchemes  = []string{"http", "https", "mailto"}
)

// judge answers what is wrong with a cleaned text, "" if nothing is.
func judge(text string) string { return judgeAs(text, true) }

// judgeAs is judge; unless the text is to be exact, it may be written otherwise
// than a browser reads it.
func judgeAs(text string, exact bool) string {
	for _, scripting := range []bool{true, false} {
		option := html.ParseOptionEnableScripting(scripting)
		for _, place := range []atom.Atom{atom.Body, atom.Div, atom.Td, atom.Span} {
			nodes, err := html.ParseFragmentWithOptions(strings.NewReader(text), &html.Node{Type: html.ElementNode, DataAtom: place, Data: place.String()}, option)
			if err != nil {
				return err.Error()
			}
			if fault := judgeNodes(nodes, text, exact); fault != "" {
				return fmt.Sprintf("%s, in a <%s>", fault, place)
			}
		}
		page, err := html.ParseWithOptions(strings.NewReader("<html><head></head><body>"+text+"</body></html>"), option)
		if err != nil {
			return err.Error()
		}
		root := page.FirstChild
		body := root.LastChild
		if root.NextSibling != nil || len(root.Attr) > 0 || root.FirstChild.FirstChild != nil || root.FirstChild.NextSibling != body || body.Data != "body" || len(body.Attr) > 0 {
			return "what changes the page around it"
		}
		if fault := judgeNodes(slices.Collect(body.ChildNodes()), text, exact); fault != "" {
			return fault + ", in a page"
		}
	}
	return ""
}

// judgeNodes judges what was read of a text.
func judgeNodes(nodes []*html.Node, text string, exact bool) string {
	var read strings.Builder
	for _, n := range nodes {
		if fault := judgeTree(n); fault != "" {
			return fault
		}
		if err := html.Render(&read, n); err != nil {
			return err.Error()
		}
	}
	if got := written(read.String()); exact && got != written(text) {
		return fmt.Sprintf("what is read as %.500q", got)
	}
	return ""
}

// written evens out what may be written in two ways: a line break, and the line
// feed after <pre>, which a browser leaves out.
func written(text string) string {
	text = strings.ReplaceAll(text, "<br/>", "<br>")
	for strings.Contains(text, "<pre>\n") {
		text = strings.ReplaceAll(text, "<pre>\n", "<pre>")
	}
	return text
}

func judgeTree(n *html.Node) string {
	switch n.Type {
	case html.TextNode:
		return ""
	case html.ElementNode:
		if n.Namespace != "" || !slices.Contains(judgedElements, n.Data) {
			return fmt.Sprintf("the element %s %s", n.Namespace, n.Data)
		}
	default:
		return fmt.Sprintf("a node of type %d: %q", n.Type, n.Data)
	}
	if fault := judgeAttributes(n); fault != "" {
		return fault
	}
	for child := range n.ChildNodes() {
		if fault := judgeTree(child); fault != "" {
			return fault
		}
	}
	return ""
}

func judgeAttributes(n *html.Node) string {
	if n.Data != "a" {
		if len(n.Attr) > 0 {
			return fmt.Sprintf("%s with %+v", n.Data, n.Attr)
		}
		return ""
	}
	has := map[string]string{}
	for _, a := range n.Attr {
		if _, twice := has[a.Key]; twice || a.Namespace != "" {
			return fmt.Sprintf("a link with %+v", n.Attr)
		}
		has[a.Key] = a.Val
	}
	href := has["href"]
	// What a browser strips of an address before it reads its scheme.
	bare := strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, href)
	scheme, rest, _ := strings.Cut(bare, ":")
	u, err := url.Parse(href)
	switch {
	case bare != href || err != nil || !slices.Contains(judgedSchemes, scheme) || u.Scheme != scheme:
		return fmt.Sprintf("a link to %.500q", href)
	case scheme != "mailto" && (!strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "///") || strings.HasPrefix(rest, `//\`)):
		return fmt.Sprintf("a link that may be relative: %q", href)
	case has["rel"] != "nofollow noreferrer noopener":
		return fmt.Sprintf("a link with rel=%q", has["rel"])
	case scheme == "mailto" && len(n.Attr) != 2, scheme != "mailto" && (len(n.Attr) != 3 || has["target"] != "_blank"):
		return fmt.Sprintf("a link with %+v", n.Attr)
	}
	return ""
}

// TestJudge: the judge sees what must not pass.
func TestJudge(t *testing.T) {
	t.Parallel()
	const rel = ` rel="nofollow noreferrer noopener"`
	for _, bad := range []string{
		"<script>alert(1)</script>", "<img>", "<b onclick=x>b</b>", "<p style=x>p</p>", "<p class=x>p</p>", "<p id=x>p</p>", "<!-- c -->", "<svg></svg>", "<math></math>", "<style></style>", "<div></div>",
		"<noscript><b>x</b></noscript>", "<template></template>", "<form></form>", "<input>", "<a>x</a>", "<a href=\"https://a.example\">x</a>", `<a href="https://a.example"` + rel + `>x</a>`,
		`<a href="https://a.example"` + rel + ` target="_top">x</a>`, `<a href="https://a.example" rel="nofollow" target="_blank">x</a>`, `<a href="javascript:alert(1)"` + rel + ` target="_blank">x</a>`,
		`<a href="java&#9;script:alert(1)"` + rel + ` target="_blank">x</a>`, `<a href="//a.example"` + rel + ` target="_blank">x</a>`, `<a href="http:a"` + rel + ` target="_blank">x</a>`,
		`<a href="http:///a"` + rel + ` target="_blank">x</a>`, `<a href="/a"` + rel + ` target="_blank">x</a>`, `<a href=""` + rel + ` target="_blank">x</a>`, `<a href=" https://a.example"` + rel + ` target="_blank">x</a>`,
		`<a href="data:text/html,x"` + rel + `>x</a>`, `<a href="mailto:a"` + rel + ` target="_blank">x</a>`, "<b>x", "x</b>", "</p>", "<p>a<p>b</p></p>", "<a href=\"mailto:a\"" + rel + "><a href=\"mailto:b\"" + rel + ">x</a></a>",
		"<b><i>x</b></i>", "a < b", "a & b", "\"", "<p/>",
	} {
		if judge(bad) == "" {
			t.Errorf("the judge lets %q through", bad)
		}
	}
	for _, good := range []string{"", "x", "<b>x</b><br>", `<a href="mailto:a"` + rel + `>x</a>`, `<a href="https://a.example"` + rel + ` target="_blank">x</a>`, "<pre>\n\nx</pre>"} {
		if fault := judge(good); fault != "" {
			t.Errorf("of %q the judge says: %s", good, fault)
		}
	}
}
