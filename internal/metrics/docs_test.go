package metrics

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section answers what stands in a document below a heading, up to the next of its kind.
func section(t *testing.T, document, heading string) string {
	t.Helper()
	_, text, found := strings.Cut(document, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("there is no section %s", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// TestMetricsAreDocumented: the operator's guide has each metric as it is, and no other.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	var documented, made []string
	for line := range strings.Lines(section(t, read(t, "operating.md"), "Metrics")) {
		if strings.HasPrefix(line, "| `usher_") {
			documented = append(documented, strings.TrimSpace(line))
		}
	}
	for _, d := range list() {
		labels := ""
		for i, l := range d.labels {
			if i > 0 {
				labels += ", "
			}
			labels += "`" + l + "`"
		}
		made = append(made, fmt.Sprintf("| `%s` | %s | %s | %s |", d.name, d.kind, labels, d.help))
	}
	slices.Sort(made)
	if diff := cmp.Diff(made, documented); diff != "" {
		t.Errorf("operating.md (-program +document):\n%s", diff)
	}
}

// rule is one alarm.
type rule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func rules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	d := yaml.NewDecoder(strings.NewReader(read(t, "alerts.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 20 {
		t.Fatalf("only %d alarms were read", len(all))
	}
	return all
}

// promQL are the words of the language that the alarms use.
var promQL = []string{"and", "or", "unless", "sum", "max", "by", "rate", "increase", "histogram_quantile", "predict_linear", "max_over_time", "time", "offset"}

// given are the labels that Prometheus gives to what it asks for.
var given = []string{"instance", "job"}

var (
	identifier = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	quoted     = regexp.MustCompile(`"[^"]*"`)
	span       = regexp.MustCompile(`\[[0-9]+[smhd]\]|\boffset [0-9]+[smhd]\b`)
	matchers   = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}`)
	grouping   = regexp.MustCompile(`\bby \(([^)]*)\)`)
	brackets   = regexp.MustCompile(`\([^()]*\)`)
)

// wrong lists what is wrong with an expression.
func wrong(expr string, known map[string]described) (found []string) {
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	plain := quoted.ReplaceAllString(expr, "\"\"")
	plain = span.ReplaceAllString(plain, "")
	var labels []string
	of := func(name string) (described, bool) {
		if name == "up" {
			return described{name: name, kind: "gauge"}, true
		}
		if d, ok := known[name]; ok && d.kind != "histogram" {
			return d, true
		}
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			if d, ok := known[strings.TrimSuffix(name, part)]; ok && d.kind == "histogram" && strings.HasSuffix(name, part) {
				return d, true
			}
		}
		return described{}, false
	}
	for _, m := range matchers.FindAllStringSubmatch(plain, -1) {
		d, ok := of(m[1])
		for _, l := range identifier.FindAllString(m[2], -1) {
			if ok && !slices.Contains(d.labels, l) && !slices.Contains(given, l) {
				say("%s has no label %s", m[1], l)
			}
		}
	}
	plain = matchers.ReplaceAllString(plain, "$1")
	for _, g := range grouping.FindAllStringSubmatch(plain, -1) {
		labels = append(labels, identifier.FindAllString(g[1], -1)...)
	}
	plain = grouping.ReplaceAllString(plain, "by ")
	allowed, metrics := slices.Clone(given), 0
	for _, w := range identifier.FindAllString(plain, -1) {
		d, ok := of(w)
		switch {
		case ok:
			metrics++
			allowed = append(allowed, d.labels...)
			if d.kind == "histogram" {
				allowed = append(allowed, "le")
			}
			if d.kind == "counter" && !strings.Contains(plain, "rate("+w) && !strings.Contains(plain, "increase("+w) {
				say("%s only rises, and is compared as it is", w)
			}
		case !slices.Contains(promQL, w):
			say("there is no metric %s", w)
		}
	}
	for _, l := range labels {
		if !slices.Contains(allowed, l) {
			say("nothing here has the label %s", l)
		}
	}
	if metrics == 0 {
		say("it asks for nothing")
	}
	for brackets.MatchString(plain) {
		plain = brackets.ReplaceAllString(plain, "")
	}
	if strings.ContainsAny(plain, "(){}[]") {
		say("its brackets do not match")
	}
	if !strings.ContainsAny(plain, "<>=") {
		say("it compares nothing")
	}
	return found
}

func known() map[string]described {
	all := map[string]described{}
	for _, d := range list() {
		all[d.name] = d
	}
	return all
}

// TestAlarms: each asks for what there is, and has a runbook; each runbook has an alarm.
func TestAlarms(t *testing.T) {
	t.Parallel()
	runbooks := map[string]string{}
	for part := range strings.SplitSeq(section(t, read(t, "operating.md"), "Alarms"), "\n### ") {
		name, text, _ := strings.Cut(part, "\n")
		if strings.HasPrefix(name, "Usher") {
			runbooks[name] = text
		}
	}
	about := regexp.MustCompile(`usher_[a-z_]+`)
	all := map[string]bool{}
	for _, r := range rules(t) {
		if all[r.Alert] {
			t.Errorf("%s stands twice", r.Alert)
		}
		all[r.Alert] = true
		for _, w := range wrong(r.Expr, known()) {
			t.Errorf("%s: %s", r.Alert, w)
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: its severity is %q", r.Alert, s)
		}
		if r.Annotations["summary"] == "" || r.Annotations["runbook"] != "operating.md#"+strings.ToLower(r.Alert) {
			t.Errorf("%s: annotations %q", r.Alert, r.Annotations)
		}
		if r.For != "" && !regexp.MustCompile(`^[0-9]+[sm]$`).MatchString(r.For) {
			t.Errorf("%s: it waits for %q", r.Alert, r.For)
		}
		text := runbooks[r.Alert]
		for _, question := range []string{"**For people:**", "**Look:**", "**Do:**", "**Over when:**"} {
			if strings.Count(text, "\n"+question+" ") != 1 {
				t.Errorf("%s: its runbook does not answer %s once", r.Alert, question)
			}
		}
		for _, name := range about.FindAllString(text, -1) {
			if _, ok := known()[name]; !ok {
				t.Errorf("%s: its runbook tells of %s, which is no metric", r.Alert, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(runbooks)) {
		if !all[name] {
			t.Errorf("%s has a runbook, and is no alarm", name)
		}
	}
}

// TestWrongAlarmsAreFound: what the check is there for.
func TestWrongAlarmsAreFound(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		"usher_redy == 0", "usher_ready{site=\"a\"} == 0", "usher_ready", "usher_ready == 0 or (", "rate(usher_frames[5m]) > 0", "usher_frames_total > 5",
		"usher_commit_duration_seconds > 1", "sum by (site) (rate(usher_frames_total[5m])) > 1", "vector(1) > 0", "usher_ready_sum > 0", "1 > 0",
		"usher_site_state{status=\"blocked\"} == 1",
	} {
		if len(wrong(expr, known())) == 0 {
			t.Errorf("%s passes", expr)
		}
	}
}
