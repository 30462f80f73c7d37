package richtext

import "testing"

func TestPlain(t *testing.T) {
	t.Parallel()
	for rich, want := range map[string]string{
		"":                                     "",
		"just text":                            "just text",
		"<b>yes</b> &amp; <i>no</i>":           "yes & no",
		"<p>one</p><p>two</p>":                 "one\ntwo",
		"one<br>two<br/>three":                 "one\ntwo\nthree",
		"<ul><li>a</li><li>b</li></ul>":        "a\nb",
		`<a href="https://x.example">here</a>`: "here",
		"1 &lt; 2":                             "1 < 2",
		"<b>never closed":                      "never closed",
	} {
		if got := Plain(rich); got != want {
			t.Errorf("%q: %q, want %q", rich, got, want)
		}
	}
}
