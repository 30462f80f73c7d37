package web_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tokens answers the colours of a theme: those of the block that begins with opening.
func tokens(t *testing.T, opening string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("src/look/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), opening)
	if !ok {
		t.Fatalf("tokens.css has no %q", opening)
	}
	block, _, _ := strings.Cut(after, "}")
	found := make(map[string]string)
	for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6}|var\(--[\w-]+\));`).FindAllStringSubmatch(block, -1) {
		found[m[1]] = m[2]
	}
	for name, value := range found {
		if other, ok := strings.CutPrefix(value, "var(--"); ok {
			found[name] = found[strings.TrimSuffix(other, ")")]
		}
	}
	return found
}

var themes = map[string]string{
	"light":       `[data-theme="light"] {`,
	"system dark": `:root:not([data-theme="light"]) {`,
	"dark":        "\n[data-theme=\"dark\"] {",
}

// contrast is WCAG 2's ratio of two colours (1.4.3).
func contrast(a, b string) float64 {
	light, dark := luminance(a), luminance(b)
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

func luminance(colour string) float64 {
	var r, g, b int
	fmt.Sscanf(colour, "#%02x%02x%02x", &r, &g, &b)
	linear := func(c int) float64 {
		if x := float64(c) / 255; x <= 0.04045 {
			return x / 12.92
		} else {
			return math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// TestContrast: every pair of text and ground that the pages use is as readable as
// the design says, which is more than 4.5:1 for texts and 3:1 for borders.
func TestContrast(t *testing.T) {
	grounds := []string{"page", "surface", "raised"}
	tinted := func(own string) []string { return []string{"surface", "raised", own} }
	pairs := []struct {
		text        string
		on          []string
		light, dark float64
	}{
		{"text", append(grounds, "mine", "theirs"), 13.5, 9.7},
		{"muted", append(grounds, "mine", "theirs"), 6.0, 5.5},
		{"accent", grounds, 5.6, 5.7},
		{"on-accent", []string{"accent"}, 6.8, 8.7},
		{"team-text", []string{"team"}, 9.1, 10.2},
		{"team-border", []string{"team"}, 4.2, 5.2},
		{"good", tinted("good-tint"), 5.4, 6.6},
		{"late", tinted("late-tint"), 5.4, 6.6},
		{"wrong", tinted("wrong-tint"), 5.4, 6.6},
		{"control", grounds, 3.4, 4.2},
	}
	for name, opening := range themes {
		colours := tokens(t, opening)
		for _, p := range pairs {
			least := p.dark
			if name == "light" {
				least = p.light
			}
			for _, ground := range p.on {
				if colours[p.text] == "" || colours[ground] == "" {
					t.Fatalf("%s has no %s or %s", name, p.text, ground)
				}
				if got := contrast(colours[p.text], colours[ground]); math.Floor(got*10+0.5)/10 < least {
					t.Errorf("%s: %s on %s has a contrast of %.2f, less than %.1f", name, p.text, ground, got, least)
				}
			}
		}
	}
}

// TestOneDark: dark is the same whether the system or the page asks for it.
func TestOneDark(t *testing.T) {
	system, asked := tokens(t, themes["system dark"]), tokens(t, themes["dark"])
	light := tokens(t, themes["light"])
	for name := range light {
		if system[name] == "" || system[name] != asked[name] {
			t.Errorf("--%s is %q by the system and %q when asked for", name, system[name], asked[name])
		}
	}
	if len(light) != len(system) || len(light) != len(asked) {
		t.Errorf("light has %d colours, dark %d and %d", len(light), len(system), len(asked))
	}
}

// physical finds what knows left from right in a style sheet.
var physical = regexp.MustCompile(`(?m)(?:^|[\s;{])((?:margin|padding|border|inset)-(?:left|right)[\w-]*|left|right|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)`)

// TestLogicalProperties: the pages are mirrored for languages that are written from
// right to left, so no style sheet knows left from right.
func TestLogicalProperties(t *testing.T) {
	var sheets []string
	err := filepath.WalkDir("src", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".css") {
			sheets = append(sheets, path)
		}
		return err
	})
	if err != nil || len(sheets) < 3 {
		t.Fatalf("the style sheets found are %q (%v)", sheets, err)
	}
	for _, path := range sheets {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range physical.FindAllString(string(text), -1) {
			t.Errorf("%s: %q: use the logical property", path, strings.TrimSpace(found))
		}
	}
	for _, bad := range []string{"a { left: 0 }", "a{margin-left:1px}", "a { text-align: right }", "a{border-top-left-radius:1px}"} {
		if !physical.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
}
