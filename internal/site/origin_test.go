package site

import "testing"

func TestOrigin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*": "*", "null": "null", "https://shop.example": "https://shop.example", "https://Shop.Example/": "https://shop.example",
		"HTTPS://shop.example:443": "https://shop.example", "http://shop.example:80": "http://shop.example",
		"http://localhost:3000": "http://localhost:3000", "http://[::1]:8080": "http://[::1]:8080", "capacitor://localhost": "capacitor://localhost",
		"": "", "shop.example": "", "https://": "", "//shop.example": "", "https://shop.example/chat": "", "https://a@shop.example": "",
		"https://shop.example?x": "", "https://shop.example#x": "", "https://*.shop.example": "", " https://shop.example": "", "https:shop.example": "",
		"https://a.example, https://b.example": "", "Null": "",
	} {
		got, ok := origin(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t, want %q", text, got, ok, want)
		}
	}
}

// TestOriginsOfBefore: an origin that no browser has, taken by an earlier version,
// does not keep an administrator from changing something else.
func TestOriginsOfBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.CurrentSettings()
	before.AllowedOrigins = []string{"shop.example"}
	w.record(&SettingsChanged{Settings: before})
	n := w.CurrentSettings()
	n.IdleSeconds = 300
	must[Settings](w)(w.Admin("test").ChangeSettings(n))
	n.AllowedOrigins = append(n.AllowedOrigins, "HTTPS://Other.example/")
	if got := must[Settings](w)(w.Admin("test").ChangeSettings(n)); got.AllowedOrigins[1] != "https://other.example" {
		t.Errorf("kept as %q", got.AllowedOrigins)
	}
	n.AllowedOrigins = []string{"*", "third.example"}
	w.nothing(BadRequest, func() error { _, err := w.Admin("test").ChangeSettings(n); return err })
}
